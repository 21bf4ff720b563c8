"""User enumeration: whoever asks cannot tell an address with an account from one without, by words, status or work done.

Time is not measured, since machines differ: what takes time is counted, that is argon2 computations and statements.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from argon2 import PasswordHasher
from httpx import Response
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.accounts import hashing, links, passwords
from tests.accounts.signing_in import Browser, member

WRONG = "a password that is not theirs"
PEOPLE = {
    "with two factors": {"totp": True},
    "with a password": {},
    "suspended": {"status": "suspended"},
    "invited": {"status": "invited", "password_hash": None},
    "without a password": {"password_hash": None},
}


@contextmanager
def counting() -> Iterator[list[str]]:
    """Every statement that writers send meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        sent.append(re.sub(r"\s+", " ", statement)[:60])

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


def alike(answer: Response, email: str) -> tuple[int, str, set[str]]:
    """An answer without the address that was typed, and without what is different each time."""
    text = answer.text.replace(email, "…")
    headers = {name for name in answer.headers if name not in ("x-request-id", "date")}
    return answer.status_code, text, headers


def people(db: Session) -> dict[str, str]:
    """Addresses of one length: of each kind of account, and of nobody."""
    found = {}
    for number, (kind, changes) in enumerate(PEOPLE.items()):
        found[kind] = f"person-{number}@example.org"
        member(db, "reader", email=found[kind], **changes)
    return found | {"nobody": "person-9@example.org"}


def test_signing_in_says_the_same_of_every_address(client: TestClient, db: Session) -> None:
    said = {kind: alike(Browser(client).sign_in(email, WRONG), email) for kind, email in people(db).items()}
    assert {kind for kind, answer in said.items() if answer != said["nobody"]} == set()


def test_signing_in_computes_the_same_for_every_address(
    client: TestClient, db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []
    verify = PasswordHasher.verify
    monkeypatch.setattr(
        PasswordHasher, "verify", lambda me, kept, given: compared.append(kept) or verify(me, kept, given)
    )
    nobodys = hashing.HASHER.hash(WRONG + "!")
    # in this process, where it can be counted
    monkeypatch.setattr(passwords, "ask", lambda question: hashing.answer_to(question, nobodys))
    for email in people(db).values():
        compared.clear()
        Browser(client).sign_in(email, WRONG)
        assert len(compared) == 1
        assert parameters(compared[0]) == "$argon2id$v=19$m=19456,t=2,p=1"


def test_signing_in_asks_the_database_as_much_for_every_address(client: TestClient, db: Session) -> None:
    found, done = people(db), {}
    Browser(client).sign_in("warm-up@example.org", WRONG)
    for kind, email in found.items():
        with counting() as sent:
            Browser(client).sign_in(email, WRONG)
        done[kind] = before_the_answer(sent)
    assert len(done["nobody"]) > 3
    assert {kind: sent for kind, sent in done.items() if sent != done["nobody"]} == {}


def before_the_answer(sent: list[str]) -> list[str]:
    """What the history is told of a failure is written when the answer has gone."""
    after = next((at for at, statement in enumerate(sent) if "personal_values" in statement), len(sent))
    return sent[:after]


def parameters(hash: str) -> str:
    return hash.rsplit("$", 2)[0]


def test_a_browser_that_is_known_learns_no_more(client: TestClient, db: Session) -> None:
    """The cookie of a known device must not show which other accounts there are."""
    found = people(db)
    member(db, "reader", email="mallory@example.org")
    mallory = Browser(client)
    mallory.sign_in("mallory@example.org")
    device = mallory.cookies["device"]
    said = {kind: alike(Browser(client, device=device).sign_in(email, WRONG), email) for kind, email in found.items()}
    assert {kind for kind, answer in said.items() if answer != said["nobody"]} == set()


def test_after_too_many_attempts_the_same_is_said(client: TestClient, db: Session) -> None:
    said = {}
    for kind in ("with a password", "nobody"):
        email = people(db)[kind] if kind != "nobody" else "person-9@example.org"
        statuses = [Browser(client).sign_in(email, WRONG).status_code for _attempt in range(7)]
        said[kind] = statuses
    assert said["with a password"] == said["nobody"]
    assert 429 in said["nobody"]


def test_asking_for_a_new_password_says_the_same_and_does_the_same(client: TestClient, db: Session) -> None:
    said, done = {}, {}
    for kind, email in people(db).items():
        with counting() as sent:
            said[kind] = alike(Browser(client).post("/recover", email=email), email)
        done[kind] = sent
    assert {kind for kind, answer in said.items() if answer != said["nobody"]} == set()
    assert {kind for kind, statements in done.items() if statements != done["nobody"]} == set()


@pytest.mark.parametrize("path", ["/welcome", "/recover/new-password", "/first-administrator"])
def test_a_link_that_never_was_looks_like_one_that_has_served(client: TestClient, db: Session, path: str) -> None:
    purpose = {path: purpose for purpose, path in links.PATHS.items()}[path]
    used = links.make(db, purpose, None if purpose == links.FIRST else member(db, "reader", status="invited").id)
    links.use(db, purpose, used)
    db.commit()
    never = "A" * len(used)
    said = []
    for token in (used, never):
        browser = Browser(client)
        browser.get(f"{path}?token={token}")
        said.append(alike(browser.get(path), token))
    assert said[0] == said[1]


def test_passkeys_are_asked_for_without_saying_who_has_one(client: TestClient, db: Session) -> None:
    answer = Browser(client).post("/sign-in/passkey/options")
    if answer.status_code == 200:
        assert "allowCredentials" not in answer.json() or answer.json()["allowCredentials"] == []
