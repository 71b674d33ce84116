import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCalm } from "./support/browser.mjs";
import { enterCustomer, preview, send } from "./support/steps.mjs";
import { world } from "./support/world.mjs";

const here = world();
const order = (order_number) => ({ order_number, user_accounts: "5" });
const count = async (customer) => (await here.office.purchases(customer)).length;

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with scripts" : "without scripts";

  test(`a double click records one purchase, ${how}`, async () => {
    const page = await here.signedIn({ javaScriptEnabled });
    const customer = await enterCustomer(page);
    await preview(page, customer, order(`double ${how}`));
    await page.locator("main form button.main").dblclick();
    await page.waitForURL(`**/customers/${customer}`);
    assert.equal(await count(customer), 1);
    assertCalm(page);
    await page.context().close();
  });
}

test("a form that is gone back to and sent again records one purchase", async () => {
  const page = await here.signedIn();
  const customer = await enterCustomer(page);
  await preview(page, customer, order("back"));
  await send(page);
  await page.waitForURL(`**/customers/${customer}`);
  await page.goBack();
  await page.waitForURL("**/purchases/check?**");
  await page.locator("#preview").waitFor();
  // The browser asks for the look again, and is told; or it has kept the form, with its name.
  const button = page.locator("main form button.main");
  if (await button.count()) {
    await button.click();
    await page.waitForURL(`**/customers/${customer}`);
  } else {
    assert.match(await page.locator("#preview").innerText(), /уже записана/);
  }
  await preview(page, customer, order("back"));
  assert.match(await page.locator("#preview").innerText(), /уже записана/);
  assert.equal(await count(customer), 1);
  await page.context().close();
});

test("a form that was stopped on its way and is sent again records one purchase", async () => {
  for (const javaScriptEnabled of [true, false]) {
    const page = await here.signedIn({ javaScriptEnabled });
    const customer = await enterCustomer(page);
    await preview(page, customer, order(`stopped ${javaScriptEnabled}`));
    // The server has recorded it, but its answer does not come to the browser.
    let arrived;
    const recorded = new Promise((resolve) => (arrived = resolve));
    await page.route(
      "**/purchases",
      async (route) => {
        await route.fetch({ maxRedirects: 0 });
        await route.abort("aborted");
        arrived();
      },
      { times: 1 },
    );
    await page.locator("main form button.main").click({ noWaitAfter: true });
    await recorded;
    assert.equal(await count(customer), 1);
    await page.waitForFunction(() => !document.querySelector("main form").dataset.sent);
    await send(page);
    await page.waitForURL(`**/customers/${customer}`);
    assert.equal(await count(customer), 1);
    assertCalm(page);
    await page.context().close();
  }
});

test("the same form sent eight times at once records one purchase", async () => {
  const page = await here.signedIn();
  const customer = await enterCustomer(page);
  await preview(page, customer, order("at once"));
  const answers = await page.evaluate(async () => {
    const form = document.querySelector("main form");
    const body = new URLSearchParams(new FormData(form)).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const send = () => fetch(form.action, { method: "POST", headers, body });
    const all = await Promise.all(Array.from({ length: 8 }, send));
    return all.map((answer) => answer.url);
  });
  // Each of them leads to the customer, as if it had been the only one.
  for (const url of answers) assert.ok(url.endsWith(`/customers/${customer}`), url);
  assert.equal(await count(customer), 1);
  await page.context().close();
});
