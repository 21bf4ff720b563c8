"""Tokens and secrets: tokens are kept as hashes only, secrets that have to be read again are encrypted with SECRET_KEY."""

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken

from app.settings import settings


class SecretLost(Exception):
    """What was encrypted with another SECRET_KEY cannot be read with this one."""


def new_token(prefix: str = "") -> str:
    """256 bits that nobody guesses, as text for a cookie, a link or a program."""
    return prefix + secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is kept of a token. It is random, so one plain hash is enough: there is nothing to guess it from."""
    return hashlib.sha256(token.encode()).digest()


def encrypt(plain: str) -> bytes:
    return _cipher().encrypt(plain.encode())


def decrypt(hidden: bytes) -> str:
    """Raises SecretLost."""
    try:
        return _cipher().decrypt(hidden).decode()
    except InvalidToken:
        raise SecretLost from None


def signed(purpose: str, text: str) -> str:
    """A text that can be believed when it comes back: nobody else can write one, and it serves this purpose only."""
    return f"{text}.{_mark(purpose, text)}"


def believed(purpose: str, token: str) -> str | None:
    """The text of what `signed` made for this purpose; None for anything else."""
    text, _dot, mark = token.rpartition(".")
    return text if hmac.compare_digest(mark.encode(), _mark(purpose, text).encode()) else None


def _mark(purpose: str, text: str) -> str:
    signed_with = hashlib.sha256(b"signed " + _secret_key()).digest()
    return hmac.new(signed_with, f"{purpose} {text}".encode(), hashlib.sha256).hexdigest()


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(_secret_key()).digest()))


def _secret_key() -> bytes:
    if not settings().secret_key:
        raise RuntimeError("SECRET_KEY is not set: secrets can neither be kept nor read.")
    return settings().secret_key.encode()
