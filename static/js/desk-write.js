// The preview follows what is typed, Ctrl+S saves, and leaving with unsaved words asks first. Without this file the
// buttons «Save» and «Preview» do the same by hand. Nothing is ever saved by itself.
const PAUSE_MS = 400;

for (const form of document.querySelectorAll("[data-editor]")) bind(form);

function bind(form) {
  const state = form.querySelector("[data-state]");
  const page = document.querySelector("[data-page]");
  let isDirty = "unsaved" in form.dataset;
  let waiting;
  let asked;

  function say(text) {
    if (state.textContent !== text) state.textContent = text;
  }

  async function show() {
    asked?.abort();
    asked = new AbortController();
    try {
      const body = new FormData(form);
      const answer = await fetch(form.dataset.preview, {
        method: "POST", body, headers: { "X-Desk": "preview" }, signal: asked.signal,
      });
      const isLoggedOut = answer.redirected || answer.status === 403;
      if (isLoggedOut || (!answer.ok && answer.status !== 422)) return say(state.dataset[isLoggedOut ? "away" : "failed"]);
      const text = await answer.text();
      put(new DOMParser().parseFromString(text, "text/html"));
    } catch (error) {
      if (error.name !== "AbortError") say(state.dataset.failed);
    }
  }

  // The parts change in place, so that the page does not jump back to its top.
  function put(fresh) {
    const now = page.contentDocument;
    if (!now?.querySelector("main")) return;
    now.querySelector("main").replaceWith(now.adoptNode(fresh.querySelector("main")));
    page.dataset.shown = String(Number(page.dataset.shown ?? 0) + 1);
  }

  function changed() {
    isDirty = true;
    say(state.dataset.dirty);
    clearTimeout(waiting);
    if (page && form.dataset.preview) waiting = setTimeout(show, PAUSE_MS);
  }

  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("data-look")) return;
    isDirty = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-save]"));
  });
  window.addEventListener("beforeunload", (event) => {
    if (isDirty) event.preventDefault();
  });
  if (isDirty) {
    say(state.dataset.dirty);
    if (page) page.addEventListener("load", show, { once: true });
  }
  const look = form.querySelector("[data-look]");
  if (look && page) look.hidden = true;
}
