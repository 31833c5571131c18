// A form with data-try shows the answer below itself; without this script it leads to the same address.
for (const form of document.querySelectorAll("form[data-try]")) {
  const answer = form.querySelector("[data-answer]");
  const part = (name) => answer.querySelector(`[data-${name}]`);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const asked = new URLSearchParams(new FormData(form));
    const response = await fetch(`${form.action}?${asked}`, { credentials: "omit", cache: "no-store" }).catch(() => null);
    if (!response || response.headers.get("Content-Type")?.startsWith("text/html")) return form.submit();
    const text = await response.text();
    const shown = ["etag", "ratelimit", "ratelimit-policy", "retry-after", "link", "content-type"];
    part("status").textContent = response.status;
    part("address").textContent = part("address").href = response.url;
    part("headers").textContent = shown
      .filter((name) => response.headers.has(name))
      .map((name) => `${name}: ${response.headers.get(name)}`)
      .join("\n");
    try {
      part("body").textContent = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      part("body").textContent = text;
    }
    answer.hidden = false;
  });
}
