// Whether a page is accessible, as far as a program can tell.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

/** The script that looks at a page; a page's own policy must let it in. */
export const axe = await readFile(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);

/** What axe finds wrong, by any of its rules. */
export function violations(page) {
  return page.evaluate(async () => {
    const { passes, violations } = await globalThis.axe.run(document);
    if (passes.length < 10) return [`only ${passes.length} rules were looked at`];
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map((node) => `${id}: ${help}: ${node.html} ${node.failureSummary}`),
    );
  });
}
