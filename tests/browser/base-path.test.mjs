// The issuer has a path, and stands behind a reverse proxy that writes Host, over plain http: browsers
// then say nothing of the site that a form comes from but its origin.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request } from "node:http";
import { test } from "node:test";
import { assertCalm, launch, open } from "./support/browser.mjs";
import { Office } from "./support/office.mjs";
import { PERSON, ROMASHKA, fill, send, setUp } from "./support/steps.mjs";

const HOST = "vendor.example";
const BASE = "/licentia";

/** A reverse proxy for what stands under the path; other paths are another service's. */
async function proxy(strips) {
  const server = createServer((asked, answer) => {
    if (!asked.url.startsWith(`${BASE}/`)) return answer.writeHead(418).end("another service");
    const { host, port } = new URL(server.target);
    const path = strips ? asked.url.slice(BASE.length) : asked.url;
    const headers = { ...asked.headers, host };
    const passed = request({ host: "127.0.0.1", port, path, method: asked.method, headers }, (it) =>
      it.pipe(answer.writeHead(it.statusCode, it.headers)),
    );
    asked.pipe(passed);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}

for (const strips of [true, false]) {
  test(`pages work under a path that the proxy ${strips ? "strips" : "passes on"}`, async () => {
    const server = await proxy(strips);
    const origin = `http://${HOST}:${server.address().port}`;
    const office = await Office.start("--issuer", origin + BASE);
    const browser = await launch(`--host-resolver-rules=MAP ${HOST} 127.0.0.1`);
    try {
      server.target = office.url;
      office.url = origin;
      const page = await open(browser, office, { locale: "en-US" });
      const at = () => new URL(page.url()).pathname;
      const go = async (link, path) => {
        await page.locator(link).click();
        await page.waitForURL(`${origin}${BASE}${path}`);
      };

      await setUp(page, office);
      assert.equal(at(), `${BASE}/customers/new`);
      await fill(page, ROMASHKA);
      await send(page);
      await page.waitForURL(/\/licentia\/customers\/cus_/);
      const customer = at();
      await page.locator("footer form button").click();
      await page.waitForLoadState();
      assert.equal(at(), customer, "the other language is shown where the person was");
      assert.equal(await page.locator("html").getAttribute("lang"), "ru");
      await go("nav a >> nth=1", "/customers");
      await page.locator("#find").fill("Ромашка");
      await page.locator("#find").press("Enter");
      await page.waitForURL(`${origin}${BASE}/customers?search=*`);
      await go(`main a[href="${customer}"]`, customer.slice(BASE.length));
      await go("a.own", "/account");

      const [session] = (await page.context().cookies()).filter(({ name }) => /session$/.test(name));
      assert.equal(session.path, BASE, "no other service of the host gets the session");
      await page.locator("header form button").last().click();
      await page.waitForURL(`${origin}${BASE}/sign-in`);
      await fill(page, { name: PERSON.name, password: PERSON.new_password });
      await send(page);
      await page.waitForURL(`${origin}${BASE}/second-factor`);
      // Chromium notes at each page that it takes some headers over https alone.
      page.offences = page.offences.filter((offence) => !/origin was untrustworthy/.test(offence));
      assertCalm(page);
    } finally {
      await browser.close();
      await office.stop();
      server.close();
    }
  });
}
