"""What is done with entry points, agreements and host nation support. Each is one transaction, told to history.

Operators of the Centre keep the registers. What an entry point is like now, and how a country receives help, is said by
whoever asks for help for that country, too.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from app import history
from app.answers import not_found, refuse_stale
from app.entry_points import writing_queries as queries
from app.entry_points.models import Agreement, EntryPoint, EntryPointReport, HostNationSupport
from app.entry_points.schemas import AgreementIn, EntryPointIn, ReportIn, SupportIn
from app.entry_points.writing_queries import AGREEMENT_STATE, ENTRY_POINT_STATE, SUPPORT_STATE
from app.errors import Conflict, Forbidden, Invalid
from app.filters import CLOCKS_DIFFER
from app.languages import gettext as _
from app.permissions import By, Permission
from app.records import Record
from app.writing import merged, understood

OF_ROW = (
    "code", "names", "counterpart", "kind", "elevation_m", "time_zone", "hours", "may_pass", "hours_to_cross", "winter_from",
    "winter_to", "winter_note", "note", "source", "evidence",
)  # fmt: skip
OF_AGREEMENT = (
    "code",
    "titles",
    "kind",
    "signed_on",
    "in_force_from",
    "in_force_until",
    "summary",
    "url",
    "source",
    "evidence",
)


class CodeTaken(Conflict):
    """Another record has this code."""


class Withdrawn(Conflict):
    """Nothing is done to a withdrawn record but to restore it."""


class NotWithdrawn(Conflict):
    """Only what was withdrawn can be restored."""


# -- entry points


def register_entry_point(db: Session, by: By, new: EntryPointIn) -> EntryPoint:
    """Raises Forbidden, Invalid, CodeTaken."""
    demand_keeper(by, [new.country, new.across])
    point = EntryPoint(demonstration=by.demonstration)
    after = fill(db, by, point, new)
    note(db, by, "registered", "entry-points", point, after=after)
    return point


def change_entry_point(db: Session, by: By, id_or_ref: str, change: Mapping[str, Any], version: str) -> EntryPoint:
    """Lay a change (RFC 7396) over an entry point. Raises NotFound, Forbidden, Withdrawn, Stale, Invalid, CodeTaken."""
    point = mine(db, by, id_or_ref)
    refuse_withdrawn(point)
    refuse_stale(version, point.updated_at)
    before = queries.state_of(db, ENTRY_POINT_STATE, point.id)
    new = understood(EntryPointIn, merged(before, change))
    demand_keeper(by, [new.country, new.across])
    after = fill(db, by, point, new, before)
    note_change(db, by, "entry-points", point, before, after)
    return point


def report_status(db: Session, by: By, id_or_ref: str, new: ReportIn) -> EntryPoint:
    """Add what was said of an entry point. Raises NotFound, Forbidden, Withdrawn, Invalid."""
    point = found(queries.lock_entry_point(db, id_or_ref), id_or_ref)
    demand_voice(db, by, [point.country_iso3, point.across_iso3])
    refuse_withdrawn(point)
    now = queries.began_at(db)  # what is said now holds for whoever reads it in this transaction, too
    as_of = new.as_of or now
    from_at = new.from_at or as_of
    if as_of > now + CLOCKS_DIFFER:
        raise Invalid.field("as_of", _("Nobody can have said that yet: choose a time that has passed."))
    if new.until_at and new.until_at <= from_at:
        raise Invalid.field("until_at", _("It ends before it begins: choose a later time."))
    said = EntryPointReport(
        entry_point_id=point.id, status=new.status, from_at=from_at, until_at=new.until_at, said_by=new.said_by,
        source=new.source, note=new.note, as_of=as_of, organisation_id=by.organisation_id, demonstration=by.demonstration,
    )  # fmt: skip
    db.add(said)
    told = new.model_dump(mode="json", exclude_none=True, exclude_unset=True)
    note(db, by, "reported", "entry-points", point, after=told)
    return point


def withdraw_entry_point(db: Session, by: By, id_or_ref: str, reason: str, version: str) -> EntryPoint:
    """It is no more, and still known. Raises NotFound, Forbidden, Withdrawn, Stale."""
    point = mine(db, by, id_or_ref)
    refuse_withdrawn(point)
    refuse_stale(version, point.updated_at)
    point.withdrawn_at = datetime.now(UTC)
    note(db, by, "withdrawn", "entry-points", point, reason=reason)
    return point


def restore_entry_point(db: Session, by: By, id_or_ref: str, reason: str, version: str) -> EntryPoint:
    """Raises NotFound, Forbidden, NotWithdrawn, Stale."""
    point = mine(db, by, id_or_ref, withdrawn_too=True)
    if point.withdrawn_at is None:
        raise NotWithdrawn(_("This record is not withdrawn, so there is nothing to restore."))
    refuse_stale(version, point.updated_at)
    point.withdrawn_at = None
    note(db, by, "restored", "entry-points", point, reason=reason)
    return point


def mine(db: Session, by: By, id_or_ref: str, withdrawn_too: bool = False, lock: bool = True) -> EntryPoint:
    """The entry point, locked, for whoever keeps the register. Raises NotFound, Forbidden."""
    point = found(queries.lock_entry_point(db, id_or_ref, lock), id_or_ref)
    demand_keeper(by, [point.country_iso3, point.across_iso3])
    if point.withdrawn_at and not withdrawn_too:
        raise not_found(id_or_ref)
    return point


def fill(db: Session, by: By, point: EntryPoint, new: EntryPointIn, before: Mapping[str, Any] = {}) -> queries.State:
    """Put into the row what is said. Answers the state after."""
    check(db, by, point, new, before)
    for name in OF_ROW:
        setattr(point, name, getattr(new, name))
    point.country_iso3, point.across_iso3 = new.country, new.across
    point.customs_contact_id, point.quarantine_contact_id = new.customs_contact, new.quarantine_contact
    geometry = new.geometry.model_dump(mode="json") if new.geometry else None
    if geometry != before.get("geometry"):
        point.location = new.geometry.ewkt if new.geometry else None  # type: ignore[assignment]
    db.add(point)
    db.flush()
    db.refresh(point)
    return queries.state_of(db, ENTRY_POINT_STATE, point.id)


def check(db: Session, by: By, point: EntryPoint, new: EntryPointIn, before: Mapping[str, Any]) -> None:
    """What only the database knows. Raises Invalid that names every field, CodeTaken."""
    known = queries.known_countries(db, [new.country, new.across or new.country])
    wrong = [
        problem(name, _("There is no country “%(code)s”: write ISO 3166-1 alpha-3, such as KAZ."), code)
        for name, code in (("country", new.country), ("across", new.across))
        if code and code not in known
    ]
    for name in ("customs_contact", "quarantine_contact"):
        id = getattr(new, name)
        if id and str(id) != before.get(name) and not queries.sees_contact(db, by, id):
            wrong.append(problem(name, _("The directory has no such contact that you may see."), ""))
    if wrong:
        raise Invalid(" ".join(one["message"] for one in wrong), wrong)
    refuse_taken(db, EntryPoint, new.code, point)


def tell_turned(db: Session) -> None:
    """Change those whose announced closure or opening begins or ends about now: nobody writes at that moment."""
    queries.touch_turned(db)


# -- agreements


def register_agreement(db: Session, by: By, new: AgreementIn) -> Agreement:
    """Raises Forbidden, Invalid, CodeTaken."""
    demand_keeper(by, new.countries)
    agreement = Agreement(demonstration=by.demonstration)
    after = fill_agreement(db, agreement, new)
    note(db, by, "registered", "agreements", agreement, after=after)
    return agreement


def change_agreement(db: Session, by: By, id_or_ref: str, change: Mapping[str, Any], version: str) -> Agreement:
    """Raises NotFound, Forbidden, Stale, Invalid, CodeTaken."""
    agreement = queries.lock_agreement(db, id_or_ref)
    if agreement is None:
        raise not_found(id_or_ref)
    before = queries.state_of(db, AGREEMENT_STATE, agreement.id)
    demand_keeper(by, before["countries"])
    refuse_stale(version, agreement.updated_at)
    new = understood(AgreementIn, merged(before, change))
    demand_keeper(by, new.countries)
    after = fill_agreement(db, agreement, new)
    note_change(db, by, "agreements", agreement, before, after)
    return agreement


def fill_agreement(db: Session, agreement: Agreement, new: AgreementIn) -> queries.State:
    organisations = queries.organisations_with(db, new.organisations)
    known = queries.known_countries(db, new.countries)
    wrong = [
        problem("countries", _("There is no country “%(code)s”: write ISO 3166-1 alpha-3, such as KAZ."), code)
        for code in new.countries
        if code not in known
    ] + [
        problem(
            "organisations",
            _("There is no organisation “%(code)s”; the codes are at /api/v1/reference/organisations."),
            code,
        )
        for code in new.organisations
        if code not in organisations
    ]
    if wrong:
        raise Invalid(" ".join(one["message"] for one in wrong), wrong)
    refuse_taken(db, Agreement, new.code, agreement)
    for name in OF_AGREEMENT:
        setattr(agreement, name, getattr(new, name))
    db.add(agreement)
    db.flush()
    queries.set_countries(db, agreement.id, new.countries)
    queries.set_organisations(db, agreement.id, [organisations[code] for code in new.organisations])
    db.refresh(agreement)
    return queries.state_of(db, AGREEMENT_STATE, agreement.id)


# -- host nation support


def write_support(db: Session, by: By, country: str, section: str, new: SupportIn, version: str) -> HostNationSupport:
    """Say how a country receives help, in one section. Raises NotFound, Forbidden, Stale."""
    country = country.upper()
    if country not in queries.known_countries(db, [country]):
        raise not_found(country)
    demand_voice(db, by, [country])
    written = queries.lock_support(db, country, section)
    before: Mapping[str, Any] = {}
    if written is None:
        written = HostNationSupport(country_iso3=country, section=section, demonstration=by.demonstration)
    else:
        refuse_stale(version, written.updated_at)
        before = queries.state_of(db, SUPPORT_STATE, written.id)
    written.texts, written.source, written.url = new.texts, new.source, new.url
    written.evidence, written.as_of = new.evidence, new.as_of
    db.add(written)
    db.flush()
    db.refresh(written)
    note_change(db, by, "host-nation-support", written, before, queries.state_of(db, SUPPORT_STATE, written.id))
    return written


# -- who may


def may_keep(by: By, countries: Sequence[str | None]) -> bool:
    """Whether the asker keeps the registers for one of these countries."""
    return by.may(Permission.EVENT_WRITE, *filter(None, countries))


def demand_keeper(by: By, countries: Sequence[str | None]) -> None:
    if not may_keep(by, countries):
        raise Forbidden(_("Your rights are limited to other countries than these."))


def may_tell(by: By, countries: Sequence[str | None], home: str | None) -> bool:
    """Whether the asker may say how things are in one of these countries: for the Centre, or for their own country."""
    if may_keep(by, countries):
        return True
    limit = by.rights.get(Permission.REQUEST_WRITE, frozenset())
    if (
        limit is None
    ):  # an organisation of a country speaks for that country, an international one for none in particular
        return home is None or home in countries
    return not limit.isdisjoint(code for code in countries if code)


def demand_voice(db: Session, by: By, countries: Sequence[str | None]) -> None:
    if not may_tell(by, countries, queries.home_of(db, by)):
        raise Forbidden(_("Your rights are limited to other countries than these."))


# -- what they share


def found(point: EntryPoint | None, id_or_ref: str) -> EntryPoint:
    if point is None:
        raise not_found(id_or_ref)
    return point


def refuse_taken(
    db: Session, noun: type[EntryPoint] | type[Agreement], code: str, record: EntryPoint | Agreement
) -> None:
    if queries.is_code_taken(db, noun, code, record.id):
        raise CodeTaken(_("There is another record with the code %(code)s.") % {"code": code})


def refuse_withdrawn(record: Record) -> None:
    if record.withdrawn_at is not None:
        raise Withdrawn(_("This record is withdrawn. Restore it first."))


def problem(field: str, message: str, code: str) -> dict[str, str]:
    return {"field": field, "message": message % {"code": code[:60]}}


def note(db: Session, by: By, action: str, noun: str, record: Record, **told: Any) -> None:
    """Write the row, and beside it what was done: all of this is public."""
    db.flush()
    db.refresh(record)
    history.record(db, by, action, noun, record.id, ref=record.ref, visibility=record.visibility, **told)


def note_change(
    db: Session, by: By, noun: str, record: Record, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    if before != after:
        was, now = history.changes(before, after)
        note(db, by, "changed", noun, record, before=was, after=now)
