import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCalm } from "./support/browser.mjs";
import { PERSON, fill, givePassword, send } from "./support/steps.mjs";
import { totp } from "./support/totp.mjs";
import { world } from "./support/world.mjs";

const here = world();
const summary = (page) => page.locator("#summary").innerText();
const giveCode = async (page, code) => {
  await fill(page, { code });
  await send(page);
};

test("a name that nobody has and a wrong password are told in the same words", async () => {
  const page = await here.stranger();
  await givePassword(page, PERSON.name, "not the password");
  const wrong = await summary(page);
  assert.equal(await page.locator("#name").inputValue(), PERSON.name, "the name is kept");
  await givePassword(page, "nobody", "not the password");
  assert.equal(await summary(page), wrong);
  assertCalm(page);
  await page.context().close();
});

test("a password and a code let in to the page that was asked for; a used code does not", async () => {
  // The code of the set-up is used; the next one is good within the step that clocks may differ.
  const code = totp(here.kept.secret, 1);
  const page = await here.stranger();
  await page.goto("/customers?search=romashka");
  assert.equal(new URL(page.url()).pathname, "/sign-in");
  await fill(page, { name: PERSON.name, password: PERSON.new_password });
  await send(page);
  await page.waitForURL("**/second-factor");
  await page.goto("/customers");
  assert.equal(new URL(page.url()).pathname, "/sign-in", "a password alone is not enough");
  await page.goto("/second-factor");
  await giveCode(page, "000000x");
  assert.ok(await summary(page));
  await giveCode(page, code);
  await page.waitForURL("**/customers?search=romashka");
  assertCalm(page);
  await page.context().close();

  const again = await here.stranger();
  await givePassword(again);
  await again.waitForURL("**/second-factor");
  await giveCode(again, code);
  assert.ok(await summary(again));
  assert.equal(new URL(again.url()).pathname, "/second-factor");
  await again.context().close();
});

test("a recovery code lets in once", async () => {
  const code = here.kept.codes[0];
  const page = await here.stranger();
  await givePassword(page);
  await giveCode(page, code);
  await page.waitForURL(/:\d+\/$/);
  await page.context().close();

  const again = await here.stranger();
  await givePassword(again);
  await giveCode(again, code);
  assert.ok(await summary(again));
  await again.context().close();
});

test("signing in gives the session a new key, and signing out ends it for every copy", async () => {
  const session = async (page) =>
    (await page.context().cookies()).find((cookie) => cookie.name === "licentia_session");
  const page = await here.stranger();
  await page.goto("/sign-in");
  assert.equal(await session(page), undefined, "a visitor who has not signed in has no session");
  await givePassword(page);
  await page.waitForURL("**/second-factor");
  const half = await session(page);
  assert.ok(half.httpOnly);
  assert.equal(half.sameSite, "Lax");
  await giveCode(page, here.kept.codes[1]);
  await page.waitForURL(/:\d+\/$/);
  const copy = await session(page);
  assert.notEqual(copy.value, half.value);

  const thief = await here.stranger();
  await thief.context().addCookies([copy]);
  await thief.goto("/customers");
  assert.equal(new URL(thief.url()).pathname, "/customers");

  await page.locator("header form[action='/sign-out'] button").click();
  await page.waitForURL("**/sign-in");
  await page.goto("/customers");
  assert.equal(new URL(page.url()).pathname, "/sign-in");
  for (const old of [copy, half]) {
    await thief.context().addCookies([old]);
    await thief.goto("/customers");
    assert.equal(new URL(thief.url()).pathname, "/sign-in");
  }
  await thief.context().close();
  await page.context().close();
});

test("nobody is sent to another site after signing in", async () => {
  for (const next of ["//evil.example/", "https://evil.example/", "/\\evil.example", "/\t/evil.example"]) {
    const page = await here.stranger();
    await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
    await fill(page, { name: PERSON.name, password: PERSON.new_password });
    await send(page);
    await giveCode(page, here.kept.codes.pop());
    await page.waitForURL((url) => !url.pathname.startsWith("/second-factor"));
    assert.equal(new URL(page.url()).origin, here.office.url, JSON.stringify(next));
    assertCalm(page);
    await page.context().close();
  }
});
