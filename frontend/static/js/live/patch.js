// Makes one piece of a page like another that was fetched later, by the fewest changes: what is the same stays the very same
// element, with its focus, its place on the screen and whatever somebody typed or opened there.
const KEPT = ["open"]; // of <details>: whoever opened it wants it open
const FRESH = "is-new";

let changes = 0;

// How much had to be changed.
export function patch(old, fresh) {
  changes = 0;
  for (const node of old.querySelectorAll(`.${FRESH}`)) unmark(node);
  const focused = document.activeElement;
  const held = hold();
  children(old, fresh);
  if (focused !== document.activeElement && focused?.isConnected) focused.focus({ preventScroll: true });
  held();
  return changes;
}

function children(old, fresh) {
  const known = new Map();
  for (const node of old.childNodes) {
    const key = keyOf(node);
    if (!known.has(key)) known.set(key, []);
    known.get(key).push(node);
  }
  let next = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const found = known.get(keyOf(wanted))?.shift();
    const node = found ?? marked(document.importNode(wanted, true));
    if (found) update(found, wanted);
    if (node === next) {
      next = next.nextSibling;
    } else {
      changes += 1;
      old.insertBefore(node, next);
    }
  }
  for (const left of known.values()) for (const node of left) remove(node);
}

function remove(node) {
  if (node.nodeType === Node.ELEMENT_NODE || node.nodeValue.trim()) changes += 1;
  node.remove();
}

// Rows are told apart by where they lead, everything else by its id, or by its kind and place.
function keyOf(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return node.nodeName;
  if (node.id) return `#${node.id}`;
  const link = /^(TR|LI|ARTICLE)$/.test(node.tagName) && (node.dataset.key ?? node.querySelector("a[href]")?.getAttribute("href"));
  return link ? `${node.tagName} ${link}` : `${node.tagName} ${node.name ?? ""} ${node.value && node.type !== "text" ? node.getAttribute("value") : ""}`;
}

function update(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue === fresh.nodeValue) return;
    changes += 1;
    old.nodeValue = fresh.nodeValue;
    return;
  }
  if (old.isEqualNode(fresh) || isAtWork(old)) return;
  attributes(old, fresh);
  children(old, fresh);
}

// A map that somebody opened, a form in which somebody typed: theirs until they leave the page.
function isAtWork(node) {
  if (node.dataset.state) return true;
  return node.matches("textarea, select") && node === document.activeElement;
}

function attributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (fresh.hasAttribute(name) || name.startsWith("data-htmx") || (old.tagName === "DETAILS" && KEPT.includes(name))) continue;
    changes += 1;
    old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) === value) continue;
    changes += 1;
    old.setAttribute(name, value);
  }
}

function unmark(node) {
  node.classList.remove(FRESH);
  if (!node.className) node.removeAttribute("class");
}

function marked(node) {
  if (node.nodeType === Node.ELEMENT_NODE && /^(TR|LI|ARTICLE)$/.test(node.tagName)) node.classList.add(FRESH);
  return node;
}

// What is read stays where it is on the screen, whatever comes in above it. Some browsers would do that too, and then twice.
function hold() {
  if (!scrollY) return () => {};
  const root = document.documentElement;
  const read = isSeen(document.activeElement) ? document.activeElement : pieceAt(0.3) ?? pieceAt(0.5) ?? pieceAt(0.7);
  const before = read?.getBoundingClientRect().top;
  root.style.overflowAnchor = "none";
  return () => {
    if (read?.isConnected) scrollBy({ top: read.getBoundingClientRect().top - before, behavior: "instant" });
    requestAnimationFrame(() => root.style.removeProperty("overflow-anchor"));
  };
}

function isSeen(node) {
  const { top, bottom } = node.getBoundingClientRect();
  return Boolean(node.closest("main > *")) && top >= 0 && bottom <= innerHeight;
}

// What stands at this height of the window; the head of a table may stand still there while its rows move.
function pieceAt(height) {
  const found = document.elementsFromPoint(innerWidth / 2, innerHeight * height).map((one) => one.closest("tbody tr, li, p, h2, h3, dd"));
  return found.find((one) => one?.closest("main"));
}
