"""Who a provider says has come is believed only with its signature, for us, for this errand, and in time."""

import asyncio
import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from app.accounts.openid import Client, Errand, OpenIdFailed, Said, said, verified, way_there, who_came_back
from tests.accounts.openid_provider import CLIENT, SECRET, Provider, running_provider

BACK = "http://localhost:8000/sign-in/openid/KAZ-MES/back"
KEY = RSAKey.generate_key(2048, {"kid": "1"})
KEYS = {"keys": [{"kty": "??"}, KEY.as_dict(private=False)]}
ISSUER = {"issuer": "https://provider.example"}
OURS = Client("https://provider.example", "us", "secret", BACK)
ERRAND = Errand.new()


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider(BACK) as provider:
        yield provider


def visit(client: Client, provider: Provider, account: str, errand: Errand) -> dict[str, str]:
    address = asyncio.run(way_there(client, errand, "ru"))
    return dict(httpx.URL(provider.sign_in(address, account)).params)


def client_of(provider: Provider) -> Client:
    return Client(provider.issuer, CLIENT, SECRET, BACK, private=True)


def test_a_visit_to_a_real_provider_says_who_came(provider: Provider) -> None:
    client, errand = client_of(provider), Errand.new()
    answer = visit(client, provider, "aigerim", errand)
    assert asyncio.run(who_came_back(client, errand, answer)) == Said("aigerim", "aigerim@mes.example", False)


def test_a_provider_that_asked_for_several_factors_is_believed(provider: Provider) -> None:
    client, errand = client_of(provider), Errand.new()
    answer = visit(client, provider, "strong", errand)
    assert asyncio.run(who_came_back(client, errand, answer)).is_strong


def test_a_code_serves_once(provider: Provider) -> None:
    client, errand = client_of(provider), Errand.new()
    answer = visit(client, provider, "aigerim", errand)
    asyncio.run(who_came_back(client, errand, answer))
    with pytest.raises(OpenIdFailed, match="invalid_grant"):
        asyncio.run(who_came_back(client, errand, answer))


def test_a_code_is_of_no_use_to_another_errand(provider: Provider) -> None:
    client, errand = client_of(provider), Errand.new()
    answer = visit(client, provider, "aigerim", errand)
    other = replace(errand, verifier=Errand.new().verifier)
    with pytest.raises(OpenIdFailed, match="invalid_grant"):
        asyncio.run(who_came_back(client, other, answer))


def test_a_token_of_another_errand_is_refused(provider: Provider) -> None:
    client, errand = client_of(provider), Errand.new()
    answer = visit(client, provider, "aigerim", errand)
    with pytest.raises(OpenIdFailed, match="nonce"):
        asyncio.run(who_came_back(client, replace(errand, nonce="another"), answer))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"state": "another"}, "state"),
        ({"state": ""}, "state"),
        ({"iss": "https://another.example"}, "another provider"),
        ({"iss": ""}, "another provider"),
        ({"code": "another"}, "invalid_grant"),
    ],
)
def test_an_answer_that_was_changed_on_its_way_is_refused(
    provider: Provider, change: dict[str, str], reason: str
) -> None:
    client, errand = client_of(provider), Errand.new()
    answer = visit(client, provider, "aigerim", errand) | change
    with pytest.raises(OpenIdFailed, match=reason):
        asyncio.run(who_came_back(client, errand, answer))


def test_who_changes_his_mind_is_nobody(provider: Provider) -> None:
    client, errand = client_of(provider), Errand.new()
    answer = visit(client, provider, "", errand)
    with pytest.raises(OpenIdFailed, match="access_denied"):
        asyncio.run(who_came_back(client, errand, answer))


def test_a_wrong_secret_is_refused(provider: Provider) -> None:
    client, errand = replace(client_of(provider), client_secret="wrong"), Errand.new()
    answer = visit(client, provider, "aigerim", errand)
    with pytest.raises(OpenIdFailed, match="invalid_client"):
        asyncio.run(who_came_back(client, errand, answer))


def test_a_provider_beside_us_is_asked_only_where_that_is_set(provider: Provider) -> None:
    client = replace(client_of(provider), private=False)
    with pytest.raises(OpenIdFailed, match="not allowed"):
        asyncio.run(way_there(client, Errand.new(), "en"))


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    usual = {"iss": OURS.issuer, "aud": "us", "sub": "1", "iat": now, "exp": now + 60, "nonce": ERRAND.nonce}
    return {name: value for name, value in (usual | changes).items() if value is not None}


def signed(said: dict[str, Any], key: Any = KEY, alg: str = "RS256", **header: str) -> dict[str, str]:
    return {"id_token": jwt.encode({"alg": alg, "kid": "1", **header}, said, key, algorithms=[alg])}


def packed(value: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_a_proof_in_order_is_believed() -> None:
    assert verified(OURS, ERRAND, ISSUER, signed(claims()), KEYS)["sub"] == "1"
    assert verified(OURS, ERRAND, ISSUER, signed(claims(aud=["us", "x"], azp="us")), KEYS)["sub"] == "1"


WRONG = {
    "of another issuer": claims(iss="https://other.example"),
    "without an issuer": claims(iss=None),
    "for another client": claims(aud="them"),
    "for several, issued to another": claims(aud=["us", "them"], azp="them"),
    "without an audience": claims(aud=None),
    "expired": claims(exp=int(time.time()) - 3600),
    "without an end": claims(exp=None),
    "of another errand": claims(nonce="x"),
    "without a nonce": claims(nonce=None),
    "of nobody": claims(sub=None),
    "from the future": claims(iat=int(time.time()) + 3600, nbf=int(time.time()) + 3600),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_proof_that_is_not_ours_is_refused(wrong: str) -> None:
    with pytest.raises(OpenIdFailed):
        verified(OURS, ERRAND, ISSUER, signed(WRONG[wrong]), KEYS)


def test_a_signature_of_somebody_else_is_none() -> None:
    other = RSAKey.generate_key(2048, {"kid": "1"})
    with pytest.raises(OpenIdFailed):
        verified(OURS, ERRAND, ISSUER, signed(claims(), other), KEYS)


def test_the_public_key_cannot_be_used_to_sign() -> None:
    """HMAC with what everybody knows: the algorithm is ours to choose, not the token's."""
    text = ".".join(map(packed, ({"alg": "HS256", "kid": "1"}, claims())))
    for known_to_all in (KEY.as_pem(private=False), KEY.as_der(private=False)):
        signature = urlsafe_b64encode(hmac.digest(known_to_all, text.encode(), "sha256")).decode().rstrip("=")
        with pytest.raises(OpenIdFailed):
            verified(OURS, ERRAND, ISSUER, {"id_token": f"{text}.{signature}"}, KEYS)


def test_no_signature_is_none() -> None:
    text = ".".join(map(packed, ({"alg": "none", "kid": "1"}, claims())))
    with pytest.raises(OpenIdFailed):
        verified(OURS, ERRAND, ISSUER, {"id_token": f"{text}."}, KEYS)


def test_a_shared_secret_among_the_published_keys_is_not_used() -> None:
    secret = OctKey.generate_key(256, {"kid": "1"})
    with pytest.raises(OpenIdFailed):
        verified(OURS, ERRAND, ISSUER, signed(claims(), secret, "HS256"), {"keys": [secret.as_dict(private=True)]})


@pytest.mark.parametrize("token", ["", "a.b.c", "null", None, "x" * 200_000])
def test_what_is_no_token_is_refused(token: str | None) -> None:
    with pytest.raises(OpenIdFailed):
        verified(OURS, ERRAND, ISSUER, {"id_token": token}, KEYS)


@pytest.mark.parametrize(
    "keys", [{}, {"keys": None}, {"keys": []}, {"keys": [1, {}, {"kty": "RSA", "n": "?", "e": "?"}]}]
)
def test_without_a_key_nothing_is_believed(keys: dict[str, Any]) -> None:
    with pytest.raises(OpenIdFailed):
        verified(OURS, ERRAND, ISSUER, signed(claims()), keys)


@pytest.mark.parametrize("verified", [None, False, "false", 1, "yes"])
def test_a_mail_address_that_is_not_verified_is_not_passed_on(verified: object) -> None:
    assert said({"sub": "1", "email": "a@b.example", "email_verified": verified}).email is None


@pytest.mark.parametrize("subject", [None, "", 7, "x" * 256])
def test_a_subject_is_a_short_text(subject: object) -> None:
    with pytest.raises(OpenIdFailed):
        said({"sub": subject})
