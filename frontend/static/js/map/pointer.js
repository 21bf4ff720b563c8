// What happens where the map is pointed at: a record leads to its page, several on one spot to a choice, a cluster nearer
// or to its list.
import Overlay from "ol/Overlay.js";
import { toLonLat } from "ol/proj.js";
import { element } from "./element.js";

const HALF_WORLD = 20037508.342789244;
const REACH = { hitTolerance: 6 };
const MOST_LISTED = 12;
const DEEPEST = 16;
const RECORDS = new Set(["events", "capacities", "entry-points"]);

export function answerPointer(map, container, words, lang) {
  const tip = hint(container);
  const popup = popupOn(map, container, words);
  map.on("pointermove", (event) => {
    if (event.dragging || event.originalEvent.pointerType === "touch") return tip.hide();
    const found = recordsAt(map, event.pixel);
    map.getTargetElement().classList.toggle("map__canvas--pointing", found.length > 0);
    if (found.length) tip.show(event.pixel, found.map((one) => title(one, words, lang)).slice(0, 3).join("\n"));
    else tip.hide();
  });
  map.getViewport().addEventListener("pointerleave", () => tip.hide());
  map.on("singleclick", (event) => {
    const found = recordsAt(map, event.pixel);
    tip.hide();
    const isSeen = event.originalEvent.pointerType !== "touch"; // a finger has not read the hint
    if (found.length === 1 && found[0].n === 1 && isSeen) location.assign(found[0].href);
    else if (found.length) popup.show(event.coordinate, found, content(map, found, words, lang, popup.hide));
    else popup.hide();
  });
}

// What was hit, each once: a mark near the edge of a tile may be drawn by two.
function recordsAt(map, pixel) {
  const found = new globalThis.Map();
  map.forEachFeatureAtPixel(
    pixel,
    (feature, layer) => {
      const noun = feature.get("layer");
      if (RECORDS.has(noun)) {
        const one = record(feature, noun, layer);
        found.set(one.href, one);
      }
    },
    REACH,
  );
  return [...found.values()];
}

function record(feature, noun, layer) {
  const said = feature.getProperties();
  const at = feature.getFlatCoordinates?.() ?? feature.getGeometry().getFlatCoordinates();
  if (said.n === 1) return { ...said, noun, at, href: `/${noun}/${said.ref}` };
  const query = new URL(layer.getSource().getUrls()[0], location).searchParams;
  query.delete("lang");
  query.set("bbox", cellOf(at, said.cells));
  return { ...said, noun, at, href: `/${noun}?${query.toString().replaceAll("%2C", ",")}` };
}

// The cell that a cluster stands for, in degrees: the middle of its rows lies within it.
function cellOf([x, y], cells) {
  const size = (2 * HALF_WORLD) / cells;
  const west = Math.floor((x + HALF_WORLD) / size) * size - HALF_WORLD;
  const south = Math.floor((y + HALF_WORLD) / size) * size - HALF_WORLD;
  return [toLonLat([west, south]), toLonLat([west + size, south + size])].flat().map((value) => value.toFixed(5)).join(",");
}

function title(one, words, lang) {
  if (one.n === 1) return one.demonstration ? `${one.name} (${words.demonstration})` : one.name;
  const n = new Intl.NumberFormat(lang).format(one.n);
  return `${words[one.noun]}: ${words.here.replace("%(n)s", n)}`;
}

function content(map, found, words, lang, close) {
  const items = found.slice(0, MOST_LISTED).map((one) => {
    const link = element("a", { href: one.href }, one.n === 1 ? title(one, words, lang) : words.list);
    if (one.n === 1) return element("li", {}, link);
    return element("li", {}, element("span", {}, title(one, words, lang)), link, nearer(map, one, words, close));
  });
  return element("ul", {}, ...items);
}

function nearer(map, one, words, close) {
  const button = element("button", { type: "button" }, words.zoomTo);
  button.addEventListener("click", () => {
    close();
    const view = map.getView();
    view.animate({ center: one.at, zoom: Math.min(view.getZoom() + 2, DEEPEST), duration: 250 });
  });
  return button;
}

function hint(container) {
  const box = element("div", { class: "map__hint", hidden: "" });
  container.append(box);
  return {
    show([x, y], text) {
      box.textContent = text;
      box.hidden = false;
      // by the CSSOM, which the Content-Security-Policy allows
      box.style.transform = `translate(${Math.min(x + 14, container.clientWidth - box.offsetWidth - 4)}px, ${y + 14}px)`;
    },
    hide: () => (box.hidden = true),
  };
}

function popupOn(map, container, words) {
  const close = element("button", { type: "button", class: "map__close", "aria-label": words.close }, "×");
  const body = element("div");
  const box = element("div", { class: "map__popup", role: "dialog", "aria-label": words.legend }, close, body);
  const overlay = new Overlay({ element: box, positioning: "bottom-center", offset: [0, -12], autoPan: { margin: 12 } });
  map.addOverlay(overlay);
  const hide = () => {
    const hadFocus = box.contains(document.activeElement);
    overlay.setPosition(undefined);
    if (hadFocus) map.getTargetElement().focus();
  };
  close.addEventListener("click", hide);
  container.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  return {
    hide,
    show(coordinate, found, list) {
      box.setAttribute("aria-label", words[found[0].noun]);
      body.replaceChildren(list);
      overlay.setPosition(coordinate);
      box.querySelector("a")?.focus({ preventScroll: true });
    },
  };
}
