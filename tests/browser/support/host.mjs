// A product's own web server, with a settings page that holds nothing but <license-information>.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

const COMPONENT = fileURLToPath(new URL("../../../panel/license-information.js", import.meta.url));
export const panels = JSON.parse(await readFile(new URL("panels.json", import.meta.url), "utf8"));

/** As strict as a policy can be for a page that has a script, and an icon that is none. */
const policy = (scripts) =>
  `default-src 'none'; script-src ${scripts}; connect-src 'self'; img-src data:; form-action 'none'; base-uri 'none'`;

/** Notes what the component asks for, and does what a page of the product would do. */
const PAGE_SCRIPT = `
  globalThis.told = [];
  const panel = document.querySelector("license-information");
  const send = async (path, body) => {
    panel.busy = true;
    const answer = await fetch(path, { method: "POST", body: JSON.stringify(body ?? {}) });
    const { message } = await answer.json();
    await panel.reload();
    panel.busy = false;
    panel.message = message;
  };
  for (const name of ["emergency-request", "license-update", "print"]) {
    document.addEventListener(name, (event) => {
      told.push([name, event.detail, event.cancelable, event.target === panel]);
      if (name === "emergency-request" && panel.src) send("/emergency", event.detail);
      if (name === "license-update" && panel.src) send("/update");
    });
  }`;

export class Host {
  /**
   * Starts a host. `answers` has for each call ("GET /panel") a function that answers with a status
   * and a body; `component` is where pages load the component from.
   */
  static async start({ answers = {}, component } = {}) {
    const host = new Host();
    Object.assign(host, { answers, component, language: "ru", attributes: "" });
    host.server = createServer((request, response) => host.#answer(request, response));
    host.server.listen(0, "127.0.0.1");
    await once(host.server, "listening");
    host.url = `http://127.0.0.1:${host.server.address().port}`;
    return host;
  }

  async #answer(request, response) {
    const { pathname, search } = new URL(request.url, this.url);
    const send = (status, type, body, headers = {}) =>
      response.writeHead(status, { "content-type": `${type}; charset=utf-8`, ...headers }).end(body);
    const script = (body) => send(200, "text/javascript", body);
    if (pathname === "/") {
      const scripts = ["'self'", this.component && new URL(this.component).origin];
      const headers = { "content-security-policy": policy(scripts.filter(Boolean).join(" ")) };
      return send(200, "text/html", this.#page(search !== "?late"), headers);
    }
    if (pathname === "/license-information.js") return script(await readFile(COMPONENT));
    if (pathname === "/page.js") return script(PAGE_SCRIPT);
    const answer = this.answers[`${request.method} ${pathname}`];
    if (!answer) return send(404, "text/plain", "nothing here");
    try {
      const parts = await request.toArray();
      const [status, body] = await answer(Buffer.concat(parts).toString());
      send(status, "application/json", status === 204 ? undefined : JSON.stringify(body));
    } catch (error) {
      send(500, "application/json", JSON.stringify({ message: String(error) }));
    }
  }

  #page(withScripts) {
    const scripts = [this.component ?? "/license-information.js", "/page.js"];
    const script = (source) => `<script type="module" src="${source}"></script>`;
    return `<!doctype html><html lang="${this.language}"><meta charset="utf-8">
      <meta name="viewport" content="width=device-width">
      <meta name="color-scheme" content="light dark"><link rel="icon" href="data:,"><title>Settings</title>
      <main><h1>Settings</h1><license-information ${this.attributes}></license-information>
      <p id="elsewhere">What else the page says.</p></main>
      ${withScripts ? scripts.map(script).join("") : ""}</html>`;
  }

  async stop() {
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

/** Shows a panel on a page of the host. */
export const show = (page, data) =>
  page.locator("license-information").evaluate((panel, data) => (panel.data = data), data);

/** The rows as they are seen: label and value. */
export const rows = (page) =>
  page.locator("license-information dl > div").evaluateAll((rows) =>
    Object.fromEntries(
      rows.map((row) => {
        const seen = row.querySelector("dd").cloneNode(true);
        seen.querySelectorAll(".unseen").forEach((unseen) => unseen.remove());
        return [row.querySelector("dt").textContent, seen.textContent];
      }),
    ),
  );
