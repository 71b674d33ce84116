// The server's address is https, and somebody opens it over plain http.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { test } from "node:test";
import { launch, open } from "./support/browser.mjs";
import { Office } from "./support/office.mjs";
import { fill, send } from "./support/steps.mjs";

const HOST = "licenses.vendor.example";
const WORDS = { "ru-RU": "Откройте сервер по https", "en-US": "Open this server over https" };
/** Where pictures of the page go, if anywhere. */
const { PICTURES } = process.env;

test("over plain http the sign-in form says where the server is to be opened", async () => {
  const office = await Office.start("--issuer", `https://${HOST}`);
  // Browsers trust 127.0.0.1 as they trust https; a name they do not.
  const browser = await launch(`--host-resolver-rules=MAP ${HOST} 127.0.0.1`);
  try {
    office.url = office.url.replace("127.0.0.1", HOST);
    for (const [locale, words] of Object.entries(WORDS)) {
      const page = await open(browser, office, { locale });
      await page.goto("/sign-in");
      await fill(page, { name: "anna", password: "correct horse battery" });
      const [answer] = await Promise.all([page.waitForResponse("**/sign-in"), send(page)]);
      assert.equal(answer.status(), 403);
      assert.equal(await page.locator("h1").innerText(), words);
      const link = page.locator("main a.button");
      assert.equal(await link.getAttribute("href"), `https://${HOST}/sign-in`);
      if (PICTURES) await photograph(page, locale);
      await page.context().close();
    }
  } finally {
    await browser.close();
    await office.stop();
  }
});

async function photograph(page, locale) {
  await mkdir(PICTURES, { recursive: true });
  for (const width of [390, 1024, 1280]) {
    await page.setViewportSize({ width, height: 700 });
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width);
    await page.screenshot({ path: `${PICTURES}/${locale}-${width}.png` });
  }
}
