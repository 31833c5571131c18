// Rows of a list are added, removed and moved at once. Without this file each button sends the form, and the page comes
// back with the rows as they are then.
for (const list of document.querySelectorAll("[data-rows]")) {
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (!button) return;
    event.preventDefault();
    ACTS[button.dataset.act](list, button.closest("[data-row]"), button);
    number(list);
    list.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

const ACTS = {
  add(list) {
    const rows = list.querySelectorAll("[data-row]");
    const row = emptied(rows[rows.length - 1].cloneNode(true));
    rows[rows.length - 1].after(row);
    number(list);
    row.querySelector("input, textarea").focus();
  },
  remove(list, row) {
    const beside = row.nextElementSibling?.matches("[data-row]") ? row.nextElementSibling : row.previousElementSibling;
    if (!beside?.matches("[data-row]")) return void emptied(row).querySelector("input, textarea").focus();
    row.remove();
    beside.querySelector("input, textarea").focus();
  },
  up(list, row, button) {
    row.previousElementSibling.before(row);
    stay(list, row, button);
  },
  down(list, row, button) {
    row.nextElementSibling.after(row);
    stay(list, row, button);
  },
};

// The pressed button keeps the focus, or its neighbour at the end of the list.
function stay(list, row, button) {
  number(list);
  const other = row.querySelector(`[data-act="${button.dataset.act === "up" ? "down" : "up"}"]`);
  (button.hidden ? other : button).focus();
}

function emptied(row) {
  for (const field of row.querySelectorAll("input, textarea")) {
    field.value = "";
    field.textContent = "";
    field.removeAttribute("aria-invalid");
    field.removeAttribute("placeholder");
  }
  for (const error of row.querySelectorAll(".field__errors")) error.remove();
  for (const field of row.querySelectorAll(".field--error")) field.classList.remove("field--error");
  return row;
}

function number(list) {
  const name = list.dataset.rows;
  const rows = [...list.querySelectorAll("[data-row]")];
  const renamed = (text) => (place) => text.replace(new RegExp(`(^|id_)${name}-\\d+-`), `$1${name}-${place}-`);
  rows.forEach((row, place) => {
    const label = row.querySelector("[data-row-name]");
    label.textContent = `${label.dataset.rowName} ${place + 1}`;
    row.setAttribute("aria-label", label.textContent);
    for (const part of row.querySelectorAll("[name], [id], [for], [aria-describedby]")) {
      for (const attribute of ["name", "id", "for", "aria-describedby"]) {
        const value = part.getAttribute(attribute);
        if (value) part.setAttribute(attribute, renamed(value)(place));
      }
    }
    for (const button of row.querySelectorAll("[data-act]")) button.value = `${button.dataset.act}:${name}:${place}`;
    const up = row.querySelector("[data-act=up]");
    const down = row.querySelector("[data-act=down]");
    if (up) up.hidden = place === 0;
    if (down) down.hidden = place === rows.length - 1;
  });
}
