// A service worker for /requests/ that does one thing: /requests/new opens without a connection, as it was last seen.
// Everything else goes to the portal as if there were no worker. Signing out empties what it keeps (js/sign-out.js).
const KEPT = "request-form";
const PAGE = "/requests/new";
const PATIENCE = 8_000; // ms, then a line counts as broken

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(keepPage().catch(() => {})); // without it the page is kept when it is next opened
});
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" && url.pathname === PAGE) event.respondWith(page(request));
  else if (url.pathname.startsWith("/static/")) event.respondWith(asset(request));
});

async function page(request) {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
    if (answer.ok && !answer.redirected) keep(await answer.clone().text());
    return answer;
  } catch (error) {
    const kept = await caches.match(PAGE);
    if (!kept) throw error;
    return anew(await kept.text());
  }
}

// A page that was kept has the key of a form that may have been sent before: it gets one of its own.
function anew(html) {
  const body = html.replace(/(name="key" value=")[^"]*"/, `$1${crypto.randomUUID()}"`);
  return new Response(body, { headers: { "Content-Type": "text/html; charset=utf-8" } });
}

async function keepPage() {
  const answer = await fetch(PAGE, { credentials: "same-origin" });
  if (answer.ok && !answer.redirected) await keep(await answer.text());
}

async function keep(html) {
  const cache = await caches.open(KEPT);
  await cache.put(PAGE, new Response(html));
  const named = [...html.matchAll(/(?:href|src)="(\/static\/(?:js|css|img)\/[^"]+)"/g)].map(([, address]) => address);
  await Promise.all([...new Set(named)].map((address) => keepAsset(cache, new URL(address, location.origin))));
}

// With what a script imports. Names carry the hash of their content, so what is kept is never out of date.
async function keepAsset(cache, url) {
  if (await cache.match(url)) return;
  const answer = await fetch(url);
  if (!answer.ok) return;
  await cache.put(url, answer.clone());
  if (!url.pathname.endsWith(".js")) return;
  const imports = [...(await answer.text()).matchAll(/(?:from|import)\s*"(\.[^"]+\.js)"/g)];
  await Promise.all(imports.map(([, address]) => keepAsset(cache, new URL(address, url))));
}

async function asset(request) {
  return (await caches.match(request)) ?? fetch(request);
}
