import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { assertCalm, open } from "./support/browser.mjs";
import { Office } from "./support/office.mjs";
import { printed, readCode } from "./support/paper.mjs";
import { buy, enterCustomer, setUp } from "./support/steps.mjs";
import { world } from "./support/world.mjs";

const here = world();
const BLACK = "rgb(0, 0, 0)";
const WHITE = "rgb(255, 255, 255)";
const A4 = [595, 842];

test("a license is printed on one sheet of A4, and its code leads to its check", async (t) => {
  const page = await here.signedIn({ colorScheme: "dark" });
  const customer = await enterCustomer(page);
  await buy(page, customer);
  await page.locator("a[href*='/license/print']").first().click();
  await page.waitForURL("**/license/print*");
  const number = (await page.locator(".foot code").first().textContent()).trim();
  const fingerprint = (await page.locator(".foot code").last().textContent()).trim();

  await t.test("it is black on white, though the theme is dark", async () => {
    for (const media of ["screen", "print"]) {
      await page.emulateMedia({ media, colorScheme: "dark" });
      const colours = await page.evaluate(() =>
        ["body", "h1", "td", ".foot"].map((where) => {
          const style = getComputedStyle(document.querySelector(where));
          return [style.color, style.backgroundColor];
        }),
      );
      assert.equal(colours[0][1], WHITE, media);
      for (const [ink, paper] of colours) {
        assert.equal(ink, BLACK, media);
        assert.ok([WHITE, "rgba(0, 0, 0, 0)"].includes(paper), paper);
      }
      const canvas = await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
      assert.match(canvas, /light/);
    }
    await page.emulateMedia({ media: null });
  });

  await t.test("both languages are one sheet each", async () => {
    for (const [language, title] of [
      ["ru", "Лицензионное соглашение"],
      ["en", "License Agreement"],
    ]) {
      await page.goto(`/customers/${customer}/license/print?language=${language}`);
      const { sheets, size } = await printed(page);
      assert.deepEqual(size.map(Math.round), A4);
      assert.equal(sheets.length, 1, language);
      for (const part of [title, "ООО «Ромашка»", number, fingerprint]) {
        assert.ok(sheets[0].includes(part), `${language}: ${part}\n${sheets[0]}`);
      }
      assert.match(sheets[0], /1 ?\/ ?1\s*$/);
      assert.ok(!sheets[0].includes("Ctrl+P"), "the bar stays on the screen");
    }
  });

  const url = await readCode(page, ".seal");
  await t.test("the code holds the check's address", () => {
    assert.equal(url, `${here.office.url}/check/${number}`);
  });

  await t.test("whoever scans it learns whether the license is the current one", async () => {
    const phone = await here.stranger({ viewport: { width: 390, height: 844 } });
    await phone.goto(url);
    assert.match(await phone.locator("main").innerText(), /текущая[^]*31\.10\.2030/);
    assert.doesNotMatch(await phone.content(), /Ромашка|cus_/);
    await phone.locator("footer a").click();
    assert.match(await phone.locator("main").innerText(), /Its holder has no newer license/);
    assert.deepEqual(await phone.context().cookies(), []);

    await buy(page, customer, { order_number: "2014-0701", user_accounts: "10" });
    await phone.goto(url);
    assert.match(await phone.locator("main").innerText(), /уже не текущая/);
    assertCalm(phone);
    await phone.context().close();
    await page.goto(`/customers/${customer}/license/print?license=${number}`);
    assert.match(await page.locator(".notice").innerText(), /заменена/);
  });
  assertCalm(page);
  await page.context().close();
});

test("the button prints where there are scripts, and is not shown where there are none", async () => {
  const page = await here.signedIn();
  const customer = await enterCustomer(page);
  await buy(page, customer, { order_number: "button", user_accounts: "1" });
  await page.addInitScript(() => (globalThis.print = () => (document.title = "printed")));
  await page.goto(`/customers/${customer}/license/print`);
  await page.locator(".bar button").click();
  assert.equal(await page.title(), "printed");
  const plain = await here.signedIn({ javaScriptEnabled: false });
  await plain.goto(`/customers/${customer}/license/print`);
  assert.ok(await plain.locator(".bar button").isHidden());
  assert.ok(await plain.locator("h1").isVisible());
  for (const each of [page, plain]) await each.context().close();
});

test("a long agreement of the vendor's own numbers its pages, with number and key on each", async () => {
  const folder = await mkdtemp(join(tmpdir(), "licentia-agreement-"));
  const clause = "<li>Пункт {{ i }}. Стороны договорились о следующем и подтверждают это.</li>";
  const text = `<h1>Договор</h1><ol>{% for i in range(1, 150) %}${clause}{% endfor %}</ol>`;
  for (const language of ["ru", "en"]) {
    await writeFile(join(folder, `agreement.${language}.html`), text);
  }
  const office = await Office.start("--agreement-dir", folder);
  try {
    const page = await open(here.browser, office);
    await setUp(page, office);
    const customer = await enterCustomer(page);
    await buy(page, customer);
    await page.goto(`/customers/${customer}/license/print`);
    const number = (await page.locator(".foot code").first().textContent()).trim();
    const { sheets } = await printed(page);
    assert.ok(sheets.length > 2, `${sheets.length} sheets`);
    sheets.forEach((sheet, index) => {
      assert.match(sheet, new RegExp(`${index + 1} ?/ ?${sheets.length}\\s*$`));
      assert.ok(sheet.includes(number), `the number stands on sheet ${index + 1}`);
    });
    const clauses = sheets.join("\n").match(/Пункт \d+/g);
    assert.equal(new Set(clauses).size, 149, "nothing is hidden under the foot");
    await page.context().close();
  } finally {
    await office.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
