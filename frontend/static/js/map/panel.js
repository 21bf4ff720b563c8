// What stands on the map beside it: buttons to zoom, and a panel with the layers and what the marks mean.
import { element, svg } from "./element.js";

const ZOOM_MS = 200;
const MARKS = {
  red: "M8 1 15 14H1z",
  orange: "M8 1l7 7-7 7-7-7z",
  green: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2z",
  unrated: "M2.5 2.5h11v11h-11z",
  capacity: "M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3z",
  entry: "M8 1l2 5 5 2-5 2-2 5-2-5-5-2 5-2z",
  shut: "M4 2.5 8 6l4-3.5L13.5 4 10 8l3.5 4-1.5 1.5L8 10l-4 3.5L2.5 12 6 8 2.5 4z",
  several: "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1z",
  disputed: "M0 8h16",
};

export function zoomButtons(map, words, showAll) {
  const zoom = (by) => () => map.getView().animate({ zoom: map.getView().getZoom() + by, duration: ZOOM_MS });
  return element(
    "div",
    { class: "map__zoom" },
    button("+", words.zoomIn, zoom(1)),
    button("−", words.zoomOut, zoom(-1)),
    button("⌂", words.whole, showAll),
  );
}

function button(sign, title, press) {
  const made = element("button", { type: "button", title, "aria-label": title }, sign);
  made.addEventListener("click", press);
  return made;
}

export function panel({ ground, records }, styles, words) {
  const switches = [
    layerSwitch(words.events, [records.events]),
    layerSwitch(words.capacities, [records.capacities]),
    layerSwitch(words["entry-points"], [records["entry-points"]]),
    layerSwitch(words.places, [ground.places]),
    layerSwitch(words.areas, [ground.names]),
  ];
  const layers = element("fieldset", {}, element("legend", {}, words.layers), ...switches);
  const legend = element("ul", { class: "map__legend", "aria-label": words.legend }, ...Object.keys(MARKS).map((name) => mark(name, words)));
  const made = element("details", { class: "map__panel" }, element("summary", {}, words.legend), layers, legend);
  made.open = matchMedia("(min-width: 50rem)").matches;
  return made;
}

function layerSwitch(name, layers) {
  const box = element("input", { type: "checkbox" });
  box.checked = layers[0].getVisible();
  box.addEventListener("change", () => layers.forEach((layer) => layer.setVisible(box.checked)));
  return element("label", {}, box, ` ${name}`);
}

function mark(name, words) {
  const picture = svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true", class: `map__mark map__mark--${name}` });
  picture.append(svg("path", { d: MARKS[name] }));
  return element("li", {}, picture, ` ${words[name]}`);
}
