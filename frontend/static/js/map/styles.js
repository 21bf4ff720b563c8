// How things look. Colours are those of the page, read from its custom properties; shapes are those beside its words.
import CircleStyle from "ol/style/Circle.js";
import Fill from "ol/style/Fill.js";
import RegularShape from "ol/style/RegularShape.js";
import Stroke from "ol/style/Stroke.js";
import Style from "ol/style/Style.js";
import Text from "ol/style/Text.js";

const FONT = '"Portal Map", "Noto Sans", "Noto Sans Arabic", sans-serif';
const COLOURS = {
  land: "--land", own: "--paper", inner: "--land-line", border: "--map-border", claimed: "--map-claimed", ink: "--ink",
  soft: "--ink-soft", halo: "--map-halo", paper: "--paper", accent: "--accent",
  red: "--red", orange: "--orange", green: "--green", unrated: "--ink-soft",
};
const LEVELS = ["unrated", "green", "orange", "red"];

export class Styles {
  constructor(lang) {
    this.number = new Intl.NumberFormat(lang, { notation: "compact" });
    this.area = this.kept(this.areaStyle, (one) => `${one.get("level")}${one.get("region")}`);
    this.border = this.kept(this.borderStyle, (one) => `${one.get("level")}${one.get("disputed")}${one.getType()}`);
    this.areaName = (feature, resolution) => this.areaNameStyle(feature, resolution);
    this.place = (feature) => this.placeStyle(feature);
    this.capacities = this.kept(this.capacityStyle, (one) => `${one.get("n")}`);
    this["entry-points"] = this.kept(this.entryPointStyle, (one) => `${one.get("n")}${one.get("passable")}`);
    this.events = this.kept(this.eventStyle, (one) => `${one.get("layer")}-${one.get("n")}-${one.get("worst")}-${one.get("hazard")}`);
    this.read();
  }

  read() {
    const page = getComputedStyle(document.documentElement);
    this.colour = Object.fromEntries(Object.entries(COLOURS).map(([name, value]) => [name, page.getPropertyValue(value).trim()]));
    this.made = new Map();
  }

  // The same look is made once, not for every feature of every frame.
  kept(make, keyOf) {
    return (feature) => {
      const key = make.name + keyOf(feature);
      if (!this.made.has(key)) this.made.set(key, make.call(this, feature));
      return this.made.get(key);
    };
  }

  areaStyle(feature) {
    if (feature.get("level") > 0) return new Style({ fill: new Fill({ color: "rgba(0,0,0,0)" }) });
    return new Style({ fill: new Fill({ color: feature.get("region") ? this.colour.own : this.colour.land }) });
  }

  borderStyle(feature) {
    if (feature.getType().endsWith("Polygon")) return new Style({ fill: new Fill({ color: this.colour.claimed }), zIndex: -1 });
    const { inner, border } = this.colour;
    if (feature.get("disputed")) return line(border, 1.2, [5, 4]);
    return feature.get("level") > 0 ? line(inner, 0.7) : line(border, 1.2);
  }

  areaNameStyle(feature, resolution) {
    const isCountry = feature.get("level") === 0;
    if (isCountry ? resolution < 1500 : resolution > 1500) return undefined;
    const text = this.label(feature.get("name"), isCountry ? `600 13px ${FONT}` : `400 11px ${FONT}`);
    text.getFill().setColor(this.colour.soft);
    return new Style({ text, zIndex: isCountry ? 0 : -100 });
  }

  placeStyle(feature) {
    const isCapital = feature.get("kind") === "capital";
    const text = this.label(feature.get("name"), `${isCapital ? 600 : 400} 12px ${FONT}`);
    text.setOffsetY(-10);
    const image = new CircleStyle({ radius: isCapital ? 3 : 2, fill: new Fill({ color: this.colour.ink }) });
    return new Style({ text, image, zIndex: -feature.get("rank") });
  }

  capacityStyle(feature) {
    const n = feature.get("n");
    if (n > 1) return this.cluster(n, this.colour.accent, this.colour.paper);
    return new Style({ image: new CircleStyle({ radius: 6, ...this.body(this.colour.accent) }) });
  }

  // A star where one gets through, a cross where one does not
  entryPointStyle(feature) {
    const n = feature.get("n");
    if (n > 1) return this.cluster(n, this.colour.ink, this.colour.paper);
    const isShut = feature.get("passable") === false;
    const shape = isShut ? SHAPES.shut : SHAPES.entry;
    return new Style({ image: new RegularShape({ ...shape, ...this.body(isShut ? this.colour.red : this.colour.ink) }) });
  }

  eventStyle(feature) {
    const n = feature.get("n");
    const level = LEVELS[feature.get("worst") ?? 0];
    if (feature.get("layer") === "event_shapes") return this.eventShape(this.colour[level]);
    if (n > 1) return this.cluster(n, this.colour[level], this.colour.paper, SHAPES[level]);
    const text = new Text({
      text: feature.get("hazard"), font: `600 9px ${FONT}`, fill: new Fill({ color: this.colour.paper }),
      offsetY: level === "red" ? 2 : 0,
    });
    return new Style({ image: new RegularShape({ ...SHAPES[level], ...this.body(this.colour[level]) }), text });
  }

  eventShape(colour) {
    return new Style({ stroke: new Stroke({ color: colour, width: 2 }), fill: new Fill({ color: `${colour}26` }), zIndex: -1 });
  }

  cluster(n, colour, ink, shape) {
    const radius = 9 + 2.2 * Math.log10(n) * 2;
    const body = this.body(colour);
    const image = shape ? new RegularShape({ ...shape, ...body, radius: radius + 5 }) : new CircleStyle({ radius, ...body });
    const text = new Text({ text: this.number.format(n), font: `600 11px ${FONT}`, fill: new Fill({ color: ink }) });
    return new Style({ image, text, zIndex: n });
  }

  // Without "none" OpenLayers takes a mark of a layer that hides nothing for hidden, and no pointer ever meets it.
  body(colour) {
    const stroke = new Stroke({ color: this.colour.paper, width: 1.5 });
    return { fill: new Fill({ color: colour }), stroke, declutterMode: "none" };
  }

  label(text, font) {
    return new Text({
      text, font, overflow: true, fill: new Fill({ color: this.colour.ink }),
      stroke: new Stroke({ color: this.colour.halo, width: 3 }),
    });
  }
}

// Triangle, diamond, circle, square: an alert level is told by its shape as well as by its colour
const SHAPES = {
  red: { points: 3, radius: 14, angle: 0 },
  orange: { points: 4, radius: 13, angle: 0 },
  green: { points: 32, radius: 10, angle: 0 },
  unrated: { points: 4, radius: 13, angle: Math.PI / 4 },
  entry: { points: 4, radius: 9, radius2: 4, angle: 0 },
  shut: { points: 4, radius: 9, radius2: 3, angle: Math.PI / 4 },
};

function line(color, width, lineDash) {
  return new Style({ stroke: new Stroke({ color, width, lineDash }) });
}
