"""Passwords: which ones are taken, how they are kept, and at what cost they are compared.

Each worker has one program beside it that hashes (hashing.py), at the lowest priority, so that a hundred attempts at once
cost readers nothing; beyond a short queue people are asked to come back.
"""

import asyncio
import atexit
import json
import re
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.errors import Overloaded
from app.languages import gettext as _
from app.people.models import User

ROOT = Path(__file__).parents[2]
LEAST, MOST = 12, 128  # characters; NIST SP 800-63B wants 8 at least, where there is a second factor
QUEUE = 8  # attempts under way in one worker
CALM, PAUSE_S = 2, 1.2  # with more than so many under way there is a pause before each
GUESSES = 10**8  # a password that falls to fewer is refused; behind the waits of throttle.py that is 2,800 years
LETTERS_OF_ONES_OWN = 5
LOOKED_AT = 64  # characters: guessing at more takes long, and changes nothing

# Words that an attacker of this portal tries first
NEAR_AT_HAND = (
    "almaty", "алматы", "centre", "center", "центр", "portal", "портал", "cesdrr", "цчсссрб", "disaster", "kazakhstan",
    "казахстан", "kyrgyzstan", "кыргызстан", "afghanistan", "афганистан", "tajikistan", "таджикистан", "uzbekistan",
    "узбекистан", "turkmenistan", "туркменистан", "emercom", "mchs", "мчс", "andma",
)  # fmt: skip
# On a Russian keyboard "пароль" is typed by the keys of "gfhjkm", which every list of bad passwords knows
KEYS = str.maketrans("ёйцукенгшщзхъфывапролджэячсмитьбю", "`qwertyuiop[]asdfghjkl;'zxcvbnm,.")

# -- which are taken


def refusal(password: str, *about: str) -> str:
    """Why a password is not taken, in words; "" where it is. `about`: name, address, organisation of whose it will be."""
    if len(password) < LEAST:
        told = _("At least %(n)s characters: a few words that only you put together are easy to keep in mind.")
        return told % {"n": LEAST}
    if len(password) > MOST:
        return _("At most %(n)s characters.") % {"n": MOST}
    if is_guessable(password, *about):
        return _("This is among the first that an attacker tries: take something less usual.")
    return ""


def is_guessable(password: str, *about: str) -> bool:
    """By a list of 30,000 passwords in use and the ways in which people vary them (zxcvbn), and by what is known of whom."""
    from zxcvbn import zxcvbn  # its lists take a tenth of a second to load: only whoever sets a password needs them

    known = [*NEAR_AT_HAND, *words_of(*about)]
    shown = password[:LOOKED_AT].lower()
    if is_mostly(shown, known):
        return True
    return any(zxcvbn(one, user_inputs=known)["guesses"] < GUESSES for one in {shown, shown.translate(KEYS)})


def words_of(*about: str) -> list[str]:
    """Each whole, and its words; shorter ones stand in too many others."""
    whole = [one.lower() for one in about]
    return [word for word in [*whole, *re.split(r"[\W_]+", " ".join(whole))] if len(word) > 3]


def is_mostly(password: str, known: list[str]) -> bool:
    """Whether hardly a letter is left of it without words that lie near at hand: Portal-Almaty-2026."""
    left = password
    for word in sorted(known, key=len, reverse=True):
        left = left.replace(word, "")
    return left != password and sum(sign.isalpha() for sign in left) < LETTERS_OF_ONES_OWN


# -- how they are kept


@dataclass(frozen=True)
class Compared:
    """Whether it was right, and the hash to keep instead where the old one was made with other parameters."""

    right: bool
    better: str | None = None


@cache
def thread() -> ThreadPoolExecutor:
    """The one that asks the hashing program of this worker, so that it is asked one thing at a time."""
    return ThreadPoolExecutor(1, "passwords")


@cache
def program() -> subprocess.Popen[str]:
    """It ends with this process, whatever becomes of it: its input ends then."""
    started = subprocess.Popen(
        [sys.executable, "-m", "app.accounts.hashing"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(end, started)
    return started


def end(running: subprocess.Popen[str]) -> None:
    with suppress(OSError), running:
        running.kill()


def ask(question: dict[str, str | None], again: bool = True) -> dict[str, Any]:
    """Asked in `thread()` only. Should the program have died, another one is asked, once."""
    running = program()
    assert running.stdin
    assert running.stdout
    try:
        running.stdin.write(json.dumps(question) + "\n")
        running.stdin.flush()
        answer: dict[str, Any] = json.loads(running.stdout.readline())
    except (OSError, ValueError):
        end(running)
        program.cache_clear()
        if not again:
            raise Overloaded(_("Passwords cannot be compared just now. Try again in a moment.")) from None
        return ask(question, again=False)
    return answer


class Full(Overloaded):
    """Nobody need come back before some of those who wait are through."""

    headers = {"Retry-After": "10"}


class Places:
    """Those of the queue, and how many are taken."""

    def __init__(self, most: int) -> None:
        self.most, self.taken, self.lock = most, 0, threading.Lock()

    def take(self) -> bool:
        with self.lock:
            self.taken += (is_free := self.taken < self.most)
        return is_free

    def give_back(self) -> None:
        with self.lock:
            self.taken -= 1


_places = Places(QUEUE)


@contextmanager
def place() -> Iterator[None]:
    """A place in the queue. Raises Full where there is none."""
    if not _places.take():
        raise Full(_("Very many people are signing in at this moment. Try again in a few seconds."))
    try:
        yield
    finally:
        _places.give_back()


def ask_at_ease(question: dict[str, str | None]) -> dict[str, Any]:
    """Where several wait, at a measured pace: hashing takes memory and caches from readers even at the lowest priority."""
    if _places.taken > CALM:
        time.sleep(PAUSE_S)
    return ask(question)


def normal(password: str) -> str:
    """The same whatever keyboard typed it (RFC 8265): composed letters, plain spaces."""
    composed = unicodedata.normalize("NFC", password)
    return "".join(" " if unicodedata.category(sign) == "Zs" else sign for sign in composed)


def hashed(password: str) -> str:
    """For a door that may wait. Raises Overloaded."""
    with place():
        made = thread().submit(ask_at_ease, {"password": normal(password)}).result()
    return str(made["hash"])


def compare(kept: str | None, password: str) -> Compared:
    """For a door that may wait. Raises Overloaded."""
    with place():
        return Compared(**_comparing(kept, password).result())


async def compare_soon(kept: str | None, password: str) -> Compared:
    """For an async door that holds a place. `kept` None: there is no such account, which costs the same."""
    return Compared(**await asyncio.wrap_future(_comparing(kept, password)))


def _comparing(kept: str | None, password: str) -> Future[dict[str, Any]]:
    return thread().submit(ask_at_ease, {"password": normal(password[: MOST + 1]), "kept": kept})


def change(db: Session, user: User, password: str) -> None:
    """Give an account a password that `refusal` has let pass. Ending its sessions is the caller's: sessions.end_all()."""
    user.password_hash, user.password_changed_at = hashed(password), datetime.now(UTC)
    db.flush()
