// A browser and an office for one file of tests, set up before and put away after.
import { after, before } from "node:test";
import { launch, open } from "./browser.mjs";
import { Office } from "./office.mjs";
import { setUp } from "./steps.mjs";

/** Fills in as the tests begin: `browser`, `office`, and with a person also `kept` and `cookies`. */
export function world() {
  const made = {};
  before(async () => {
    [made.browser, made.office] = await Promise.all([launch(), Office.start()]);
    const page = await open(made.browser, made.office);
    made.kept = await setUp(page, made.office);
    made.cookies = await page.context().cookies();
    await page.context().close();
  });
  after(async () => {
    await made.browser?.close();
    await made.office?.stop();
  });
  /** A page of the person who is in. */
  made.signedIn = async (options) => {
    const page = await open(made.browser, made.office, options);
    await page.context().addCookies(made.cookies);
    return page;
  };
  /** A page of a stranger. */
  made.stranger = (options) => open(made.browser, made.office, options);
  return made;
}
