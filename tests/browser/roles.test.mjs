import assert from "node:assert/strict";
import { test } from "node:test";
import { OWN_PASSWORD, VERA, addPerson, choosePassword, press } from "./support/administration.mjs";
import { assertCalm } from "./support/browser.mjs";
import { buy, enterCustomer, givePassword } from "./support/steps.mjs";
import { world } from "./support/world.mjs";

const here = world();

/** A page on which a new person of this role has signed in. */
async function signedInAs(admin, role, name) {
  const path = await addPerson(admin, { ...VERA, role, name });
  const page = await here.stranger();
  await givePassword(page, name, VERA.new_password);
  await choosePassword(page);
  await page.waitForURL((url) => url.pathname === "/");
  return { page, path };
}

test("an auditor sees everything, finds no button, and is refused when calling all the same", async () => {
  const admin = await here.signedIn();
  const customer = await enterCustomer(admin);
  await buy(admin, customer);
  const { page } = await signedInAs(admin, "auditor", "auditor");
  const paths = ["/", "/customers", `/customers/${customer}`, "/mails", "/audit"];
  for (const path of paths) {
    assert.equal((await page.goto(path)).status(), 200, path);
    assert.equal(await page.locator("main form[method='post']").count(), 0, `${path}: no form`);
    assert.equal(await page.locator("main a[href$='/new'], main a[href$='/void']").count(), 0, path);
    assert.equal(await page.locator("nav a[href='/settings']").count(), 0, path);
  }
  const csrf = await page.locator("header input[name=csrf]").inputValue();
  const calls = {
    "/customers/new": { name: "Чужая", once: "1" },
    [`/customers/${customer}/purchases`]: { order_number: "stolen", user_accounts: "99", once: "2" },
    [`/customers/${customer}/activation-key`]: { once: "3" },
    "/settings": { vendor_name: "Чужой", once: "4" },
    "/settings/staff/new": { ...VERA, name: "mallory", role: "admin", once: "5" },
    "/settings/tokens": { token_name: "stolen", role: "admin", once: "6" },
    "/settings/keys/rotate": { key: "" },
  };
  for (const [path, form] of Object.entries(calls)) {
    const answer = await page.evaluate(
      async ([path, fields]) => {
        const body = new URLSearchParams(fields);
        return (await fetch(path, { method: "POST", body, redirect: "manual" })).status;
      },
      [path, { ...form, csrf }],
    );
    assert.equal(answer, 403, path);
  }
  assert.equal((await here.office.purchases(customer)).length, 1);
  await admin.goto("/settings/staff");
  assert.equal(await admin.locator("tbody", { hasText: "mallory" }).count(), 0);
  assertCalm(page);
  await Promise.all([admin, page].map((each) => each.context().close()));
});

test("a person who is shut out while signed in is out at the next click", async () => {
  const admin = await here.signedIn();
  const { page, path } = await signedInAs(admin, "sales", "boris");
  await page.goto("/customers");
  await admin.goto(path);
  await press(admin, "disable");
  await admin.waitForURL("**?done=saved");
  await page.locator("main a[href='/customers/new']").click();
  await page.waitForURL("**/sign-in?next=**");
  await givePassword(page, "boris", OWN_PASSWORD);
  await page.locator("#summary").waitFor();
  assertCalm(page);
  await Promise.all([admin, page].map((each) => each.context().close()));
});
