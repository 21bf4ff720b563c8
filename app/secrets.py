"""Tokens and secrets: tokens are kept as hashes only, secrets that have to be read again are encrypted with SECRET_KEY."""

import base64
import hashlib
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


def _cipher() -> Fernet:
    if not settings().secret_key:
        raise RuntimeError("SECRET_KEY is not set: secrets can neither be kept nor read.")
    key = hashlib.sha256(settings().secret_key.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
