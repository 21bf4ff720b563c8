// Opens the interactive map in the place of the drawn one: at once where the page says so, else when asked for.
// OpenLayers, its styles and the fonts of labels are fetched only then.

for (const figure of document.querySelectorAll('[data-module="map"]')) {
  const button = figure.querySelector("[data-map-open]");
  button?.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab: the map page itself
    event.preventDefault();
    open(figure, button);
  });
  if (figure.classList.contains("map--page")) open(figure, button); // the map page itself
}

async function open(figure, button) {
  if (figure.dataset.state) return;
  figure.dataset.state = "loading";
  const words = JSON.parse(figure.dataset.words);
  const status = statusLine(figure);
  status.textContent = words.loading;
  try {
    const [view] = await Promise.all([import("./map/view.js"), stylesheet(figure.dataset.css)]);
    await view.open(figure, words, (message) => (status.textContent = message));
    figure.dataset.state = "open";
    status.textContent = "";
    button?.remove();
  } catch (error) {
    console.error(error);
    delete figure.dataset.state;
    status.textContent = words.failed;
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

function stylesheet(href) {
  return new Promise((resolve, reject) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href, onload: resolve, onerror: reject });
    document.head.append(link);
  });
}
