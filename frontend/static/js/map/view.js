// The interactive map of one figure. It is drawn behind what the server drew, which stays until this stands ready.
import Map from "ol/Map.js";
import View from "ol/View.js";
import { defaults } from "ol/interaction/defaults.js";
import { transformExtent } from "ol/proj.js";
import { element } from "./element.js";
import { groundLayers, recordLayers } from "./layers.js";
import { panel, zoomButtons } from "./panel.js";
import { answerPointer } from "./pointer.js";
import { Styles } from "./styles.js";
import { stylesheet } from "./stylesheet.js";

const REGION = [43, 5, 98, 56];
const LONGEST_WAIT = 4000; // ms for the first picture; a slow tile may come later
// Letters of each language's script: their fonts are to be there before the first label is drawn
const LETTERS = { en: "Aa", ru: "Жж", kk: "Әңғқ", ky: "Өүң", "fa-AF": "گژپ", ps: "ښګځڅټ" };

export async function open(figure, words, say) {
  const { lang, layers, query, bbox } = figure.dataset;
  await stylesheet(figure.dataset.css);
  await loadFonts(lang);
  const styles = new Styles(lang);
  const groups = { ground: groundLayers(styles, lang), records: recordLayers(styles, lang, query, layers.split(" ")) };
  const all = [...Object.values(groups.ground), ...Object.values(groups.records)];
  const { container, target } = place(figure, words);
  const map = new Map({
    target,
    layers: all,
    view: new View({ minZoom: 2, maxZoom: 17, enableRotation: false }),
    controls: [],
    interactions: defaults({ altShiftDragRotate: false, pinchRotate: false }),
  });
  const look = (degrees) => map.getView().fit(transformExtent(degrees, "EPSG:4326", "EPSG:3857"));
  container.append(zoomButtons(map, words, () => look(REGION)), panel(groups, styles, words));
  answerPointer(map, container, words, lang);
  reportFailures(all, words, say);
  repaintWhenNeeded(all, styles);
  look(bbox.split(",").map(Number));
  await firstPicture(map);
  container.parentElement.replaceChildren(container);
  figure.dispatchEvent(new CustomEvent("map:open", { detail: map, bubbles: true }));
}

function place(figure, words) {
  const target = element("div", { class: "map__canvas", tabindex: "0", role: "application", "aria-label": words.map });
  const container = element("div", { class: "map__live" }, target);
  container.append(element("p", { class: "map__attribution" }, words.attribution));
  figure.querySelector("[data-map-view]").append(container);
  return { container, target };
}

function loadFonts(lang) {
  const letters = "Aa" + (LETTERS[lang] ?? "");
  const wanted = ["400", "600"].map((weight) => document.fonts.load(`${weight} 12px "Portal Map"`, letters));
  return Promise.all(wanted).catch(() => {}); // without them the device's own fonts do
}

function firstPicture(map) {
  return new Promise((resolve) => {
    map.once("rendercomplete", resolve);
    setTimeout(resolve, LONGEST_WAIT);
  });
}

function reportFailures(layers, words, say) {
  for (const layer of layers) {
    layer.getSource()?.on("tileloaderror", () => say(words.tilesFailed));
    layer.getSource()?.on("tileloadend", () => say(""));
  }
}

// Labels are drawn once more when a further font has come, everything when the device turns dark or light.
function repaintWhenNeeded(layers, styles) {
  const repaint = () => {
    styles.read();
    for (const layer of layers) layer.changed();
  };
  document.fonts.addEventListener("loadingdone", repaint);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
}
