"""Which passwords are taken, and what comparing them costs."""

import asyncio
import os
import subprocess
import sys
import threading
import unicodedata
from contextlib import ExitStack
from pathlib import Path

import pytest
from argon2 import Type
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.accounts import passwords
from app.accounts.hashing import HASHER
from app.accounts.passwords import LEAST, MOST, QUEUE, hashed, refusal
from app.errors import Overloaded
from tests.accounts.signing_in import PASSWORD, Browser, member
from tests.waiting import soon

ABOUT = ("Aida Nurlanova", "a.nurlanova@mchs.gov.kz", "KAZ-MES", "Ministry of Emergency Situations")


@pytest.mark.parametrize(
    "taken",
    [
        "seven otters cross the ice", "семь выдр идут по льду", "هفت سمور از یخ می‌گذرند", "q8Zr-mT2x_Lw9", "пишу стихи вечером",
        "     five spaces first", "x" + "ab cd ef gh ij kl mn " * 6,
    ],
)  # fmt: skip
def test_any_signs_of_any_script_are_taken_with_spaces(taken: str) -> None:
    assert refusal(taken, *ABOUT) == ""


@pytest.mark.parametrize("short", ["", "otters", "x8#Kq!9zLw2"])
def test_short_ones_are_refused(short: str) -> None:
    assert f"At least {LEAST} characters" in refusal(short)


def test_very_long_ones_are_refused() -> None:
    longest = "seven otters cross the ice while nine herons wait by the weir and four geese " + "h" * 51
    assert len(longest) == MOST
    assert refusal(longest) == ""
    assert f"At most {MOST} characters" in refusal(longest + "x")


@pytest.mark.parametrize(
    "guessable",
    [
        "password1234", "Password12345!", "qwertyuiop[]", "123456789012", "aaaaaaaaaaaa", "iloveyou2026", "1qaz2wsx3edc",
        "йцукенгшщзхъ", "Пароль123456", "ghbdtn123456", "Portal-Almaty-2026", "CESDRR-2026-11", "Алматы2026!!",
        "Nurlanova-1985", "aidanurlanova", "KAZ-MES-2026!", "passwordpassword",
    ],
)  # fmt: skip
def test_what_an_attacker_tries_first_is_refused(guessable: str) -> None:
    assert "attacker" in refusal(guessable, *ABOUT)


def test_a_password_is_kept_by_argon2id_as_owasp_recommends() -> None:
    assert (HASHER.type, HASHER.memory_cost, HASHER.time_cost, HASHER.parallelism) == (Type.ID, 19456, 2, 1)
    assert hashed(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hashed(PASSWORD) != hashed(PASSWORD)


def test_the_same_letters_from_another_keyboard_are_the_same() -> None:
    composed = "йод и ёлка café"
    assert unicodedata.normalize("NFD", composed) != composed
    kept = hashed(composed)
    assert passwords.compare(kept, unicodedata.normalize("NFD", composed)).right
    assert passwords.compare(kept, composed.replace(" ", "\u00a0")).right
    assert not passwords.compare(kept, composed.replace(" ", "")).right


def test_what_is_beyond_the_longest_counts() -> None:
    kept = hashed("a" * MOST)
    assert passwords.compare(kept, "a" * MOST).right
    assert not passwords.compare(kept, "a" * (MOST + 5)).right


def test_a_hash_that_cannot_be_read_is_a_wrong_password() -> None:
    assert not passwords.compare("not a hash", PASSWORD).right


def test_one_program_of_the_lowest_priority_does_the_work() -> None:
    passwords.compare(None, PASSWORD)
    first = passwords.thread().submit(passwords.program).result().pid
    passwords.compare(None, PASSWORD)
    assert passwords.thread().submit(passwords.program).result().pid == first
    assert first != os.getpid()
    assert os.getpriority(os.PRIO_PROCESS, first) == 19
    assert os.getpriority(os.PRIO_PROCESS, 0) < 19


def test_another_program_takes_over_where_it_died() -> None:
    kept = hashed(PASSWORD)
    running = passwords.thread().submit(passwords.program).result()
    running.kill()
    running.wait()
    assert passwords.compare(kept, PASSWORD).right


def test_the_program_ends_with_whoever_asks_it() -> None:
    """Even where that is killed: nothing is left behind."""
    asking = "from app.accounts import passwords as p; p.compare(None, ''); print(p.program().pid, flush=True); import os; os.kill(os.getpid(), 9)"
    said = subprocess.run(
        [sys.executable, "-c", asking], capture_output=True, text=True, check=False, cwd=passwords.ROOT
    )
    program = Path("/proc") / said.stdout.strip()
    assert said.stdout.strip().isdigit()
    assert soon(program.exists, lambda there: not there) is False


@pytest.mark.parametrize("odd", ["\n{}", "\0" * 12, "\ud800" * 12, '"}\n{"', ""])
def test_no_password_confuses_the_program(odd: str) -> None:
    assert not passwords.compare(hashed("another password"), odd).right
    assert passwords.compare(hashed(odd), odd).right


def test_beyond_a_short_queue_people_are_asked_to_come_back(client: TestClient, db: Session) -> None:
    """As long as the thread works on nothing else, so many places are taken."""
    member(db, "reader")
    go_on = threading.Event()
    passwords.thread().submit(go_on.wait)
    try:
        waiting = [threading.Thread(target=hashed, args=(PASSWORD,)) for _number in range(QUEUE)]
        for one in waiting:
            one.start()
        answer = Browser(client).sign_in()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
        assert "Very many people are signing in" in answer.text
        with pytest.raises(Overloaded):
            hashed(PASSWORD)
    finally:
        go_on.set()
    for one in waiting:
        one.join()
    assert Browser(client).sign_in().status_code == 303


def test_a_full_queue_costs_no_look_at_the_database(client: TestClient, db: Session) -> None:
    member(db, "reader")
    with ExitStack() as places:
        for _number in range(QUEUE):
            places.enter_context(passwords.place())
        statuses = [Browser(client).sign_in(password="a wrong password").status_code for _number in range(8)]
    assert statuses == [503] * 8
    assert Browser(client).sign_in().status_code == 303  # none of them was counted


def test_a_place_is_given_back_when_the_browser_has_gone(client: TestClient) -> None:
    async def give_up() -> None:
        async with asyncio.timeout(0):
            with passwords.place():
                await passwords.compare_soon(None, PASSWORD)

    for _number in range(QUEUE + 2):
        with pytest.raises(TimeoutError):
            asyncio.run(give_up())
    with passwords.place():
        pass
