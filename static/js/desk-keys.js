// The queue by keyboard: j k move, a h r act on the chosen row or case, z undoes. Everything has a button as well.
const rows = [...document.querySelectorAll("[data-queue] > li")];
let at = -1;

function choose(number) {
  if (!rows.length) return;
  at = Math.max(0, Math.min(rows.length - 1, number));
  for (const row of rows) row.toggleAttribute("data-chosen", row === rows[at]);
  rows[at].focus({ preventScroll: false });
}

document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-queue] > li");
  if (row) at = rows.indexOf(row);
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), textarea, select");
  if (event.ctrlKey || event.metaKey || event.altKey || typing) return;
  if (rows.length && (event.key === "j" || event.key === "k")) {
    event.preventDefault();
    choose(event.key === "j" ? at + 1 : at - 1);
    return;
  }
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
  const here = event.key !== "z" && at >= 0 ? rows[at] : document;
  const pressed = here.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (pressed && (at >= 0 || !rows.length || event.key === "z")) {
    event.preventDefault();
    pressed.click();
  } else if (document.querySelector(`[data-key-focus="${CSS.escape(event.key)}"]`)) {
    event.preventDefault();
    document.querySelector("#refuse select").focus();
  }
});
