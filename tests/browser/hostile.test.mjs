import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCalm } from "./support/browser.mjs";
import { ROMASHKA, buy, enterCustomer, fill, preview, send } from "./support/steps.mjs";
import { world } from "./support/world.mjs";

const here = world();
const NAMES = {
  script: `"><script>alert(1)</script><img src=x onerror=alert(2)>'{{7*7}} & Söhne`,
  bidi: "ООО \u202eсазак\u202c \u2067עברית\u2069 LTD",
};

// Characters that turn the direction of text are not kept: they carry nothing.
const kept = (text) => text.replace(/[\u202a-\u202e\u2066-\u2069]/g, "");

for (const [kind, typed] of Object.entries(NAMES)) {
  test(`a company name full of ${kind} stays text, whole and apart from the words around it`, async () => {
    const page = await here.signedIn();
    const name = kept(typed);
    const city = `Город ${typed}`.slice(0, 60);
    await page.goto("/customers/new");
    await fill(page, { ...ROMASHKA, name: typed, city, email: "not an address" });
    await send(page);
    await page.locator("#email-error").waitFor();
    assert.equal(await page.locator("#name").inputValue(), typed);
    const customer = await enterCustomer(page, { ...ROMASHKA, name: typed, city });

    const whole = async (where) => {
      assert.ok((await page.locator(where).allTextContents()).includes(name), `${where}: whole`);
    };
    await whole("h1 bdi");
    await whole("section bdi");
    assert.ok((await page.title()).startsWith(name.replace(/\s+/g, " ")));
    await preview(page, customer, { order_number: `n ${kind}`, user_accounts: "1" });
    await whole("#before ~ p bdi");
    await whole(".crumbs bdi");
    await send(page);
    await page.waitForURL(`**/customers/${customer}`);
    const table = await (await page.request.get("/customers.csv")).text();
    assert.ok(table.includes(name.replaceAll('"', '""')), "the table: whole");
    await page.locator("a[href*='/license/print']").first().click();
    await page.waitForURL("**/license/print*");
    await whole("main p bdi");
    await whole("dd bdi");
    assert.ok((await page.title()).endsWith(name.replace(/\s+/g, " ")));
    assert.equal(await page.locator("script").count(), 1, "no script but our own");
    assert.equal(await page.locator("img, main b").count(), 0);
    const number = (await page.locator(".foot code").first().textContent()).trim();
    await page.goto(`/check/${number}`);
    assert.equal(await page.locator("script, img").count(), 0);
    assert.ok(!(await page.content()).includes(name.slice(-8)), "the check names nobody");
    await page.goto("/customers");
    await whole("th bdi");
    await page.goto(`/customers?search=${encodeURIComponent(name)}`);
    assert.equal(await page.locator("main p bdi").first().textContent(), name);
    assert.equal(await page.locator("script").count(), 1, "no script but our own");
    assert.equal(await page.locator("img").count(), 0);
    assertCalm(page);
    await page.context().close();
  });
}

test("a reason and an order number full of script stay text", async () => {
  const page = await here.signedIn();
  const customer = await enterCustomer(page);
  const order_number = "<b onmouseover=alert(3)>1</b>";
  await buy(page, customer, { order_number, user_accounts: "1" });
  await page.locator("tbody a[href$='/void']").click();
  const reason = "<script>alert(4)</script>\u202e";
  await fill(page, { reason });
  await send(page);
  await page.waitForURL(`**/customers/${customer}`);
  const texts = await page.locator("tbody bdi").allTextContents();
  assert.ok(texts.includes(order_number) && texts.includes(kept(reason)), texts.join("|"));
  assertCalm(page);
  await page.context().close();
});
