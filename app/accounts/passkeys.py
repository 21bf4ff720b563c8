"""Passkeys (WebAuthn): adding one to an account, and finding out with one who signs in.

A passkey always checks its holder (a finger, a face, a PIN), so that one alone is two factors: what one has, and what one
is or knows. The browser binds it to the host of PUBLIC_URL, which is what makes it safe against false sign-in pages.
"""

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from sqlalchemy.orm import Session
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import bytes_to_base64url, generate_challenge
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from app import history, languages
from app.accounts import ceremonies
from app.accounts.passkey_queries import count_passkeys, lock_passkey, own_passkey, passkeys_of
from app.errors import Conflict, NotFound
from app.languages import gettext as _
from app.mail.actions import post
from app.people.models import Ceremony, Passkey, User
from app.permissions import By

NEW, SIGN_IN = "passkey-new", "passkey"  # the purposes of ceremonies
MOST = 20  # of one account
REQUIRED = UserVerificationRequirement.REQUIRED

log = structlog.get_logger()

Credential = Mapping[str, Any]


@dataclass(frozen=True)
class Site:
    """Where passkeys are good for: the origin that the browser must name, and its host."""

    origin: str
    host: str

    @classmethod
    def of(cls, public_url: str) -> "Site":
        parts = urlsplit(public_url)
        return cls(f"{parts.scheme}://{parts.netloc}".lower(), (parts.hostname or "").lower())

    @property
    def has_passkeys(self) -> bool:
        """Browsers offer them over HTTPS and on localhost, and for names only: 127.0.0.1 is none."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        return self.origin.startswith("https:") and not is_number(self.host)


def is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


# -- adding one


def begin_new(db: Session, site: Site, user: User) -> tuple[str, Mapping[str, Any]]:
    """The token of the ceremony, and what the browser's `credentials.create()` is to be given."""
    if count_passkeys(db, user.id) >= MOST:
        raise Conflict(
            _("You have %(most)s passkeys, which is all an account can have: remove one first.") % {"most": MOST}
        )
    challenge = generate_challenge()
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=_("Almaty Centre"),
        user_id=user.id.bytes,
        user_name=user.email or "",
        user_display_name=user.name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=REQUIRED
        ),
        exclude_credentials=described(passkeys_of(db, user.id)),
    )
    token = ceremonies.begin(db, NEW, user_id=user.id, challenge=bytes_to_base64url(challenge))
    return token, json.loads(options_to_json(options))


def add(
    db: Session, by: By, site: Site, ceremony: Ceremony | None, credential: Credential, name: str
) -> Passkey | None:
    """The new passkey, or None where the browser's answer is not one to a question of ours to this person."""
    if ceremony is None or ceremony.user_id != by.user_id:
        return None
    made = checked_new(site, ceremony, credential)
    if made is None or lock_passkey(db, made.credential_id):
        return None
    passkey = Passkey(
        user_id=ceremony.user_id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        transports=transports_of(credential),
        name=name,
    )
    db.add(passkey)
    db.flush()
    history.record(db, by, "added", "passkeys", passkey.id, after={"name": history.personal(db, passkey.user_id, name)})
    tell_holder(db, passkey, site, added=True)
    return passkey


def checked_new(site: Site, ceremony: Ceremony, credential: Credential) -> VerifiedRegistration | None:
    try:
        return verify_registration_response(
            credential=dict(credential),
            expected_challenge=base64url_to_bytes(ceremony.state["challenge"]),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except Exception as error:  # the library stumbles over malformed answers in many ways: each is a refusal
        log.info("passkey refused", why=str(error)[:200])
        return None


def transports_of(credential: Credential) -> list[str]:
    """How the browser says the passkey can be reached; a hint for the next time, nothing that is relied on."""
    response = credential.get("response")
    said = response.get("transports") if isinstance(response, dict) else None
    known = {str(one.value) for one in AuthenticatorTransport}
    return sorted(known & {one for one in said if isinstance(one, str)}) if isinstance(said, list) else []


def described(passkeys: list[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            one.credential_id, transports=[AuthenticatorTransport(way) for way in one.transports]
        )
        for one in passkeys
    ]


# -- signing in with one


def begin_sign_in(db: Session, site: Site, only: UUID | None = None) -> tuple[str, Mapping[str, Any]]:
    """The same for `credentials.get()`. `only` is who gave a password before: then it has to be a passkey of theirs."""
    challenge = generate_challenge()
    options = generate_authentication_options(
        rp_id=site.host,
        challenge=challenge,
        allow_credentials=described(passkeys_of(db, only)) if only else [],
        user_verification=REQUIRED,
    )
    token = ceremonies.begin(db, SIGN_IN, user_id=only, challenge=bytes_to_base64url(challenge))
    return token, json.loads(options_to_json(options))


def who(db: Session, site: Site, ceremony: Ceremony | None, credential: Credential) -> User | None:
    """Whose passkey has answered the question of this ceremony; None where none has. Its use is noted."""
    passkey = lock_passkey(db, credential_id_of(credential))
    if ceremony is None or passkey is None or ceremony.user_id not in (None, passkey.user_id):
        return None
    used = checked_use(site, ceremony, passkey, credential)
    if used is None or not is_holder(credential, passkey):
        return None
    user = db.get_one(User, passkey.user_id)
    if is_copied(passkey, used):
        history.record(
            db, By(), "refused", "passkeys", passkey.id, reason="its counter ran backwards: it may be a copy"
        )
        return None
    passkey.sign_count, passkey.last_used_at = used.new_sign_count, datetime.now(UTC)
    return user if user.status == "active" else None


def checked_use(
    site: Site, ceremony: Ceremony, passkey: Passkey, credential: Credential
) -> VerifiedAuthentication | None:
    try:
        return verify_authentication_response(
            credential=dict(credential),
            expected_challenge=base64url_to_bytes(ceremony.state["challenge"]),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,  # is_copied() looks at it, to tell it apart from a wrong signature
            require_user_verification=True,
        )
    except Exception as error:  # as above
        log.info("passkey refused", why=str(error)[:200])
        return None


def is_copied(passkey: Passkey, used: VerifiedAuthentication) -> bool:
    """A counter that does not grow has been used elsewhere too. Passkeys that are synchronised have none: always 0."""
    return max(used.new_sign_count, passkey.sign_count) > 0 and used.new_sign_count <= passkey.sign_count


def credential_id_of(credential: Credential) -> bytes:
    try:
        return base64url_to_bytes(str(credential.get("rawId", "")))
    except ValueError:
        return b""


def is_holder(credential: Credential, passkey: Passkey) -> bool:
    """Whether the passkey names the account that it was made for. It may be silent where a password has named it."""
    handle = credential["response"].get("userHandle")
    try:
        return handle is None or base64url_to_bytes(handle) == passkey.user_id.bytes
    except (ValueError, TypeError):
        return False


# -- keeping them


def rename(db: Session, by: By, id: UUID, name: str) -> None:
    passkey = own(db, by, id)
    before, after = ({"name": history.personal(db, passkey.user_id, one)} for one in (passkey.name, name))
    passkey.name = name
    history.record(db, by, "renamed", "passkeys", passkey.id, before=before, after=after)


def remove(db: Session, by: By, site: Site, id: UUID) -> None:
    passkey = own(db, by, id)
    db.delete(passkey)
    name = history.personal(db, passkey.user_id, passkey.name)
    history.record(db, by, "removed", "passkeys", passkey.id, before={"name": name})
    tell_holder(db, passkey, site, added=False)


def tell_holder(db: Session, passkey: Passkey, site: Site, *, added: bool) -> None:
    """By mail, so that nobody's way of signing in changes behind their back."""
    user = db.get_one(User, passkey.user_id)
    with languages.speaking(user.language):
        what = _("A passkey was added to your account") if added else _("A passkey was removed from your account")
        text = _(
            "%(what)s at %(address)s: %(name)s.\n\nWas it not you? Sign in, look through your passkeys and sessions, change your password, and tell an administrator of the Centre."
        )
        post(db, user.email or "", what, text % {"what": what, "address": site.origin, "name": passkey.name})


def own(db: Session, by: By, id: UUID) -> Passkey:
    passkey = own_passkey(db, by.user_id, id) if by.user_id else None
    if passkey is None:
        raise NotFound(_("You have no such passkey."))
    return passkey
