// Shows the printed line while it is typed. The rule is the server's: name, then position,
// affiliation with its status in brackets, country, joined by commas; without the name, position and affiliation alone.
const SILENT = new Set(["", "current", "independent"]);

for (const form of document.querySelectorAll("[data-preview-form]")) {
  const preview = form.querySelector("[data-preview]");
  if (preview) bind(form, preview);
}

function bind(form, preview) {
  const part = (name) => preview.querySelector(`[data-preview-${name}]`);
  const typed = (name) => clean(form.elements[name]?.value ?? "");

  function affiliation() {
    const status = typed("affiliation_status");
    const text = typed("affiliation");
    return text && !SILENT.has(status) ? `${text} (${status})` : text;
  }

  function country() {
    const option = form.elements.country?.selectedOptions[0];
    return option?.value ? option.textContent.trim() : "";
  }

  function show() {
    const unnamed = form.elements.is_anonymous?.checked ?? false;
    const name = unnamed ? "" : typed("display_name");
    const description = [typed("position"), affiliation(), unnamed ? "" : country()].filter(Boolean).join(", ");
    part("name").textContent = name;
    part("description").textContent = description;
    part("comma").hidden = !description || unnamed;
    part("empty").hidden = Boolean(name) || unnamed;
  }

  preview.hidden = false;
  const button = form.querySelector("[data-preview-button]");
  if (button) button.hidden = true;
  form.addEventListener("input", () => {
    preview.classList.add("is-live");
    show();
  });
  window.addEventListener("pageshow", show);
  show();
}

function clean(text) {
  const narrow = text.replace(/[\uff01-\uff5e]/g, (wide) => wide.normalize("NFKC"));
  return narrow.normalize("NFC").replace(/\s+/gu, " ").trim();
}
