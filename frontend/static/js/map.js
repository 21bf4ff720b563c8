// Opens the interactive map in the place of the drawn one, or of a list's button: at once where the page says so, else when
// asked for. OpenLayers, its styles and the fonts of labels are fetched only then.

const MAPS = '[data-module="map"]';
const opened = new Map(); // figure → its map

document.addEventListener("map:open", (event) => opened.set(event.target, event.detail));

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-map-open]");
  if (!button || event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab: the map page itself
  event.preventDefault();
  open(button.closest(MAPS));
});

// A list has changed in place, and its button is back: the map that stood there shows the new rows.
document.addEventListener("htmx:after:swap", () => {
  for (const [figure, map] of opened) {
    if (figure.dataset.state === "open" && figure.contains(map.getTargetElement())) continue;
    map.setTarget(null);
    opened.delete(figure);
    delete figure.dataset.state;
    if (figure.isConnected) open(figure);
  }
});

// Something changed (js/live.js): what is shown is asked for again, and mostly comes back as it was.
document.addEventListener("live:patched", () => {
  for (const map of opened.values()) for (const layer of map.getLayers().getArray()) layer.getSource()?.refresh();
});

for (const figure of document.querySelectorAll(MAPS)) if (figure.classList.contains("map--page")) open(figure); // the map page itself

async function open(figure) {
  if (figure.dataset.state) return;
  figure.dataset.state = "loading";
  const button = figure.querySelector("[data-map-open]");
  const words = JSON.parse(figure.dataset.words);
  const status = statusLine(figure);
  status.textContent = words.loading;
  try {
    const view = await import("./map/view.js");
    await view.open(figure, words, (message) => (status.textContent = message));
    figure.dataset.state = "open";
    status.textContent = "";
    if (document.activeElement === button) figure.querySelector(".map__canvas").focus({ preventScroll: true });
    button?.remove();
  } catch (error) {
    console.error(error);
    delete figure.dataset.state;
    if (figure.classList.contains("map--list")) location.assign(button.href); // nothing is drawn here: the map page has it
    else status.textContent = words.failed;
  }
}

function statusLine(figure) {
  const known = figure.querySelector("[data-map-status]");
  if (known) return known;
  const line = document.createElement("p");
  line.className = "map__status";
  line.dataset.mapStatus = "";
  line.setAttribute("role", "status");
  figure.querySelector("[data-map-view]").after(line);
  return line;
}
