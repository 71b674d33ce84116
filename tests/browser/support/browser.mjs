// Debian's Chromium, and pages that are watched: what they load, say and leave undone.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const launch = (...more) =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [...ARGUMENTS, ...more],
  });

/** A page in a context of its own: no cookies of another. Close its context when done. */
export async function open(browser, office, options = {}) {
  const context = await browser.newContext({
    baseURL: office.url,
    locale: "ru-RU",
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  watch(page, office);
  return page;
}

/** Notes what no page of ours may do; `assertCalm` looks at it. */
function watch(page, office) {
  page.offences = [];
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== "data:" && origin !== office.url) {
      page.offences.push(`loads ${request.url()}`);
    }
  });
  page.on("dialog", async (dialog) => {
    page.offences.push(`a dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  page.on("pageerror", (error) => page.offences.push(`a script failed: ${error}`));
  page.on("console", (message) => {
    // Chromium reports each answer of 400 and more; those are what some tests are about.
    const refusal = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !refusal) page.offences.push(`console: ${message.text()}`);
  });
}

/** Nothing was loaded from elsewhere, no script failed, nothing popped up. */
export function assertCalm(page) {
  assert.deepEqual(page.offences, []);
}
