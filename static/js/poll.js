// What is under way is looked at again every few seconds until it is done: [data-poll] says after how many milliseconds.
// Without this file the page has a link, and a refresh of its own.
function wait(part) {
  const every = Number(part.dataset.poll);
  if (every) setTimeout(() => again(part), every);
}

async function again(part) {
  try {
    const answer = await fetch(location.href);
    if (answer.redirected) return location.reload(); // the session ended meanwhile
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-poll-part]");
    if (!fresh) return;
    // Done: the whole page has more to say then.
    if (!fresh.dataset.poll) return location.reload();
    part.replaceWith(document.adoptNode(fresh));
    wait(fresh);
  } catch {
    wait(part);
  }
}

for (const part of document.querySelectorAll("[data-poll]")) wait(part);
