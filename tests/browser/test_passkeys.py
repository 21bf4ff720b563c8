"""Passkeys in a real browser, kept by a virtual authenticator of Chromium's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect
from sqlalchemy import Engine, create_engine, delete, select, update
from sqlalchemy.orm import Session

from app.accounts import ceremonies
from app.accounts.passkey_queries import passkeys_of
from app.accounts.second_factor import new_secret
from app.accounts.sign_in import SECOND_COOKIE, SECOND_STEP, SET_UP, SET_UP_COOKIE
from app.cluster import OWNER, Cluster
from app.db import sqlalchemy_url
from app.history import History
from app.people.models import Ceremony, Passkey, User, UserSession
from app.secrets import encrypt
from tests.browser.conftest import serving, window
from tests.browser.test_accessible import violations
from tests.conftest import clone
from tests.make import make_session, make_user

BY_COOKIE = "test"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}

POST = """async ([path, body]) => {
  const headers = {"Content-Type": "application/json"};
  const answer = await fetch(path, {method: "POST", body: JSON.stringify(body), headers});
  return [answer.status, await answer.json()];
}"""
ANSWER = """async (question) => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(question);
  const {id, rawId, type, response} = (await navigator.credentials.get({publicKey})).toJSON();
  return {id, rawId, type, response};
}"""


@dataclass(frozen=True)
class Portal:
    address: str
    database: str
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
        yield Portal(address, database, owner)
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
            token = make_session(db, user, **{"strength": BY_COOKIE, **changes})
        self.context.add_cookies([{"name": "session", "value": token, "url": here.address}])

    def change_kept(self, **properties: Any) -> None:
        """Passkeys as a copy of this device would keep them."""
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
        return tuple(self.page.evaluate(POST, [path, body]))

    def ask(self, second: bool = False) -> dict[str, Any]:
        status, question = self.post("/sign-in/passkey/options", {"second": second})
        assert status == 200, question
        return dict(question)

    def answer(self, question: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """The authenticator's answer to a question, which a wicked page may have changed."""
        return dict(self.page.evaluate(ANSWER, {**question, **changes}))

    def sign_in(self, credential: dict[str, Any]) -> int:
        return self.post("/sign-in/passkey", {"credential": credential})[0]


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


# -- signing in


@pytest.fixture
def known(here: Portal, laptop: Device) -> User:
    """Somebody whose passkey this laptop keeps, and who is not signed in."""
    user = here.person("operator")
    laptop.sign_in_by_cookie(here, user)
    add_passkey(laptop)
    laptop.context.clear_cookies()
    laptop.page.goto("/sign-in")
    return user


def signed_in(here: Portal, user: User) -> list[tuple[str, bool]]:
    """What was given in the sessions of this person that they began themselves."""
    with here.db() as db:
        found = db.scalars(select(UserSession).where(UserSession.user_id == user.id, UserSession.strength != BY_COOKIE))
        return [(one.strength, one.second_factor) for one in found]


def test_a_passkey_alone_signs_in_and_counts_as_two_factors(here: Portal, laptop: Device, known: User) -> None:
    laptop.page.goto("/sign-in?next=/events")
    laptop.page.get_by_role("button", name="Sign in with a passkey").click()
    laptop.page.wait_for_url(f"{here.address}/events")
    assert signed_in(here, known) == [("passkey", True)]
    assert here.passkeys(known)[0].last_used_at


def test_a_passkey_follows_a_password_as_second_factor(here: Portal, laptop: Device, known: User) -> None:
    begin_step_two(here, laptop, known, next="/capacities")
    laptop.page.goto("/sign-in/code")
    laptop.page.get_by_role("button", name="Use a passkey").click()
    laptop.page.wait_for_url(f"{here.address}/capacities")
    assert signed_in(here, known) == [("password+passkey", True)]


def begin_step_two(here: Portal, laptop: Device, user: User, next: str = "/") -> None:
    with here.db() as db:
        token = ceremonies.begin(db, SECOND_STEP, user_id=user.id, first="password", next=next)
    laptop.context.add_cookies([{"name": SECOND_COOKIE, "value": token, "url": here.address}])


def test_after_a_password_the_passkey_of_somebody_else_is_refused(here: Portal, laptop: Device, known: User) -> None:
    begin_step_two(here, laptop, here.person("reader"))
    question = laptop.ask(second=True)
    assert question["allowCredentials"] == []
    assert laptop.sign_in(laptop.answer(question)) == 403
    assert signed_in(here, known) == []


def test_without_a_password_there_is_no_second_step(laptop: Device, known: User) -> None:
    status, said = laptop.post("/sign-in/passkey/options", {"second": True})
    assert (status, said) == (403, {"refused": "That took too long. Sign in again."})


def test_a_question_of_a_while_ago_is_not_answered_any_more(here: Portal, laptop: Device, known: User) -> None:
    credential = laptop.answer(laptop.ask())
    with here.db() as db:
        db.execute(update(Ceremony).values(expires_at=datetime.now(UTC)))
    assert laptop.sign_in(credential) == 403
    assert signed_in(here, known) == []


def test_an_answer_serves_once(here: Portal, laptop: Device, known: User) -> None:
    credential = laptop.answer(laptop.ask())
    cookies = laptop.context.cookies()
    assert laptop.sign_in(credential) == 200
    with here.db() as db:  # as with passkeys that are synchronised, which do not count
        db.execute(update(Passkey).values(sign_count=0))
    laptop.context.clear_cookies()
    laptop.context.add_cookies(cookies)  # type: ignore[arg-type]
    assert laptop.sign_in(credential) == 403
    assert len(signed_in(here, known)) == 1


def test_the_answer_to_another_question_is_refused_and_uses_ours_up(here: Portal, laptop: Device, known: User) -> None:
    old = laptop.answer(laptop.ask())
    question = laptop.ask()
    assert laptop.sign_in(old) == 403
    assert laptop.sign_in(laptop.answer(question)) == 403
    assert signed_in(here, known) == []


def test_an_answer_given_at_another_address_is_refused(
    cluster: Cluster, here: Portal, laptop: Device, known: User
) -> None:
    """The challenge is right and the signature too, but the browser says that it was on another site."""
    with serving(cluster, here.database, "localhost", public_url="http://localhost:1") as false_site:
        laptop.page.goto(false_site + "/sign-in")
        assert laptop.sign_in(laptop.answer(laptop.ask())) == 403
    assert signed_in(here, known) == []


def test_a_passkey_that_did_not_check_its_holder_is_refused(here: Portal, laptop: Device, known: User) -> None:
    laptop.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": laptop.authenticator, "isUserVerified": False})
    assert laptop.sign_in(laptop.answer(laptop.ask(), userVerification="discouraged")) == 403
    assert signed_in(here, known) == []


def test_a_counter_that_runs_backwards_is_refused_and_recorded(here: Portal, laptop: Device, known: User) -> None:
    assert laptop.sign_in(laptop.answer(laptop.ask())) == 200
    laptop.change_kept(signCount=0)
    assert laptop.sign_in(laptop.answer(laptop.ask())) == 403
    assert len(signed_in(here, known)) == 1
    assert here.told("passkeys")[-1] == "refused"


@pytest.mark.parametrize("part", ["signature", "authenticatorData", "clientDataJSON"])
def test_an_answer_that_was_changed_is_refused(here: Portal, laptop: Device, known: User, part: str) -> None:
    credential = laptop.answer(laptop.ask())
    credential["response"][part] = credential["response"][part][::-1]
    assert laptop.sign_in(credential) == 403
    assert signed_in(here, known) == []


def test_an_account_that_is_suspended_stays_out(here: Portal, laptop: Device, known: User) -> None:
    with here.db() as db:
        db.execute(update(User).where(User.id == known.id).values(status="suspended"))
    assert laptop.sign_in(laptop.answer(laptop.ask())) == 403


def test_a_passkey_that_was_removed_is_nobody_s(here: Portal, laptop: Device, known: User) -> None:
    with here.db() as db:
        db.execute(delete(Passkey).where(Passkey.user_id == known.id))
    laptop.page.get_by_role("button", name="Sign in with a passkey").click()
    expect(laptop.page.get_by_text("No account is known by this passkey.")).to_be_visible()
    assert signed_in(here, known) == []


def test_a_first_passkey_gives_a_session_its_second_factor_under_a_new_token(here: Portal, laptop: Device) -> None:
    user = here.person("operator")
    laptop.sign_in_by_cookie(here, user, second_factor=False, strength="password")
    before = laptop.context.cookies()[0]["value"]
    add_passkey(laptop)
    assert signed_in(here, user) == [("password+passkey", True)]
    assert before not in [one["value"] for one in laptop.context.cookies() if one["name"] == "session"]


def test_who_signed_in_long_ago_does_so_again_before_adding_one(here: Portal, laptop: Device) -> None:
    laptop.sign_in_by_cookie(here, here.person("reader"), created_at=datetime.now(UTC) - timedelta(hours=1))
    laptop.page.goto("/account/passkeys")
    laptop.page.get_by_role("button", name="Add a passkey").click()
    laptop.page.wait_for_url(f"{here.address}/sign-in?next=/account/passkeys")


def test_a_role_that_needs_two_factors_is_content_with_a_passkey(here: Portal, laptop: Device) -> None:
    user = here.person("operator")
    with here.db() as db:
        state = {"first": "password", "next": "/capacities", "secret": encrypt(new_secret()).decode()}
        token = ceremonies.begin(db, SET_UP, user_id=user.id, **state)
    laptop.context.add_cookies([{"name": SET_UP_COOKIE, "value": token, "url": here.address}])
    laptop.page.goto("/sign-in/second-factor")
    laptop.page.get_by_role("button", name="Make a passkey").click()
    laptop.page.wait_for_url(f"{here.address}/capacities")
    assert signed_in(here, user) == [("password+passkey", True)]
    assert len(here.passkeys(user)) == 1
    assert laptop.post("/sign-in/passkey/new/options", {})[0] == 403  # the way is closed behind them


def test_who_has_a_second_factor_meanwhile_gives_that_one(here: Portal, laptop: Device) -> None:
    """A password alone must not add a passkey beside the factor that its owner has just set up elsewhere."""
    user = here.person("operator")
    with here.db() as db:
        state = {"first": "password", "next": "/", "secret": encrypt(new_secret()).decode()}
        token = ceremonies.begin(db, SET_UP, user_id=user.id, **state)
        db.execute(update(User).where(User.id == user.id).values(totp_secret=encrypt(new_secret())))
    laptop.context.add_cookies([{"name": SET_UP_COOKIE, "value": token, "url": here.address}])
    laptop.page.goto("/sign-in")
    assert laptop.post("/sign-in/passkey/new/options", {})[0] == 403


def test_nobody_makes_a_passkey_without_a_password_before(laptop: Device) -> None:
    laptop.page.goto("/sign-in")
    assert laptop.post("/sign-in/passkey/new/options", {})[0] == 403
    assert laptop.post("/sign-in/passkey/new", {"credential": {}})[0] == 403


@pytest.mark.parametrize("address", ["/account/passkeys", "/people/providers", "/people/providers/new", "/sign-in"])
@pytest.mark.parametrize("lang", ["en", "fa-AF"])
def test_axe_finds_no_violation(here: Portal, laptop: Device, axe: str, address: str, lang: str) -> None:
    laptop.sign_in_by_cookie(here, here.person("administrator"))
    add_passkey(laptop)
    laptop.page.goto(f"{address}?lang={lang}")
    assert violations(laptop.page, axe) == []
