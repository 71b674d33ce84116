// What comes out of the printer: PDF files by Chromium, read by poppler's programs.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import jsqr from "jsqr";

const run = promisify(execFile);

/** Prints the page that `page` shows; answers with the text of each sheet, and how large it is. */
export async function printed(page) {
  // The page says how large its paper is.
  const pdf = await page.pdf({ preferCSSPageSize: true });
  const folder = await mkdtemp(join(tmpdir(), "licentia-paper-"));
  try {
    const file = join(folder, "page.pdf");
    await writeFile(file, pdf);
    const { stdout: text } = await run("pdftotext", ["-layout", file, "-"]);
    const { stdout: about } = await run("pdfinfo", [file]);
    const size = about.match(/Page size:\s+([\d.]+) x ([\d.]+)/).slice(1).map(Number);
    return { sheets: text.split("\f").slice(0, -1), size };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a telephone reads from a QR code in the page. */
export async function readCode(page, where) {
  const svg = await page.locator(`${where} svg`).evaluate((svg) => svg.outerHTML);
  const drawing = await page.context().newPage();
  try {
    const image = await drawing.evaluate(async (svg) => {
      const picture = new Image();
      picture.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
      await picture.decode();
      const canvas = new OffscreenCanvas(600, 600);
      const paint = canvas.getContext("2d");
      paint.fillStyle = "#fff";
      paint.fillRect(0, 0, 600, 600);
      paint.drawImage(picture, 50, 50, 500, 500);
      return Array.from(paint.getImageData(0, 0, 600, 600).data);
    }, svg);
    return jsqr(new Uint8ClampedArray(image), 600, 600)?.data;
  } finally {
    await drawing.close();
  }
}
