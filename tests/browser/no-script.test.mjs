import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertCalm, launch, open } from "./support/browser.mjs";
import { Office } from "./support/office.mjs";
import { buy, enterCustomer, fill, panel, send, setUp } from "./support/steps.mjs";

let browser, office;
before(async () => {
  [browser, office] = await Promise.all([launch(), Office.start()]);
});
after(async () => {
  await browser?.close();
  await office?.stop();
});

test("without JavaScript everything from the setup link to a void works", async () => {
  const page = await open(browser, office, { javaScriptEnabled: false });
  await setUp(page, office);
  await fill(page, { name: "ООО" });
  await send(page);
  await page.locator("#summary").waitFor();
  const customer = await enterCustomer(page);
  await buy(page, customer);
  assert.equal((await panel(page))["Учётные записи пользователей"], "– / 20");
  await page.locator("tbody a[href$='/void']").click();
  await fill(page, { reason: "Ошибка в счёте" });
  await send(page);
  await page.waitForURL(`**/customers/${customer}`);
  assert.equal((await panel(page))["Учётные записи пользователей"], "– / 0");
  await page.locator("footer button").click();
  await page.waitForURL(`**/customers/${customer}`);
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  await page.locator("form[action='/sign-out'] button").click();
  await page.waitForURL("**/sign-in");
  assertCalm(page);
  await page.context().close();
});
