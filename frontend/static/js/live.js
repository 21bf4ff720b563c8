// An open page learns that something changed and asks for itself again: only what is otherwise then is replaced, and nothing
// under somebody who is typing. What is heard says that something changed, never what (app/live).
import { isBusy, say, showBar, hideBar } from "./live/notice.js";
import { patch } from "./live/patch.js";

const page = document.querySelector('meta[name="live"]');
const words = JSON.parse(page.dataset.words);
const SOONEST = 300; // ms: other processes of the portal may hear of it a moment later
const SPREAD = 2000; // not all open pages ask in the same moment
const AGAIN_AFTER = 60_000; // where the portal refuses to be listened to
const SETTLED = 1500; // ms: whoever only passes through opens nothing
const SILENT = 45_000; // two heartbeats missed: the line is dead
const IN_A_ROW = 4000; // a page changes no more often

let source, known, waiting, watching, lastAsked = 0, etag = "";

setTimeout(listen, SETTLED);
document.addEventListener("visibilitychange", () => (document.hidden ? leave() : listen()));
addEventListener("pagehide", leave);
addEventListener("pageshow", (event) => event.persisted && (later(0), listen()));

// A browser has six connections to a portal without HTTP/2: only a page that is looked at holds one.
function listen() {
  if (source || document.hidden) return;
  const asked = new URLSearchParams({ layers: page.content, ...(known ? { since: known } : {}) });
  source = new EventSource(`/live?${asked}`);
  source.addEventListener("hello", greeted);
  source.addEventListener("changed", (event) => {
    known = event.lastEventId;
    later();
  });
  source.addEventListener("error", broken);
}

function leave() {
  source?.close();
  source = undefined;
  clearTimeout(watching);
}

// What changed between the asking for this page and now may be missing on it.
function greeted(event) {
  clearTimeout(watching);
  watching = undefined;
  hideBar("lost");
  const { changed_ms_ago: ago } = JSON.parse(event.data);
  const shownFor = performance.now() - (performance.getEntriesByType("navigation")[0]?.requestStart ?? 0);
  const isOld = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  if (!known && (isOld || (ago !== null && ago < shownFor + 1000))) later();
  known ??= event.lastEventId;
}

function broken() {
  watching ??= setTimeout(() => showBar("lost", words.lost), SILENT);
  if (source?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
  source = undefined;
  setTimeout(listen, AGAIN_AFTER * (1 + Math.random()));
}

function later(wait = SOONEST + Math.random() * SPREAD) {
  waiting ??= setTimeout(() => {
    waiting = undefined;
    refresh();
  }, Math.max(wait, lastAsked + IN_A_ROW - Date.now()));
}

async function refresh() {
  lastAsked = Date.now();
  const address = location.href.replace(/#.*/, "");
  try {
    const headers = { "X-Unattended": "1", ...(etag ? { "If-None-Match": etag } : {}) };
    const answer = await fetch(address, { headers, cache: "no-store" });
    if (answer.status === 304 || address !== location.href.replace(/#.*/, "")) return;
    if (!answer.ok || answer.url !== address) return showBar("changed", words.changed, words.show, () => location.reload());
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    receive(fresh, answer.headers.get("ETag") ?? "");
  } catch {
    later(AGAIN_AFTER); // no connection: the stream says so
  }
}

function receive(fresh, tag) {
  const isSomebodyElse = Boolean(fresh.querySelector(".person")) !== Boolean(document.querySelector(".person"));
  if (isSomebodyElse) return showBar("changed", words.changed, words.show, () => location.reload());
  const main = document.getElementById("main");
  const show = () => {
    etag = tag;
    hideBar("changed");
    if (!patch(main, fresh.getElementById("main"))) return;
    document.title = fresh.title;
    window.htmx?.process(main);
    document.dispatchEvent(new CustomEvent("live:patched"));
    say(words.updated.replace("%(time)s", `${new Date().toISOString().slice(11, 16)} UTC`));
  };
  if (isBusy(main)) showBar("changed", words.changed, words.show, show);
  else show();
}
