// <license-information>: what a customer's administrator sees of the license, with its three actions.
// A plain custom element without dependencies; docs/panel.md of Licentia says how to use it, and
// docs/panel.schema.json what it shows. It makes no element of text and needs no inline style, so that
// it works under the strictest Content-Security-Policy, and names of companies stay inert.

const MOST_ACCOUNTS = 10;
const PRINTING = "data-license-printing";

const TEXTS = {
  ru: {
    heading: "Лицензионная информация",
    licensee: "Лицензиат",
    country: "Страна",
    region: "Область",
    city: "Город",
    postalCode: "Почтовый индекс",
    supportUntil: "Техническая поддержка осуществляется до",
    support: "Техническая поддержка",
    noSupport: "Лицензия на поддержку отсутствует",
    userAccounts: "Количество учетных записей пользователей",
    externalConnections: "Количество внешних подключений (1С)",
    emergency: 'Срок действия "экстренной" лицензии',
    noEmergency: "нет",
    ended: "закончилась",
    emergencyAccounts: 'Количество "экстренных" учетных записей',
    blocked: "заблокированы",
    of: (used, licensed) => `${used ?? "неизвестно сколько"} из ${licensed}`,
    license: (number, date) => `Лицензия ${number} от ${date}`,
    actions: "Действия с лицензией",
    askEmergency: 'Запросить "экстренную" лицензию',
    update: "Обновить лицензию",
    print: "Версия для печати",
    loading: "Загружается…",
    busy: "Выполняется…",
    noLicense: "Лицензии еще нет: активируйте этот экземпляр системы ключом активации.",
    failed: "Не удалось получить лицензионную информацию.",
    retry: "Повторить",
    refusals: {
      "emergency-active": '"Экстренная" лицензия уже действует.',
      "no-permanent-purchase": "Сначала приобретите постоянную лицензию на учетные записи.",
      "emergency-already-used":
        '"Экстренная" лицензия уже использована. После оформления постоянной лицензии ' +
        "Вы вновь сможете ею воспользоваться.",
      other: '"Экстренная" лицензия сейчас недоступна.',
    },
    terms:
      '"Экстренная" лицензия предоставляется сразу, на один календарный месяц и на условиях ' +
      "постоплаты. За этот месяц приобретите постоянную лицензию на требуемое количество " +
      'пользователей, иначе "экстренные" учетные записи будут заблокированы.',
    howMany: `Сколько учетных записей добавить, от 1 до ${MOST_ACCOUNTS}`,
    outOfRange: `Введите целое число от 1 до ${MOST_ACCOUNTS}.`,
    confirm: (count, plural) =>
      `Запросить ${count} ${{ one: "учетную запись", few: "учетные записи" }[plural] ?? "учетных записей"}`,
    cancel: "Отмена",
  },
  en: {
    heading: "License information",
    licensee: "Licensee",
    country: "Country",
    region: "Region",
    city: "City",
    postalCode: "Postal code",
    supportUntil: "Support until",
    support: "Support",
    noSupport: "No support license",
    userAccounts: "User accounts",
    externalConnections: "External connections (1C)",
    emergency: "Emergency license",
    noEmergency: "none",
    ended: "ended",
    emergencyAccounts: "Emergency accounts",
    blocked: "blocked",
    of: (used, licensed) => `${used ?? "an unknown number"} of ${licensed}`,
    license: (number, date) => `License ${number} of ${date}`,
    actions: "License actions",
    askEmergency: "Request an emergency license",
    update: "Update the license",
    print: "Printable version",
    loading: "Loading…",
    busy: "Working…",
    noLicense: "There is no license yet: activate this installation with its activation key.",
    failed: "The license information could not be fetched.",
    retry: "Try again",
    refusals: {
      "emergency-active": "An emergency license is active already.",
      "no-permanent-purchase": "Buy a permanent license for user accounts first.",
      "emergency-already-used":
        "The emergency license has been used. Once you have bought a permanent license, you can " +
        "use it again.",
      other: "An emergency license is not available now.",
    },
    terms:
      "An emergency license is given at once, for one calendar month, and is paid for afterwards. " +
      "Buy a permanent license for as many users as you need within that month; otherwise the " +
      "emergency accounts will be blocked.",
    howMany: `How many accounts to add, 1 to ${MOST_ACCOUNTS}`,
    outOfRange: `Enter a whole number from 1 to ${MOST_ACCOUNTS}.`,
    confirm: (count, plural) => `Request ${count} ${plural === "one" ? "account" : "accounts"}`,
    cancel: "Cancel",
  },
};

const STYLE = sheet(`
  :host {
    display: block; max-inline-size: 52rem; container-type: inline-size;
    --_ink: var(--license-color, light-dark(#1b1f24, #e8eaed));
    --_muted: var(--license-muted, light-dark(#57606a, #a9b1bb));
    --_paper: var(--license-background, light-dark(#fff, #16191d));
    --_line: var(--license-border, light-dark(#d0d7de, #3a4149));
    --_accent: var(--license-accent, light-dark(#0b57a4, #8ec5ff));
    --_on-accent: var(--license-on-accent, light-dark(#fff, #0c1116));
    --_wrong: var(--license-wrong, light-dark(#a4161a, #ff9d95));
    font: var(--license-font, 1rem/1.5 system-ui, sans-serif); color: var(--_ink);
  }
  :host([hidden]), [hidden] { display: none !important; }
  * { box-sizing: border-box; }
  section { background: var(--_paper); border: 1px solid var(--_line); border-radius: .75rem; padding: 1.5rem; }
  h2 { font-size: 1.25rem; line-height: 1.3; margin: 0 0 1rem; text-wrap: balance; }
  p { margin: 0; }
  dl { margin: 0 0 1.25rem; }
  dl > div { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: .4rem 0; border-block-end: 1px solid var(--_line); }
  dt { color: var(--_muted); }
  dd { margin: 0; margin-inline-start: auto; text-align: end; overflow-wrap: anywhere; min-width: 0; font-variant-numeric: tabular-nums; }
  .rights dd { font-weight: 600; }
  .mark { color: var(--_wrong); }
  .small { color: var(--_muted); font-size: .875rem; overflow-wrap: anywhere; }
  .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  .actions { display: flex; flex-wrap: wrap; gap: .75rem; margin-block-start: 1.25rem; }
  .why { margin-block-start: 1.25rem; }
  .why:not([hidden]) + .actions { margin-block-start: .75rem; }
  .said:not(:empty), .wrong { border-inline-start: .25rem solid var(--_accent); padding: .25rem .75rem; margin-block-end: 1rem; }
  .wrong { border-color: var(--_wrong); }
  .wrong button { margin-block-start: .5rem; }
  button { font: inherit; color: var(--_accent); background: transparent; border: 1px solid currentColor; border-radius: .5rem; padding: .5rem 1rem; min-height: 2.75rem; cursor: pointer; }
  button.main { color: var(--_on-accent); background: var(--_accent); border-color: var(--_accent); }
  button[aria-disabled=true] { color: var(--_muted); background: transparent; border: 1px dashed var(--_line); cursor: not-allowed; }
  :focus-visible { outline: 3px solid var(--_accent); outline-offset: 2px; }
  dialog { color: inherit; background: var(--_paper); border: 1px solid var(--_line); border-radius: .75rem; padding: 1.5rem; width: min(32rem, calc(100vw - 2rem)); }
  dialog::backdrop { background: rgb(0 0 0 / .5); }
  label { display: block; font-weight: 600; margin-block: 1rem .35rem; }
  input { font: inherit; color: inherit; background: transparent; border: 1px solid var(--_muted); border-radius: .5rem; padding: .5rem .75rem; width: 7rem; min-height: 2.75rem; }
  input[aria-invalid=true] { border-color: var(--_wrong); }
  .fault { color: var(--_wrong); margin-block-start: .35rem; }
  @container (max-width: 30rem) {
    section { padding: 1rem; }
    .actions button { width: 100%; }
  }
  @media print {
    :host { color-scheme: light; --_ink: #000; --_muted: #000; --_paper: #fff; --_wrong: #000; }
    section { border: 0; padding: 0; }
    .actions, .why, .said, .wrong, dialog { display: none !important; }
  }`);

// On paper the panel stands alone: what neither holds it nor is in it is left out.
const ALONE = sheet(`@media print {
  :is(body *, :host *):not([${PRINTING}], :has([${PRINTING}])) { display: none !important; }
}`);

class LicenseInformation extends HTMLElement {
  static observedAttributes = ["lang", "src"];

  #data;
  #failed = false;
  #busy = false;
  #message = "";
  #loading = null;
  #made = null;
  #drawn = null;

  connectedCallback() {
    // What a page has set before this module was there is no property of this class yet.
    for (const name of ["data", "busy", "message"]) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
    this.#made ??= this.#make();
    this.#show();
    if (this.src && this.#data === undefined) this.reload();
  }

  disconnectedCallback() {
    this.#loading?.abort();
    this.#loading = null;
  }

  attributeChangedCallback(name, before, after) {
    if (!this.#made || before === after) return;
    if (name === "src" && this.isConnected) this.reload();
    this.#show();
  }

  /** The panel's JSON; null where there is no license yet. */
  get data() {
    return this.#data;
  }
  set data(data) {
    this.#loading?.abort();
    this.#take(data);
  }

  /** Where the product's own backend answers with the panel's JSON; 204 or 404: no license yet. */
  get src() {
    return this.getAttribute("src");
  }
  set src(url) {
    url == null ? this.removeAttribute("src") : this.setAttribute("src", url);
  }

  /** Whether the page is at work: the actions wait, and what was said before is taken away. */
  get busy() {
    return this.#busy;
  }
  set busy(busy) {
    this.#busy = Boolean(busy);
    if (busy) this.#message = "";
    this.#show();
  }

  /** What came of it, in a sentence that is shown and read out. */
  get message() {
    return this.#message;
  }
  set message(message) {
    this.#message = String(message ?? "");
    this.#show();
  }

  /** Asks `src` anew. */
  async reload() {
    if (!this.src) return;
    this.#loading?.abort();
    const loading = (this.#loading = new AbortController());
    this.#failed = false;
    this.#show();
    const answer = await ask(this.src, loading.signal);
    if (loading.signal.aborted) return;
    this.#loading = null;
    if ("data" in answer) return this.#take(answer.data);
    this.#failed = true;
    this.#show();
  }

  #take(data) {
    this.#loading = null;
    this.#failed = false;
    this.#data = data;
    this.#show();
  }

  get #language() {
    let tag;
    for (let node = this; node && !tag; node = node.getRootNode().host) {
      tag = node.closest("[lang]")?.lang;
    }
    return /^ru\b/i.test(tag) ? "ru" : "en";
  }

  #make() {
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [STYLE];
    const button = (act, properties) => {
      const made = make("button", { type: "button", ...properties });
      made.addEventListener("click", () => made.ariaDisabled === "true" || act());
      return made;
    };
    const parts = {
      heading: make("h2", { id: "heading" }),
      said: make("p", { className: "said", role: "status" }),
      fault: make("p", { role: "alert" }),
      retry: button(() => this.reload()),
      rows: make("div"),
      number: make("p", { className: "small" }),
      emergency: button(() => this.#ask()),
      update: button(() => this.#tell("license-update")),
      print: button(() => this.#tell("print") && printAlone(this)),
      why: make("p", { className: "why", id: "why" }),
      title: make("h2", { id: "title" }),
      terms: make("p", { id: "terms" }),
      howMany: make("label", { htmlFor: "accounts" }),
      accounts: make("input", { id: "accounts", type: "number", min: 1, max: MOST_ACCOUNTS, step: 1 }),
      outOfRange: make("p", { id: "fault", className: "fault", role: "alert" }),
      confirm: make("button", { type: "submit", className: "main" }),
    };
    parts.cancel = button(() => parts.dialog.close());
    parts.wrong = make("div", { className: "wrong" }, parts.fault, parts.retry);
    parts.actions = make("div", { className: "actions", role: "group" }, parts.emergency, parts.update, parts.print);
    const answers = make("div", { className: "actions" }, parts.confirm, parts.cancel);
    const asked = [parts.howMany, parts.accounts, parts.outOfRange, answers];
    const form = make("form", { noValidate: true }, parts.title, parts.terms, ...asked);
    parts.dialog = make("dialog", {}, form);
    describe(parts.dialog, { labelledby: "title", describedby: "terms" });
    describe(parts.accounts, { describedby: "fault" });
    form.addEventListener("submit", (event) => this.#confirm(event));
    parts.accounts.addEventListener("input", () => this.#count());
    const { heading, said, wrong, rows, number, why, actions, dialog } = parts;
    parts.section = make("section", {}, heading, said, wrong, rows, number, why, actions, dialog);
    describe(parts.section, { labelledby: "heading" });
    root.append(parts.section);
    return parts;
  }

  #show() {
    if (!this.#made) return;
    const parts = this.#made;
    const words = TEXTS[this.#language];
    parts.section.lang = this.#language;
    const panel = this.#data ?? null;
    const rows = this.#draw(panel);
    const failed = this.#failed || (panel !== null && !rows);
    const waits = this.#busy || this.#loading !== null;
    const none = this.#data === null && !failed && !waits;
    const said = this.#message || (this.#busy && words.busy) || (this.#loading && words.loading);

    setText(parts.heading, words.heading);
    setText(parts.said, [none && words.noLicense, said].filter(Boolean).join(" "));
    parts.section.ariaBusy = String(waits);
    setText(parts.fault, failed ? words.failed : "");
    setText(parts.retry, words.retry);
    parts.wrong.hidden = !failed;
    parts.retry.hidden = !this.src;
    const license = rows && words.license(panel.license.number, day(panel.license.issued_at, this.#language));
    setText(parts.number, license || "");

    const refused = Boolean(rows) && panel.may_request_emergency === false;
    setText(parts.why, refused ? (words.refusals[panel.emergency_refusal] ?? words.refusals.other) : "");
    parts.why.hidden = !refused;
    parts.actions.ariaLabel = words.actions;
    setText(parts.emergency, words.askEmergency);
    setText(parts.update, words.update);
    setText(parts.print, words.print);
    parts.emergency.hidden = parts.print.hidden = !rows;
    parts.update.hidden = this.#data === undefined;
    parts.emergency.ariaDisabled = String(waits || refused);
    parts.update.ariaDisabled = parts.print.ariaDisabled = parts.retry.ariaDisabled = String(waits);
    describe(parts.emergency, { describedby: refused ? "why" : null });

    setText(parts.title, words.askEmergency);
    setText(parts.terms, words.terms);
    setText(parts.howMany, words.howMany);
    setText(parts.cancel, words.cancel);
    this.#count();
  }

  /** Draws the rows anew where they are others, and says whether there are any. */
  #draw(panel) {
    const language = this.#language;
    if (this.#drawn?.panel !== panel || this.#drawn.language !== language) {
      const rows = panel && attempt(() => rowsOf(panel, TEXTS[language], language));
      this.#made.rows.replaceChildren(...(rows ?? []));
      this.#drawn = { panel, language, rows: Boolean(rows) };
    }
    return this.#drawn.rows;
  }

  #ask() {
    const { accounts, dialog } = this.#made;
    accounts.value = MOST_ACCOUNTS;
    this.#count();
    dialog.showModal();
    accounts.focus();
    accounts.select();
  }

  /** The number entered, or null; the button that confirms says it in words. */
  #count() {
    const { accounts, confirm, outOfRange } = this.#made;
    const count = accounts.valueAsNumber;
    const good = Number.isInteger(count) && count >= 1 && count <= MOST_ACCOUNTS;
    const plural = new Intl.PluralRules(this.#language).select(good ? count : MOST_ACCOUNTS);
    const words = TEXTS[this.#language];
    setText(confirm, good ? words.confirm(count, plural) : words.askEmergency);
    if (good) this.#fault(outOfRange, accounts, "");
    return good ? count : null;
  }

  #fault(place, field, text) {
    setText(place, text);
    field.ariaInvalid = String(text !== "");
  }

  #confirm(event) {
    event.preventDefault();
    const { accounts, dialog, outOfRange } = this.#made;
    const count = this.#count();
    if (count === null) {
      this.#fault(outOfRange, accounts, TEXTS[this.#language].outOfRange);
      accounts.focus();
      return;
    }
    dialog.close();
    this.#tell("emergency-request", { accounts: count });
  }

  #tell(name, detail) {
    const event = { detail, bubbles: true, composed: true, cancelable: true };
    return this.dispatchEvent(new CustomEvent(name, event));
  }
}

/** What a backend answers: `data`, or nothing of use. */
async function ask(url, signal) {
  try {
    const answer = await fetch(url, { headers: { accept: "application/json" }, cache: "no-store", signal });
    if (answer.status === 204 || answer.status === 404) return { data: null };
    return answer.ok ? { data: await answer.json() } : {};
  } catch {
    return {};
  }
}

function rowsOf(panel, words, language) {
  const { licensee, emergency } = panel;
  const address = [
    [words.licensee, licensee.name],
    [words.country, licensee.country],
    [words.region, licensee.region],
    [words.city, licensee.city],
    [words.postalCode, licensee.postal_code],
  ].filter(([, value]) => value);
  const ended = emergency?.state === "ended";
  const blocked = ended && panel.emergency_accounts.used > 0;
  const support = panel.support_until
    ? [words.supportUntil, time(panel.support_until, language)]
    : [words.support, words.noSupport];
  const validity = emergency
    ? [time(emergency.from, language), " - ", time(emergency.until, language), ...mark(ended, words.ended)]
    : [words.noEmergency];
  return [
    list("licensee", address.map(([label, value]) => [label, make("bdi", {}, plain(value))])),
    list("rights", [
      support,
      [words.userAccounts, ...count(panel.user_accounts, words)],
      [words.externalConnections, String(panel.external_connections.licensed)],
      [words.emergency, ...validity],
      [words.emergencyAccounts, ...count(panel.emergency_accounts, words), ...mark(blocked, words.blocked)],
    ]),
  ];
}

function list(className, rows) {
  const row = ([label, ...value]) => make("div", {}, make("dt", {}, label), make("dd", {}, ...value));
  return make("dl", { className }, ...rows.map(row));
}

/** X/Z for the eye, «X of Z» for the ear. */
function count({ used, licensed }, words) {
  const seen = make("span", {}, `${used ?? "–"}/${licensed}`);
  seen.ariaHidden = "true";
  return [seen, make("span", { className: "unseen" }, words.of(used, licensed))];
}

function mark(applies, word) {
  return applies ? [" ", make("span", { className: "mark" }, `(${word})`)] : [];
}

function time(at, language) {
  return make("time", { dateTime: at }, day(at, language));
}

/** The day of an instant here, or a bare date: 31.10.2014, 31 Oct 2014. */
function day(at, language) {
  const bare = /^\d{4}-\d\d-\d\d$/.test(at);
  const options = language === "ru" ? { day: "2-digit", month: "2-digit" } : { day: "numeric", month: "short" };
  const format = new Intl.DateTimeFormat("en-US", { ...options, year: "numeric", ...(bare && { timeZone: "UTC" }) });
  const parts = Object.fromEntries(format.formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
  return [parts.day, parts.month, parts.year].join(language === "ru" ? "." : " ");
}

/** A name without control characters and what turns text around. */
function plain(text) {
  return String(text).replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
}

/** Prints the panel without the page around it, through every shadow tree that it stands in. */
function printAlone(element) {
  const undo = [];
  for (let node = element; node; node = node.getRootNode().host) {
    const root = node.getRootNode();
    node.toggleAttribute(PRINTING, true);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, ALONE];
    undo.push(() => {
      node.toggleAttribute(PRINTING, false);
      root.adoptedStyleSheets = root.adoptedStyleSheets.filter((each) => each !== ALONE);
    });
  }
  addEventListener("afterprint", () => undo.forEach((step) => step()), { once: true });
  globalThis.print();
}

function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

function describe(element, attributes) {
  for (const [name, id] of Object.entries(attributes)) {
    id ? element.setAttribute(`aria-${name}`, id) : element.removeAttribute(`aria-${name}`);
  }
}

/** Leaves a text that stays the same alone, so that it is not read out again. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function attempt(work) {
  try {
    return work();
  } catch {
    return null;
  }
}

function sheet(text) {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}

if (!customElements.get("license-information")) {
  customElements.define("license-information", LicenseInformation);
}
