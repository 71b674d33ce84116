// Pleasant with it, complete without it: keys, and the focus after an error.
"use strict";

const summary = document.getElementById("summary");
if (summary) {
  summary.focus();
}

// A setup link has its code behind the #, which browsers send to nobody.
const code = document.getElementById("setup_code");
if (code && location.hash.length > 1) {
  code.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea, [contenteditable]");
  if (event.key === "Escape" && typing) {
    event.target.blur();
    return;
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  if (event.key === "/") {
    const find = document.getElementById("find");
    if (find) {
      event.preventDefault();
      find.focus();
    }
    return;
  }
  const wanted = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (wanted) {
    event.preventDefault();
    wanted.click();
  }
});

// A form that is on its way is not sent twice; the server would make one thing of it anyway.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (form.method === "post") {
    form.dataset.sent = "yes";
    // Whoever has stopped the browser on the way may send the form again.
    setTimeout(() => delete form.dataset.sent, 3000);
  }
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) {
    delete form.dataset.sent;
  }
});

// Buttons that fill a field in: there is nothing for them to do without a script.
for (const button of document.querySelectorAll("[data-fill]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const field = document.getElementById(button.dataset.fill);
    field.value = button.dataset.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
}

// The browser's own command prints as well; a button is easier to find.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A purchase's form shows what it changes while it is filled in: the part that counts of the page it
// leads to. What is wrong is told there, when somebody asks for it.
const order = document.getElementById("order");
if (order) {
  const live = document.getElementById("live");
  const button = order.querySelector("button[type=submit]");
  let asked = 0;
  let timer;
  const look = async () => {
    const mine = ++asked;
    const entered = new URLSearchParams(new FormData(order));
    const answer = await fetch(`${order.action}?${entered}`).catch(() => null);
    const text = answer?.ok ? await answer.text() : "";
    if (mine !== asked) {
      return;
    }
    const page = new DOMParser().parseFromString(text, "text/html");
    const preview = page.getElementById("preview");
    live.replaceChildren(...(preview ? [preview] : []));
    document.getElementById("live-said").textContent = preview?.dataset.said ?? "";
    // There is one button to press: the form's own, or the one beneath what it changes.
    button.classList.toggle("unseen", preview !== null);
    button.tabIndex = preview ? -1 : 0;
  };
  order.addEventListener("input", () => {
    asked++;
    // What stands beneath is not what stands in the form any more: it is not to be recorded.
    for (const old of live.querySelectorAll("button")) {
      old.disabled = true;
    }
    clearTimeout(timer);
    timer = setTimeout(look, 400);
  });
  window.addEventListener("pageshow", () => {
    if (order.elements.order_number.value && !summary) {
      look();
    }
  });
}
