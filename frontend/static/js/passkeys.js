// Passkeys: takes a question from the portal to whatever keeps the passkey (this device, a phone, a security key), and its
// answer back. Which page does what stands in the element (components/passkey_button.html).

for (const place of document.querySelectorAll('[data-module="passkey"]')) prepare(place);

function prepare(place) {
  const words = JSON.parse(place.dataset.words);
  const button = place.querySelector("button");
  const status = place.querySelector("[data-passkey-status]");
  const hindrance = hindranceHere(place, words);
  status.textContent = hindrance;
  if (hindrance) return;
  place.querySelector("[data-passkey-parts]").hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    status.textContent = words.waiting;
    status.textContent = await run(place, words);
    button.disabled = false;
  });
}

function hindranceHere(place, words) {
  if (location.origin !== place.dataset.origin) return words.elsewhere;
  if (!window.isSecureContext) return words.insecure;
  return window.PublicKeyCredential ? "" : words.unknown;
}

// What to tell: nothing where it went well, since the next page is on its way.
async function run(place, words) {
  const name = place.querySelector("input")?.value ?? "";
  const { begin, end, kind, next } = place.dataset;
  const makes = kind === "new" || kind === "set-up";
  try {
    const question = await send(begin, { second: kind === "second" });
    if (question.go) return location.assign(question.go) ?? ""; // to sign in again first
    const credential = makes ? await make(question) : await use(question);
    const answer = await send(end, makes ? { credential, name, next } : { credential, next });
    location.assign(answer.go);
    return "";
  } catch (error) {
    if (error.refused) return error.refused;
    if (error.name === "InvalidStateError") return words.known;
    if (error.name === "SecurityError") return words.insecure;
    if (error.name !== "NotAllowedError") console.warn(error);
    return error.name === "NotAllowedError" ? words.stopped : words.failed;
  }
}

async function send(address, body) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
  });
  if (answer.redirected) location.assign(answer.url); // signed out meanwhile: to the page where one signs in
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(answer.statusText), { refused: said.refused });
  return said;
}

async function make(question) {
  const exclude = question.excludeCredentials ?? [];
  const made = await navigator.credentials.create({
    publicKey: {
      ...question,
      challenge: bytes(question.challenge),
      user: { ...question.user, id: bytes(question.user.id) },
      excludeCredentials: exclude.map(described),
    },
  });
  return {
    ...frame(made),
    response: {
      clientDataJSON: text(made.response.clientDataJSON),
      attestationObject: text(made.response.attestationObject),
      transports: made.response.getTransports?.() ?? [],
    },
  };
}

async function use(question) {
  const allowed = question.allowCredentials ?? [];
  const used = await navigator.credentials.get({
    publicKey: { ...question, challenge: bytes(question.challenge), allowCredentials: allowed.map(described) },
  });
  const { clientDataJSON, authenticatorData, signature, userHandle } = used.response;
  return {
    ...frame(used),
    response: {
      clientDataJSON: text(clientDataJSON),
      authenticatorData: text(authenticatorData),
      signature: text(signature),
      userHandle: userHandle ? text(userHandle) : null,
    },
  };
}

const frame = (credential) => ({ id: credential.id, rawId: text(credential.rawId), type: credential.type });

const described = (credential) => ({ ...credential, id: bytes(credential.id) });

// Base64 for addresses, as WebAuthn writes bytes in JSON.

function bytes(written) {
  const plain = atob(written.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
