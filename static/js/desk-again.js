// A form that came back because the session had ended: logging in changes the form's security mark, so the new one is
// fetched before it is sent again. Without this file the site asks for one more press.
for (const form of document.querySelectorAll("[data-again]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch(form.dataset.again);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[name=csrfmiddlewaretoken]");
    const isIn = answer.ok && !answer.redirected && fresh;
    form.querySelector("[data-again-not]").hidden = Boolean(isIn);
    if (!isIn) return;
    form.querySelector("[name=csrfmiddlewaretoken]").value = fresh.value;
    form.submit();
  });
}
