// The check page. Loads the published list and its log once, hands them to check-worker.js, and shows what that says of
// files and names. After loading it asks the network for nothing: what is dropped here stays here.
const page = document.querySelector("[data-check]");
const MOST_AT_ONCE = 20000; // lines that are loaded without asking
const SHOWN = 50;
const MOST_FILES = 100; // a kit in ten languages has some eighty
const MOST_BYTES = 400e6; // of all of them: a list of a million rows
const LACKING_SHOWN = 5;
const ASIDE_SHOWN = 4;
const LOOK_AGAIN = 5000; // milliseconds until the log of a letter that was just launched is looked for again
const MOST_LOOKS = 60;
const part = (name) => page.querySelector(`[data-check-${name}]`);
const format = new Intl.NumberFormat(document.documentElement.lang);
const days = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeZone: "UTC" });
const moments = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeStyle: "short", hourCycle: "h23", timeZone: "UTC" });
const words = new Map([...document.getElementById("check-words").content.children].map((word) => [word.dataset.word, word]));
const waiting = new Map();
const worker = new Worker(page.dataset.worker);
let calls = 0;

worker.addEventListener("message", ({ data }) => {
  if (data.kind === "progress") return progress(data);
  const { resolve, reject } = waiting.get(data.call);
  waiting.delete(data.call);
  if (data.error) reject(data);
  else resolve(data.result);
});
worker.addEventListener("error", () => {
  for (const { reject } of waiting.values()) reject({ error: "failed" });
  waiting.clear();
});

function ask(kind, message = {}, transfer = []) {
  const call = ++calls;
  return new Promise((resolve, reject) => {
    waiting.set(call, { resolve, reject });
    worker.postMessage({ ...message, kind, call }, transfer);
  });
}

// --- words: sentences stand in the page, translated; {names} in them are filled here ---

// Names may be written from right to left: they must not turn the sentence around.
const isolated = (value) => (typeof value === "number" ? format.format(value) : /^[\w.-]*$/.test(value) ? value : `\u2068${value}\u2069`);

function say(word, values = {}) {
  const text = words.get(word)?.textContent.trim() ?? word;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? isolated(values[name]) : whole));
}

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// A word with its symbol, never a colour alone.
function mark(name) {
  const template = document.getElementById(`mark-${name}`) ?? document.getElementById("mark-unknown");
  return template.content.cloneNode(true);
}

function finding(name, text) {
  const item = element("li", "", `finding finding--${name}`);
  item.append(mark(name), element("span", text));
  return item;
}

// --- progress, for work that takes more than a moment ---

let began = 0;

function progress({ what, done, total }) {
  const bar = part("progress");
  began ||= setTimeout(() => { bar.hidden = false; }, 700);
  if (total) bar.querySelector("progress").value = done / total;
  else bar.querySelector("progress").removeAttribute("value");
  // Not read aloud: it changes all the time.
  bar.querySelector("[aria-hidden]").textContent = total || !done ? "" : say("progress-amount", { amount: Math.round(done / 1e5) / 10 });
  const text = say(`progress-${what}`);
  if (bar.dataset.said !== text) bar.querySelector("[role=status]").textContent = bar.dataset.said = text;
}

function ready() {
  clearTimeout(began);
  began = 0;
  part("progress").hidden = true;
}

// --- the list on this site, now ---

let loaded = 0;

// A list is sent piece by piece as it is made, so its size is not known before its end.
async function fetched(path, kind = "arrayBuffer") {
  progress({ what: "load", done: loaded, total: 0 });
  const answer = await fetch(page.dataset.base + path, { credentials: "omit" });
  if (answer.status === 403 || answer.status === 404) return null;
  if (!answer.ok) throw new Error(path);
  const pieces = [], reader = answer.body.getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    pieces.push(piece.value);
    loaded += piece.value.length;
    progress({ what: "load", done: loaded, total: 0 });
  }
  const whole = new Blob(pieces);
  return kind === "json" ? JSON.parse(await whole.text()) : whole.arrayBuffer();
}

async function load() {
  const lists = [], isLogged = page.dataset.key !== "";
  loaded = 0;
  for (const { version, label } of JSON.parse(page.dataset.versions)) {
    const query = `?version=${version}`;
    const csv = await fetched(`signatories.csv${query}`);
    const openings = isLogged && csv && (await fetched(`openings.csv${query}`));
    lists.push({ version, csv, openings, text: await fetched(`versions/${label}/letter.md`) });
  }
  const ended = (await fetched("ended.json", "json"))?.ended ?? [];
  const checkpoint = isLogged && (await fetched("ledger/checkpoint"));
  const entries = checkpoint && (await fetched("ledger/entries.jsonl"));
  // Of this very checkpoint: the letter's log may have grown meanwhile. Its size is its second line.
  const size = checkpoint && new TextDecoder().decode(checkpoint).split("\n")[1];
  const proof = checkpoint && (await fetched(`ledger/checkpoint.tlog-proof?size=${size}`));
  return { key: page.dataset.key, witnesses: JSON.parse(page.dataset.witnesses), checkpoint, entries, proof, ended, lists };
}

async function start() {
  part("load").hidden = true;
  const status = part("status");
  status.replaceChildren(finding("wait", say("loading")));
  try {
    let found = await ask("site", await load());
    // Somebody may have signed between two of the files: look a second time before saying that anything is wrong.
    for (let again = 0; again < 2 && found.problems.some(isPassing); again++) {
      await pause(LOOK_AGAIN);
      found = await ask("site", await load());
    }
    // A letter of another script would fetch its font when it is shown, and tell what was in the file.
    await Promise.allSettled([...document.fonts].map((font) => font.load()));
    showSite(found, status);
    part("yours").hidden = false;
    if (!found.isLogged) awaitLog();
  } catch (error) {
    status.replaceChildren(finding("error", say(error?.error ? `error-${error.error}` : "error-load", { most: error?.detail ?? 0 })));
    part("load").hidden = false;
  }
  ready();
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// The log of a letter that was just launched comes within a minute, and its key with it: in this page, anew. Nothing
// is asked for that is not there yet, and with the network off it stays as it is.
async function awaitLog() {
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    await pause(LOOK_AGAIN);
    const answer = await fetch(location.pathname, { credentials: "omit", cache: "no-cache" }).catch(() => null);
    const fresh = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
    const key = fresh?.querySelector("[data-check]")?.dataset.key;
    if (!key) continue;
    page.dataset.key = key;
    page.querySelector(".command").textContent = fresh.querySelector(".command").textContent;
    return start();
  }
}

const isPassing = ({ code }) => /^(row|entry)-|^cut-off$|^longer$|^root$/.test(code);

function showSite(found, status) {
  const findings = [];
  const good = (word, values) => findings.push(finding("good", say(word, values)));
  if (!found.isLogged) {
    status.replaceChildren(finding("warning", say("no-log", found)));
    return;
  }
  const isWrong = (...codes) => found.problems.some(({ code }) => codes.some((start) => code.startsWith(start)));
  if (found.signed) good("is-signed", found);
  else if (found.signed === null) findings.push(finding("warning", say("cannot-sign", found)));
  if (!isWrong("root", "cut-off", "longer", "text-late", "retract-nothing", "entry-unknown")) good("is-rooted", found);
  if (!isWrong("row-", "entry-left-out") && found.shown) good("is-complete", found);
  if (!found.shown) findings.push(finding("warning", say("no-lines")));
  if (found.waiting) findings.push(finding("wait", say("is-waiting", found)));
  for (const label of found.texts) good("is-text", { label });
  findings.push(...problemsOf(found.problems));
  findings.push(...inSite(found, say(found.signed === null ? "cannot-witness" : "unwitnessed")));
  status.replaceChildren(...findings);
  status.dataset.result = found.problems.length ? "wrong" : "right";
}

// That the site's log holds a checkpoint, and who witnessed that.
function inSite({ inSite: isIn, number, siteSize, witnessed }, unwitnessed) {
  const findings = [isIn ? finding("good", say("in-site", { number, size: siteSize })) : finding("wait", say("not-in-site"))];
  const names = witnessed.map(({ witness, at }) => say("witness", { name: witness, day: moments.format(at * 1000) }));
  findings.push(names.length ? finding("good", say("is-witnessed", { names: names.join("; ") })) : finding("warning", unwitnessed));
  return findings;
}

function problemsOf(problems) {
  const shown = problems.slice(0, 20).map((problem) => finding("error", sentence(problem)));
  if (problems.length > 20) shown.push(finding("error", say("more-problems", { more: problems.length - 20 })));
  return shown;
}

function sentence(problem) {
  const where = problem.number ? `${say("row-place", { number: problem.number, name: problem.name || problem.id || "" })} ` : "";
  return [where + say(`problem-${problem.code}`, problem), ...cells(problem, "was-signed")].join(" ");
}

const cells = (row, word) => (row.cells ?? []).map((cell) => say(word, { column: cell.column, file: cell.file || say("empty"), was: cell.was || say("empty") }));

// --- files and names of the reader ---

async function take(asked) {
  part("answer").hidden = true;
  try {
    await show(await asked());
  } catch (error) {
    await show({ what: "files", problems: [], aside: [], counts: {}, total: 0, lacking: [], error: error?.error ? error : { error: "unread" } });
  }
  ready();
}

const takeFiles = (files) => take(async () => {
  if (files.length > MOST_FILES) throw { error: "many-files", detail: MOST_FILES };
  if ([...files].reduce((sum, { size }) => sum + size, 0) > MOST_BYTES) throw { error: "too-large", detail: MOST_BYTES / 1e6 };
  const read = await Promise.all([...files].map(async (file) => ({ name: file.name, buffer: await file.arrayBuffer() })));
  return ask("files", { files: read }, read.map(({ buffer }) => buffer));
});

function takeText(text) {
  if (!text.trim()) return undefined;
  if (!/(^|[,;\t])signature_id[,;\t]/.test(text.split("\n", 1)[0])) return take(() => ask("names", { text }));
  const buffer = new TextEncoder().encode(text).buffer;
  return take(() => ask("files", { files: [{ name: "", buffer }] }, [buffer]));
}

const ORDER = ["altered", "never", "twice", "withdrawn", "removed", "held", "redacted", "corrected", "differs", "unlisted", "stands", "listed"];

let answers = 0;

async function show(found) {
  const notes = [...problemsOf(found.problems)];
  if (found.error) notes.push(finding("error", say(`error-${found.error.error}`, { most: found.error.detail })));
  if (found.hasLostLetters) notes.push(finding("warning", say("lost-letters")));
  if (found.isNamed) notes.push(finding("warning", say("is-named")));
  if (found.lacking.length) notes.push(finding("warning", lacking(found.lacking)));
  if (found.isNote && !found.problems.some(({ code }) => /signed|rolled|rewritten|origin|cut|longer|root/.test(code))) notes.push(finding("good", say("note-fits", found)));
  if (found.isUnsigned) notes.push(finding("warning", say("note-unsigned")));
  if (found.inSite) notes.push(...inSite(found, say(found.isBlind ? "cannot-witness" : "unwitnessed-yet")));
  if (found.text) notes.push(finding("good", say("is-text", { label: found.text })));
  if (found.what === "list") notes.push(finding(found.isOpened ? "good" : "wait", say(found.isOpened ? "is-opened" : "not-opened")));
  if (found.missing?.total) notes.push(missing(found.missing));
  if (found.aside.length) notes.push(finding("warning", say("aside", { names: some(found.aside, ASIDE_SHOWN).map(isolated).join(" · ") })));
  part("notes").replaceChildren(...notes);
  const bad = found.problems.length + Object.entries(found.counts).reduce((sum, [state, n]) => sum + (["stands", "listed"].includes(state) ? 0 : n), 0);
  part("answer").dataset.result = bad || found.error ? "wrong" : found.isRead ? "right" : "none";
  part("sum").textContent = summary(found);
  part("table").hidden = !found.total;
  if (found.total) await filters(found);
  part("answer").dataset.answers = ++answers;
  part("answer").hidden = false;
  part("answer").querySelector("h2").focus();
}

function summary({ counts, total, problems, error, what, isRead }) {
  if (error) return say("sum-error");
  if (!isRead) return say("sum-none");
  if (!total) return say(what === "files" && !problems.length ? "sum-files" : "sum-wrong");
  const parts = ORDER.toReversed().filter((state) => counts[state]).map((state) => `${say(`state-${state}`)}: ${format.format(counts[state])}`);
  return `${say("sum-rows", { total })} ${parts.join(" · ")}`;
}

function lacking(columns) {
  const more = columns.length - LACKING_SHOWN, shown = columns.slice(0, LACKING_SHOWN).join(", ");
  return say(more > 0 ? "lacking-many" : "lacking", { columns: shown, more });
}

const some = (all, most) => (all.length > most ? [...all.slice(0, most), "…"] : all);

function missing({ total, before, day, names }) {
  const item = finding("wait", say(before ? "missing-before" : "missing", { total, before, day }));
  item.append(element("span", names.map(isolated).join(" · ") + (total > names.length ? " …" : ""), "finding__more"));
  return item;
}

function filters(found) {
  const states = ["", ...ORDER.filter((state) => found.counts[state])];
  const buttons = states.map((state) => {
    const button = element("button", "", "filter");
    button.type = "button";
    button.dataset.state = state;
    if (state) button.append(mark(state));
    button.append(element("span", state ? say(`state-${state}`) : say("all")), element("span", format.format(state ? found.counts[state] : found.total), "filters__amount"));
    button.addEventListener("click", () => list(state, 0));
    return button;
  });
  part("filters").replaceChildren(...buttons);
  // What needs a look comes first, when anything does.
  const first = states.length > 2 ? states.find((state) => state && !["stands", "listed"].includes(state)) : "";
  return list(first ?? "", 0);
}

async function list(state, from) {
  for (const button of part("filters").children) button.setAttribute("aria-pressed", button.dataset.state === state);
  const { rows, total } = await ask("page", { state, from, most: SHOWN });
  const body = part("rows");
  if (!from) body.replaceChildren();
  body.append(...rows.map(line));
  const more = part("more");
  more.hidden = from + rows.length >= total;
  more.onclick = () => list(state, from + rows.length);
}

function line(row) {
  const made = document.getElementById("check-row").content.firstElementChild.cloneNode(true);
  const [number, name, answer] = made.children;
  number.textContent = format.format(row.number);
  name.querySelector("bdi").textContent = row.name || row.id || say("empty");
  const said = answer.querySelector("span");
  said.append(mark(row.state), element("b", say(`state-${row.state}`)));
  const details = [
    row.on && say("on-day", { day: days.format(new Date(row.on)) }),
    row.entry !== undefined && row.code !== "row-changed" && say("in-entry", { entry: row.entry }),
    row.code && words.has(`problem-${row.code}`) && say(`problem-${row.code}`, row),
    ...cells(row, { altered: "was-signed", corrected: "is-now", differs: "is-now" }[row.state] ?? "is-now"),
    row.isNear && say("nearly"), ...(row.lines ?? []).map(isolated), words.has(`why-${row.state}`) && say(`why-${row.state}`),
  ];
  for (const detail of details.filter(Boolean)) answer.append(element("p", detail, "soft small"));
  return made;
}

async function csv() {
  const states = Object.fromEntries(ORDER.map((state) => [state, say(`state-${state}`)]));
  return (await ask("csv", { words: states })).text;
}

// --- what can be pressed ---

function bind() {
  const drop = part("drop"), input = drop.querySelector("input");
  input.addEventListener("change", () => { if (input.files.length) takeFiles(input.files); });
  for (const name of ["dragover", "dragleave", "drop"]) {
    page.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("is-over", name === "dragover");
      if (name === "drop" && event.dataTransfer.files.length && !part("yours").hidden) takeFiles(event.dataTransfer.files);
    });
  }
  part("names-go").addEventListener("click", () => takeText(part("names").value));
  part("load").querySelector("button").addEventListener("click", start);
  part("print").addEventListener("click", () => print());
  part("copy").addEventListener("click", async ({ target }) => {
    await navigator.clipboard?.writeText(await csv());
    part("said").textContent = say(navigator.clipboard ? "copied" : "not-copied");
    target.focus();
  });
  part("save").addEventListener("click", async () => {
    const link = element("a");
    link.href = URL.createObjectURL(new Blob([`\ufeff${await csv()}`], { type: "text/csv" }));
    link.download = "checked.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  });
  page.querySelector("[data-check-plain]").hidden = true;
  part("live").hidden = false;
}

bind();
if (Number(page.dataset.rows) <= MOST_AT_ONCE) start();
