// Whoever signs out leaves no drafts: the next at this computer finds nothing of what was typed. The answer to signing out
// says so to the browser too (Clear-Site-Data), which heeds it over HTTPS only.
import { forgetAll } from "./drafts/store.js";

for (const form of document.querySelectorAll('form[action="/sign-out"]')) form.addEventListener("submit", () => {
  forgetAll();
  window.caches?.delete("request-form"); // js/request-worker.js keeps a page with their name
});
