import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCalm } from "./support/browser.mjs";
import { enterCustomer, fill, panel } from "./support/steps.mjs";
import { world } from "./support/world.mjs";

const here = world();
const ACCOUNTS = "Учётные записи пользователей";
const count = async (customer) => (await here.office.purchases(customer)).length;
const record = "#live button.main";
const fresh = (page) => page.locator(`${record}:enabled`).waitFor();

test("what a purchase changes follows the typing, and is recorded from the form", async (t) => {
  const page = await here.signedIn();
  const customer = await enterCustomer(page);
  const form = `/customers/${customer}/purchases/new`;
  await page.goto(form);

  await t.test("nothing is shouted while the form is not filled in", async () => {
    await fill(page, { order_number: "2014-0513" });
    await page.waitForTimeout(900);
    assert.equal(await page.locator("#live > *").count(), 0);
    assert.equal(await page.locator(".error, #summary").count(), 0);
  });

  await t.test("before, after and the letter stand beneath the form", async () => {
    await fill(page, { user_accounts: "20" });
    await fresh(page);
    assert.equal((await panel(page, "before"))[ACCOUNTS], "– / 0");
    assert.equal((await panel(page, "after"))[ACCOUNTS], "– / 20");
    assert.match(await page.locator("#live .reading").innerText(), /0 → 20/);
    assert.equal(await page.locator("#live-said").textContent(), "Станет: 20 учётных записей.");
    assert.equal(await page.locator("button.main:not(.unseen)").count(), 1, "one button to press");
    await fill(page, { user_accounts: "30" });
    assert.ok(await page.locator(record).isDisabled(), "what is shown is not what is entered");
    await fresh(page);
    assert.equal((await panel(page, "after"))[ACCOUNTS], "– / 30");
    await page.locator("button.fill").click();
    await page.locator("#live-said", { hasText: "поддержка до" }).waitFor();
    assert.equal(new URL(page.url()).pathname, form);
    assert.equal(await count(customer), 0);
  });

  await t.test("what is wrong takes it away again", async () => {
    await fill(page, { user_accounts: "0" });
    await page.waitForFunction(() => !document.querySelector("#live > *"));
    assert.ok(await page.locator("#order button.main").isVisible());
    await fill(page, { user_accounts: "20" });
    await fresh(page);
  });

  await t.test("a double click records it once", async () => {
    await page.locator(record).dblclick();
    await page.waitForURL(`**/customers/${customer}`);
    assert.equal(await count(customer), 1);
    assert.equal((await panel(page))[ACCOUNTS], "– / 20");
  });

  assertCalm(page);
  await page.context().close();
});

test("Enter leads to the page that the form leads to without scripts", async () => {
  const page = await here.signedIn();
  const customer = await enterCustomer(page);
  await page.goto(`/customers/${customer}/purchases/new`);
  await fill(page, { order_number: "2014-0901", user_accounts: "20" });
  await fresh(page);
  await page.locator("#user_accounts").press("Enter");
  await page.waitForURL("**/purchases/check?**");
  assert.equal((await panel(page, "after"))[ACCOUNTS], "– / 20");
  assertCalm(page);
  await page.context().close();
});
