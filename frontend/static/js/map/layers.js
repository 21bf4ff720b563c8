// What the map is made of, from the ground upward. Every tile comes from the portal itself.
import VectorTileLayer from "ol/layer/VectorTile.js";
import VectorTile from "ol/source/VectorTile.js";
import MVT from "ol/format/MVT.js";

// Events lie on top. Beside the points there are the outlines of what is more than a point.
const RECORDS = { "entry-points": ["entry-points"], capacities: ["capacities"], events: ["events", "event_shapes"] };

export function groundLayers(styles, lang) {
  return {
    areas: layer("areas", { lang }, ["areas"], styles.area),
    borders: layer("borders", { lang }, ["borders", "disputed_areas"], styles.border),
    names: layer("areas", { lang }, ["area_names"], styles.areaName, { declutter: "names" }),
    places: layer("places", { lang }, ["places"], styles.place, { declutter: "names" }),
  };
}

// `shown` are the nouns of the page, with its filters; the others wait in the panel, unfiltered.
export function recordLayers(styles, lang, query, shown) {
  const made = Object.entries(RECORDS).map(([noun, parts]) => {
    const isShown = shown.includes(noun);
    const asked = isShown ? { ...Object.fromEntries(new URLSearchParams(query)), lang } : { lang };
    return [noun, layer(noun, asked, parts, styles[noun], { visible: isShown, renderBuffer: 64 })];
  });
  return Object.fromEntries(made);
}

function layer(name, asked, layers, style, more = {}) {
  const source = new VectorTile({
    format: new MVT({ layers }),
    url: `/tiles/${name}/{z}/{x}/{y}.mvt?${new URLSearchParams(asked)}`,
    maxZoom: 14,
    wrapX: false,
  });
  return new VectorTileLayer({ source, style, ...more });
}
