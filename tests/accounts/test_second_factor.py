"""The second factor: a code from an app, asked for after the password, set up before the first session where a role needs it."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.accounts import second_factor
from app.people.models import Passkey, User
from app.secrets import decrypt, encrypt
from tests.accounts.signing_in import SECRET, Browser, code, done, member, words
from tests.make import make_user


def with_app(client: TestClient) -> Browser:
    """Where the password was given."""
    browser = Browser(client)
    answer = browser.sign_in(next="/events")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in/code")
    return browser


def test_the_code_of_the_app_is_asked_for_after_the_password(client: TestClient, db: Session) -> None:
    user = member(db, "operator", totp=True)
    browser = with_app(client)
    assert not browser.is_signed_in
    answer = browser.post("/sign-in/code", code=code())
    assert (answer.status_code, answer.headers["location"]) == (303, "/events")
    assert browser.is_signed_in
    assert db.execute(text("SELECT strength, second_factor FROM sessions")).one() == ("password+totp", True)
    assert done(db, user) == ["signed in"]


def test_a_wrong_code_lets_nobody_in(client: TestClient, db: Session) -> None:
    user = member(db, "operator", totp=True)
    browser = with_app(client)
    for wrong in ("000000", "", "12345", code(5), SECRET):
        answer = browser.post("/sign-in/code", code=wrong)
        assert answer.status_code in (422, 429)
    assert not browser.is_signed_in
    assert done(db, user) == ["sign-in failed"] * 5


def test_a_code_serves_once(client: TestClient, db: Session) -> None:
    member(db, "operator", totp=True)
    shown = code()
    with_app(client).post("/sign-in/code", code=shown)
    assert with_app(client).post("/sign-in/code", code=shown).status_code == 422


def test_of_two_browsers_with_one_code_at_once_one_is_let_in(owner: Engine, db: Session) -> None:
    """Both have read the account before either uses the code."""
    user, shown = member(db, "operator", totp=True), code()
    with Session(owner) as first, Session(owner) as second:
        here, there = (one.get_one(User, user.id) for one in (first, second))
        assert second_factor.is_right(first, here, shown)
        first.commit()
        assert not second_factor.is_right(second, there, shown)


def test_an_older_code_than_the_last_is_refused(client: TestClient, db: Session) -> None:
    user = member(db, "operator", totp=True)
    now = code()
    assert second_factor.is_right(db, user, code(1))
    assert not second_factor.is_right(db, user, now)


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (3, False)])
def test_clocks_may_differ_by_half_a_minute(db: Session, steps: int, right: bool) -> None:
    user = member(db, "operator", totp=True)
    assert second_factor.is_right(db, user, code(steps)) is right


@pytest.mark.parametrize("spaced", ["{0}{1}{2} {3}{4}{5}", "{0}-{1}-{2}-{3}-{4}-{5}"])
def test_codes_are_taken_as_people_type_them(db: Session, spaced: str) -> None:
    user = member(db, "operator", totp=True)
    assert second_factor.is_right(db, user, spaced.format(*code()))


def test_codes_may_be_typed_in_persian_digits(db: Session) -> None:
    user = member(db, "operator", totp=True)
    assert second_factor.is_right(db, user, code().translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")))


def test_the_step_belongs_to_the_browser_that_gave_the_password(client: TestClient, db: Session) -> None:
    member(db, "operator", totp=True)
    with_app(client)
    other = Browser(client)
    assert other.post("/sign-in/code", code=code()).headers["location"] == "/sign-in"
    assert other.get("/sign-in/code").headers["location"] == "/sign-in"
    assert not other.is_signed_in


def test_the_step_ends_after_some_minutes(client: TestClient, db: Session) -> None:
    member(db, "operator", totp=True)
    browser = with_app(client)
    db.execute(text("UPDATE ceremonies SET expires_at = now()"))
    db.commit()
    assert browser.post("/sign-in/code", code=code()).headers["location"] == "/sign-in"


def test_who_was_suspended_meanwhile_stays_outside(client: TestClient, db: Session) -> None:
    user = member(db, "operator", totp=True)
    browser = with_app(client)
    user.status = "suspended"
    db.commit()
    assert browser.post("/sign-in/code", code=code()).headers["location"] == "/sign-in"
    assert not browser.is_signed_in


def test_a_passkey_is_asked_for_as_well_where_there_is_no_app(client: TestClient, db: Session) -> None:
    user = member(db, "reader")
    db.add(Passkey(user_id=user.id, credential_id=b"1", public_key=b"1", sign_count=0, name="Laptop"))
    db.commit()
    page = with_app(client).get("/sign-in/code")
    assert 'data-kind="second"' in page.text
    assert 'name="code"' not in page.text


# -- set up


@pytest.mark.parametrize("role", ["operator", "administrator"])
def test_who_needs_a_second_factor_sets_it_up_before_the_session_begins(
    client: TestClient, db: Session, role: str
) -> None:
    user = member(db, role)
    browser = Browser(client)
    assert browser.sign_in(next="/events").headers["location"] == "/sign-in/second-factor"
    assert not browser.is_signed_in
    secret = shown_secret(browser)
    answer = browser.post("/sign-in/second-factor", code=code(secret=secret))
    assert answer.text.count("<li><code>") == second_factor.CODES
    assert 'href="/events"' in answer.text
    assert browser.is_signed_in
    db.refresh(user)
    assert user.totp_secret
    assert decrypt(user.totp_secret) == secret
    assert secret.encode() not in user.totp_secret
    assert done(db, user) == ["second factor set up", "signed in"]


def shown_secret(browser: Browser) -> str:
    page = browser.get("/sign-in/second-factor").text
    assert page.count('<svg viewBox="0 0 ') >= 1
    return page.split('class="secret" dir="ltr">')[1].split("<")[0].replace("-", "")


def test_a_mail_tells_the_person(client: TestClient, db: Session) -> None:
    member(db, "reader")
    browser = Browser(client)
    browser.sign_in()
    browser.post("/account/second-factor")
    browser.post("/sign-in/second-factor", code=code(secret=shown_secret(browser)))
    browser.post("/account/second-factor/remove")
    assert list(db.scalars(text("SELECT subject FROM mails"))) == ["Your second factor was changed"] * 2


def test_a_wrong_first_code_sets_nothing_up(client: TestClient, db: Session) -> None:
    user = member(db, "operator")
    browser = Browser(client)
    browser.sign_in()
    secret = shown_secret(browser)
    assert browser.post("/sign-in/second-factor", code="000000").status_code == 422
    assert shown_secret(browser) == secret
    db.refresh(user)
    assert user.totp_secret is None


def test_readers_need_none(client: TestClient, db: Session) -> None:
    member(db, "reader", "contributor", "approver")
    browser = Browser(client)
    assert browser.sign_in().headers["location"] == "/account"
    assert db.scalar(text("SELECT second_factor FROM sessions")) is False


def test_setting_one_up_ends_the_other_sessions(client: TestClient, db: Session) -> None:
    member(db, "reader")
    here, there = Browser(client), Browser(client)
    there.sign_in()
    here.sign_in()
    here.post("/account/second-factor")
    here.post("/sign-in/second-factor", code=code(secret=shown_secret(here)))
    assert here.is_signed_in
    assert not there.is_signed_in


def test_who_has_signed_out_does_not_set_one_up(client: TestClient, db: Session) -> None:
    user = member(db, "reader")
    browser = Browser(client)
    browser.sign_in()
    browser.post("/account/second-factor")
    secret = shown_secret(browser)
    browser.post("/sign-out")
    answer = browser.post("/sign-in/second-factor", code=code(secret=secret))
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    db.refresh(user)
    assert user.totp_secret is None


def test_a_role_that_needs_it_does_not_lose_it(client: TestClient, db: Session) -> None:
    user = member(db, "operator", totp=True)
    browser = with_app(client)
    browser.post("/sign-in/code", code=code())
    assert browser.post("/account/second-factor/remove").status_code == 409
    db.refresh(user)
    assert user.totp_secret


def test_who_does_not_need_it_can_do_without(client: TestClient, db: Session) -> None:
    user = member(db, "reader", totp=True)
    browser = with_app(client)
    browser.post("/sign-in/code", code=code())
    browser.post("/account/recovery-codes")
    assert browser.post("/account/second-factor/remove").status_code == 303
    db.refresh(user)
    assert user.totp_secret is None
    assert db.scalar(text("SELECT count(*) FROM recovery_codes")) == 0
    assert done(db, user)[-1] == "second factor removed"


# -- codes on paper


@pytest.fixture
def codes(db: Session) -> list[str]:
    user = member(db, "operator", totp=True)
    made = second_factor.replace_codes(db, user)
    db.commit()
    return made


def test_a_recovery_code_serves_once_instead_of_the_app(client: TestClient, db: Session, codes: list[str]) -> None:
    browser = with_app(client)
    browser.post("/sign-in/code", recovery_code=codes[3].lower().replace("-", " "))
    assert browser.is_signed_in
    assert "7 recovery codes are left" in words(browser.get("/account"))
    assert with_app(client).post("/sign-in/code", recovery_code=codes[3]).status_code == 422
    assert db.scalar(text("SELECT strength FROM sessions")) == "password+recovery code"


def test_recovery_codes_are_kept_as_hashes_only(db: Session, codes: list[str]) -> None:
    assert len(codes) == len(set(codes)) == 8
    assert all(len(code.replace("-", "")) == 24 for code in codes)
    kept = b"".join(db.scalars(text("SELECT code_hash FROM recovery_codes")))
    assert not any(code.replace("-", "").encode() in kept for code in codes)


def test_nobody_uses_the_recovery_code_of_somebody_else(db: Session, codes: list[str]) -> None:
    other: User = make_user(db, "operator", totp_secret=encrypt(SECRET))
    assert not second_factor.use_code(db, other, codes[0])


def test_new_recovery_codes_put_the_old_ones_out_of_use(client: TestClient, db: Session, codes: list[str]) -> None:
    browser = with_app(client)
    browser.post("/sign-in/code", code=code())
    page = browser.post("/account/recovery-codes").text
    assert page.count("<li><code>") == 8
    assert with_app(client).post("/sign-in/code", recovery_code=codes[0]).status_code == 422
