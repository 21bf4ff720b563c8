// Drafts in the browser's own storage, which may be full or switched off: then there are none.
const PREFIX = "draft:";
const DAYS = 14;

export function keyOf(form) {
  return `${PREFIX}${form.dataset.account}:${form.dataset.draft}`;
}

// `waiting`: its writer has sent it, and it did not go through yet.
export function keep(key, fields, waiting = false) {
  attempt(() => localStorage.setItem(key, JSON.stringify({ at: Date.now(), fields, waiting })));
}

export function isWaiting(key) {
  return attempt(() => JSON.parse(localStorage.getItem(key))?.waiting) ?? false;
}

export function kept(key) {
  return attempt(() => JSON.parse(localStorage.getItem(key))?.fields);
}

export function forget(key) {
  attempt(() => localStorage.removeItem(key));
}

export function forgetOld() {
  forgetIf((key) => Date.now() - (attempt(() => JSON.parse(localStorage.getItem(key)).at) ?? 0) > DAYS * 86_400_000);
}

export function forgetAll() {
  forgetIf(() => true);
}

function forgetIf(is) {
  for (const key of attempt(() => Object.keys(localStorage)) ?? []) if (key.startsWith(PREFIX) && is(key)) forget(key);
}

function attempt(act) {
  try {
    return act();
  } catch {
    return undefined;
  }
}
