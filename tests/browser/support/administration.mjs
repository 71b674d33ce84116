// The pages of administrators, and those of everybody's own account, in order.
import { PERSON, fill, givePassword } from "./steps.mjs";

/** Presses the button that says what is to be changed. */
export const press = (page, change) => page.locator(`main button[value="${change}"]`).click();

/** Adds a person; answers with the path of its page. */
export async function addPerson(page, person) {
  await page.goto("/settings/staff/new");
  const { role, ...typed } = person;
  await fill(page, typed);
  await page.locator("#role").selectOption(role);
  await page.locator("main form button").click();
  await page.waitForURL(/\/settings\/staff\/stf_/);
  return new URL(page.url()).pathname;
}

export const VERA = {
  full_name: "Вера Ким",
  name: "vera",
  email: "vera@vendor.example",
  role: "auditor",
  new_password: "correct horse battery",
};

/** The password that a person chooses in place of a temporary one. */
export const OWN_PASSWORD = "nine tall yellow boats";

/** Chooses a password on the page that a temporary one leads to. */
export async function choosePassword(page, password = OWN_PASSWORD) {
  await page.waitForURL("**/new-password");
  await fill(page, { new_password: password });
  await page.locator("main form button.main").click();
}

/** Leads `page`, of an administrator, through settings, audit and account. */
export async function administration(page, look) {
  const button = page.locator("main form button").last();
  await page.goto("/settings");
  await look("settings");
  await fill(page, { sales_address: "sales", mail_from: "nobody" });
  await button.click();
  await page.locator("#summary").waitFor();
  await look("settings-errors");
  await changedMeanwhile(page, look);

  await page.goto("/settings/staff/new");
  await look("staff-new");
  await button.click();
  await page.locator("#summary").waitFor();
  await look("staff-new-errors");
  const person = await addPerson(page, VERA);
  await look("person-new");
  await newPassword(page, look);
  await page.goto(person);
  await press(page, "disable");
  await page.waitForURL("**?done=saved");
  await look("person-disabled");
  await fill(page, { new_password: "short" });
  await press(page, "password");
  await page.locator("#summary").waitFor();
  await look("person-errors");
  await page.goto(person);
  await page.goto("/settings/staff");
  await look("staff");
  await page.locator("tbody a", { hasText: PERSON.full_name }).click();
  await press(page, "disable");
  await page.locator("#summary").waitFor();
  await look("person-last-administrator");

  await tokens(page, look);
  await page.goto("/settings/keys");
  await look("keys");
  await page.locator("a[href='/settings/keys/rotate']").click();
  await look("keys-rotate");
  await button.click();
  await page.waitForURL("**?done=key-rotated");
  await look("keys-rotated");

  await page.goto("/account");
  await look("account");
  await fill(page, { present_password: "wrong", new_password: "short" });
  await press(page, "password");
  await page.locator("#summary").waitFor();
  await look("account-errors");
  await fill(page, { full_name: PERSON.full_name });
  await press(page, "name");
  await page.waitForURL("**?done=saved");
  await look("account-saved");
  await audit(page, look);
}

/** What the person sees who signs in with the temporary password, in a browser of their own. */
async function newPassword(page, look) {
  const kept = await page.context().cookies();
  await page.context().clearCookies();
  await givePassword(page, VERA.name, VERA.new_password);
  await page.waitForURL("**/new-password");
  await look("new-password");
  await fill(page, { new_password: VERA.new_password });
  await page.locator("main form button.main").click();
  await page.locator("#summary").waitFor();
  await look("new-password-errors");
  await choosePassword(page);
  await page.waitForURL((url) => url.pathname === "/");
  await page.context().clearCookies();
  await page.context().addCookies(kept);
}

/** Two pages of the settings at once: the second is told what the first has saved. */
async function changedMeanwhile(page, look) {
  const other = await page.context().newPage();
  await Promise.all([page, other].map((each) => each.goto("/settings")));
  await fill(other, { vendor_name: "Вектор плюс" });
  await other.locator("main form button").click();
  await other.waitForURL("**?done=saved");
  await other.close();
  await fill(page, { sales_address: "office@vendor.example" });
  await page.locator("main form button").click();
  await page.locator("#summary").waitFor();
  await look("settings-changed-meanwhile");
  await page.goto("/settings");
  await fill(page, { vendor_name: "Вектор" });
  await page.locator("main form button").click();
  await page.waitForURL("**?done=saved");
  await look("settings-saved");
}

async function tokens(page, look) {
  await page.goto("/settings/tokens");
  await look("tokens");
  await page.locator("main form button").click();
  await page.locator("#summary").waitFor();
  await look("tokens-errors");
  await fill(page, { token_name: "crm" });
  await page.locator("main form button").click();
  await page.locator("code.all").waitFor();
  await look("token");
  await page.locator("main a.main").click();
  const row = page.locator("tbody tr", { hasText: "crm" });
  await row.locator("a[href$='/rotate']").click();
  await look("token-rotate");
  await fill(page, { overlap_hours: "721" });
  await page.locator("main form button").click();
  await page.locator("#summary").waitFor();
  await look("token-rotate-errors");
  await page.goto("/settings/tokens");
  await row.locator("a[href$='/revoke']").click();
  await look("token-revoke");
  await page.locator("main form button").click();
  await page.waitForURL("**?done=token-revoked");
  await look("tokens-revoked");
}

async function audit(page, look) {
  await page.goto("/audit");
  await page.locator("details summary").first().click();
  await look("audit");
  await page.goto("/audit?action=settings.changed&by=anna");
  await look("audit-narrowed");
  await page.goto("/audit?by=nobody");
  await look("audit-not-found");
  await page.goto("/audit?from=2014-02-30");
  await page.locator("#summary").waitFor();
  await look("audit-errors");
  await page.goto("/audit/refused");
  await look("audit-refused");
}
