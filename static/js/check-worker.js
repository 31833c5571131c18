// The check page's own thread: it is given bytes and answers with findings in codes. It asks the network for nothing,
// and only the check page talks to it. The same checks as letters/press/kit/verify.py, written anew; sources there.
const MOST_ROWS = 200000;
const UNCOMMITTED = ["list_position", "permalink"];
const site = { lists: new Map(), ended: new Map(), log: null, key: null, note: null };
let answered = { rows: [], columns: [] };

// --- SHA-256 and HMAC: a call of WebCrypto for each of a million small hashes would take minutes ---

const K = new Int32Array(64);
const FIRST = new Int32Array(8);
{
  const fraction = (x) => ((x - Math.floor(x)) * 4294967296) | 0;
  for (let n = 2, found = 0; found < 64; n++) {
    let isPrime = true;
    for (let d = 2; d * d <= n; d++) isPrime &&= n % d !== 0;
    if (!isPrime) continue;
    if (found < 8) FIRST[found] = fraction(Math.sqrt(n));
    K[found++] = fraction(Math.cbrt(n));
  }
}
const W = new Int32Array(64);
const H = new Int32Array(8);

function compress(bytes, at) {
  for (let i = 0; i < 16; i++, at += 4) W[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  for (let i = 16; i < 64; i++) {
    const x = W[i - 15], y = W[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    W[i] = (W[i - 16] + s0 + W[i - 7] + s1) | 0;
  }
  let a = H[0], b = H[1], c = H[2], d = H[3], e = H[4], f = H[5], g = H[6], h = H[7];
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
  }
  H[0] += a; H[1] += b; H[2] += c; H[3] += d; H[4] += e; H[5] += f; H[6] += g; H[7] += h;
}

const tail = new Uint8Array(128);

function sha256(bytes) {
  H.set(FIRST);
  const size = bytes.length, whole = size & ~63, rest = size - whole, end = rest < 56 ? 64 : 128;
  for (let at = 0; at < whole; at += 64) compress(bytes, at);
  tail.fill(0);
  for (let i = 0; i < rest; i++) tail[i] = bytes[whole + i];
  tail[rest] = 128;
  for (let i = 0, bits = size * 8; i < 6; i++, bits = Math.floor(bits / 256)) tail[end - 1 - i] = bits % 256;
  for (let at = 0; at < end; at += 64) compress(tail, at);
  const out = new Uint8Array(32);
  for (let i = 0; i < 32; i++) out[i] = H[i >> 2] >>> (24 - 8 * (i & 3));
  return out;
}

function joined(...parts) {
  let size = 0, at = 0;
  for (const part of parts) size += part.length;
  const whole = new Uint8Array(size);
  for (const part of parts) { whole.set(part, at); at += part.length; }
  return whole;
}

const encoder = new TextEncoder();
const outer = new Uint8Array(96);
let inner = new Uint8Array(4096);

function hmac(key, text) {
  if (inner.length < 64 + 3 * text.length) inner = new Uint8Array(64 + 3 * text.length);
  for (let i = 0; i < 64; i++) { inner[i] = 0x36 ^ (key[i] ?? 0); outer[i] = 0x5c ^ (key[i] ?? 0); }
  const { written } = encoder.encodeInto(text, inner.subarray(64));
  outer.set(sha256(inner.subarray(0, 64 + written)), 64);
  return sha256(outer);
}

const PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function hex(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += PAIRS[bytes[i]];
  return text;
}

function unhex(text) {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

function unbase64(text) {
  try {
    const data = atob(text);
    return btoa(data) === text ? Uint8Array.from(data, (char) => char.charCodeAt(0)) : new Uint8Array();
  } catch {
    return new Uint8Array();
  }
}

// --- keys and checkpoints: C2SP signed-note ---

// Whether an Ed25519 signature fits; null when this browser cannot tell.
async function isSigned(key, message, signature) {
  if (!self.crypto?.subtle) return null;
  try {
    const imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", imported, signature, message);
  } catch {
    return null;
  }
}

function keyOf(line) {
  const [name, id, data] = line.trim().split("+", 2).concat(line.trim().split("+").slice(2).join("+"));
  const raw = unbase64(data ?? "");
  if (raw.length !== 33) return null;
  const key = { name, kind: raw[0], public: raw.subarray(1) };
  return id === idAs(key, name) ? key : null;
}

const idAs = (key, name) => hex(sha256(joined(encoder.encode(`${name}\n`), Uint8Array.of(key.kind), key.public))).slice(0, 8);

function noteOf(bytes) {
  const whole = new TextDecoder().decode(bytes), cut = whole.lastIndexOf("\n\n");
  const text = whole.slice(0, cut + 1), [origin, size, root] = text.split("\n");
  const lines = [...whole.slice(cut + 2).matchAll(/^\u2014 (\S+) (\S+)$/gm)];
  const note = { text, origin, size: Number(size), root: unbase64(root ?? "") };
  if (cut < 0 || !lines.length || !/^(0|[1-9]\d{0,15})$/.test(size) || note.root.length !== 32) return null;
  note.signatures = lines.slice(0, 100).map(([, name, data]) => ({ name, data: unbase64(data) }));
  return note;
}

// true, false, or null when this browser cannot tell.
async function isBy(key, note) {
  let result = false;
  for (const { name, data } of note.signatures) {
    if (![key.name, note.origin].includes(name) || hex(data.subarray(0, 4)) !== idAs(key, name)) continue;
    result = await isSigned(key.public, encoder.encode(note.text), data.subarray(4));
    if (result) return true;
  }
  return result;
}

// When a witness saw this checkpoint, in seconds since 1970. 0: a line claims to be of its key and does not fit; null: no
// line is, or this browser cannot tell.
async function cosignedAt(key, note) {
  let found = null;
  for (const { name, data } of note.signatures) {
    if (name !== key.name || hex(data.subarray(0, 4)) !== idAs(key, name)) continue;
    const time = data.length === 76 ? new DataView(data.buffer, data.byteOffset + 4).getBigUint64(0) : 0n;
    const fits = data.length === 76 && (await isSigned(key.public, encoder.encode(`cosignature/v1\ntime ${time}\n${note.text}`), data.subarray(12)));
    if (fits) return Number(time);
    if (fits === false) found = 0;
  }
  return found;
}

// --- the log of the whole site, which witnesses sign: C2SP tlog-proof ---

const PROVES = /^c2sp\.org\/tlog-proof@v1\nextra ([A-Za-z0-9+/=]+)\nindex (0|[1-9][0-9]{0,15})\n((?:[A-Za-z0-9+/]{43}=\n){0,63})\n([^]+\n)$/;
const PROVES_START = /^c2sp\.org\/tlog-proof/;
const OF_SITE = /^[!-~]+\/index(\/[0-9a-f]+)?$/;
const IS_CHECKPOINT = /^\{"k":"checkpoint","o":"([!-~]{1,200})","root":"([0-9a-f]{64})","size":([0-9]{1,15}),"v":1\}$/;

function proofOf(bytes) {
  const found = PROVES.exec(new TextDecoder().decode(bytes)), site = found && noteOf(encoder.encode(found[4]));
  if (!site) return null;
  return { entry: unbase64(found[1]), index: Number(found[2]), path: found[3].split("\n").slice(0, -1).map(unbase64), site };
}

// The root to which the hashes beside the way lead; null: to none.
function rootAbove(node, index, size, path) {
  if (size <= 1 || !path.length) return size === 1 && !path.length ? node : null;
  let half = 1;
  while (half * 2 < size) half *= 2;
  const isLeft = index < half, beside = path.at(-1);
  const below = rootAbove(node, isLeft ? index : index - half, isLeft ? half : size - half, path.slice(0, -1));
  return below && sha256(isLeft ? joined(Uint8Array.of(1), below, beside) : joined(Uint8Array.of(1), beside, below));
}

// What keeps a proof from showing that the site's log holds this checkpoint; null: nothing.
async function wrongWith(proof, note, key) {
  const said = IS_CHECKPOINT.exec(new TextDecoder().decode(proof.entry)), { site } = proof;
  if (!said || said[1] !== note.origin) return { code: "proof-other", origin: said?.[1] ?? "", ours: note.origin };
  if (Number(said[3]) !== note.size) return { code: "proof-stale", size: Number(said[3]), made: note.size };
  if (said[2] !== hex(note.root)) return { code: "proof-two", made: note.size };
  if (!OF_SITE.test(site.origin) || (await isBy(key, site)) === false) return { code: "proof-unsigned", origin: site.origin, ours: idAs(key, site.origin) };
  const leaf = sha256(joined(Uint8Array.of(0), proof.entry));
  const root = proof.index < site.size ? rootAbove(leaf, proof.index, site.size, proof.path) : null;
  return root && same(root, site.root) ? null : { code: "proof-root", size: site.size, origin: site.origin };
}

// {number, size} of the checkpoint in the site's log and who witnessed it or the checkpoint itself; problems are added.
async function inSite(proof, note, key, witnesses, problems) {
  const found = { inSite: false, witnessed: [], isBlind: (await isBy(key, note)) === null };
  const wrong = proof && (await wrongWith(proof, note, key));
  if (wrong) problems.push(wrong);
  if (proof && !wrong) Object.assign(found, { inSite: true, number: proof.index + 1, siteSize: proof.site.size });
  for (const witness of witnesses) {
    const times = [await cosignedAt(witness, note)];
    if (found.inSite) times.push(await cosignedAt(witness, proof.site));
    if (times.includes(0)) problems.push({ code: "proof-cosigned", witness: witness.name });
    else if (times.some(Boolean)) found.witnessed.push({ witness: witness.name, at: Math.max(...times) });
  }
  return found;
}

// --- the log: RFC 6962 2.1 ---

const SIGN = /^\{"b":"([a-z_]*)","c":"([0-9a-f]{64})","k":"sign","t":"([0-9]+(?:\.[0-9]+)?)","v":1\}$/;
const RETRACT = /^\{"i":(0|[1-9][0-9]{0,15}),"k":"retract","r":"([a-z_]+)","v":1\}$/;
const TEXT = /^\{"k":"text","sha256":"([0-9a-f]{64})","v":1,"ver":"([0-9]+(?:\.[0-9]+)?)"\}$/;
const EXPORT = /^\{"f":"[^"\\]{1,200}","k":"export",/;
const AFTER = /^\{"k":"checkpoint","o":"/; // the first of a log that follows a damaged one

function logOf(bytes) {
  const log = { leaves: [], signs: new Map(), retracted: new Map(), texts: new Map(), reasons: new Set(), problems: [] };
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(10, start) < 0 ? bytes.length : bytes.indexOf(10, start);
    append(log, bytes.subarray(start, end));
    start = end + 1;
    if (log.leaves.length % 20000 === 0) tell("log", start, bytes.length);
  }
  return log;
}

function append(log, line) {
  const entry = log.leaves.push(sha256(joined(Uint8Array.of(0), line))) - 1;
  const text = String.fromCharCode(...line.subarray(0, 2000));
  const sign = SIGN.exec(text), retract = sign ? null : RETRACT.exec(text);
  if (sign) {
    if (!log.texts.has(sign[3])) log.problems.push({ code: "text-late", entry, text: sign[3] });
    log.signs.set(entry, { basis: sign[1], commitment: sign[2], label: sign[3] });
  } else if (retract) {
    const index = Number(retract[1]);
    if (!log.signs.has(index)) log.problems.push({ code: "retract-nothing", entry, index });
    if (!log.retracted.has(index)) log.retracted.set(index, { by: entry, reason: retract[2] });
    log.reasons.add(retract[2]);
  } else {
    const version = TEXT.exec(text);
    if (version && !log.texts.has(version[2])) log.texts.set(version[2], version[1]);
    else if (version || !(EXPORT.test(text) || (entry === 0 && AFTER.test(text)))) log.problems.push({ code: "entry-unknown", entry });
  }
}

function rootAt(leaves, start, end) {
  if (end === start) return sha256(new Uint8Array());
  if (end - start === 1) return leaves[start];
  let half = 1;
  while (half * 2 < end - start) half *= 2;
  return sha256(joined(Uint8Array.of(1), rootAt(leaves, start, start + half), rootAt(leaves, start + half, end)));
}

// What is wrong between a checkpoint and the entries that it is of; `held`: an older one that somebody kept.
async function compared(note, key, log, held) {
  const problems = [], signed = await isBy(key, note), size = log.leaves.length;
  if (signed === false) problems.push({ code: "signed-other", ours: idAs(key, note.origin), theirs: note.signatures.map((s) => hex(s.data.subarray(0, 4))).join(", ") });
  if (held && note.size > size) problems.push({ code: "rolled-back", size, held: note.size });
  else if (!held && note.size !== size) problems.push({ code: size < note.size ? "cut-off" : "longer", size, made: note.size });
  else if (!same(rootAt(log.leaves, 0, note.size), note.root)) problems.push({ code: held ? "rewritten" : "root", held: note.size });
  return { problems, signed };
}

// --- tables that a spreadsheet may have saved anew ---

function textOf(bytes) {
  if (isUtf16(bytes)) return new TextDecoder(bytes[0] === 0xff ? "utf-16le" : "utf-16be").decode(bytes);
  return utf8Of(bytes) ?? new TextDecoder("windows-1252").decode(bytes);
}

function utf8Of(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

const isUtf16 = (bytes) => bytes[0] + bytes[1] === 0xff + 0xfe && Math.abs(bytes[0] - bytes[1]) === 1;

// One row of a table, as text until its cells are asked for: a list of 100,000 stays small.
class Row {
  constructor(number, text, separator) { this.number = number; this.text = text; this.separator = separator; }

  get cells() {
    const { text, separator } = this, cells = [];
    for (let at = 0; at <= text.length; ) {
      let cell = "", stop = at;
      if (text[at] === '"') {
        const end = quoteEnd(text, at);
        cell = text.slice(at + 1, end).replaceAll('""', '"');
        at = end + 1;
      }
      stop = text.indexOf(separator, at);
      if (stop < 0) stop = text.length;
      cells.push(cell + text.slice(at, stop));
      at = stop + 1;
    }
    while (cells.length && !cells.at(-1)) cells.pop();
    return cells;
  }
}

function quoteEnd(text, at) {
  let end = at;
  do { end = text.indexOf('"', end + 1); } while (end > 0 && text[end + 1] === '"' && ++end);
  return end < 0 ? text.length : end;
}

// Rows, whatever the separator and the line ends; empty rows are left out.
function tableOf(text) {
  const first = text.slice(0, text.search(/[\r\n]|$/)), rows = [], special = /["\r\n]/g;
  let start = /^sep=/i.test(first) ? text.indexOf("\n") + 1 : 0;
  const head = text.slice(start, start + 4000).split(/[\r\n]/, 1)[0];
  const separator = [",", ";", "\t"].sort((a, b) => head.split(b).length - head.split(a).length)[0];
  special.lastIndex = start;
  for (let number = 1; start < text.length; ) {
    const found = special.exec(text), stop = found ? found.index : text.length;
    if (text[stop] === '"') {
      // A quotation mark within a cell that does not begin with one is a letter like any other.
      const opens = stop === start || text[stop - 1] === separator;
      special.lastIndex = opens ? quoteEnd(text, stop) + 1 : stop + 1;
      continue;
    }
    const line = text.slice(start, stop);
    if (line.replaceAll(separator, "")) rows.push(new Row(number, line, separator));
    if (rows.length > MOST_ROWS + 1) throw { code: "too-many", most: MOST_ROWS };
    if (rows.length % 10000 === 0) tell("read", stop, text.length);
    start = special.lastIndex = stop + (text[stop] === "\r" && text[stop + 1] === "\n" ? 2 : 1);
    number++;
  }
  return rows;
}

// {columns, rows: [{number, id, cells}], byId}; null when no column has the names of signatories.
function listOf(text) {
  const [head, ...rows] = tableOf(text);
  const columns = head?.cells.map((name) => name.replace("\ufeff", "").trim()) ?? [];
  if (!columns.includes("display_name")) return null;
  const list = { columns, at: new Map(columns.map((name, place) => [name, place])), rows: [], byId: new Map() };
  list.order = [...columns, "letter"].filter((name) => name && !UNCOMMITTED.includes(name)).sort();
  for (const row of rows) {
    row.id = cellOf(list, row, "signature_id");
    list.rows.push(row);
    if (!list.byId.has(row.id)) list.byId.set(row.id, row);
  }
  return list;
}

const cellOf = (list, row, name) => row.cells[list.at.get(name)] ?? "";

function openingsOf(text) {
  const [head, ...rows] = tableOf(text), found = new Map();
  if (head?.cells.slice(0, 3).join().replace("\ufeff", "") !== "signature_id,ledger_index,salt") return null;
  for (const { number, cells: [id, index, salt] } of rows) {
    const isOne = /^\d{1,15}$/.test(index) && /^[0-9a-f]{64}$/i.test(salt);
    found.set(id, isOne ? { number, entry: Number(index), salt } : { number, entry: -1, salt: "" });
  }
  return found;
}

// --- rows: what a cell said before a spreadsheet saved it, and whether the row opens its entry ---

const STARTS = "=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20";
const TRUE = new Set("true wahr vrai verdadero vero waar prawda sant tosi verdadeiro pravda ja".split(" "));
const FALSE = new Set("false falsch faux falso onwaar fałsz falskt epätosi nepravda fals".split(" "));
const DATE = /^(\d{1,4})(?:[./-]|\. )(\d{1,2})(?:[./-]|\. )(\d{1,4})\.?(?: 0?0:00(?::00)?)?$/;
const ORDERS = { "d/m/y": [3, 2, 1], "m/d/y": [3, 1, 2], "y/m/d": [1, 2, 3] };

const unguarded = (cell) => (cell[0] === "'" && cell.length > 1 && STARTS.includes(cell[1]) ? cell.slice(1) : cell);

function dateAs(cell, order) {
  const found = DATE.exec(cell);
  if (!found) return "";
  const [year, month, day] = ORDERS[order].map((place) => found[place]);
  if (![2, 4].includes(year.length) || month < 1 || month > 12 || day < 1 || day > 31) return "";
  return `${year.length === 4 ? year : `20${year}`}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
}

function readings(cell, order) {
  const found = new Set([unguarded(cell)]), folded = cell.toLowerCase();
  if (TRUE.has(folded) || FALSE.has(folded)) found.add(TRUE.has(folded) ? "true" : "false");
  found.add(dateAs(cell, order)).add(cell);
  found.delete("");
  return [...found];
}

const isNumber = (cell, label) => cell !== "" && Number(cell.replace(",", ".")) === Number(label);

// Whether a row opens a commitment: HMAC-SHA-256 under its salt over its canonical JSON (RFC 8785).
function fits(origin, row, salt, commitment, order = Object.keys({ ...row, letter: 1 }).sort()) {
  let text = "";
  for (const name of order) {
    const cell = name === "letter" ? origin : row[name];
    if (cell && !UNCOMMITTED.includes(name)) text += `${text ? "," : "{"}"${name}":${JSON.stringify(cell)}`;
  }
  return hex(hmac(unhex(salt), `${text}}`)) === commitment;
}

function asRow(list, cells) {
  const row = {};
  for (let place = 0; place < list.columns.length; place++) if (cells[place]) row[list.columns[place]] = cells[place];
  return row;
}

// The row as it was signed, read from cells that a spreadsheet may have re-formatted; null: it is another row.
function opened(origin, cells, opening, sign, orders, order) {
  const row = {};
  for (const name in cells) row[name] = unguarded(cells[name]);
  if (fits(origin, row, opening.salt, sign.commitment, order)) return row;
  if (isNumber(row.letter_version ?? "", sign.label)) row.letter_version = sign.label;
  const found = new Map();
  for (const order of orders) {
    const read = combined(origin, row, cells, order, opening, sign);
    if (read) found.set(order, read);
  }
  if (!found.size) return null;
  for (const order of [...orders]) if (!found.has(order)) orders.delete(order);
  return found.values().next().value;
}

function combined(origin, row, cells, order, opening, sign) {
  let tried = [{}];
  for (const [name, cell] of Object.entries(row)) {
    const options = name === "letter_version" ? [cell] : readings(cells[name], order);
    tried = tried.flatMap((start) => options.map((option) => ({ ...start, [name]: option }))).slice(0, 256);
  }
  return tried.find((candidate) => fits(origin, candidate, opening.salt, sign.commitment)) ?? null;
}

function tell(what, done, total) {
  postMessage({ kind: "progress", what, done, total });
}

// --- a list against the log ---

// What the log says of one row: {code, entry, row}; an empty code: it is the row that was signed, and it stands.
function against(file, row, orders, used) {
  const opening = file.openings.get(row.id);
  if (!opening) return { code: "row-added" };
  const { entry } = opening, sign = file.log.signs.get(entry), size = file.size ?? file.log.leaves.length;
  if (!sign || entry >= size) return { code: entry >= size ? "row-beyond" : "row-no-entry", entry, size };
  if (used.has(entry)) return { code: "row-same", entry, other: used.get(entry) };
  used.set(entry, row.number);
  const cells = asRow(file.list, row.cells), found = opened(file.origin, cells, opening, sign, orders, file.list.order);
  if (!found) return { code: "row-changed", entry, cells: changedIn(file, row.id, cells, opening, sign, orders) };
  const evidence = found.signatory_type === "anonymised" ? "anonymised" : found.verification ?? ""; // a line without a name
  if (evidence !== sign.basis || found.letter_version !== sign.label) return { code: "row-evidence", entry };
  const taken = file.log.retracted.get(entry);
  return { code: taken && taken.by < size ? "row-taken" : "", entry, row: found, reason: taken?.reason };
}

// Which cells of a row are not those that were signed; empty when that cannot be told.
function changedIn(file, id, cells, opening, sign, orders) {
  const now = current(id), row = now && signedRow(now.list, now.row);
  if (row && fits(file.origin, row, opening.salt, sign.commitment)) return differences(row, cells, orders);
  file.guessed = (file.guessed ?? 0) + 1;
  for (const order of file.guessed > 20 ? [] : orders) {
    const usual = {};
    for (const name in cells) usual[name] = dateAs(cells[name], order) || readings(cells[name], order).find((text) => text === "true" || text === "false") || unguarded(cells[name]);
    if (isNumber(usual.letter_version ?? "", sign.label)) usual.letter_version = sign.label;
    for (const [name, value] of guesses(file.list, cells, row)) {
      const tried = { ...usual, [name]: unguarded(value) };
      if (fits(file.origin, tried, opening.salt, sign.commitment, file.list.order)) return differences(tried, cells, orders);
    }
  }
  return [];
}

function* guesses(list, cells, row) {
  for (const [name, cell] of Object.entries(cells)) {
    if (name === "signature_id") continue;
    yield [name, ""];
    if (row?.[name]) yield [name, row[name]];
    const folded = cell.toLowerCase();
    if (TRUE.has(folded) || FALSE.has(folded)) yield [name, TRUE.has(folded) ? "false" : "true"];
  }
  const tried = new Set();
  for (const other of list.rows.slice(0, 1000)) {
    for (const [place, cell] of Object.entries(other.cells)) {
      const name = list.columns[place];
      if (tried.has(`${name}\0${cell}`) || ["signature_id", ...UNCOMMITTED].includes(name) || tried.size > 5000) continue;
      tried.add(`${name}\0${cell}`);
      yield [name, cell];
    }
  }
}

const signedRow = (list, row) => Object.fromEntries(Object.entries(asRow(list, row.cells)).map(([name, cell]) => [name, unguarded(cell)]));

// [{column, file, was}] of cells that differ from the row as it was signed or is published; dates in one order alone.
function differences(row, cells, orders, columns = Object.keys({ ...row, ...cells })) {
  const found = [];
  for (const column of columns) {
    const was = row[column] ?? "", file = cells[column] ?? "";
    if (UNCOMMITTED.includes(column) || was === file || was === unguarded(file)) continue;
    if (column === "letter_version" && isNumber(file, was)) continue;
    const fitting = [...orders].filter((order) => readings(file, order).includes(was));
    if (fitting.length) for (const order of [...orders]) if (!fitting.includes(order)) orders.delete(order);
    if (!fitting.length) found.push({ column, file, was });
  }
  return found;
}

// Standing public entries of a version at a size of the log.
function standing(log, size, version, isWithheld = false) {
  const found = [];
  for (const [entry, sign] of log.signs) {
    const taken = log.retracted.get(entry);
    if (entry < size && !(taken && taken.by < size) && sign.label.split(".")[0] === version && (sign.basis === "withheld") === isWithheld) found.push(entry);
  }
  return found;
}

function versionOf(list) {
  const amounts = new Map();
  for (const row of list.rows) {
    const version = cellOf(list, row, "letter_version").split(/[.,]/)[0];
    if (version) amounts.set(version, (amounts.get(version) ?? 0) + 1);
  }
  return [...amounts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "";
}

// Numbers of the list that are missing between its first and its last.
function gaps(list) {
  const there = new Set(list.rows.map((row) => Number(cellOf(list, row, "list_position")))), found = [];
  const last = Math.max(0, ...[...there].filter(Number.isInteger).slice(-1), list.rows.length);
  for (let n = 1; n <= last && found.length < 5; n++) if (!there.has(n)) found.push(n);
  return there.has(NaN) || there.has(0) || found.length === last ? [] : found;
}

const current = (id) => {
  for (const list of site.lists.values()) if (list.byId.has(id)) return { list, row: list.byId.get(id) };
  return null;
};

// --- the list as the site has it now ---

async function loadSite(given) {
  site.key = keyOf(given.key);
  site.note = given.checkpoint && noteOf(new Uint8Array(given.checkpoint));
  if (!site.key || !site.note) return { problems: [{ code: "no-log" }], shown: await loadLists(given), isLogged: false };
  site.log = logOf(new Uint8Array(given.entries));
  const { problems, signed } = await compared(site.note, site.key, site.log, false);
  problems.push(...site.log.problems);
  const shown = await loadLists(given);
  const audits = [...site.lists.values()].map((list) => auditLive(list, problems));
  site.witnesses = given.witnesses.map(keyOf).filter(Boolean);
  const proof = given.proof ? proofOf(new Uint8Array(given.proof)) : null;
  if (given.proof && !proof) problems.push({ code: "proof-cut" });
  return {
    problems, signed, shown, isLogged: true, ...(await inSite(proof, site.note, site.key, site.witnesses, problems)),
    waiting: audits.reduce((sum, audit) => sum + audit.waiting, 0),
    withheld: [...site.lists.keys()].reduce((sum, version) => sum + standing(site.log, Infinity, version, true).length, 0),
    key: idAs(site.key, site.note.origin), size: site.note.size, retracted: site.log.retracted.size,
    texts: given.lists.map((list) => checkText(new Uint8Array(list.text ?? []), site.log, problems, list.text)).filter(Boolean),
  };
}

async function loadLists(given) {
  site.ended = new Map(given.ended.map((line) => [line.id, line]));
  site.lists = new Map();
  for (const { version, csv, openings } of given.lists) {
    const list = csv && listOf(textOf(new Uint8Array(csv)));
    if (!list) continue;
    list.openings = (openings && openingsOf(textOf(new Uint8Array(openings)))) || new Map();
    site.lists.set(String(version), list);
  }
  return [...site.lists.values()].reduce((sum, list) => sum + list.rows.length, 0);
}

function checkText(bytes, log, problems, isThere) {
  if (!isThere) return "";
  const digest = hex(sha256(bytes));
  for (const [label, known] of log.texts) if (known === digest) return label;
  problems.push({ code: "text-unknown", digest });
  return "";
}

// New lines may wait for the log for a minute, and new entries for the next copy of the list: these are counted only.
function auditLive(list, problems) {
  const used = new Map(), orders = new Set(["y/m/d"]), file = { list, openings: list.openings, log: site.log, origin: site.note.origin };
  let waiting = 0;
  for (const [place, row] of list.rows.entries()) {
    const found = against(file, row, orders, used);
    if (found.code === "row-added") waiting++;
    else if (found.code) problems.push({ ...found, number: row.number, name: cellOf(list, row, "display_name") });
    if (place % 2000 === 0) tell("open", place, list.rows.length);
  }
  const newest = Math.max(-1, ...[...list.openings.values()].slice(-1).map((o) => o.entry), [...used.keys()].reduce((a, b) => Math.max(a, b), -1));
  for (const entry of standing(site.log, Infinity, versionOf(list))) {
    if (!used.has(entry) && entry <= newest) problems.push({ code: "entry-left-out", entry });
    else if (!used.has(entry)) waiting++;
  }
  return { waiting };
}

// --- files that were dropped ---

// Files of a kit that this page has nothing to compare with; verify.py checks them by their hashes.
const ASIDE = new RegExp(
  "(^|[-_])(README\\.txt|VERIFY\\.txt|witnesses\\.txt|verify\\.py|SHA256SUMS(\\.sig)?|counts\\.(csv|json)|" +
    "by-(country|sector|organization|verification|day)\\.csv|(organizations|corrections|quotes)\\.csv|" +
    "(quotes|methodology)\\.md|fact-sheet\\.(md|pdf)|letter-[\\w-]+\\.(md|html|pdf)|letter\\.(pdf|html|jsonld)|" +
    "newspaper-\\w+\\.pdf|share-\\w+\\.png|(qr|logo)\\.(svg|png)|datapackage\\.json|" +
    "signatories\\.(xlsx|json|csv-metadata\\.json))$", "i");
const SHEET = /\.(xlsx|xlsm|xls|ods|numbers)$/i;

// What each file is, told by what is in it. `aside`: names of files of a kit that were not looked at; `isRead`: at
// least one was.
function sorted(files) {
  const found = { aside: [], problems: [], isRead: false, hasLostLetters: false };
  for (const { name, buffer } of files) {
    const bytes = new Uint8Array(buffer), known = kindOf(name, bytes), isList = ["list", "named"].includes(known.kind);
    if (ASIDE.test(name) && (known.problem || ["text", "key"].includes(known.kind))) found.aside.push({ ...known, name });
    else if (known.problem) found.problems.push({ code: known.problem, name });
    else if (found[known.kind]) found.problems.push({ code: "is-second", name });
    else found[known.kind] = known.value;
    found.isRead ||= Boolean(found[known.kind]);
    found.hasLostLetters ||= isList && !isUtf16(bytes) && utf8Of(bytes) === null;
  }
  // Beside the list as CSV the workbook is one more copy; alone it is what somebody wanted to have checked.
  const alone = found.list ? [] : found.aside.filter(({ problem }) => problem === "is-xlsx");
  found.problems.push(...alone.map(({ name }) => ({ code: "is-xlsx", name })));
  found.aside = found.aside.filter((one) => !alone.includes(one)).map(({ name }) => name);
  return found;
}

function kindOf(name, bytes) {
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, 300));
  if (!start.trim()) return { problem: "is-empty" };
  if (/^(PK\u0003\u0004|\u00d0\u00cf\u0011\u00e0)/.test(start)) return { problem: SHEET.test(name) ? "is-xlsx" : /\.zip$/i.test(name) ? "is-zip" : "is-other" };
  if (/^\{"[bfik]"/.test(start)) return { kind: "entries", value: bytes };
  const key = /^\S+\+[0-9a-f]{8}\+\S+\s*$/.test(start) && keyOf(start);
  if (key) return { kind: "key", value: key };
  if (PROVES_START.test(start)) {
    const proof = proofOf(bytes);
    return proof ? { kind: "proof", value: proof } : { problem: "proof-cut" };
  }
  const note = /^[^\n]+\n\d+\n[^\n]+\n\n/.test(start) && noteOf(bytes);
  if (note) return { kind: "note", value: note };
  if (/\.(md|markdown)$/i.test(name)) return { kind: "text", value: bytes };
  if (/^%PDF|^\s*[<[{]|\0\0/.test(start) && !isUtf16(bytes)) return { problem: "is-other" };
  return tableKind(textOf(bytes));
}

function tableKind(text) {
  const openings = openingsOf(text);
  if (openings) return { kind: "openings", value: openings };
  const list = listOf(text);
  if (list?.at.has("signature_id")) return list.rows.length ? { kind: "list", value: list } : { problem: "no-rows" };
  return list ? { kind: "named", value: list } : { problem: "is-foreign" };
}

async function answerFiles(files) {
  const found = sorted(files), { problems } = found;
  if (found.named && !found.list) return { ...answerNames(found.named.rows.map((row) => unguarded(cellOf(found.named, row, "display_name")))), ...shared(found), isNamed: true };
  const log = found.entries ? logOf(found.entries) : site.log, key = site.key;
  if (found.entries) problems.push(...log.problems);
  if (found.key && hex(found.key.public) !== hex(key?.public ?? [])) problems.push({ code: "key-other", ours: key ? idAs(key, key.name) : "" });
  if (found.note && log && key) await compareNotes(found, log, key, problems);
  else if (found.entries && site.note) problems.push(...(await compared(site.note, key, log, true)).problems);
  const note = found.note ?? site.note;
  const inLog = found.proof && note && key ? await inSite(found.proof, note, key, site.witnesses ?? [], problems) : {};
  const text = found.text && log ? checkText(found.text, log, problems, true) : "";
  const size = found.note?.size ?? log?.leaves.length ?? 0;
  const rows = found.list ? answerList(found, log, size, problems) : [];
  answered = { rows, columns: ["row", "name"] };
  return {
    ...shared(found), ...inLog, what: found.list ? "list" : "files", text, counts: counted(rows), total: rows.length,
    isNote: Boolean(found.note), isUnsigned: found.signed === null, size, isOpened: Boolean(found.list && found.openings && found.isWhole), missing: found.missing ?? null,
    lacking: found.lacking ?? [],
  };
}

const shared = ({ problems, aside, isRead, hasLostLetters }) => ({ problems, aside, isRead, hasLostLetters });

async function compareNotes(found, log, key, problems) {
  const { note } = found;
  if (site.note && note.origin !== site.note.origin) {
    problems.push({ code: "origin-other", origin: note.origin });
    return;
  }
  const read = await compared(note, key, log, !found.entries);
  problems.push(...read.problems);
  found.signed = read.signed;
  if (found.entries && site.log) problems.push(...(await compared(note, key, site.log, true)).problems.filter((p) => p.code !== "signed-other"));
}

function answerList(found, log, size, problems) {
  const { list } = found, version = versionOf(list), orders = new Set(Object.keys(ORDERS)), used = new Map(), seen = new Set();
  const ours = site.lists.get(version) ?? site.lists.values().next().value;
  found.lacking = (ours?.columns ?? []).filter((name) => !list.at.has(name) && !UNCOMMITTED.includes(name));
  found.isWhole = !found.lacking.length;
  const file = { list, openings: found.openings ?? new Map(), log, size, origin: found.note?.origin ?? site.note?.origin, isWhole: found.isWhole };
  const rows = list.rows.map((row, place) => {
    if (place % 1000 === 0) tell("answer", place, list.rows.length);
    const said = answerRow(file, row, orders, used, seen);
    return { ...said, number: row.number, id: row.id, name: cellOf(list, row, "display_name") };
  });
  leftOut(found, file, version, used, seen, problems);
  const missing = gaps(list);
  if (missing.length) problems.push({ code: "gap", places: missing.join(", ") });
  return rows;
}

function answerRow(file, row, orders, used, seen) {
  if (seen.has(row.id)) return { state: "twice" };
  seen.add(row.id);
  const now = current(row.id), gone = site.ended.get(row.id);
  if (cellOf(file.list, row, "signatory_type") === "redacted") return { state: gone?.kind ?? "redacted", on: gone?.on };
  const proof = file.log && file.isWhole && file.openings.has(row.id) ? against(file, row, orders, used) : null;
  if (proof?.code && proof.code !== "row-taken") return { state: "altered", ...proof };
  const entry = proof?.entry;
  if (now) {
    const cells = differences(signedRow(now.list, now.row), asRow(file.list, row.cells), orders, file.list.columns.filter((name) => now.list.at.has(name)));
    if (!cells.length) return { state: "stands", entry };
    return { state: proof ? "corrected" : isEverCorrected(file.log) ? "differs" : "altered", cells, entry };
  }
  if (gone) return { state: gone.kind, on: gone.on, entry };
  if (!proof) return { state: "never" };
  return { state: proof.code ? { corrected: "corrected", held: "held", withdrawn: "withdrawn" }[proof.reason] ?? "removed" : "stands", entry };
}

// Without any correction in the log, a cell that differs was changed by whoever held the file.
const isEverCorrected = (log) => !log || log.reasons.has("corrected") || log.reasons.has("held");

function leftOut(found, file, version, used, seen, problems) {
  for (const [id, opening] of found.openings ?? []) {
    if (seen.has(id)) continue;
    const now = current(id);
    problems.push({ code: "row-left-out", entry: opening.entry, name: now ? cellOf(now.list, now.row, "display_name") : "", id });
    used.set(opening.entry, 0);
  }
  if (found.openings && found.note && file.log && found.isWhole) {
    const redacted = file.list.rows.filter((row) => cellOf(file.list, row, "signatory_type") === "redacted").length;
    const missing = standing(file.log, file.size, version).filter((entry) => !used.has(entry));
    for (const entry of missing.slice(redacted)) problems.push({ code: "entry-left-out", entry });
  }
  const ours = site.lists.get(version);
  if (!ours) return;
  const newest = file.list.rows.reduce((day, row) => { const found = cellOf(file.list, row, "signed_on"); return found > day ? found : day; }, "");
  const others = ours.rows.filter((row) => !seen.has(row.id));
  found.missing = {
    total: others.length,
    before: DATE.test(newest) && newest[4] === "-" ? others.filter((row) => cellOf(ours, row, "signed_on") && cellOf(ours, row, "signed_on") < newest).length : 0,
    day: newest,
    names: others.slice(0, 20).map((row) => cellOf(ours, row, "display_name")),
  };
}

// --- names that were typed ---

const folded = (text) => text.normalize("NFC").toUpperCase().toLowerCase().replace(/\s+/gu, " ").trim();
const bare = (text) => folded(text.normalize("NFKD").replace(/\p{M}/gu, "")); // as somebody types it who lacks a key
const NAMES = ["display_name", "sort_name", "name_latin"];

// {name as folded: its lines}, each line once.
function namesBy(fold) {
  const found = new Map();
  for (const list of site.lists.values()) {
    const places = NAMES.map((column) => list.at.get(column)).filter((place) => place !== undefined);
    for (const row of list.rows) {
      const cells = row.cells;
      for (const name of new Set(places.map((place) => fold(unguarded(cells[place] ?? ""))))) {
        if (found.has(name)) found.get(name).push({ list, row });
        else if (name) found.set(name, [{ list, row }]);
      }
    }
  }
  return found;
}

const linesOf = (text) => text.split(/[\r\n;]+/).map((line) => line.trim()).filter(Boolean).slice(0, MOST_ROWS);

function answerNames(lines) {
  const byName = namesBy(folded), hits = (known, fold, line) => known.get(fold(line)) ?? known.get(fold(line.split(",")[0])) ?? [];
  const lineOf = ({ list, row }) => ["display_name", "position", "affiliation"].map((name) => unguarded(cellOf(list, row, name))).filter(Boolean).join(", ");
  let nearly = null;
  const rows = lines.map((line, place) => {
    if (place % 1000 === 0) tell("answer", place, lines.length);
    const found = hits(byName, folded, line);
    if (found.length) return { number: place + 1, id: found.length === 1 ? found[0].row.id : "", name: line, state: "listed", lines: found.slice(0, 5).map(lineOf) };
    const near = hits((nearly ??= namesBy(bare)), bare, line);
    return { number: place + 1, id: "", name: line, state: "unlisted", lines: near.slice(0, 5).map(lineOf), isNear: near.length > 0 };
  });
  answered = { rows, columns: ["row", "name"] };
  return { what: "names", problems: [], aside: [], isRead: true, counts: counted(rows), total: rows.length, lacking: [] };
}

function counted(rows) {
  const found = {};
  for (const { state } of rows) found[state] = (found[state] ?? 0) + 1;
  return found;
}

function asCsv(words) {
  const guarded = (cell) => (STARTS.includes(cell[0] ?? "x") ? `'${cell}` : cell);
  const quoted = (cell) => `"${guarded(String(cell ?? "")).replaceAll('"', '""')}"`;
  const lines = answered.rows.map((row) => [
    row.number, row.id, row.name, words[row.state] ?? row.state, row.on, row.entry,
    [...(row.cells ?? []).map((c) => `${c.column}: ${c.file} / ${c.was}`), ...(row.lines ?? [])].join("; "),
  ].map(quoted).join(","));
  return ["row,signature_id,name,answer,day,ledger_entry,details", ...lines, ""].join("\r\n");
}

// --- messages ---

const WORK = {
  site: (message) => loadSite(message),
  files: (message) => answerFiles(message.files),
  names: (message) => answerNames(linesOf(message.text)),
  page: ({ state, from, most }) => {
    const rows = state ? answered.rows.filter((row) => row.state === state) : answered.rows;
    return { rows: rows.slice(from, from + most), total: rows.length, state, from };
  },
  csv: ({ words }) => ({ text: asCsv(words) }),
};

self.addEventListener("message", async ({ data }) => {
  try {
    if (hex(sha256(encoder.encode("abc"))).slice(0, 8) !== "ba7816bf") throw { code: "self-test" };
    postMessage({ kind: data.kind, call: data.call, result: await WORK[data.kind](data) });
  } catch (error) {
    postMessage({ kind: data.kind, call: data.call, error: error?.code ?? "failed", detail: error?.most ?? String(error) });
  }
});
