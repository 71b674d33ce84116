// Pictures of the pages, of the real server: node screenshots.mjs FOLDER [PAGE...]
//
// FOLDER/LANGUAGE-SCHEME-WIDTH/PAGE.png, in both languages, light and dark, 1280 and 390 px wide.
// `node screenshots.mjs --docs` makes the pictures of docs/pages.md.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { launch, open } from "./support/browser.mjs";
import { Office } from "./support/office.mjs";
import { tour } from "./support/pages.mjs";

const [folder, ...wanted] = process.argv.slice(2);
if (folder === "--docs") {
  await pictureTheDocs();
  process.exit(0);
}
if (!folder) {
  console.error("usage: node screenshots.mjs FOLDER [PAGE...]");
  process.exit(64);
}

const browser = await launch();
try {
  for (const locale of ["ru-RU", "en-US"]) {
    const office = await Office.start();
    try {
      const page = await open(browser, office, { locale });
      await tour(page, office, async (name) => {
        if (wanted.length === 0 || wanted.includes(name)) await photograph(page, locale, name);
      });
    } finally {
      await office.stop();
    }
  }
} finally {
  await browser.close();
}

async function photograph(page, locale, name) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 844 });
      const into = join(folder, `${locale.slice(0, 2)}-${colorScheme}-${width}`);
      await mkdir(into, { recursive: true });
      await page.screenshot({ path: join(into, `${name}.png`), fullPage: true });
    }
  }
}

/** The pictures of docs/pages.md: what is seen first of each page, at one size. */
async function pictureTheDocs() {
  const wanted = ["today", "customer", "purchase-form-live", "mail", "audit", "settings-keys", "print"];
  const into = new URL("../../docs/pages/", import.meta.url).pathname;
  await mkdir(into, { recursive: true });
  const camera = await launch();
  const office = await Office.start();
  try {
    const page = await open(camera, office, { locale: "en-US" });
    await page.setViewportSize({ width: 1200, height: 900 });
    await page.emulateMedia({ colorScheme: "light" });
    await tour(page, office, async (name) => {
      if (!wanted.includes(name)) return;
      await page.evaluate(() => scrollTo(0, 0));
      await page.screenshot({ path: join(into, `${name}.png`) });
    });
  } finally {
    await office.stop();
    await camera.close();
  }
}
