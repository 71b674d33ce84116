import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, violations } from "./support/axe.mjs";
import { assertCalm, launch, open } from "./support/browser.mjs";
import { Office } from "./support/office.mjs";
import { tour } from "./support/pages.mjs";

const MAX_BYTES = 100_000;
const MAX_REQUESTS = 4;
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 844 };

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

for (const locale of ["ru-RU", "en-US"]) {
  test(`every page is accessible, small, complete and fits a telephone (${locale})`, async (t) => {
    const office = await Office.start();
    // The policy forbids foreign scripts, and axe is one; the other tests hold the policy.
    const page = await open(browser, office, { locale, bypassCSP: true });
    // Whoever comes for the first time has nothing in the browser's cache; a route puts it aside.
    await page.route("**/*", (route) => route.continue());
    let loads = [];
    page.on("request", (request) => {
      const ofThePage = request.isNavigationRequest() && request.frame() === page.mainFrame();
      if (ofThePage && !request.redirectedFrom()) loads = [];
      loads.push(request);
    });
    try {
      await tour(page, office, (name) => t.test(name, () => check(page, loads, locale)));
      assertCalm(page);
    } finally {
      await page.context().close();
      await office.stop();
    }
  });
}

async function check(page, loads, locale) {
  await page.waitForLoadState("load");
  await assertWithinBudget(loads);
  assert.equal(await page.locator("html").getAttribute("lang"), locale.slice(0, 2));
  assert.doesNotMatch(await page.content(), /⟦/, "every text is there");
  assert.ok((await page.title()).trim());
  await page.evaluate(axe);
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const size of [WIDE, NARROW]) {
      await page.setViewportSize(size);
      assert.deepEqual(await violations(page), [], `${colorScheme}, ${size.width} px`);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= size.width, `${width} px wide at ${size.width} px`);
    }
  }
}

async function assertWithinBudget(loads) {
  // What led here by a redirection is not a part of the page.
  // Nor is what the browser gave up, or what a script asked for later, while somebody was typing.
  const isPart = (request) => request.resourceType() !== "fetch" && !request.failure();
  const parts = loads.filter((request) => !request.redirectedTo() && isPart(request));
  const sizes = await Promise.all(parts.map((request) => request.sizes()));
  const bytes = sizes.reduce((sum, size) => sum + size.responseBodySize, 0);
  const names = parts.map((request) => request.url()).join(" ");
  assert.ok(parts.length >= 2, `a style sheet belongs to every page: ${names}`);
  assert.ok(parts.length <= MAX_REQUESTS, names);
  assert.ok(bytes <= MAX_BYTES, `${bytes} bytes: ${names}`);
}
