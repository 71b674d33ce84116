import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open } from "./support/browser.mjs";
import { Host, rows } from "./support/host.mjs";
import { Office } from "./support/office.mjs";
import { ROMASHKA } from "./support/steps.mjs";

const TAG = "license-information";
const ZONE = "Europe/Moscow";

let browser;
let office;
let host;
before(async () => {
  [browser, office] = await Promise.all([launch(), Office.start("--time-zone", ZONE)]);
  const answers = {
    "GET /panel": panel,
    "POST /emergency": async (body) => {
      const { accounts } = JSON.parse(body);
      const { granted } = await office.client("emergency", "--accounts", String(accounts));
      return [200, { message: granted ? "Экстренная лицензия получена." : "Она уже действует." }];
    },
    "POST /update": async () => {
      const { changed } = await office.client("update");
      return [200, { message: changed ? "Лицензия обновлена." : "Лицензия не изменилась." }];
    },
  };
  const component = `${office.url}/static/license-information.js`;
  host = await Host.start({ answers, component });
  host.attributes = 'src="/panel"';
});
after(async () => {
  await browser?.close();
  await host?.stop();
  await office?.stop();
});

/** What the product's backend answers: the very JSON of the client; 204 before the activation. */
async function panel() {
  try {
    return [200, (await office.client("show")).panel];
  } catch (error) {
    assert.equal(JSON.parse(error.stdout).error.code, "not-activated");
    return [204];
  }
}

/** Enters a customer with 20 accounts; answers with its id and the activation key. */
async function enterCustomer() {
  const { email, ...licensee } = ROMASHKA;
  const flags = Object.entries({ ...licensee, email, language: "ru" }).flatMap(([name, value]) => [
    `--${name.replace("_", "-")}`,
    value,
  ]);
  const said = await office.command("customer", "add", ...flags);
  return { id: said.match(/cus_\w+/)[0], key: said.match(/^activation key\s+(\S+)/m)[1] };
}

const buy = (customer, order, accounts) => {
  const purchase = ["--order-number", order, "--user-accounts", accounts, "--issuer", office.url];
  return office.command("purchase", "add", customer, ...purchase);
};

test("a product's page shows the license of the real client, and the emergency accounts appear", async (t) => {
  const customer = await enterCustomer();
  await buy(customer.id, "2014-0513", "20");
  const page = await open(browser, host, { timezoneId: ZONE });
  const status = page.locator(TAG).getByRole("status");
  const says = (text) => status.filter({ hasText: text }).waitFor();
  await page.goto("/");

  await t.test("before the activation there is no license", async () => {
    await says("Лицензии еще нет");
  });

  await t.test("after it the panel says what the client says, in both languages", async () => {
    const vendor = ["--server", office.url, "--roots", await office.roots()];
    await office.client("activate", ...vendor, "--activation-key", customer.key, "--name", "pbx-1");
    const counts = ["--user-accounts", "20", "--emergency-accounts", "0"];
    await office.client("usage", ...counts, "--external-connections", "0");
    await page.reload();
    await page.locator(`${TAG} dl`).first().waitFor();
    await assertAsTheClientSays(page);
  });

  await t.test("the button is pressed, three are asked for: three emergency accounts", async () => {
    await page.locator(TAG).getByRole("button", { name: /^Запросить/ }).click();
    await page.keyboard.type("3");
    await page.keyboard.press("Enter");
    await says("Экстренная лицензия получена.");
    assert.equal((await rows(page))['Количество "экстренных" учетных записей'], "0/3");
    const again = page.locator(TAG).getByRole("button", { name: /^Запросить/ });
    assert.ok(await again.isDisabled());
    await assertAsTheClientSays(page);
  });

  await t.test("a purchase comes with the update", async () => {
    await buy(customer.id, "2014-0601", "10");
    await page.locator(TAG).getByRole("button", { name: "Обновить лицензию" }).click();
    await says("Лицензия обновлена.");
    assert.equal((await rows(page))["Количество учетных записей пользователей"], "20/30");
    await page.locator(TAG).getByRole("button", { name: "Обновить лицензию" }).click();
    await says("Лицензия не изменилась.");
    await assertAsTheClientSays(page);
  });

  // The component came from the office's origin, under a policy that names it; nothing else did.
  assert.deepEqual([...new Set(page.offences)], [`loads ${host.component}`]);
  await page.context().close();
});

/** The rows are the lines of `licentia-client show`, label and value. */
async function assertAsTheClientSays(page) {
  for (const language of ["ru", "en"]) {
    await page.locator(TAG).evaluate((panel, language) => (panel.lang = language), language);
    const text = await office.clientText("show", "--language", language, "--time-zone", ZONE);
    const lines = text.split("\n").filter((line) => line.startsWith("  "));
    const said = lines.map((line) => line.trim().split(/ {2,}/));
    const without = said.find((line) => line.length === 1);
    assert.ok(without, "no support was bought");
    const shown = Object.entries(await rows(page));
    const [[, noSupport]] = shown.filter(([label]) => /^(Support|Техническая поддержка)$/.test(label));
    assert.equal(noSupport, without[0]);
    const others = shown.filter(([, value]) => value !== noSupport);
    assert.deepEqual(others, said.filter((line) => line !== without));
  }
  await page.locator(TAG).evaluate((panel) => panel.removeAttribute("lang"));
}
