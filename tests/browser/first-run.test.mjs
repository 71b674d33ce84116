import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertCalm, launch, open } from "./support/browser.mjs";
import { Office } from "./support/office.mjs";
import { PERSON, VENDOR, enrol, fill, send } from "./support/steps.mjs";

let browser, office;
before(async () => {
  [browser, office] = await Promise.all([launch(), Office.start()]);
});
after(async () => {
  await browser?.close();
  await office?.stop();
});

test("the setup link leads from an empty office to its first customer, once", async (t) => {
  const page = await open(browser, office);

  await t.test("a mistake keeps what was entered and takes the focus to the summary", async () => {
    await page.goto(office.setupLink);
    await fill(page, { ...PERSON, ...VENDOR, new_password: "short", vendor_name: "Вектор" });
    await send(page);
    const summary = page.locator("#summary");
    await summary.waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), "summary");
    assert.equal(await page.locator("#full_name").inputValue(), PERSON.full_name);
    assert.equal(await page.locator("#vendor_name").inputValue(), "Вектор");
    assert.equal(await page.locator("#new_password").inputValue(), "", "a password comes anew");

    const password = page.locator("#new_password");
    assert.equal(await password.getAttribute("aria-invalid"), "true");
    const described = (await password.getAttribute("aria-describedby")).split(" ");
    for (const id of described) assert.ok(await page.locator(`#${id}`).textContent());
    assert.ok(described.includes("new_password-error"));

    await summary.locator("a").first().click();
    assert.equal(await page.evaluate(() => document.activeElement.id), "new_password");
  });

  await t.test("the first administrator sets a second factor up and comes to the first customer", async () => {
    await fill(page, { new_password: PERSON.new_password });
    await send(page);
    await page.waitForURL("**/second-factor/enrol");
    const { codes } = await enrol(page);
    assert.equal(new Set(codes).size, codes.length);
    assert.ok(codes.length >= 8, `${codes.length} recovery codes`);
    assert.equal(new URL(page.url()).pathname, "/customers/new");
    assert.match(await page.locator("header").textContent(), /Анна Ковалёва/);
    assert.match(await page.title(), /Вектор/);
  });

  await t.test("the link is not good again", async () => {
    const other = await open(browser, office);
    const answer = await other.goto(office.setupLink);
    assert.ok(answer.status() >= 400, `${answer.status()}`);
    assert.equal(await other.locator("form input[name=new_password]").count(), 0);
    assertCalm(other);
    await other.context().close();
  });

  assertCalm(page);
  await page.context().close();
});
