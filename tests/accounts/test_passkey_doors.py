"""What the doors for passkeys are sent may be anything: the answer is a refusal, never a crash. In a real browser they
are tried by tests/browser/test_passkeys.py."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.accounts.passkeys import Site
from app.people.models import Mail, Passkey, User
from tests.conftest import Cast
from tests.make import make_user

OURS = {"Sec-Fetch-Site": "same-origin"}
SENTENCE = "Passkeys work over HTTPS, or at http://localhost, only."


def make_passkey(db: Session) -> Passkey:
    make_user(db, "reader", email="holder@example.org")
    return keep_passkeys(db, "holder@example.org", 1)[0]


def keep_passkeys(db: Session, email: str, count: int) -> list[Passkey]:
    """The first one's credential is called as its holder's address."""
    user = db.scalars(select(User).where(User.email == email)).one()
    kept = [
        Passkey(user_id=user.id, credential_id=email.encode() + bytes(n), public_key=b"", sign_count=0, name="Mine")
        for n in range(count)
    ]
    db.add_all(kept)
    db.commit()
    return kept


CREDENTIALS: list[dict[str, Any]] = [
    {},
    {"id": "x"},
    {"id": None, "rawId": None, "type": None, "response": None},
    {"id": 1, "rawId": [], "type": {}, "response": "x"},
    {"rawId": "ä", "response": {}},
    {"rawId": "aG9sZGVyQGV4YW1wbGUub3Jn", "response": {}},
    {"id": "aG9sZGVyQGV4YW1wbGUub3Jn", "rawId": "aG9sZGVyQGV4YW1wbGUub3Jn", "type": "public-key", "response": {
        "clientDataJSON": "e30", "authenticatorData": "AAAA", "signature": "AAAA", "attestationObject": "oA",
        "userHandle": 7, "transports": [1, "usb", None]}},
    {"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "bm8", "attestationObject": "v_8"}},
]  # fmt: skip


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_an_answer_of_no_form_is_refused(
    client: TestClient, db: Session, cast: Cast, credential: dict[str, Any]
) -> None:
    make_passkey(db)
    assert client.post("/sign-in/passkey/options", json={}, headers=OURS).status_code == 200
    assert client.post("/sign-in/passkey", json={"credential": credential}, headers=OURS).status_code == 403
    headers = cast.person("reader")
    begun = client.post("/account/passkeys/options", json={}, headers=headers)
    held = headers | {"Cookie": f"{headers['Cookie']}; passkey={begun.cookies['passkey']}"}
    client.cookies.clear()
    assert client.post("/account/passkeys", json={"credential": credential}, headers=held).status_code == 403
    assert len(db.scalars(select(Passkey)).all()) == 1


def test_a_question_that_was_never_asked_has_no_answer(client: TestClient, db: Session) -> None:
    make_passkey(db)
    client.cookies.set("passkey", "made up")
    answer = client.post("/sign-in/passkey", json={"credential": CREDENTIALS[6]}, headers=OURS)
    assert (answer.status_code, list(answer.json())) == (403, ["refused"])


def test_a_question_says_nothing_of_who_has_passkeys(client: TestClient, db: Session) -> None:
    make_passkey(db)
    asked = client.post("/sign-in/passkey/options", json={}, headers=OURS)
    assert (asked.json()["allowCredentials"], asked.json()["userVerification"]) == ([], "required")
    assert asked.headers["cache-control"] == "no-store"
    cookie = asked.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_over_https_the_cookie_is_bound_to_this_host(new_portal: Callable[..., TestClient]) -> None:
    asked = new_portal(public_url="https://portal.example.org").post("/sign-in/passkey/options", json={})
    assert asked.json()["rpId"] == "portal.example.org"
    assert asked.headers["set-cookie"].startswith("__Host-passkey=")
    assert "secure" in asked.headers["set-cookie"].lower()


@pytest.mark.parametrize("address", ["http://10.1.2.3:8000", "https://10.1.2.3", "http://portal.example.org"])
def test_where_browsers_have_no_passkeys_the_page_says_so(
    new_portal: Callable[..., TestClient], cast: Cast, address: str
) -> None:
    portal = new_portal(public_url=address)
    headers = cast.person("reader")
    if address.startswith("https:"):
        headers["Cookie"] = "__Host-" + headers["Cookie"]
    page = portal.get("/account/passkeys", headers=headers)
    assert SENTENCE in page.text
    assert 'data-module="passkey"' not in page.text
    assert portal.post("/sign-in/passkey/options", json={}, headers=OURS).status_code == 409


@pytest.mark.parametrize(
    ("address", "works"),
    [
        ("http://localhost:8000", True),
        ("https://portal.example.org", True),
        ("http://portal.localhost", True),
        ("http://127.0.0.1:8000", False),
        ("https://[::1]", False),
        ("http://example.org", False),
    ],
)
def test_a_site_knows_whether_it_has_passkeys(address: str, works: bool) -> None:
    assert Site.of(address).has_passkeys == works


def test_nobody_touches_the_passkey_of_somebody_else(client: TestClient, db: Session, cast: Cast) -> None:
    passkey = make_passkey(db)
    headers = cast.person("administrator")
    for verb in ("rename", "remove"):
        answer = client.post(f"/account/passkeys/{passkey.id}/{verb}", data={"name": "Yours"}, headers=headers)
        assert answer.status_code == 404
    db.refresh(passkey)
    assert passkey.name == "Mine"
    assert "Mine" not in client.get("/account/passkeys", headers=headers).text


def test_the_holder_is_told_by_mail(client: TestClient, db: Session, cast: Cast) -> None:
    headers = cast.person("reader", email="told@example.org", language="ru")
    passkey = keep_passkeys(db, "told@example.org", 1)[0]
    client.post(f"/account/passkeys/{passkey.id}/remove", headers=headers)
    mail = db.scalars(select(Mail)).one()
    assert mail.recipient == "told@example.org"
    assert passkey.name in (mail.body or "")


def test_an_account_has_only_so_many(client: TestClient, db: Session, cast: Cast) -> None:
    headers = cast.person("reader", email="many@example.org")
    keep_passkeys(db, "many@example.org", 20)
    assert client.post("/account/passkeys/options", json={}, headers=headers).status_code == 409
