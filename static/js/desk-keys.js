// The desk by keyboard: j k move, a h act on the chosen row or case, r goes to the reasons, z undoes, ? tells the keys.
// Everything has a button as well.
const ACTS = ["a", "h", "r"];

function rows() {
  return [...document.querySelectorAll("[data-queue] > li:not([aria-busy])")];
}

function chosen() {
  return document.querySelector("[data-queue] > li[data-chosen]");
}

function choose(row) {
  for (const other of document.querySelectorAll("[data-queue] > li[data-chosen]")) other.removeAttribute("data-chosen");
  row.setAttribute("data-chosen", "");
  row.dispatchEvent(new CustomEvent("chosen", { bubbles: true }));
}

document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-queue] > li");
  if (row && !row.hasAttribute("data-chosen")) choose(row);
});

function move(by) {
  const all = rows();
  const at = all.indexOf(chosen());
  const next = all[Math.max(0, Math.min(all.length - 1, at < 0 && by < 0 ? 0 : at + by))];
  if (next) next.focus({ preventScroll: false });
}

function toReasons() {
  const select = document.querySelector("#refuse select");
  if (!select) return false;
  select.focus();
  return true;
}

function typed(event, field) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const button = field.form?.querySelector("[data-key-send]");
    if (!button) return;
    event.preventDefault();
    button.click();
  } else if (event.key === "Escape") {
    field.blur();
    chosen()?.focus();
  }
}

function act(event) {
  const row = chosen();
  // A key that is held down, or pressed twice, decides once: the next row has not been looked at yet.
  if (event.repeat || (row && row.hasAttribute("data-fresh") && ACTS.includes(event.key))) return event.preventDefault();
  if (event.key === "r" && toReasons()) return event.preventDefault();
  const inQueue = document.querySelector("[data-queue]") !== null;
  const here = event.key === "z" || !inQueue ? document : row;
  const pressed = here?.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!pressed) return;
  event.preventDefault();
  pressed.click();
}

document.addEventListener("keydown", (event) => {
  const field = event.target.closest("input:not([type=checkbox]), textarea, select");
  if (field) return typed(event, field);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "?") {
    const help = document.querySelector("[data-keys-help]");
    if (help) help.open = !help.open;
  } else if (rows().length && (event.key === "j" || event.key === "k")) {
    event.preventDefault();
    move(event.key === "j" ? 1 : -1);
  } else if (event.key !== "Enter" || !event.target.closest("a, button, summary")) {
    act(event);
  }
});
