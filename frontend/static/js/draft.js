// Keeps what is being typed in the browser until the portal has saved it: a broken connection, a closed window or an
// expired session lose nothing. A draft belongs to one account and one form; the words come from the page.
// It holds no passwords and no field marked data-draft-skip. Signing out clears all drafts (js/sign-out.js).
import { forgetOld, keyOf, keep, kept, forget, isWaiting } from "./drafts/store.js";

const FORMS = 'form[data-module="draft"]';
const PATIENCE = 30_000; // ms, then the connection counts as broken; sending again is safe, since the form carries a key
const FILE_PATIENCE = 3_600_000; // as long as the portal waits for a file
const PAUSE = 400; // ms without typing
const AGAIN = 20_000; // ms until what waits for a connection is tried again: browsers do not always notice that there is one

forgetOld();
for (const form of document.querySelectorAll(FORMS)) begin(form, !document.getElementById("wrong"));

function begin(form, mayRestore) {
  if (mayRestore) restore(form);
  let waiting;
  const save = () => {
    clearTimeout(waiting);
    waiting = undefined;
    if (form.isConnected) keep(keyOf(form), fieldsOf(form));
  };
  const later = () => {
    clearTimeout(waiting);
    waiting = setTimeout(save, PAUSE);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  addEventListener("pagehide", () => waiting && save());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save(); // nothing waits any more: what is saved by the portal is not kept again when this page is left
    send(form, event.submitter);
  });
  if (mayRestore && "offline" in form.dataset && isWaiting(keyOf(form))) wait(form);
}

// What was sent without a connection goes out once there is one. It carries its key, so however often it is tried the
// portal does it once. Whoever types again takes it back: it then waits for the button.
function wait(form) {
  const key = keyOf(form);
  tell(form, JSON.parse(form.dataset.words).waiting, "failed");
  const ended = new AbortController();
  const attempt = () => {
    if (!form.isConnected || !isWaiting(key)) ended.abort();
    else if (navigator.onLine) {
      ended.abort();
      send(form);
    }
  };
  const clock = setInterval(attempt, AGAIN);
  ended.signal.addEventListener("abort", () => clearInterval(clock));
  addEventListener("online", attempt, { signal: ended.signal });
}

function fieldsOf(form) {
  return [...form.elements]
    .filter((field) => field.name && field.type !== "password" && field.type !== "file" && !("draftSkip" in field.dataset))
    .filter((field) => !["checkbox", "radio"].includes(field.type) || field.checked)
    .map((field) => [field.name, field.value]);
}

// The version goes back too: what was begun on an older version of the record is compared with the present one when sent.
function restore(form) {
  const draft = kept(keyOf(form));
  if (!draft || same(draft, fieldsOf(form))) return;
  const values = new Map();
  for (const [name, value] of draft) values.set(name, [...(values.get(name) ?? []), value]);
  for (const field of form.elements) fill(field, values);
  for (const folded of form.querySelectorAll("details")) {
    if (folded.querySelector(":checked") || [...folded.querySelectorAll("input[type=text], textarea")].some((one) => one.value)) folded.open = true;
  }
  notice(form);
}

function fill(field, values) {
  if (!field.name || field.type === "password" || field.type === "file") return;
  if (["checkbox", "radio"].includes(field.type)) field.checked = values.get(field.name)?.includes(field.value) ?? false;
  else if (values.has(field.name)) field.value = values.get(field.name)[0];
}

function same(draft, fields) {
  const typed = (pairs) => JSON.stringify(pairs.filter(([name, value]) => value && !["key", "version", "was"].includes(name)).sort());
  return typed(draft) === typed(fields);
}

function notice(form) {
  const words = JSON.parse(form.dataset.words);
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: words.discard });
  button.addEventListener("click", () => {
    forget(keyOf(form));
    location.reload();
  });
  const note = Object.assign(document.createElement("div"), { className: "note", role: "status" });
  note.append(Object.assign(document.createElement("p"), { textContent: words.restored }), button);
  form.querySelector("[data-draft-notice]").replaceChildren(note);
}

async function send(form, submitter) {
  const words = JSON.parse(form.dataset.words);
  const buttons = form.querySelectorAll("button");
  const file = form.querySelector("input[type=file]");
  if (file && file.files[0]?.size > Number(file.dataset.largest)) return tell(form, file.dataset.tooLarge, "failed");
  const typed = new FormData(form, submitter);
  const body = file ? typed : new URLSearchParams(typed);
  tell(form, words.sending);
  for (const button of buttons) button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body, signal: AbortSignal.timeout(file ? FILE_PATIENCE : PATIENCE) });
    await follow(form, answer, words);
  } catch {
    if ("offline" in form.dataset && (!submitter || submitter.name !== "more")) {
      keep(keyOf(form), fieldsOf(form), true);
      wait(form);
    } else tell(form, words.offline, "failed");
  }
  for (const button of buttons) button.disabled = false;
}

async function follow(form, answer, words) {
  if (answer.redirected) {
    if (new URL(answer.url).pathname !== "/sign-in") forget(keyOf(form));
    location.assign(answer.url);
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const again = page.querySelector(`${FORMS}[data-draft="${CSS.escape(form.dataset.draft)}"]`);
  if (again) show(page);
  else tell(form, page.querySelector("main .lead")?.textContent || words.failed, "failed");
}

// The portal has something to say about what was typed: its page takes the place of this one's content.
function show(page) {
  document.title = page.title;
  const main = document.getElementById("main");
  main.replaceChildren(...page.getElementById("main").childNodes);
  window.htmx?.process(main);
  for (const form of main.querySelectorAll(FORMS)) begin(form, false);
  (document.getElementById("wrong") ?? main).focus();
  scrollTo(0, 0);
}

function tell(form, message, kind = "") {
  const status = form.querySelector("[data-draft-status]");
  status.textContent = message;
  status.dataset.kind = kind;
}
