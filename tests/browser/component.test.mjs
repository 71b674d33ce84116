import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, violations } from "./support/axe.mjs";
import { assertCalm, launch, open } from "./support/browser.mjs";
import { Host, panels, rows, show } from "./support/host.mjs";
import { printed } from "./support/paper.mjs";

const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 844 };
const TAG = "license-information";

let browser;
let host;
before(async () => {
  [browser, host] = await Promise.all([launch(), Host.start()]);
});
after(() => Promise.all([browser?.close(), host?.stop()]));

/** A page with the component; `attributes` and `language` are how the host writes it. */
async function on(options = {}, { attributes = "", language = "ru", at = host } = {}) {
  Object.assign(at, { attributes, language });
  const page = await open(browser, at, { timezoneId: "Europe/Moscow", ...options });
  await page.goto("/");
  return page;
}

const shown = (page, role, name) => page.locator(TAG).getByRole(role, { name });
const emergency = (page) => page.locator(`${TAG} .actions button`).first();
const told = (page) => page.evaluate(() => globalThis.told);
const done = async (page) => {
  assertCalm(page);
  await page.context().close();
};
/** The element that has the focus, wherever it stands. */
const focused = (page) =>
  page.evaluate(() => {
    let active = document.activeElement;
    while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
    return active?.id || active?.textContent;
  });

test("the panel says the manual's words in Russian, and the same in English", async () => {
  const page = await on();
  await show(page, panels.active);
  assert.deepEqual(await rows(page), {
    Лицензиат: "ООО «Вектор»",
    Страна: "Россия",
    Область: "Московская область",
    Город: "Химки",
    "Почтовый индекс": "141400",
    "Техническая поддержка осуществляется до": "31.10.2014",
    "Количество учетных записей пользователей": "20/20",
    "Количество внешних подключений (1С)": "5",
    'Срок действия "экстренной" лицензии': "13.05.2014 - 13.06.2014",
    'Количество "экстренных" учетных записей': "3/10",
  });
  await show(page, panels.ended);
  assert.match((await rows(page))['Срок действия "экстренной" лицензии'], /2014 \(закончилась\)$/);
  assert.equal((await rows(page))['Количество "экстренных" учетных записей'], "3/0 (заблокированы)");
  await page.locator(TAG).evaluate((panel) => (panel.lang = "en"));
  assert.deepEqual(await rows(page), {
    Licensee: "ООО «Вектор»",
    Country: "Россия",
    Region: "Московская область",
    City: "Химки",
    "Postal code": "141400",
    "Support until": "31 Oct 2014",
    "User accounts": "19/20",
    "External connections (1C)": "5",
    "Emergency license": "13 May 2014 - 13 Jun 2014 (ended)",
    "Emergency accounts": "3/0 (blocked)",
  });
  await show(page, panels.bare);
  const bare = await rows(page);
  assert.equal(bare.Support, "No support license");
  assert.equal(bare["User accounts"], "–/0");
  assert.ok(!("Country" in bare));
  await page.locator(TAG).evaluate((panel) => panel.removeAttribute("lang"));
  assert.equal((await rows(page))["Техническая поддержка"], "Лицензия на поддержку отсутствует");
  await done(page);
});

test("numbers are read out as words, not as a slash", async () => {
  const page = await on();
  await show(page, panels.full);
  const tree = await page.locator(TAG).ariaSnapshot();
  assert.match(tree, /19 из 20/);
  assert.doesNotMatch(tree, /19\/20/);
  assert.match(tree, /region "Лицензионная информация"/);
  await done(page);
});

test("axe finds nothing: every state, both languages, light and dark, at both widths", async (t) => {
  for (const language of ["ru", "en"]) {
    const page = await on({ bypassCSP: true }, { language });
    await page.evaluate(axe);
    const look = async (name) => {
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        for (const size of [WIDE, NARROW]) {
          await page.setViewportSize(size);
          const where = `${name}, ${language}, ${colorScheme}, ${size.width} px`;
          assert.deepEqual(await violations(page), [], where);
          const width = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(width <= size.width, `${where}: ${width} px wide`);
        }
      }
    };
    for (const [name, panel] of [...Object.entries(panels), ["no license", null]]) {
      await t.test(`${name} (${language})`, async () => {
        await show(page, panel);
        await look(name);
      });
    }
    await t.test(`busy, dialog, error (${language})`, async () => {
      await show(page, panels.full);
      await page.locator(TAG).evaluate((panel) => (panel.busy = true));
      await look("busy");
      await page.locator(TAG).evaluate((panel) => (panel.busy = false));
      await emergency(page).click();
      await page.keyboard.type("11");
      await page.keyboard.press("Enter");
      await look("dialog");
      await page.keyboard.press("Escape");
      await page.locator(TAG).evaluate((panel) => (panel.src = "/nowhere-at-all"));
      await show(page, { nonsense: true });
      await shown(page, "alert").first().waitFor();
      await look("error");
    });
    await page.context().close();
  }
});

test("light and dark follow the page, which may leave it to the reader, and its colours win", async () => {
  const page = await on({ colorScheme: "dark" });
  await show(page, panels.full);
  const paper = () =>
    page.locator(`${TAG} section`).evaluate((section) => getComputedStyle(section).backgroundColor);
  assert.equal(await paper(), "rgb(22, 25, 29)");
  await page.emulateMedia({ colorScheme: "light" });
  assert.equal(await paper(), "rgb(255, 255, 255)");
  const style = (text) =>
    page.evaluate((text) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`license-information { ${text} }`);
      document.adoptedStyleSheets = [sheet];
    }, text);
  await style("color-scheme: dark");
  assert.equal(await paper(), "rgb(22, 25, 29)");
  await style("");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.evaluate(() => document.querySelector("meta[name=color-scheme]").remove());
  assert.equal(await paper(), "rgb(255, 255, 255)", "no dark panel on a page that is light alone");
  await style("--license-background: rgb(1, 2, 3)");
  assert.equal(await paper(), "rgb(1, 2, 3)");
  await done(page);
});

test("an emergency license is asked for by the keyboard alone, in words, and can be left", async () => {
  const page = await on();
  await show(page, panels.full);
  const { keyboard } = page;
  await keyboard.press("Tab");
  assert.equal(await focused(page), 'Запросить "экстренную" лицензию');
  await keyboard.press("Enter");
  const dialog = shown(page, "dialog", 'Запросить "экстренную" лицензию');
  assert.match(await dialog.innerText(), /один календарный месяц/);
  assert.match(await dialog.innerText(), /постоплаты/);
  assert.equal(await focused(page), "accounts");

  await keyboard.press("Escape");
  assert.ok(await dialog.isHidden());
  assert.equal(await focused(page), 'Запросить "экстренную" лицензию');
  await keyboard.press("Enter");
  const confirm = dialog.locator("[type=submit]");
  const cancel = dialog.getByRole("button", { name: "Отмена" });
  await cancel.focus();
  await keyboard.press("Enter");
  assert.ok(await dialog.isHidden());
  assert.deepEqual(await told(page), [], "nothing was asked for");

  await keyboard.press("Enter");
  for (const wrong of ["0", "11", "-1", "2.5", "Delete"]) {
    await keyboard.press("Control+A");
    wrong === "Delete" ? await keyboard.press(wrong) : await keyboard.type(wrong);
    await keyboard.press("Enter");
    assert.ok(await dialog.isVisible(), wrong);
    assert.equal(await dialog.getByRole("alert").innerText(), "Введите целое число от 1 до 10.");
    assert.equal(await focused(page), "accounts");
    assert.equal(await dialog.locator("input").getAttribute("aria-invalid"), "true");
  }
  const words = ["Запросить 1 учетную запись", "Запросить 3 учетные записи", "Запросить 5 учетных записей"];
  for (const text of words) {
    await keyboard.press("Control+A");
    await keyboard.type(text.match(/\d/)[0]);
    assert.equal(await confirm.innerText(), text);
  }
  assert.equal(await dialog.getByRole("alert").innerText(), "");
  await keyboard.press("Enter");
  assert.ok(await dialog.isHidden());
  assert.deepEqual(await told(page), [["emergency-request", { accounts: 5 }, true, true]]);
  assert.equal(await focused(page), 'Запросить "экстренную" лицензию');

  await keyboard.press("Tab");
  await keyboard.press("Enter");
  assert.deepEqual((await told(page)).at(-1), ["license-update", null, true, true]);
  await keyboard.press("Tab");
  assert.equal(await focused(page), "Версия для печати");
  await done(page);
});

test("an emergency license that would be refused cannot be asked for, and the reason is said", async () => {
  const page = await on({}, { language: "en" });
  for (const [name, reason] of [
    ["active", "An emergency license is active already."],
    ["bare", "Buy a permanent license for user accounts first."],
    ["ended", "The emergency license has been used."],
  ]) {
    await show(page, panels[name]);
    await emergency(page).click({ force: true });
    assert.ok(await page.locator(`${TAG} dialog`).isHidden());
    assert.equal(await emergency(page).getAttribute("aria-disabled"), "true");
    const described = await emergency(page).evaluate((button) => {
      const id = button.getAttribute("aria-describedby");
      return button.getRootNode().getElementById(id).textContent;
    });
    assert.ok(described.startsWith(reason), described);
  }
  await show(page, panels.offline);
  await emergency(page).click();
  assert.ok(await page.locator(`${TAG} dialog`).isVisible(), "only the office knows");
  await done(page);
});

test("while the page is at work the actions wait, keep the focus, and the outcome is said", async () => {
  const page = await on();
  await show(page, panels.full);
  const set = (values) => page.locator(TAG).evaluate((panel, values) => Object.assign(panel, values), values);
  await shown(page, "button", "Обновить лицензию").focus();
  await set({ busy: true });
  assert.equal(await focused(page), "Обновить лицензию");
  for (const button of await page.locator(`${TAG} section > .actions button`).all()) {
    assert.ok(await button.isDisabled());
    await button.click({ force: true });
  }
  await page.keyboard.press("Enter");
  assert.deepEqual(await told(page), []);
  assert.equal(await shown(page, "status").innerText(), "Выполняется…");
  await set({ busy: false, message: "Лицензия обновлена. <b>!</b>" });
  assert.equal(await shown(page, "status").innerText(), "Лицензия обновлена. <b>!</b>");
  await shown(page, "button", "Обновить лицензию").click();
  assert.equal((await told(page)).length, 1);
  await done(page);
});

test("the printable version is the panel alone, black on white; a page may print its own", async () => {
  const page = await on({ colorScheme: "dark" });
  await show(page, panels.active);
  await page.evaluate(() => {
    globalThis.printed = 0;
    globalThis.print = () => (globalThis.printed += 1);
  });
  await shown(page, "button", "Версия для печати").click();
  assert.equal(await page.evaluate(() => globalThis.printed), 1);
  const { sheets } = await printed(page);
  assert.equal(sheets.length, 1);
  for (const part of ["Лицензионная информация", "ООО «Вектор»", "3/10", panels.active.license.number]) {
    assert.ok(sheets[0].includes(part), part);
  }
  for (const part of ["What else", "Settings", "Обновить"]) assert.ok(!sheets[0].includes(part), part);
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  assert.ok(await page.locator("#elsewhere").isVisible());
  assert.equal(await page.locator("[data-license-printing]").count(), 0);
  assert.equal(await page.evaluate(() => document.adoptedStyleSheets.length), 0);

  await page.evaluate(() => addEventListener("print", (event) => event.preventDefault()));
  await shown(page, "button", "Версия для печати").click();
  assert.equal(await page.evaluate(() => globalThis.printed), 1, "the page prints its own");
  await done(page);
});

test("in a shadow tree of the page's own it speaks, tells and prints the same", async () => {
  const page = await on({}, { language: "en" });
  await page.evaluate((data) => {
    const frame = document.createElement("div");
    frame.lang = "ru-RU";
    const root = frame.attachShadow({ mode: "open" });
    const beside = document.createElement("p");
    beside.textContent = "Beside it.";
    const panel = document.createElement("license-information");
    panel.data = data;
    root.append(beside, panel);
    document.querySelector("main").append(frame);
    document.querySelector("license-information").remove();
    globalThis.print = () => {};
  }, panels.full);
  assert.equal((await rows(page))["Город"], "Химки");
  await shown(page, "button", "Обновить лицензию").click();
  assert.equal((await told(page))[0][0], "license-update");
  await shown(page, "button", "Версия для печати").click();
  const { sheets } = await printed(page);
  assert.ok(sheets[0].includes("19/20"), sheets[0]);
  for (const part of ["Beside it", "What else"]) assert.ok(!sheets[0].includes(part), part);
  await done(page);
});

test("a hostile name is text and nothing else", async () => {
  const page = await on({ viewport: NARROW });
  await show(page, panels.hostile);
  const all = await rows(page);
  assert.equal(all["Лицензиат"], panels.hostile.licensee.name);
  assert.equal(all["Страна"], "\ufffdangel\ufffd");
  assert.equal(await page.title(), "Settings");
  assert.equal(await page.locator(`${TAG} :is(img, script, style, b)`).count(), 0);
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= NARROW.width);
  await done(page);
});

test("loading, no license, an error and its retry are each said", async () => {
  let answer;
  const own = await Host.start({ answers: { "GET /panel": () => answer() } });
  let open_;
  answer = () => new Promise((resolve) => (open_ = () => resolve([200, panels.full])));
  const page = await on({}, { attributes: 'src="/panel"', at: own });
  const status = shown(page, "status");
  const reload = (next) => {
    answer = next;
    return page.locator(TAG).evaluate((panel) => panel.reload());
  };
  try {
    assert.equal(await status.innerText(), "Загружается…");
    assert.equal(await page.locator(`${TAG} section`).getAttribute("aria-busy"), "true");
    open_();
    await page.locator(`${TAG} dl`).first().waitFor();
    assert.equal(await status.innerText(), "");

    for (const wrong of [[500, {}], [200, { licensee: null }], [200, "<html>"], [200, 7]]) {
      await reload(() => wrong);
      assert.match(await shown(page, "alert").first().innerText(), /Не удалось/);
    }
    answer = () => [200, panels.active];
    await page.keyboard.press("Tab");
    await shown(page, "button", "Повторить").press("Enter");
    await page.locator(TAG).getByText("3/10").waitFor();
    assert.ok(await shown(page, "button", "Повторить").isHidden());

    for (const none of [[204], [404, {}], [200, null]]) {
      await reload(() => [200, panels.full]);
      await reload(() => none);
      assert.match(await status.innerText(), /Лицензии еще нет/);
      assert.equal(await page.locator(`${TAG} dl`).count(), 0);
      assert.ok(await emergency(page).isHidden());
    }
  } finally {
    await page.context().close();
    await own.stop();
  }
});

test("what a page has set before the component was there is taken over", async () => {
  const page = await on();
  await page.goto("/?late");
  await show(page, panels.full);
  assert.equal(await page.locator(`${TAG} dl`).count(), 0);
  await page.evaluate(() => import("/license-information.js"));
  assert.equal((await rows(page))["Город"], "Химки");
  await done(page);
});
