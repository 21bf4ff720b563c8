// A real OpenID provider on loopback, for tests only. It reads {client, accounts} as JSON from its standard input, writes
// {issuer} as one line when it listens, and ends with its input. Whoever signs in names an account; there is no password.
import { randomBytes, generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { Provider } from "oidc-provider";

const lines = createInterface({ input: process.stdin });
const { client, accounts, port = 0 } = JSON.parse(await new Promise((done) => lines.once("line", done)));
lines.on("close", () => process.exit());

const server = createServer((request, response) => answer(request, response));
await new Promise((done) => server.listen(port, "127.0.0.1", done));
const issuer = `http://127.0.0.1:${server.address().port}`;

const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
const provider = new Provider(issuer, {
  clients: [client],
  claims: { openid: ["sub", "amr"], email: ["email", "email_verified"], profile: ["name"] },
  cookies: { keys: [randomBytes(16).toString("hex")] },
  features: { devInteractions: { enabled: false } },
  findAccount: (_, id) => accounts[id] && { accountId: id, claims: () => ({ sub: id, ...accounts[id] }) },
  interactions: { url: (_, interaction) => `/sign-in/${interaction.uid}` },
  jwks: { keys: [{ ...key, use: "sig", alg: "RS256" }] },
  pkce: { required: () => true },
  ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
});
const speak = provider.callback();

async function answer(request, response) {
  if (!request.url.startsWith("/sign-in/")) return speak(request, response);
  if (request.method === "POST") return signIn(request, response);
  response.setHeader("content-type", "text/html; charset=utf-8");
  response.end('<title>Test provider</title><form method="post"><label>Account <input name="account"></label><button>Go on</button></form>');
}

// Signing in and consenting are one step here. The account "" is somebody who changes his mind.
async function signIn(request, response) {
  const form = new URLSearchParams(await textOf(request));
  const { params } = await provider.interactionDetails(request, response);
  const accountId = form.get("account");
  if (!accountId) return provider.interactionFinished(request, response, { error: "access_denied" });
  const grant = new provider.Grant({ accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(request, response, { login: { accountId, amr: accounts[accountId].amr }, consent });
}

async function textOf(request) {
  let text = "";
  for await (const part of request) text += part;
  return text;
}

console.log(JSON.stringify({ issuer }));
