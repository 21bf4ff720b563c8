// The place of an event on its form: what stands in the field is looked up while somebody types, and a map to draw it on
// opens when asked for (js/map/draw.js, with OpenLayers). The field is what is sent, and all that counts.
import { element } from "./map/element.js";

const PLACES = '[data-module="draw"]';
const PAUSE = 500; // ms without typing
const opened = new WeakMap(); // place → its map
const waiting = new WeakMap();

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-draw-open]");
  if (button) open(button.closest(PLACES), button);
});

document.addEventListener("input", (event) => {
  const place = [...document.querySelectorAll(PLACES)].find((one) => fieldOf(one) === event.target);
  if (!place) return;
  clearTimeout(waiting.get(place));
  waiting.set(place, setTimeout(() => look(place), event.detail === "drawn" ? 0 : PAUSE));
});

function fieldOf(place) {
  return document.getElementById(place.dataset.field);
}

// What the portal makes of the field: a shape for the map, the countries and areas around it, or what is wrong.
async function look(place) {
  const field = fieldOf(place);
  const text = field.value;
  try {
    const answer = await fetch(place.dataset.touched, { method: "POST", body: new URLSearchParams({ geometry: text }) });
    if (!answer.ok || field.value !== text) return;
    const found = await answer.json();
    propose(place, found);
    if (!found.message) opened.get(place)?.show(found.geometry);
  } catch {
    // no connection: the form says so when it is sent
  }
}

function propose(place, { message, countries = [], areas = [] }) {
  const words = JSON.parse(place.dataset.words);
  const line = place.querySelector("[data-draw-touched]");
  const boxes = [...boxesOf(place, "countries", countries), ...boxesOf(place, "areas", areas)];
  const names = [...countries, ...areas].map((one) => one.name).join(document.dir === "rtl" ? "، " : ", ");
  if (message || !names) return line.replaceChildren(message ?? "");
  line.replaceChildren(element("p", {}, words.inside.replace("%(names)s", names)));
  if (!boxes.some((box) => !box.checked)) return;
  const button = element("button", { type: "button", class: "button" }, words.take);
  button.addEventListener("click", () => take(boxes, line, words));
  line.append(button);
}

function boxesOf(place, name, found) {
  const codes = found.map((one) => one.code);
  const all = place.closest("form").querySelectorAll(`input[type="checkbox"][name="${name}"]`);
  return [...all].filter((box) => codes.includes(box.value));
}

function take(boxes, line, words) {
  for (const box of boxes) {
    box.checked = true;
    const folded = box.closest("details");
    if (folded) folded.open = true;
  }
  boxes[0].dispatchEvent(new Event("input", { bubbles: true }));
  line.replaceChildren(element("p", { tabindex: "-1" }, words.taken));
  line.firstChild.focus();
}

async function open(place, button) {
  const words = JSON.parse(place.dataset.words);
  const line = place.querySelector("[data-draw-touched]");
  button.disabled = true;
  line.textContent = words.loading;
  try {
    const drawing = await import("./map/draw.js");
    const map = await drawing.open(place, words, (text) => write(place, text));
    opened.set(place, map);
    button.remove();
    line.textContent = "";
    await look(place);
    map.focus();
  } catch (error) {
    console.error(error);
    button.disabled = false;
    line.textContent = words.failed;
  }
}

function write(place, text) {
  const field = fieldOf(place);
  field.value = text;
  field.dispatchEvent(new CustomEvent("input", { bubbles: true, detail: "drawn" }));
}
