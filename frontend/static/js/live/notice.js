// What a page says of its own freshness: politely to screen readers, and as a bar where somebody has to decide.
const CONTROLS = "input, select, textarea";
const TYPING = 'input:not([type="checkbox"], [type="radio"], [type="submit"], [type="button"]), textarea, select, [contenteditable]';

const bars = new Map(); // what it is about → its element
const line = document.createElement("p");
line.className = "live__line";
line.setAttribute("role", "status");
document.querySelector("main").after(line);

export function say(text) {
  line.textContent = text;
}

// Whether somebody is at work here: types, has typed, or has opened something that would close under them.
export function isBusy(main) {
  if (document.activeElement?.matches(TYPING) && main.contains(document.activeElement)) return true;
  return [...main.querySelectorAll("form")].some((form) => [...form.querySelectorAll(CONTROLS)].some(isTouched)) || Boolean(main.querySelector("dialog[open]"));
}

function isTouched(control) {
  if (["checkbox", "radio"].includes(control.type)) return control.checked !== control.defaultChecked;
  if (control.tagName !== "SELECT") return control.type !== "hidden" && control.value !== control.defaultValue;
  return [...control.options].some((option) => option.selected !== option.defaultSelected) && control.selectedIndex > 0;
}

export function showBar(about, text, action, act) {
  hideBar(about);
  const bar = Object.assign(document.createElement("div"), { className: "live__bar" });
  const said = Object.assign(document.createElement("p"), { textContent: text });
  said.setAttribute("role", "status");
  bar.append(said);
  if (act) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: action });
    button.addEventListener("click", act);
    bar.append(button);
  }
  document.body.append(bar);
  bars.set(about, bar);
}

export function hideBar(about) {
  bars.get(about)?.remove();
  bars.delete(about);
}
