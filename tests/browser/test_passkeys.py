"""Passkeys in a real browser, kept by a virtual authenticator of Chromium's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session

from app.cluster import OWNER, Cluster
from app.db import sqlalchemy_url
from app.history import History
from app.people.models import Passkey, User
from app.people.passkey_queries import passkeys_of
from tests.browser.conftest import serving, window
from tests.conftest import clone
from tests.make import make_session, make_user

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass(frozen=True)
class Portal:
    address: str
    owner: Engine

    @contextmanager
    def db(self) -> Iterator[Session]:
        with Session(self.owner, expire_on_commit=False) as db, db.begin():
            yield db

    def person(self, *roles: str, **changes: Any) -> User:
        with self.db() as db:
            return make_user(db, *roles, **changes)

    def passkeys(self, user: User) -> list[Passkey]:
        with self.db() as db:
            return passkeys_of(db, user.id)

    def told(self, noun: str) -> list[str]:
        with self.db() as db:
            return list(db.scalars(select(History.action).where(History.noun == noun).order_by(History.id)))


@pytest.fixture(scope="module")
def here(cluster: Cluster) -> Iterator[Portal]:
    """At http://localhost, where browsers offer passkeys without TLS."""
    with clone(cluster, "reference") as database, serving(cluster, database, "localhost") as address:
        owner = create_engine(sqlalchemy_url(cluster.url(database, OWNER)))
        yield Portal(address, owner)
        owner.dispose()


@dataclass(frozen=True)
class Device:
    """A browser with something that keeps passkeys, and what it has sent to the here."""

    context: BrowserContext
    page: Page
    cdp: Any
    authenticator: str
    sent: list[Request]

    def sign_in_by_cookie(self, here: Portal, user: User, **changes: Any) -> None:
        with here.db() as db:
            token = make_session(db, user, **changes)
        self.context.add_cookies([{"name": "session", "value": token, "url": here.address}])

    def set(self, **properties: Any) -> None:
        for credential in self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.authenticator})[
            "credentials"
        ]:
            wanted = {"authenticatorId": self.authenticator, "credentialId": credential["credentialId"]}
            self.cdp.send("WebAuthn.removeCredential", wanted)
            changed = {**credential, **properties}
            self.cdp.send("WebAuthn.addCredential", {"authenticatorId": self.authenticator, "credential": changed})

    def body(self, path: str) -> dict[str, Any]:
        return next(one.post_data_json for one in reversed(self.sent) if one.url.endswith(path))

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        """What this browser answers anew, as a script on our own page would send it."""
        return tuple(
            self.page.evaluate(
                """async ([path, body]) => {
                  const answer = await fetch(path, {method: "POST", body: JSON.stringify(body), headers: {"Content-Type": "application/json"}});
                  return [answer.status, await answer.json()];
                }""",
                [path, body],
            )
        )


@contextmanager
def device(browser: Browser, here: Portal) -> Iterator[Device]:
    with window(browser, here.address, viewport={"width": 1280, "height": 900}) as context:
        page, sent = context.new_page(), []
        page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
        cdp = context.new_cdp_session(page)
        cdp.send("WebAuthn.enable")
        added = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        yield Device(context, page, cdp, added["authenticatorId"], sent)


@pytest.fixture
def laptop(browser: Browser, here: Portal) -> Iterator[Device]:
    with device(browser, here) as laptop:
        yield laptop


def add_passkey(laptop: Device, name: str = "") -> None:
    laptop.page.goto("/account/passkeys")
    laptop.page.get_by_label("Name, to tell your passkeys apart").fill(name)
    laptop.page.get_by_role("button", name="Add a passkey").click()
    expect(laptop.page.locator("table.records")).to_be_visible()


def test_a_passkey_is_added_renamed_and_removed(here: Portal, laptop: Device) -> None:
    user = here.person("reader")
    laptop.sign_in_by_cookie(here, user)
    add_passkey(laptop, "Office laptop")
    assert [one.name for one in here.passkeys(user)] == ["Office laptop"]
    laptop.page.locator("table input").fill("Old laptop")
    laptop.page.get_by_role("button", name="Rename").click()
    expect(laptop.page.locator("table input")).to_have_value("Old laptop")
    laptop.page.get_by_role("button", name="Remove: Old laptop").click()
    expect(laptop.page.get_by_text("You have no passkey yet.")).to_be_visible()
    assert here.passkeys(user) == []
    assert here.told("passkeys")[-3:] == ["added", "renamed", "removed"]


def test_a_device_keeps_one_passkey_of_an_account(here: Portal, laptop: Device) -> None:
    user = here.person("reader")
    laptop.sign_in_by_cookie(here, user)
    add_passkey(laptop)
    laptop.page.get_by_role("button", name="Add a passkey").click()
    expect(laptop.page.get_by_text("This device already keeps a passkey for your account.")).to_be_visible()
    assert len(here.passkeys(user)) == 1


def test_a_question_is_answered_once(here: Portal, laptop: Device) -> None:
    user = here.person("reader")
    laptop.sign_in_by_cookie(here, user)
    add_passkey(laptop)
    status, said = laptop.post("/account/passkeys", laptop.body("/account/passkeys"))
    assert (status, list(said)) == (403, ["refused"])
    assert len(here.passkeys(user)) == 1


def test_without_javascript_a_sentence_says_what_is_missing(browser: Browser, here: Portal) -> None:
    user = here.person("reader")
    with here.db() as db:
        token = make_session(db, user)
    with window(browser, here.address, java_script_enabled=False) as context:
        context.add_cookies([{"name": "session", "value": token, "url": here.address}])
        page = context.new_page()
        page.goto("/account/passkeys")
        expect(page.get_by_text("Passkeys need JavaScript, which does not run here.")).to_be_visible()
        expect(page.get_by_role("button", name="Add a passkey")).to_be_hidden()


def test_at_an_address_that_is_not_the_portal_s_the_page_says_where_passkeys_work(here: Portal, laptop: Device) -> None:
    elsewhere = here.address.replace("localhost", "127.0.0.1")
    with here.db() as db:
        token = make_session(db, make_user(db, "reader"))
    laptop.context.add_cookies([{"name": "session", "value": token, "url": elsewhere}])
    laptop.page.goto(elsewhere + "/account/passkeys")
    expect(laptop.page.get_by_text(f"Passkeys work at {here.address} only")).to_be_visible()
