"""OpenID Connect as its client: where to send a browser, and who it is that comes back. Knows no database.

Code flow with PKCE, state and nonce (RFC 9700). Whatever the provider says is believed only under its signature or from
its own userinfo, and a mail address only where it says that it is verified.
"""

import asyncio
import hmac
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet
from joserfc.jws import JWSRegistry

from app.outgoing import NotReached, fetch_json
from app.secrets import new_token

SCOPE = "openid email profile"
# Never a shared secret and never "none": what a client could have written itself is no signature
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
SECONDS = 20  # for everything that is asked while somebody waits
LEEWAY_S = 60  # clocks differ
LONGEST_SUBJECT = 255

Metadata = Mapping[str, Any]


class OpenIdFailed(Exception):
    """The provider did not say who this is. The text is for the log."""


@dataclass(frozen=True)
class Client:
    """The portal as this provider knows it. `private`: the provider may be in our own network."""

    issuer: str
    client_id: str
    client_secret: str
    back: str
    private: bool = False


@dataclass(frozen=True)
class Errand:
    """What must be the same when the browser comes back."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> "Errand":
        return cls(new_token(), new_token(), new_token() + new_token())

    def kept(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Said:
    """Who came back. `email` only if the provider has verified it; `is_strong` if it asked for several factors."""

    subject: str
    email: str | None
    is_strong: bool


async def discover(issuer: str, *, private: bool) -> Metadata:
    """What the provider says of itself. Raises OpenIdFailed where it is not there, or is not who it should be."""
    found = await _ask("GET", issuer.rstrip("/") + "/.well-known/openid-configuration", private)
    if str(found.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
        raise OpenIdFailed(f"{issuer} calls itself {found.get('issuer')!r}")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not is_address(found.get(name), private=private):
            raise OpenIdFailed(f"{issuer} has no {name}")
    return found


def is_address(value: object, *, private: bool) -> bool:
    """Whether this is an address for a provider: https, or with `private` also http, without a name and password."""
    try:
        parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
        return parts.scheme in ("https", *["http"] * private) and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


async def way_there(client: Client, errand: Errand, language: str) -> str:
    """The address of the provider's own sign-in page."""
    endpoint = (await discover(client.issuer, private=client.private))["authorization_endpoint"]
    asked = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.back,
        "scope": SCOPE,
        "state": errand.state,
        "nonce": errand.nonce,
        "code_challenge": create_s256_code_challenge(errand.verifier),
        "code_challenge_method": "S256",
        "ui_locales": language,
    }
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"


async def who_came_back(client: Client, errand: Errand, answer: Mapping[str, str]) -> Said:
    """Exchange the code for a proof of who it is. Raises OpenIdFailed."""
    if not hmac.compare_digest(answer.get("state", "").encode(), errand.state.encode()):
        raise OpenIdFailed("another state than the one that was sent")
    if "code" not in answer:
        raise OpenIdFailed(f"no code: {answer.get('error', '')[:80]}")
    try:
        async with asyncio.timeout(SECONDS):
            return await _exchange(client, errand, answer)
    except TimeoutError as error:
        raise OpenIdFailed("too slow") from error


async def _exchange(client: Client, errand: Errand, answer: Mapping[str, str]) -> Said:
    provider = await discover(client.issuer, private=client.private)
    _refuse_mixed_up(provider, answer)
    token = await _token(client, errand, provider, answer["code"])
    keys = await _ask("GET", provider["jwks_uri"], client.private)
    claims = verified(client, errand, provider, token, keys)
    if "email_verified" not in claims and isinstance(provider.get("userinfo_endpoint"), str):
        claims = await _with_userinfo(client, provider, token, claims)
    return said(claims)


def _refuse_mixed_up(provider: Metadata, answer: Mapping[str, str]) -> None:
    """RFC 9207: the answer names who gave it, so that one provider's code is not brought to another."""
    must_name = provider.get("authorization_response_iss_parameter_supported") is True
    if (must_name or "iss" in answer) and answer.get("iss") != provider["issuer"]:
        raise OpenIdFailed("the answer of another provider")


async def _token(client: Client, errand: Errand, provider: Metadata, code: str) -> dict[str, Any]:
    sent = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.back,
        "code_verifier": errand.verifier,
    }
    named = (client.client_id, client.client_secret)
    if "client_secret_basic" in provider.get("token_endpoint_auth_methods_supported", ("client_secret_basic",)):
        return await _ask(
            "POST", provider["token_endpoint"], client.private, data=sent, auth=tuple(map(quote_plus, named))
        )
    sent |= dict(zip(("client_id", "client_secret"), named, strict=True))
    return await _ask("POST", provider["token_endpoint"], client.private, data=sent)


def verified(
    client: Client, errand: Errand, provider: Metadata, token: Mapping[str, Any], keys: Mapping[str, Any]
) -> dict[str, Any]:
    """The claims of an ID token of this provider, for this client and this errand, in time. Raises OpenIdFailed."""
    wanted = {
        "iss": {"essential": True, "value": provider["issuer"]},
        "aud": {"essential": True, "value": client.client_id},
    }
    known = {"nonce": errand.nonce, "client_id": client.client_id, "access_token": token.get("access_token")}
    try:
        registry = JWSRegistry(algorithms=SIGNATURES, strict_check_header=False)
        signed = jwt.decode(str(token.get("id_token")), KeySet(_usable(keys)), registry=registry)
        claims = CodeIDToken(signed.claims, signed.header, wanted, known)
        claims.validate(leeway=LEEWAY_S)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise OpenIdFailed(f"not a valid ID token: {error}") from error
    return dict(claims)


def _usable(keys: Mapping[str, Any]) -> list[Key]:
    """A provider may publish keys of kinds that are not known here; the others are good all the same."""
    usable = []
    for key in keys.get("keys") or []:
        try:
            usable.append(JWKRegistry.import_key(key))
        except (JoseError, ValueError, TypeError, AttributeError):
            continue
    return usable


async def _with_userinfo(
    client: Client, provider: Metadata, token: Mapping[str, Any], claims: dict[str, Any]
) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token.get('access_token')}"}
    more = await _ask("GET", provider["userinfo_endpoint"], client.private, headers=headers)
    if more.get("sub") != claims["sub"]:
        raise OpenIdFailed("userinfo of somebody else")
    return more | claims


def said(claims: Mapping[str, Any]) -> Said:
    subject, email, methods = claims.get("sub"), claims.get("email"), claims.get("amr")
    is_verified = claims.get("email_verified")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise OpenIdFailed("no usable subject")
    is_theirs = isinstance(email, str) and (
        is_verified is True or is_verified == "true"
    )  # some providers write it as text
    is_strong = isinstance(methods, list) and "mfa" in methods  # RFC 8176
    return Said(subject, str(email).strip() if is_theirs else None, is_strong)


async def _ask(method: str, url: str, private: bool, **sent: Any) -> dict[str, Any]:
    try:
        status, answer = await fetch_json(method, url, private=private, **sent)
    except NotReached as error:
        raise OpenIdFailed(f"{url}: {error}") from error
    if status != 200:
        raise OpenIdFailed(f"{url} answered {status} {str(answer.get('error', ''))[:80]}")
    return answer
