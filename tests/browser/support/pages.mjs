// Every page that a person reaches, in order: a story that a test or a camera follows.
import { ROMASHKA, PERSON, VENDOR, PURCHASE, buy, enterCustomer, fill, givePassword, preview, send } from "./steps.mjs";
import { administration } from "./administration.mjs";
import { totp } from "./totp.mjs";

/** Leads `page` through a fresh office; `look(name)` is called on each page. */
export async function tour(page, office, look) {
  await page.goto(office.setupLink);
  await look("setup");
  await fill(page, { full_name: PERSON.full_name, new_password: "short" });
  await send(page);
  await page.locator("#summary").waitFor();
  await look("setup-errors");
  await fill(page, { ...PERSON, ...VENDOR, vendor_name: "Вектор" });
  await send(page);
  await page.waitForURL("**/second-factor/enrol");
  await look("enrol");
  const secret = await page.locator("code.all").textContent();
  await fill(page, { code: totp(secret) });
  await send(page);
  await page.locator(".codes").waitFor();
  await look("recovery-codes");
  const codes = await page.locator(".codes code").allTextContents();
  await page.locator("main a.main").click();
  await look("customer-form");
  await page.goto("/");
  await look("today-calm");
  await page.goto("/customers");
  await look("customers-empty");
  await page.goto("/mails");
  await look("mails-empty");
  await page.goto("/customers/new");
  await fill(page, { name: ROMASHKA.name, email: "it" });
  await send(page);
  await page.locator("#summary").waitFor();
  await look("customer-form-errors");

  const customer = await enterCustomer(page);
  await look("customer-new");
  await page.goto("/customers");
  await look("customers");
  await page.goto("/customers?search=ромашка");
  await look("customers-found");
  await page.goto("/customers?search=nothing");
  await look("customers-not-found");

  await page.goto(`/customers/${customer}/purchases/new`);
  await look("purchase-form");
  await fill(page, { order_number: "", user_accounts: "0" });
  await send(page);
  await page.locator("#summary").waitFor();
  await look("purchase-form-errors");
  await page.goto(`/customers/${customer}/purchases/new?${new URLSearchParams(PURCHASE)}`);
  await page.locator("#live .reading").waitFor();
  await look("purchase-form-live");
  await preview(page, customer);
  await look("purchase-preview");
  await send(page);
  await page.waitForURL(`**/customers/${customer}`);
  await buy(page, customer, { ...PURCHASE, order_number: "2014-0701", user_accounts: "10" });
  await page.locator("tr", { hasText: "2014-0701" }).locator("a[href$='/void']").click();
  await look("void");
  await send(page);
  await page.locator("#summary").waitFor();
  await look("void-errors");
  await fill(page, { reason: "Оплата отозвана банком" });
  await send(page);
  await page.waitForURL(`**/customers/${customer}`);
  await page.locator("form[action$='/activation-key'] button").click();
  await look("activation-key");
  const key = await page.locator("code.all").innerText();
  await useLicense(office, key);
  await page.goto(`/customers/${customer}`);
  await look("customer");
  await page.locator("#chart ~ details summary").click();
  await look("customer-chart-table");
  await page.goto(`/customers/${customer}?on=2014-05-13`);
  await look("customer-before");
  await page.goto(`/customers/${customer}?on=2035-01-01`);
  await look("customer-later");
  await page.goto(`/customers/${customer}?on=31.12.2014`);
  await page.locator("#summary").waitFor();
  await look("customer-on-errors");
  await page.goto(`/customers/${customer}/purchases`);
  await look("customer-purchases");
  await page.goto(`/customers/${customer}/licenses`);
  await look("customer-licenses");
  await page.goto(`/customers/${customer}`);
  await page.locator("a[href^='/installations/'][href$='/release']").click();
  await look("release");
  await edit(page, customer, look);
  await page.goto("/");
  await look("today");
  await page.goto("/today/owed");
  await look("today-owed");

  await mails(page, look);
  await administration(page, look);

  const language = await page.locator("html").getAttribute("lang");
  await page.goto(`/customers/${customer}/license/print?language=${language}`);
  await look("print");
  const number = (await page.locator(".foot code").first().textContent()).trim();
  await page.goto(`/check/${number}`);
  await look("check");
  await page.goto("/check/lic_unknown");
  await look("check-unknown");
  await buy(page, customer, { order_number: "2014-0801", user_accounts: "5" });
  await page.goto(`/check/${number}`);
  await look("check-superseded");
  await page.goto(`/customers/${customer}/license/print?language=${language}&license=${number}`);
  await look("print-superseded");
  await offline(page, office, look);

  await page.goto("/nowhere");
  await look("problem-404");
  await page.goto(`/customers/${customer}`);
  await page.locator("main form input[name=csrf]").last().evaluate((field) => (field.value = "x"));
  await page.locator("form[action$='/activation-key'] button").click();
  await page.waitForURL("**/activation-key");
  await look("problem-403");

  await page.goto("/customers");
  await page.locator("form[action='/sign-out'] button").click();
  await page.waitForURL("**/sign-in");
  await look("sign-in");
  await offline(page, office, (name) => look(`${name}-stranger`));
  await page.goto("/sign-in");
  await givePassword(page, PERSON.name, "not the password");
  await look("sign-in-errors");
  await givePassword(page);
  await page.waitForURL("**/second-factor");
  await look("second-factor");
  await fill(page, { code: "000000x" });
  await send(page);
  await page.locator("#summary").waitFor();
  await look("second-factor-errors");
  await fill(page, { code: codes[0] });
  await send(page);
  await page.waitForURL(/:\d+\/$/);
}

/** A request that a person carries: handed in with a fault, and answered. */
async function offline(page, office, look) {
  const { statement } = await office.client("request", "update", "--qr");
  await page.goto("/offline");
  await look("offline");
  await fill(page, { request: "no request" });
  await send(page);
  await page.locator("#summary").waitFor();
  await look("offline-errors");
  await fill(page, { request: statement });
  await send(page);
  await page.locator("#answer").waitFor();
  await look("offline-answer");
}

/** The outbox, a letter in it, and a test mail. */
async function mails(page, look) {
  await page.goto("/mails");
  await look("mails");
  await page.goto("/mails?state=stopped");
  await look("mails-none-stopped");
  await page.goto("/mails?state=sent");
  await page.locator("tbody th a").last().click();
  await page.locator("iframe").waitFor();
  await look("mail");
  await page.goto("/mails/test");
  await look("mail-trial");
  await fill(page, { mail_url: "gopher://vendor.example", to: "" });
  await send(page);
  await page.locator("#summary").waitFor();
  await look("mail-trial-errors");
  await fill(page, { mail_url: "smtp://127.0.0.1:9", to: VENDOR.sales_address });
  await send(page);
  await page.locator(".outcome.wrong").waitFor();
  await look("mail-trial-outcome");
}

/** The customer's edit: with faults, and with a change that somebody else has made meanwhile. */
async function edit(page, customer, look) {
  const other = await page.context().newPage();
  await Promise.all([page, other].map((each) => each.goto(`/customers/${customer}/edit`)));
  await look("edit");
  await fill(page, { name: "" });
  await send(page);
  await page.locator("#summary").waitFor();
  await look("edit-errors");
  await fill(other, { name: "ООО «Ромашка и Ко»", city: "Москва", places: "3" });
  await send(other);
  await other.waitForURL(`**/customers/${customer}`);
  await other.close();
  await fill(page, { name: ROMASHKA.name, city: "Пермь", region: "Пермский край" });
  await send(page);
  await page.locator("#meanwhile").waitFor();
  await look("edit-stale");
  await send(page);
  await page.waitForURL(`**/customers/${customer}`);
  await look("customer-edited");
}

/** An installation takes the license in, counts, and asks for an emergency license. */
async function useLicense(office, key) {
  const vendor = ["--server", office.url, "--roots", await office.roots()];
  await office.client("activate", ...vendor, "--activation-key", key, "--name", "Бухгалтерия");
  await office.client("emergency");
}
