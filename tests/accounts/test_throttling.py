"""Guessing is slow, and slows nobody but whoever guesses."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.accounts import throttle
from app.accounts.throttle import Throttled, counters
from tests.accounts.signing_in import PASSWORD, Browser, code, let_pass, member, words

WRONG = "a wrong password"


def hammer(client: TestClient, times: int = 30, email: str = "aida@example.org") -> int:
    """An attacker, in a new browser each time; answers how many attempts were looked at."""
    return sum(Browser(client).sign_in(email, WRONG).status_code == 422 for _number in range(times))


def test_after_five_wrong_passwords_there_is_a_wait_in_words(client: TestClient, db: Session) -> None:
    member(db, "reader")
    assert hammer(client, 12) == 5
    answer = Browser(client).sign_in(password=PASSWORD)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert "There were too many wrong attempts. Try again in" in words(answer)
    assert 'value="aida@example.org"' in answer.text


def test_the_right_password_is_taken_again_after_the_wait(client: TestClient, db: Session) -> None:
    member(db, "reader")
    hammer(client)
    let_pass(db, "15 minutes")
    browser = Browser(client)
    browser.sign_in()
    assert browser.is_signed_in


def test_who_has_no_account_waits_as_well(client: TestClient) -> None:
    assert hammer(client, 12, "nobody@example.org") == 5


def test_an_attacker_elsewhere_does_not_slow_the_browser_that_is_known(client: TestClient, db: Session) -> None:
    member(db, "reader")
    duty = Browser(client)
    duty.sign_in()
    duty.post("/sign-out")
    hammer(client, 40)
    assert duty.sign_in().status_code == 303
    assert duty.is_signed_in


def test_nor_where_the_attacker_has_the_password_and_guesses_at_codes(client: TestClient, db: Session) -> None:
    member(db, "operator", totp=True)
    duty = Browser(client)
    duty.sign_in()
    duty.post("/sign-in/code", code=code(-1))
    duty.post("/sign-out")
    attacker = Browser(client)
    attacker.sign_in()
    looked_at = [attacker.post("/sign-in/code", code="000000").status_code for _number in range(12)]
    assert looked_at == [422] * 5 + [429] * 7
    duty.sign_in()
    duty.post("/sign-in/code", code=code())
    assert duty.is_signed_in


def test_a_known_browser_waits_for_its_own_failures(client: TestClient, db: Session) -> None:
    member(db, "reader")
    browser = Browser(client)
    browser.sign_in()
    browser.post("/sign-out")
    answers = [browser.sign_in(password=WRONG).status_code for _number in range(8)]
    assert answers == [422] * 5 + [429] * 3


def test_a_browser_is_known_for_its_own_people_only(client: TestClient, db: Session) -> None:
    member(db, "reader")
    member(db, "reader", email="attacker@example.org")
    attacker = Browser(client)
    attacker.sign_in("attacker@example.org")
    attacker.post("/sign-out")
    hammer(client, 8)
    assert attacker.sign_in(password=WRONG).status_code == 429


def test_several_people_can_share_a_known_browser(client: TestClient, db: Session) -> None:
    for email in ("day@example.org", "night@example.org"):
        member(db, "reader", email=email)
    browser = Browser(client)
    for email in ("day@example.org", "night@example.org"):
        browser.sign_in(email)
        browser.post("/sign-out")
    for email in ("day@example.org", "night@example.org"):
        hammer(client, 8, email)
        assert browser.sign_in(email).status_code == 303


def test_a_success_takes_the_failures_of_the_account_back(client: TestClient, db: Session) -> None:
    member(db, "reader")
    for _round in range(3):
        assert hammer(client, 4) == 4
        assert Browser(client).sign_in().status_code == 303


# -- the counting itself


@contextmanager
def own_transaction(owner: Engine) -> Iterator[Session]:
    with Session(owner) as db, db.begin():
        yield db


def attempt(owner: Engine, who: str, address: str = "203.0.113.7") -> bool:
    """Whether it was looked at."""
    try:
        with own_transaction(owner) as db:
            throttle.begin(db, counters("password", who, None, address))
    except Throttled:
        return False
    return True


def test_an_address_that_tries_many_accounts_has_to_wait(owner: Engine) -> None:
    tried = [attempt(owner, f"person-{number}@example.org") for number in range(30)]
    assert tried.count(True) == 20
    assert attempt(owner, "somebody@example.org", "203.0.113.8")


def test_a_success_does_not_wash_an_address_clean(owner: Engine) -> None:
    """Whoever has an account of their own could sign in between the guesses."""
    looked_at = 0
    for number in range(30):
        looked_at += attempt(owner, f"person-{number}@example.org")
        own = counters("password", "attacker@example.org", None, "203.0.113.7")
        try:
            with own_transaction(owner) as db:
                throttle.begin(db, own)
                throttle.passed(db, own)
        except Throttled:
            pass
    assert looked_at == 20


def test_neighbours_in_an_ipv6_network_are_one(owner: Engine) -> None:
    tried = [attempt(owner, f"person-{number}@example.org", f"2001:db8:1:2::{number:x}") for number in range(30)]
    assert tried.count(True) == 20
    assert attempt(owner, "somebody@example.org", "2001:db8:1:3::1")


def test_of_many_at_once_no_more_are_looked_at(owner: Engine) -> None:
    with ThreadPoolExecutor(10) as many:
        tried = list(many.map(lambda _number: attempt(owner, "aida@example.org"), range(60)))
    assert tried.count(True) == 5


def test_waits_double_up_to_a_quarter_of_an_hour(owner: Engine, db: Session) -> None:
    waits = []
    for _number in range(14):
        assert attempt(owner, "aida@example.org")
        waits.append(int(db.scalar(text("SELECT max(extract(epoch FROM wait_until - last_at)) FROM sign_in_failures"))))
        db.execute(text("UPDATE sign_in_failures SET wait_until = last_at"))
        db.commit()
    assert waits[:4] == [0] * 4
    assert waits[4:10] == [15, 30, 60, 120, 240, 480]
    assert waits[10:] == [900] * 4


def test_failures_are_forgiven_one_each_quarter_of_an_hour(owner: Engine, db: Session) -> None:
    for _number in range(5):
        attempt(owner, "aida@example.org")
    let_pass(db, "31 minutes")
    assert [attempt(owner, "aida@example.org") for _number in range(4)] == [True, True, False, False]


def test_counts_that_are_forgiven_are_deleted(owner: Engine, db: Session) -> None:
    attempt(owner, "aida@example.org")
    throttle.forget_old(db)
    assert db.scalar(text("SELECT count(*) FROM sign_in_failures")) == 2
    let_pass(db, "25 hours")
    throttle.forget_old(db)
    assert db.scalar(text("SELECT count(*) FROM sign_in_failures")) == 0


def test_the_table_of_failures_names_nobody(owner: Engine, db: Session) -> None:
    attempt(owner, "aida@example.org")
    kept = db.execute(text("SELECT sign_in_failures::text FROM sign_in_failures")).scalars().all()
    assert not any("aida" in row or "203.0" in row for row in kept)


@pytest.mark.parametrize(
    ("seconds", "said"), [(1, "1 second."), (59, "59 seconds."), (61, "2 minutes."), (900, "15 minutes.")]
)
def test_a_wait_is_told_in_words(seconds: int, said: str) -> None:
    assert str(Throttled(seconds)).endswith(said)
