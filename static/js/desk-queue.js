// The queue without a new page for every decision: a row goes when the site has answered, the next one is chosen at
// once, the chosen case is shown beside the list. Without this file every form and link works by itself.
const frame = document.querySelector("[data-queue-frame]");
const list = document.querySelector("[data-queue]");
const panel = document.querySelector("[data-panel]");
const wide = matchMedia("(min-width: 64rem)");
const LOOK_AFTER_MS = 120;
const ARMED_AFTER_MS = 200;
const FEW_ROWS = 10;
const gone = new Map();
const unsent = new Map();
let waiting;
let asked;
let loading = false;

function parse(text) {
  return new DOMParser().parseFromString(text, "text/html");
}

function replaceParts(page) {
  for (const part of page.querySelectorAll("[data-part]")) {
    const here = document.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!here) continue;
    if (part.dataset.part === "said") here.textContent = part.textContent;
    else here.replaceWith(document.adoptNode(part));
  }
}

// What was typed about a case waits until it is looked at again: moving on to compare two cases loses nothing.
function keepTyped() {
  const form = panel.querySelector("form.decide");
  if (!form) return;
  const words = [...form.elements].filter((field) => isTyped(field) || (field.matches("select, textarea") && field.value));
  unsent.set(
    form.closest("[data-panel-of]").dataset.panelOf,
    words.map((field) => [field.name, field.type === "checkbox" ? field.checked : field.value]),
  );
}

function putTypedBack(row) {
  const form = panel.querySelector("form.decide");
  for (const [name, value] of (form && unsent.get(row.dataset.row)) || []) {
    const field = form.elements[name];
    if (field.type === "checkbox") field.checked = value;
    else field.value = value;
  }
}

function hidePanel() {
  keepTyped();
  clearTimeout(waiting);
  asked?.abort();
  panel.hidden = true;
  panel.replaceChildren();
}

async function look(row) {
  asked?.abort();
  asked = new AbortController();
  const { signal } = asked;
  try {
    const answer = await fetch(row.querySelector("[data-key=Enter]").href, { headers: { "X-Desk": "panel" }, signal });
    if (!answer.ok || signal.aborted) return;
    showPanel(await answer.text(), row);
  } catch (error) {
    if (error.name !== "AbortError") hidePanel();
  }
}

function showPanel(text, row) {
  keepTyped();
  panel.replaceChildren(...parse(text).body.children);
  putTypedBack(row);
  if (wide.matches) frame.append(panel);
  else row.append(panel);
  panel.hidden = false;
  panel.scrollTop = 0;
}

function after(row) {
  const next = (start, step) => {
    let other = start[step];
    while (other && other.hasAttribute("aria-busy")) other = other[step];
    return other;
  };
  return next(row, "nextElementSibling") || next(row, "previousElementSibling");
}

function leave(row) {
  const next = after(row);
  if (panel.parentElement === row) frame.append(panel);
  row.setAttribute("aria-busy", "true");
  row.removeAttribute("data-chosen");
  hidePanel();
  if (!next) return;
  next.setAttribute("data-fresh", "");
  setTimeout(() => next.removeAttribute("data-fresh"), ARMED_AFTER_MS);
  next.focus({ preventScroll: false });
}

function bringBack(row, text) {
  row.removeAttribute("aria-busy");
  const words = row.querySelector("[data-refused]");
  words.textContent = text;
  words.hidden = false;
  say(text);
  row.focus();
}

async function more() {
  const link = document.querySelector("[data-pager] [rel=next]");
  if (loading || !link || list.children.length > FEW_ROWS) return;
  loading = true;
  try {
    const page = parse(await (await fetch(link.href)).text());
    for (const row of page.querySelectorAll("[data-queue] > li")) {
      if (!list.querySelector(`[data-row="${row.dataset.row}"]`)) list.append(prepared(document.adoptNode(row)));
    }
    const pager = page.querySelector("[data-pager] [rel=next]");
    if (pager) link.href = pager.href;
    else link.remove();
  } finally {
    loading = false;
  }
}

function prepared(row) {
  row.querySelector("[data-look]").hidden = false;
  return row;
}

// The words of a refusal by a rule stand in the list of errors of the answer.
function reasonIn(page) {
  return page.querySelector(".error-summary li")?.textContent.trim();
}

// What was typed beside the row belongs to the decision, also when the row's own button is pressed.
function formOf(form, button, row) {
  const beside = row && panel.querySelector(`[data-panel-of="${row.dataset.row}"] form.decide`);
  if (!beside || beside === form || ![...beside.elements].some(isTyped)) return [form, button];
  return [beside, beside.querySelector(`button[value="${button.value}"]`)];
}

function isTyped(field) {
  if (field.type === "checkbox") return field.checked !== field.defaultChecked;
  return field.matches("input:not([type=hidden]), textarea") ? field.value !== field.defaultValue : false;
}

async function send(pressedForm, pressed, row) {
  const [form, button] = formOf(pressedForm, pressed, row);
  if (form.dataset.under) return;
  form.dataset.under = "yes";
  const data = new FormData(form, button);
  const inPanel = panel.contains(form);
  if (row && !inPanel && button.value === "accept") leave(row);
  let answer;
  try {
    // Not form.action: the buttons of that name hide it.
    answer = await fetch(form.getAttribute("action"), { method: "POST", body: data, headers: { "X-Desk": "row" } });
  } catch {
    return row ? bringBack(row, frame.dataset.failed) : say(frame.dataset.failed);
  } finally {
    delete form.dataset.under;
  }
  if (answer.redirected) return sendPlainly(form, button); // to the login: this session ended meanwhile
  const page = parse(await answer.text());
  if (!answer.ok) return refused(page, row, inPanel);
  replaceParts(page);
  settle(row, page.querySelector("[data-case]").dataset, button.value);
}

// As without this file: the site answers with a page that keeps what was typed until somebody is logged in again.
function sendPlainly(form, button) {
  const pressed = document.createElement("input");
  Object.assign(pressed, { type: "hidden", name: button.name, value: button.value });
  form.append(pressed);
  HTMLFormElement.prototype.submit.call(form);
}

function say(text) {
  document.querySelector("[data-part=said]").textContent = text;
}

function refused(page, row, inPanel) {
  if (inPanel) {
    panel.replaceChildren(...page.body.children);
    panel.querySelector(".error-summary")?.focus();
  } else if (row) {
    bringBack(row, reasonIn(page) || frame.dataset.failed);
  } else {
    say(reasonIn(page) || frame.dataset.failed);
  }
}

function settle(row, { case: id, open }, action) {
  if (action === "undo" && !row) return putBack(id);
  if (!row) return;
  if (open === "yes") {
    row.removeAttribute("aria-busy");
    row.focus();
    look(row);
    return;
  }
  if (!row.hasAttribute("aria-busy")) leave(row);
  unsent.delete(id);
  gone.set(id, row);
  row.remove();
  more();
  if (!list.children.length) say(frame.dataset.over);
}

function putBack(id) {
  const row = gone.get(id);
  if (!row) return location.reload();
  gone.delete(id);
  row.removeAttribute("aria-busy");
  list.prepend(row);
  row.focus();
}

if (list && panel) {
  for (const row of list.children) prepared(row);
  list.addEventListener("chosen", (event) => {
    clearTimeout(waiting);
    if (!wide.matches) return;
    const row = event.target;
    waiting = setTimeout(() => look(row), LOOK_AFTER_MS);
  });
  list.addEventListener("click", (event) => {
    const row = event.target.closest("[data-queue] > li");
    if (event.target.closest("[data-look]")) look(row);
    else if (row && !event.target.closest("a, button, input, select, textarea, .panel")) row.focus();
  });
  // Before the other listeners: what is sent from here is not sent by the browser.
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!form.matches("[data-decide], [data-undo]")) return;
      event.preventDefault();
      const id = form.closest("[data-panel-of]")?.dataset.panelOf;
      const row = id ? list.querySelector(`[data-row="${id}"]`) : form.closest("[data-queue] > li");
      if (row?.hasAttribute("aria-busy")) return;
      send(form, event.submitter, form.matches("[data-undo]") ? null : row);
    },
    true,
  );
}
