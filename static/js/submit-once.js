// A form marked data-once is sent once: its buttons rest while the answer is under way.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]") || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  // After this turn, or the pressed button would not be part of what is sent.
  setTimeout(() => rest(form, true));
  // An answer that never comes must not lock the form.
  setTimeout(() => rest(form, false), 15000);
});

// Coming back by the back button shows the page as it was left, resting buttons included.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-once]")) rest(form, false);
});

function rest(form, on) {
  if (!on) delete form.dataset.sent;
  for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = on;
}
