// Lets the page where assistance is asked for open without a connection: js/request-worker.js keeps it.
// Browsers that cannot, or may not, still keep the draft.
const script = document.getElementById("request-offline");
if ("serviceWorker" in navigator && script) {
  navigator.serviceWorker.register(script.dataset.worker, { scope: "/requests/", type: "module", updateViaCache: "none" }).catch(() => {});
}
