import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCalm } from "./support/browser.mjs";
import { ROMASHKA, panel } from "./support/steps.mjs";
import { world } from "./support/world.mjs";

const here = world();
const focused = (page) => page.evaluate(() => document.activeElement.id);

test("the first Tab offers the way past the navigation", async () => {
  const page = await here.signedIn();
  await page.goto("/customers");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  assert.ok(await page.locator(".skip").isVisible());
  await page.keyboard.press("Enter");
  assert.equal(await focused(page), "main");
  await page.context().close();
});

test("a customer is entered, found and sold to without a mouse", async () => {
  const page = await here.signedIn();
  const { keyboard } = page;
  const type = async (values) => {
    for (const value of values) {
      if (value) await keyboard.type(value);
      await keyboard.press("Tab");
    }
  };
  await page.goto("/customers");
  await keyboard.press("n");
  await page.waitForURL("**/customers/new");
  await page.locator("#name").focus();
  await type([ROMASHKA.name, "Россия", ROMASHKA.region, "Саров", "607190", ROMASHKA.email]);
  await keyboard.press("Tab"); // the language stays as it is
  await keyboard.press("Enter"); // in the last field: the form goes
  await page.waitForURL(/\/customers\/(?!new)[^/]+$/);
  const customer = new URL(page.url()).pathname;

  await keyboard.press("/");
  assert.equal(await focused(page), "find");
  await keyboard.type("n/");
  assert.equal(await page.locator("#find").inputValue(), "n/", "keys typed in a field are text");
  await keyboard.press("Escape");
  assert.notEqual(await focused(page), "find");
  await keyboard.press("/");
  await keyboard.press("Control+A");
  await keyboard.type("ромашка");
  await keyboard.press("Enter");
  await page.waitForURL("**/customers?search=**");
  await page.locator(`tbody a[href="${customer}"]`).focus();
  await keyboard.press("Enter");
  await page.waitForURL(`**${customer}`);

  await keyboard.press("n");
  await page.waitForURL("**/purchases/new");
  await page.locator("#order_number").focus();
  await keyboard.type("2014-0513");
  await page.locator("#user_accounts").focus();
  await keyboard.type("20");
  await keyboard.press("Enter");
  await page.waitForURL("**/purchases/check?**");
  await page.locator("main form button.main").focus();
  await keyboard.press("Enter");
  await page.waitForURL(`**${customer}`);
  assert.equal((await panel(page))["Учётные записи пользователей"], "– / 20");
  assertCalm(page);
  await page.context().close();
});

test("the focus can be seen wherever Tab leads", async () => {
  const page = await here.signedIn();
  await page.goto("/customers/new");
  const all = await page.locator("a, button, input:not([type=hidden]), select").count();
  for (let i = 0; i < all; i++) {
    await page.keyboard.press("Tab");
    const width = await page.evaluate(() => getComputedStyle(document.activeElement).outlineWidth);
    assert.equal(width, "3px", await page.evaluate(() => document.activeElement.outerHTML));
  }
  await page.context().close();
});
