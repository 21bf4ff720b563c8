"""The second factor from an app (TOTP, RFC 6238), and the codes on paper for the day when it is lost.

A code serves once, and one step of 30 s before or after the clock is tolerated. The secret is kept encrypted.
"""

import base64
import secrets
import time
import unicodedata

import pyotp
import segno
from markupsafe import Markup
from sqlalchemy.orm import Session

from app import history
from app.accounts import queries
from app.errors import Conflict
from app.languages import gettext as _
from app.people.models import User
from app.permissions import By
from app.secrets import SecretLost, decrypt, encrypt, token_hash

STEP_S = 30
DRIFT = 1  # steps
CODES = 8
CODE_BYTES = 15  # 120 bits: 24 signs in groups of four
ISSUER = "Almaty Centre"


# -- setting up


def new_secret() -> str:
    return pyotp.random_base32()


def uri(user: User, secret: str) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=user.email or user.name, issuer_name=ISSUER)


def qr(uri: str, title: str) -> Markup:
    """An SVG to scan; light whatever the page's colours, since telephones expect that."""
    made = segno.make(uri, error="m")
    svg = made.svg_inline(scale=5, border=4, dark="#000", light="#fff", title=title, svgclass="qr", omitsize=True)
    return Markup(svg)  # noqa: S704  segno escapes the title


def set_up(db: Session, by: By, user: User, secret: str, code: str) -> list[str] | None:
    """Keep the secret if the code shows that the app has it. Answers the new recovery codes, None where the code is wrong."""
    user = queries.locked_account(db, user.id)
    step = step_of(secret, code, None)
    if step is None:
        return None
    action = "second factor replaced" if user.totp_secret else "second factor set up"
    user.totp_secret, user.totp_last_step = encrypt(secret), step
    history.record(db, by, action, "users", user.id, after={"second factor": "totp"})
    return replace_codes(db, user)


def remove(db: Session, by: By, user: User) -> None:
    """Raises Conflict where a role needs it and there is no other."""
    user = queries.locked_account(db, user.id)
    if not can_remove(db, user):
        raise Conflict(_("Your role needs a second factor: add a passkey first, or set up another app instead."))
    reset(db, user)
    history.record(db, by, "second factor removed", "users", user.id, before={"second factor": "totp"})


def can_remove(db: Session, user: User) -> bool:
    """Whether they may do without the app: no role needs a second factor, or a passkey is one."""
    return not queries.needs_second_factor(db, user.id) or queries.has_passkey(db, user.id)


def reset(db: Session, user: User) -> None:
    """Also what an administrator does for somebody who has lost it; the caller records who, and ends the sessions."""
    user.totp_secret, user.totp_last_step = None, None
    queries.replace_recovery_codes(db, user.id, [])


def has_any(db: Session, user: User) -> bool:
    return user.totp_secret is not None or queries.has_passkey(db, user.id)


# -- codes from the app


def is_right(db: Session, user: User, code: str) -> bool:
    """Whether the app shows this now; the same code is not right again."""
    user = queries.locked_account(db, user.id)
    try:
        secret = decrypt(user.totp_secret) if user.totp_secret else None
    except SecretLost:
        return False
    step = step_of(secret, code, user.totp_last_step) if secret else None
    if step is None:
        return False
    user.totp_last_step = step
    db.flush()
    return True


def step_of(secret: str, code: str, last: int | None) -> int | None:
    """The step, later than `last`, whose code this is."""
    typed, now = digits(code), int(time.time()) // STEP_S
    totp = pyotp.TOTP(secret)
    right = [
        step
        for step in range(now - DRIFT, now + DRIFT + 1)
        if secrets.compare_digest(totp.generate_otp(step), typed) and step > (last or 0)
    ]
    return right[-1] if right else None


def digits(typed: str) -> str:
    """Whatever script the digits are in, with spaces between or without: ۱۲۳ ۴۵۶."""
    return "".join(str(unicodedata.decimal(sign)) for sign in typed if unicodedata.decimal(sign, None) is not None)


# -- codes on paper


def replace_codes(db: Session, user: User) -> list[str]:
    """New ones, to be shown once; the old ones serve no more."""
    codes = [base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode() for _number in range(CODES)]
    queries.replace_recovery_codes(db, user.id, [token_hash(code) for code in codes])
    return [grouped(code) for code in codes]


def use_code(db: Session, user: User, typed: str) -> bool:
    """Whether this was one of them; it serves no second time."""
    plain = "".join(sign for sign in typed.upper() if sign.isalnum())
    return queries.use_recovery_code(db, user.id, token_hash(plain))


def grouped(code: str) -> str:
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))
