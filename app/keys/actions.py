"""What is done with API keys: one is made for an organisation and shown once; revoked, it is worth nothing at once."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app import history
from app.errors import Forbidden, Invalid, NotFound
from app.keys import queries
from app.keys.schemas import KeyIn
from app.languages import gettext as _
from app.people.models import ApiKey, Organisation
from app.permissions import CENTRE_ROLES, ROLES, SCOPES, By, Countries, Permission
from app.secrets import new_token, token_hash

PREFIX = "apk_"
DAYS = 365
MOST_DAYS = 731
SOON_DAYS = 30
# What makes no sense without the other: who reads what the Centre is told reads what partners are told
BRINGS = {
    Permission.READ_CENTRE: Permission.READ_PARTNERS,
    Permission.CAPACITY_WRITE_ANY: Permission.CAPACITY_WRITE,
}


def manages(by: By, organisation: Organisation) -> bool:
    """Whether these are keys of the asker's own organisation, or the asker manages the people of that one."""
    if organisation.id == by.organisation_id:
        return by.may(Permission.KEY_MANAGE)
    others = elsewhere(by)
    return others is None or organisation.country_iso3 in others


def elsewhere(by: By) -> Countries:
    """The countries whose organisations' keys are managed beside one's own: none for most, None for all."""
    return by.rights.get(Permission.PEOPLE_MANAGE, frozenset())


def scopes_for(by: By, organisation: Organisation) -> list[Permission]:
    """What a role in that organisation could have. What only the Centre's roles bring is given by whoever gives those roles."""
    is_centre = organisation.is_centre and elsewhere(by) is None
    roles = [role for role in ROLES if is_centre or role not in CENTRE_ROLES]
    return [scope for scope in Permission if scope in SCOPES and any(scope in ROLES[role] for role in roles)]


def organisation_to_manage(db: Session, by: By, code: str, *, lock: bool = False) -> Organisation:
    """Raises NotFound, Forbidden."""
    organisation = queries.organisation_with_code(db, code, lock=lock)
    if organisation is None:
        raise NotFound(_("There is no organisation %(code)s here.") % {"code": code[:60]})
    if not manages(by, organisation):
        raise Forbidden(_("You can make and revoke the keys of your own organisation only."))
    return organisation


def make_key(db: Session, by: By, new: KeyIn) -> tuple[ApiKey, str]:
    """The key, and the token, which nobody can ask for again. Raises Forbidden, Invalid."""
    organisation = organisation_to_manage(db, by, new.organisation, lock=True)
    check(db, by, organisation, new)
    token = new_token(PREFIX)
    scopes = {*new.scopes, *(BRINGS[scope] for scope in new.scopes if scope in BRINGS)}
    key = ApiKey(
        organisation_id=organisation.id,
        name=new.name,
        token_hash=token_hash(token),
        hint=token[: len(PREFIX) + 4],
        scopes=[scope for scope in Permission if scope in scopes],
        countries=sorted(set(new.countries)),
        created_by_id=by.user_id,
        expires_at=end_of(new.expires_on),
    )
    db.add(key)
    db.flush()
    history.record(db, by, "made", "api_keys", key.id, ref=key.hint, after=told(key, organisation))
    return key, token


def end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), UTC)


def told(key: ApiKey, organisation: Organisation) -> dict[str, object]:
    """What history says of a key."""
    return {
        "name": key.name,
        "organisation": organisation.code,
        "scopes": list(key.scopes),
        "countries": list(key.countries),
        "expires_at": key.expires_at.isoformat(),
    }


def check(db: Session, by: By, organisation: Organisation, new: KeyIn) -> None:
    """Raises Invalid for what nobody here may give."""
    wrong = {
        "name": wrong_name(db, organisation, new.name),
        "scopes": wrong_scopes(by, organisation, new.scopes),
        "countries": wrong_countries(db, by, organisation, new.countries),
        "expires_on": wrong_day(new.expires_on),
    }
    errors = [{"field": field, "message": message} for field, message in wrong.items() if message]
    if errors:
        raise Invalid(" ".join(error["message"] for error in errors), errors)


def wrong_name(db: Session, organisation: Organisation, name: str) -> str:
    if not queries.has_key_named(db, organisation.id, name):
        return ""
    return _("A key of that name serves already. If its text was lost, revoke it and make another one.")


def wrong_scopes(by: By, organisation: Organisation, scopes: list[Permission]) -> str:
    refused = [scope for scope in scopes if scope not in scopes_for(by, organisation)]
    if not refused:
        return ""
    return _("You cannot give this organisation’s keys: %(scopes)s.") % {"scopes": ", ".join(refused)}


def wrong_countries(db: Session, by: By, organisation: Organisation, countries: list[str]) -> str:
    """The right by which one makes keys of one's own organisation reaches no other one's."""
    is_own = organisation.id == by.organisation_id and by.may(Permission.KEY_MANAGE)
    limit = by.rights[Permission.KEY_MANAGE] if is_own else elsewhere(by)
    if limit is not None and not (countries and limit.issuperset(countries)):
        return _("Your own rights are limited: choose some of these countries: %(countries)s.") % {
            "countries": ", ".join(sorted(limit))
        }
    if unknown := queries.unknown_countries(db, countries):
        return _("There is no country with this code: %(codes)s.") % {"codes": ", ".join(unknown)[:60]}
    return ""


def wrong_day(day: date) -> str:
    today = datetime.now(UTC).date()
    if today < day <= today + timedelta(days=MOST_DAYS):
        return ""
    return _("A key serves until a day to come, and for two years at most.")


def revoke_key(db: Session, by: By, id: UUID) -> ApiKey:
    """Once revoked it stays so; revoking it again changes nothing. Raises NotFound."""
    found = queries.lock_key(db, id)
    if found is None or not manages(by, found[1]):
        raise NotFound(_("There is no such key among those that you manage."))
    key, organisation = found
    if key.revoked_at is None:
        key.revoked_at = datetime.now(UTC)
        history.record(db, by, "revoked", "api_keys", key.id, ref=key.hint, before=told(key, organisation))
    return key
