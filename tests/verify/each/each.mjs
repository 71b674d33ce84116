// Runs docs/verify/verify.mjs for each license, in one process: starting Node takes the most time.
//
//     node each.mjs VERIFY.MJS ROOTS [LICENSE THUMBPRINT NOW]...
//
// Prints a line of JSON for each: the exit code, and what was written.
import { pathToFileURL } from "node:url";

const [node, , program, roots, ...licenses] = process.argv;
const { log, error } = console;
for (let n = 0; n < licenses.length; n += 3) {
    process.argv = [node, program, roots, ...licenses.slice(n, n + 3)];
    const [stdout, stderr] = [[], []];
    console.log = (line) => stdout.push(line);
    console.error = (line) => stderr.push(line);
    // A module runs once for each of its addresses.
    await import(`${pathToFileURL(program)}?${n}`);
    Object.assign(console, { log, error });
    const [code, lines] = [process.exitCode ?? 0, (text) => text.join("\n")];
    console.log(JSON.stringify({ code, stdout: lines(stdout), stderr: lines(stderr) }));
    process.exitCode = undefined;
}
