// A license office of its own for a file of tests: the real server on a scratch folder.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const here = dirname(fileURLToPath(import.meta.url));
const BINARY = resolve(
  process.env.LICENTIA_BINARY ?? join(here, "../../../target/debug/licentia"),
);
const CLIENT = resolve(process.env.LICENTIA_CLIENT_BINARY ?? join(dirname(BINARY), "licentia-client"));
const START_MS = 60_000;
const run = promisify(execFile);

export class Office {
  /** Starts a server that nobody has set up yet; `arguments_` are more of its flags. */
  static async start(...arguments_) {
    const office = new Office();
    office.dir = await mkdtemp(join(tmpdir(), "licentia-browser-"));
    const listen = ["--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0"];
    office.child = spawn(
      BINARY,
      ["serve", "--data-dir", join(office.dir, "data"), ...listen, ...arguments_],
      { env: environment(), stdio: ["ignore", "pipe", "pipe"] },
    );
    office.log = "";
    office.child.stderr.on("data", (part) => (office.log += part));
    office.exited = once(office.child, "exit");
    await office.#read();
    return office;
  }

  async #read() {
    const lines = createInterface({ input: this.child.stdout });
    const late = setTimeout(() => this.child.kill(), START_MS);
    for await (const line of lines) {
      this.url ??= line.match(/listens on (http:\/\/[^,\s]+)/)?.[1];
      this.setupLink ??= line.match(/(https?:\S+\/setup#\S+)/)?.[1];
      if (this.url && this.setupLink) break;
    }
    clearTimeout(late);
    if (!this.setupLink) throw new Error(`the server did not start:\n${this.log}`);
    this.child.stdout.resume();
  }

  /** Runs the command line beside the server, on the same data. */
  async command(...arguments_) {
    const folder = ["--data-dir", join(this.dir, "data")];
    const { stdout } = await run(BINARY, [...arguments_, ...folder], { env: environment() });
    return stdout.trim();
  }

  /** Runs the customers' program with a state folder of its own; answers with its JSON. */
  async client(...arguments_) {
    return JSON.parse(await this.clientText("--json", ...arguments_));
  }

  /** The same, with what it prints for people. */
  async clientText(...arguments_) {
    const state = ["--dir", join(this.dir, "installation")];
    const { stdout } = await run(CLIENT, [...state, ...arguments_], { env: environment() });
    return stdout;
  }

  /** The file that vendors give to their products: whom to trust. */
  async roots() {
    const path = join(this.dir, "roots");
    await writeFile(path, await this.command("keys", "export", "--issuer", this.url));
    return path;
  }

  /** A customer's purchases, as the JSON API tells them to the vendor's other systems. */
  async purchases(customer) {
    const answer = await this.#ask(`/customers/${customer}/purchases`, "application/json");
    return (await answer.json()).data;
  }

  /** A customer's license, as it is signed. */
  async license(customer) {
    const answer = await this.#ask(`/customers/${customer}/license`, "application/jwt");
    return answer.text();
  }

  async #ask(path, accept) {
    this.token ??= await this.command("token", "create", "--role", "sales", "--name", "tests");
    const headers = { authorization: `Bearer ${this.token}`, accept };
    const answer = await fetch(`${this.url}/api/v1${path}`, { headers });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }

  async stop() {
    this.child.kill("SIGTERM");
    await this.exited;
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** The tests' own environment has no say in how the office is set up. */
function environment() {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith("LICENTIA_"));
  // Sales and auditors sign in with a password alone: the second factor has tests of its own.
  return { ...Object.fromEntries(others), LICENTIA_SECOND_FACTOR_FOR_ALL: "false" };
}
