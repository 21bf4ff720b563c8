// A map to draw on: a point, a line or an area of one part or several. What is drawn goes into a field as text.
import Map from "ol/Map.js";
import View from "ol/View.js";
import Feature from "ol/Feature.js";
import GeoJSON from "ol/format/GeoJSON.js";
import Draw from "ol/interaction/Draw.js";
import Modify from "ol/interaction/Modify.js";
import { defaults } from "ol/interaction/defaults.js";
import VectorLayer from "ol/layer/Vector.js";
import VectorSource from "ol/source/Vector.js";
import CircleStyle from "ol/style/Circle.js";
import Fill from "ol/style/Fill.js";
import Stroke from "ol/style/Stroke.js";
import Style from "ol/style/Style.js";
import { transformExtent } from "ol/proj.js";
import { element } from "./element.js";
import { groundLayers } from "./layers.js";
import { zoomButtons } from "./panel.js";
import { Styles } from "./styles.js";
import { stylesheet } from "./stylesheet.js";

const REGION = [43, 5, 98, 56];
const PROJECTIONS = { dataProjection: "EPSG:4326", featureProjection: "EPSG:3857" };
const FORMAT = new GeoJSON(PROJECTIONS);
const NEAREST = 12; // zoom for a single point
const MOST_UNDONE = 100;

export async function open(place, words, write) {
  const { lang, kinds, single } = place.dataset;
  await stylesheet(place.dataset.css);
  const styles = new Styles(lang);
  const source = new VectorSource({ wrapX: false });
  const target = element("div", { class: "map__canvas", tabindex: "0", role: "application", "aria-label": words.map });
  const container = element("div", { class: "map__live map__live--draw" }, target);
  container.append(element("p", { class: "map__attribution" }, words.attribution));
  place.querySelector("[data-draw-view]").replaceChildren(container);
  const map = new Map({
    target,
    layers: [...Object.values(groundLayers(styles, lang)), new VectorLayer({ source, style: look(styles.colour), zIndex: 9 })],
    view: new View({ minZoom: 2, maxZoom: 17, enableRotation: false }),
    controls: [],
    interactions: defaults({ altShiftDragRotate: false, pinchRotate: false, doubleClickZoom: false }), // it ends a line
  });
  const drawing = new Drawing(map, source, words, write, kinds.split(" "), single !== undefined);
  place.querySelector("[data-draw-view]").prepend(drawing.toolbar);
  container.append(zoomButtons(map, words, () => drawing.lookAtAll()));
  drawing.lookAtAll();
  await new Promise((resolve) => (map.once("rendercomplete", resolve), setTimeout(resolve, 4000)));
  return drawing;
}

class Drawing {
  constructor(map, source, words, write, kinds, isSingle) {
    Object.assign(this, { map, source, words, write, isSingle, before: [], text: undefined });
    this.modify = new Modify({ source });
    this.modify.on("modifystart", () => this.remember());
    this.modify.on("modifyend", () => this.changed());
    map.addInteraction(this.modify);
    this.kinds = kinds.map((kind) => this.button(words[kind], () => this.draw(kind)));
    this.kinds.forEach((button, at) => (button.dataset.kind = kinds[at]));
    this.finish = this.button(words.finish, () => this.pen?.finishDrawing());
    this.undo = this.button(words.undo, () => this.takeBack());
    this.clear = this.button(words.clear, () => (this.remember(), this.source.clear(), this.changed()));
    this.hint = element("p", { class: "field__hint", role: "status" }, words.choose);
    this.toolbar = element("div", { class: "draw__tools", role: "toolbar", "aria-label": words.tools }, ...this.kinds, this.finish, this.undo, this.clear, this.hint);
    map.getTargetElement().addEventListener("keydown", (event) => this.pressed(event));
    this.renew();
  }

  button(text, press) {
    const made = element("button", { type: "button", class: "button" }, text);
    made.addEventListener("click", press);
    return made;
  }

  // Pressed again, the pen is laid down.
  draw(kind) {
    const isOn = this.pen && this.kind === kind;
    this.layDown();
    if (isOn) return;
    this.kind = kind;
    this.pen = new Draw({ source: this.source, type: kind, stopClick: true });
    this.pen.on("drawstart", () => this.remember(true));
    this.pen.on("drawabort", () => this.before.pop());
    this.pen.on("drawend", (event) => this.drawn(event.feature));
    this.map.addInteraction(this.pen);
    this.hint.textContent = this.words[`how${kind}`];
    this.renew();
  }

  layDown() {
    if (this.pen) this.map.removeInteraction(this.pen);
    this.pen = this.kind = undefined;
    this.hint.textContent = this.words.change;
    this.renew();
  }

  // All parts are of one kind: one of another kind begins anew, and can be taken back. So does any where there is to be one.
  drawn(feature) {
    const kind = feature.getGeometry().getType();
    for (const other of this.source.getFeatures()) if (this.isSingle || other.getGeometry().getType() !== kind) this.source.removeFeature(other);
    setTimeout(() => this.changed()); // once it lies among the others
  }

  pressed(event) {
    if (event.key === "Escape") this.pen?.abortDrawing();
    else if (event.key === "Enter" && this.pen) this.pen.appendCoordinates([this.map.getView().getCenter()]), this.kind === "Point" && this.pen.finishDrawing();
    else if (event.key === "z" && (event.ctrlKey || event.metaKey)) this.takeBack();
    else return;
    event.preventDefault();
  }

  remember() {
    this.before = [...this.before, this.geometries()].slice(-MOST_UNDONE);
  }

  takeBack() {
    const last = this.before.pop();
    if (last) this.put(last), this.changed();
  }

  geometries() {
    return this.source.getFeatures().map((feature) => feature.getGeometry().clone());
  }

  put(geometries) {
    this.source.clear();
    this.source.addFeatures(geometries.map((geometry) => new Feature(geometry)));
  }

  changed() {
    this.text = written(this.geometries());
    this.write(this.text);
    this.renew();
  }

  renew() {
    for (const button of this.kinds) button.setAttribute("aria-pressed", String(button.dataset.kind === this.kind));
    this.finish.hidden = !this.pen || this.kind === "Point";
    this.undo.disabled = !this.before.length;
    this.clear.disabled = !this.source.getFeatures().length;
  }

  // What the field says, unless it says what was just drawn.
  show(geometry) {
    const wanted = geometry ? parts(geometry) : [];
    if (written(this.geometries()) === written(wanted)) return;
    this.put(wanted);
    this.lookAtAll();
    this.renew();
  }

  lookAtAll() {
    const extent = this.source.getFeatures().length ? this.source.getExtent() : transformExtent(REGION, "EPSG:4326", "EPSG:3857");
    this.map.getView().fit(extent, { padding: [40, 40, 40, 40], maxZoom: NEAREST });
  }

  focus() {
    this.kinds[0].focus();
  }
}

function parts(geometry) {
  const read = FORMAT.readGeometry(geometry);
  const several = { MultiPoint: "getPoints", MultiLineString: "getLineStrings", MultiPolygon: "getPolygons" }[read.getType()];
  return several ? read[several]() : [read];
}

// A point as people write it, latitude first; another shape as GeoJSON, to about a metre.
function written(geometries) {
  const said = geometries.map((geometry) => FORMAT.writeGeometryObject(geometry, { decimals: 5, rightHanded: true }));
  if (!said.length) return "";
  const [{ type, coordinates }] = said;
  if (said.length > 1) return JSON.stringify({ type: `Multi${type}`, coordinates: said.map((one) => one.coordinates) });
  return type === "Point" ? `${coordinates[1]}, ${coordinates[0]}` : JSON.stringify({ type, coordinates });
}

function look(colour) {
  const stroke = new Stroke({ color: colour.red, width: 2.5 });
  const fill = new Fill({ color: `${colour.red}26` });
  const image = new CircleStyle({ radius: 7, fill: new Fill({ color: colour.red }), stroke: new Stroke({ color: colour.paper, width: 2 }) });
  return new Style({ stroke, fill, image });
}
