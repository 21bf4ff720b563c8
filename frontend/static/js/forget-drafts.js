// On the page after signing out: whoever sits down here next finds nothing of what was typed.
import { forgetAll } from "./drafts/store.js";

forgetAll();
