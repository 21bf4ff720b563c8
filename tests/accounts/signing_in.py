"""A browser that signs in, for tests: it keeps its own cookies, and several of them share one portal."""

import re
import time
from typing import Any

import pyotp
from httpx import Response
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.accounts.hashing import HASHER
from app.people.models import User
from app.secrets import encrypt
from tests.make import make_user

PASSWORD = "seven otters cross the ice"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"


def member(db: Session, *roles: str, email: str = "aida@example.org", **changes: Any) -> User:
    """Somebody with a password; with `totp=True` also with an app."""
    if changes.pop("totp", False):
        changes["totp_secret"] = encrypt(SECRET)
    user = make_user(db, *roles, email=email, **{"password_hash": HASHER.hash(PASSWORD)} | changes)
    db.commit()
    return user


def code(steps: int = 0, secret: str = SECRET) -> str:
    """What the app shows now, or some steps of 30 s from now."""
    totp = pyotp.TOTP(secret)
    return totp.generate_otp(int(time.time()) // 30 + steps)


class Browser:
    def __init__(self, client: TestClient, **cookies: str) -> None:
        self.client, self.cookies = client, cookies

    def get(self, path: str) -> Response:
        return self.ask("GET", path)

    def post(self, path: str, **data: str) -> Response:
        return self.ask("POST", path, data=data)

    def ask(self, method: str, path: str, **sent: Any) -> Response:
        headers = {"Sec-Fetch-Site": "same-origin", "User-Agent": FIREFOX}
        self.client.cookies.clear()
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.client.request(method, path, headers=headers, follow_redirects=False, **sent)
        for line in answer.headers.get_list("set-cookie"):
            self.take(line)
        return answer

    def take(self, line: str) -> None:
        name, value = line.partition(";")[0].split("=", 1)
        if "max-age=0" in line.lower():
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value.strip('"')

    def sign_in(self, email: str = "aida@example.org", password: str = PASSWORD, next: str = "/account") -> Response:
        return self.post("/sign-in", email=email, password=password, next=next)

    @property
    def is_signed_in(self) -> bool:
        return "session" in self.cookies and self.get("/account").status_code == 200


def let_pass(db: Session, interval: str) -> None:
    """As if all that failed had failed so much earlier."""
    earlier = "UPDATE sign_in_failures SET last_at = last_at - CAST(:by AS interval), wait_until = wait_until - CAST(:by AS interval)"
    db.execute(text(earlier), {"by": interval})
    db.commit()


def words(answer: Response) -> str:
    """The text of a page, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def done(db: Session, user: User) -> list[str]:
    """What history says was done to an account, in order."""
    asked = text("SELECT action FROM history WHERE noun = 'users' AND record_id = :id ORDER BY id")
    return list(db.scalars(asked, {"id": user.id}))
