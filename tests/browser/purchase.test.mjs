import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { assertCalm } from "./support/browser.mjs";
import { ROMASHKA, buy, enterCustomer, fill, panel, preview, send } from "./support/steps.mjs";
import { world } from "./support/world.mjs";

const here = world();
const SUPPORT = "Техническая поддержка до";
const ACCOUNTS = "Учётные записи пользователей";

test("a purchase is looked at, recorded, verified by an installation, and voided", async (t) => {
  const page = await here.signedIn();
  const customer = await enterCustomer(page);
  const text = () => page.locator("main").innerText();
  assert.equal(await page.locator("h1").innerText(), ROMASHKA.name);

  await t.test("the look before it shows what changes, and records nothing", async () => {
    await preview(page, customer);
    assert.equal((await panel(page, "before"))[ACCOUNTS], "– / 0");
    const after = await panel(page, "after");
    assert.equal(after[ACCOUNTS], "– / 20");
    assert.equal(after[SUPPORT], "31.10.2030");
    assert.deepEqual(await here.office.purchases(customer), []);
  });

  await t.test("once recorded, the panel is what the look has shown", async () => {
    const after = await panel(page, "after");
    await send(page);
    await page.waitForURL(`**/customers/${customer}`);
    assert.deepEqual(await panel(page), after);
    assert.match(await text(), /2014-0513/);
    assert.match(await text(), /20 учётных записей/);
  });

  await t.test("an installation takes the license in, and it verifies", async () => {
    await page.locator("form[action$='/activation-key'] button").click();
    const key = await page.locator("code.all").innerText();
    const { office } = here;
    const roots = await office.roots();
    const vendor = ["--server", office.url, "--roots", roots];
    await office.client("activate", ...vendor, "--activation-key", key, "--name", "Бухгалтерия");
    const license = join(office.dir, "license");
    await writeFile(license, await office.license(customer));
    const verified = await office.client("verify", license, "--roots", roots);
    assert.match(JSON.stringify(verified), /Ромашка/);
    await page.goto(`/customers/${customer}`);
    assert.match(await text(), /Бухгалтерия/);
  });

  await t.test("a second purchase adds to the first", async () => {
    await buy(page, customer, { order_number: "2014-0701", user_accounts: "10" });
    assert.equal((await panel(page))[ACCOUNTS], "– / 30");
  });

  await t.test("a void needs a reason, and takes away what was bought", async () => {
    const purchases = page.locator("#purchases ~ table").first();
    const row = purchases.locator("tr", { hasText: "2014-0701" });
    await row.locator("a[href$='/void']").click();
    await send(page);
    assert.ok(await page.locator("#reason-error").innerText());
    await fill(page, { reason: "Оплата отозвана банком" });
    await send(page);
    await page.waitForURL(`**/customers/${customer}`);
    assert.match(await row.innerText(), /аннулирована\s+Оплата отозвана банком/);
    assert.equal((await panel(page))[ACCOUNTS], "– / 20");
  });

  await t.test("mistakes in a purchase are told beside their fields", async () => {
    await page.goto(`/customers/${customer}/purchases/new`);
    await fill(page, { order_number: "", support_until: "2001-01-01", external_connections: "0" });
    await send(page);
    await page.locator("#summary").waitFor();
    assert.equal(await page.locator("#support_until").inputValue(), "2001-01-01");
    assert.ok(await page.locator("#external_connections-error").innerText());
    assert.deepEqual((await here.office.purchases(customer)).length, 2);
  });

  await t.test("an order number that is taken is refused in words", async () => {
    await preview(page, customer, { order_number: "2014-0513", user_accounts: "5" });
    assert.ok(await page.locator("#summary").innerText());
    assert.equal((await here.office.purchases(customer)).length, 2);
  });

  assertCalm(page);
  await page.context().close();
});
