// What people do on the pages, step by step; texts are found in both languages.
import { totp } from "./totp.mjs";

export const PERSON = {
  full_name: "Анна Ковалёва",
  name: "anna",
  email: "anna@vendor.example",
  new_password: "correct horse battery",
};

export const VENDOR = { sales_address: "sales@vendor.example" };

export const ROMASHKA = {
  name: "ООО «Ромашка»",
  country: "Россия",
  region: "Нижегородская область",
  city: "Саров",
  postal_code: "607190",
  email: "it@romashka.example",
};

export const PURCHASE = {
  order_number: "2014-0513",
  paid_on: "2014-05-13",
  user_accounts: "20",
  support_until: "2030-10-31",
};

/** Fills fields in by their names. */
export async function fill(page, values) {
  for (const [name, value] of Object.entries(values)) {
    await page.locator(`main [name="${name}"]:not([type=hidden])`).fill(value);
  }
}

/** Presses the form's button; by the keyboard, as it works with and without scripts. */
export async function send(page) {
  await page.locator("main form button[type=submit]").last().click();
}

/** From the setup link to a person who is in; answers with what that person has kept. */
export async function setUp(page, office) {
  await page.goto(office.setupLink);
  const code = page.locator("[name=setup_code]");
  // The script takes the code from the link; without it the person copies the code.
  if ((await code.inputValue()) === "") await code.fill(new URL(office.setupLink).hash.slice(1));
  await fill(page, { ...PERSON, ...VENDOR });
  await send(page);
  await page.waitForURL("**/second-factor/enrol");
  return enrol(page);
}

/** Sets a second factor up on the page that asks for it. */
export async function enrol(page) {
  const secret = await page.locator("code.all").textContent();
  await fill(page, { code: totp(secret) });
  await send(page);
  const codes = await page.locator(".codes code").allTextContents();
  await page.locator("main a.main").click();
  await page.waitForURL("**/customers/new");
  return { secret, codes };
}

/** Signs in up to the second factor. */
export async function givePassword(page, name = PERSON.name, password = PERSON.new_password) {
  await page.goto("/sign-in");
  await fill(page, { name, password });
  await send(page);
}

/** Enters a customer and answers with its id. */
export async function enterCustomer(page, customer = ROMASHKA) {
  await page.goto("/customers/new");
  await fill(page, customer);
  await send(page);
  await page.waitForURL(/\/customers\/(?!new)[^/]+$/);
  return page.url().split("/").at(-1);
}

/** Fills a purchase in, up to the page that shows what it changes. */
export async function preview(page, customer, purchase = PURCHASE) {
  await page.goto(`/customers/${customer}/purchases/new`);
  await fill(page, purchase);
  await look(page);
}

/** From a purchase's form to the page that shows what it changes. */
export async function look(page) {
  await page.locator("#order_number").press("Enter");
  await page.waitForURL("**/purchases/check?**");
}

/** Records a purchase, through its preview. */
export async function buy(page, customer, purchase = PURCHASE) {
  await preview(page, customer, purchase);
  await send(page);
  await page.waitForURL(`**/customers/${customer}`);
}

/** The rows of a panel: what the label says, and the value. */
export function panel(page, heading = "panel") {
  return page.locator(`section[aria-labelledby="${heading}"] .panel div`).evaluateAll((rows) =>
    Object.fromEntries(
      rows.map((row) => [
        row.querySelector("dt").textContent.trim(),
        row.querySelector("dd").textContent.trim(),
      ]),
    ),
  );
}
