import assert from "node:assert/strict";
import { test } from "node:test";
import { enterCustomer, preview } from "./support/steps.mjs";
import { world } from "./support/world.mjs";

const here = world();
const FORM = "application/x-www-form-urlencoded";

test("a form of ours is taken only from a page of ours", async () => {
  const page = await here.signedIn();
  const customer = await enterCustomer(page);
  await preview(page, customer, { order_number: "guarded", user_accounts: "5" });
  const fields = await page.evaluate(() =>
    Object.fromEntries(new FormData(document.querySelector("main form"))),
  );
  const cookies = await page.context().cookies();
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  const post = (headers, change = {}) =>
    fetch(`${here.office.url}/customers/${customer}/purchases`, {
      method: "POST",
      redirect: "manual",
      headers: { cookie, "content-type": FORM, ...headers },
      body: new URLSearchParams({ ...fields, ...change }).toString(),
    });

  const refused = {
    "without the session's token": [{}, { csrf: "" }],
    "with another session's token": [{}, { csrf: "A".repeat(fields.csrf.length) }],
    "from another site's page": [{ origin: "https://evil.example" }],
    "from a page without an address": [{ origin: "null" }],
    "from the same host at another port": [{ origin: "http://127.0.0.1:1" }],
    "as JSON": [{ "content-type": "application/json" }],
    "as plain text": [{ "content-type": "text/plain" }],
  };
  for (const [how, [headers, change]] of Object.entries(refused)) {
    const answer = await post(headers, change);
    assert.equal(answer.status, 403, how);
    assert.match(answer.headers.get("content-security-policy") ?? "", /default-src 'none'/, how);
    assert.match(await answer.text(), /<h1>/, how);
  }
  // fetch() may not set Sec-Fetch-Site itself.
  for (const site of ["cross-site", "same-site", "none"]) {
    const answer = await page.request.post(`/customers/${customer}/purchases`, {
      headers: { "sec-fetch-site": site },
      form: fields,
      maxRedirects: 0,
    });
    assert.equal(answer.status(), 403, site);
  }
  assert.deepEqual(await here.office.purchases(customer), []);
  assert.equal((await post({ origin: here.office.url })).status, 303);
  assert.equal((await here.office.purchases(customer)).length, 1);
  await page.context().close();
});

test("a page of another site cannot send a form with a person's session", async () => {
  const page = await here.signedIn();
  const customer = await enterCustomer(page);
  const elsewhere = here.office.url.replace("127.0.0.1", "localhost");
  await page.route(`${elsewhere}/`, (route) =>
    route.fulfill({
      contentType: "text/html",
      body: `<form method="post" action="${here.office.url}/customers/${customer}/activation-key">
        <button>Win</button></form>`,
    }),
  );
  await page.goto(`${elsewhere}/`);
  const answer = page.waitForResponse((response) => response.request().method() === "POST");
  await page.locator("button").click();
  assert.equal((await answer).status(), 403);
  await page.context().close();
});

test("a page may load only what is ours, and no script or style within it", async () => {
  const page = await here.signedIn();
  for (const path of ["/customers", "/customers/new", "/nowhere", "/static/style.css"]) {
    const answer = await page.request.get(path);
    const headers = answer.headers();
    assert.equal(headers["x-content-type-options"], "nosniff", path);
    if (path.startsWith("/static")) continue;
    const policy = headers["content-security-policy"];
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.match(policy, /form-action 'self'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(headers["cache-control"], "no-store", path);
    const html = await answer.text();
    assert.doesNotMatch(html, /<style|\sstyle=|\son[a-z]+=|<script(?! src)/i, path);
  }
  await page.context().close();
});
