"""Identity providers: an organisation's own accounts, by which its people, and nobody else's, sign in."""

from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from app import history
from app.accounts import provider_queries as queries
from app.accounts.openid import Client, OpenIdFailed, Said, discover, is_address
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.languages import gettext as _
from app.people.models import Identity, IdentityProvider, Organisation, User
from app.permissions import By, Permission
from app.secrets import SecretLost, decrypt, encrypt
from app.settings import Settings

LONGEST = 200
LONGEST_SECRET = 1000

log = structlog.get_logger()


@dataclass(frozen=True)
class Details:
    """What an administrator types. An empty secret keeps the one that is known."""

    name: str
    client_id: str
    client_secret: str
    enabled: bool

    def check(self, *, needs_secret: bool) -> None:
        required = {"name": self.name, "client_id": self.client_id}
        if needs_secret:
            required["client_secret"] = self.client_secret
        wrong = [{"field": name, "message": _("Fill this in.")} for name, value in required.items() if not value]
        most = {"name": LONGEST, "client_id": LONGEST, "client_secret": LONGEST_SECRET}
        wrong += [
            {"field": name, "message": _("This is too long: at most %(most)s characters.") % {"most": longest}}
            for name, longest in most.items()
            if len(getattr(self, name)) > longest
        ]
        if wrong:
            raise Invalid(_("Some of this cannot be saved yet."), wrong)


# -- administering them


async def checked_issuer(typed: str, settings: Settings) -> str:
    """The issuer as its provider spells it. One answer for all that can be wrong: nobody probes a network by it."""
    issuer = typed.strip()
    allows = settings.allow_private_addresses
    try:
        if not is_address(issuer, private=allows) or "?" in issuer or "#" in issuer or len(issuer) > LONGEST:
            raise OpenIdFailed(f"not an issuer: {issuer[:LONGEST]}")
        return str((await discover(issuer, private=allows))["issuer"])
    except OpenIdFailed as error:
        log.info("provider refused", why=str(error))
        raise Invalid.field(
            "issuer",
            _("No OpenID provider answers there. Its address begins with https:// and is the one it calls its issuer."),
        ) from error


def add_provider(db: Session, by: By, organisation: str, issuer: str, details: Details) -> IdentityProvider:
    owner = queries.organisation_with(db, organisation)
    if owner is None:
        raise Invalid.field("organisation", _("Choose the organisation whose people sign in there."))
    refuse_foreign(by, owner)
    details.check(needs_secret=True)
    if queries.provider_at(db, issuer):
        raise Conflict(_("A provider with this issuer is here already: change that one."))
    provider = IdentityProvider(
        organisation_id=owner.id,
        name=details.name,
        issuer=issuer,
        client_id=details.client_id,
        client_secret=encrypt(details.client_secret),
        enabled=details.enabled,
    )
    db.add(provider)
    db.flush()
    history.record(
        db, by, "added", "identity_providers", provider.id,
        ref=issuer, after=told(provider) | {"organisation": owner.code}, visibility="centre",
    )  # fmt: skip
    return provider


def change_provider(db: Session, by: By, id: UUID, details: Details) -> IdentityProvider:
    """Everything but the issuer, by which people are known: another issuer is another provider."""
    provider, organisation = get_provider(db, id)
    refuse_foreign(by, organisation)
    details.check(needs_secret=False)
    was = told(provider)
    provider.name, provider.client_id, provider.enabled = details.name, details.client_id, details.enabled
    now = told(provider)
    if details.client_secret:
        provider.client_secret = encrypt(details.client_secret)
        now |= {"client_secret": "replaced"}
    before, after = history.changes(was, now)
    if after:
        history.record(
            db, by, "changed", "identity_providers", provider.id,
            ref=provider.issuer, before=before, after=after, visibility="centre",
        )  # fmt: skip
    return provider


def remove_provider(db: Session, by: By, id: UUID) -> None:
    provider, organisation = get_provider(db, id)
    refuse_foreign(by, organisation)
    before = told(provider) | {"organisation": organisation.code}
    history.record(
        db, by, "removed", "identity_providers", provider.id, ref=provider.issuer, before=before, visibility="centre"
    )
    db.delete(provider)


def told(provider: IdentityProvider) -> dict[str, object]:
    return {"name": provider.name, "client_id": provider.client_id, "enabled": provider.enabled}


def find_provider(db: Session, id: UUID) -> queries.ProviderOf | None:
    return queries.provider_with(db, id)


def get_provider(db: Session, id: UUID) -> queries.ProviderOf:
    found = find_provider(db, id)
    if found is None:
        raise NotFound(_("There is no such identity provider."))
    return found


def refuse_foreign(by: By, organisation: Organisation) -> None:
    if not may_manage(by, organisation):
        raise Forbidden(_("Your right to manage people does not reach this organisation."))


def may_manage(by: By, organisation: Organisation) -> bool:
    """A right that is limited to countries reaches the organisations of these, but never the Centre: whoever owns its
    provider signs in as anybody there, without limits."""
    if organisation.is_centre and by.rights.get(Permission.PEOPLE_MANAGE) is not None:
        return False
    return by.may(Permission.PEOPLE_MANAGE, organisation.country_iso3 or "-")


# -- signing in


def client_of(provider: IdentityProvider, organisation: Organisation, settings: Settings) -> Client:
    """Raises NotFound where the provider is switched off, or its secret was encrypted with another SECRET_KEY."""
    if not provider.enabled:
        raise NotFound(_("There is no such identity provider."))
    try:
        secret = decrypt(provider.client_secret)
    except SecretLost:
        log.error("secret lost", provider=provider.issuer)
        raise NotFound(_("This identity provider has to be set up again by an administrator.")) from None
    back = way_back(organisation.code, settings)
    return Client(provider.issuer, provider.client_id, secret, back, settings.allow_private_addresses)


def way_back(organisation: str, settings: Settings) -> str:
    """The address that has to be registered at the provider. Each organisation has its own, so that what one provider
    sends cannot pass for another's."""
    return f"{settings.public_url}/sign-in/openid/{organisation}/back"


def person(db: Session, provider: IdentityProvider, said: Said, request_id: str) -> User | None:
    """Who has come: known by name of the provider's own, or linked now by a verified mail address. Never of another organisation."""
    user = queries.person_known_as(db, provider.id, said.subject)
    if user is None and said.email:
        user = link(db, provider, said, said.email, request_id)
    if user is None or user.organisation_id != provider.organisation_id or user.status != "active":
        return None
    return user


def link(db: Session, provider: IdentityProvider, said: Said, email: str, request_id: str) -> User | None:
    """The first visit of somebody who was invited, or has an account. An address that another subject had stays theirs."""
    user = queries.person_with_email(db, provider.organisation_id, email)
    if user is None or user.status not in ("invited", "active") or queries.is_linked(db, provider.id, user.id):
        return None
    db.add(Identity(provider_id=provider.id, subject=said.subject, user_id=user.id))
    if user.status == "invited":
        user.status = "active"
        queries.use_up_invitations(db, user.id)
    after = {"provider": provider.issuer, "subject": history.personal(db, user.id, said.subject)}
    history.record(db, themselves(user, request_id), "linked", "users", user.id, after=after)
    return user


def themselves(user: User, request_id: str) -> By:
    """The person as who acts, while they sign in."""
    organisation = user.organisation_id
    return By("person", "page", user.id, organisation_id=organisation, name=user.name, request_id=request_id)
