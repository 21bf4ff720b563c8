"""What is asked while entry points, agreements and host nation support are written: the locked row, its state, what codes stand for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.contacts import queries as contacts
from app.entry_points.models import Agreement, AgreementCountry, AgreementOrganisation, EntryPoint, HostNationSupport
from app.filters import identity
from app.people.models import Organisation
from app.permissions import By, visible_values
from app.places.models import Country

State = dict[str, Any]


def lock_entry_point(db: Session, id_or_ref: str, lock: bool = True) -> EntryPoint | None:
    """By id, ref or code, withdrawn ones too; locked until the transaction ends."""
    asked = identity(id_or_ref)
    named = (
        EntryPoint.id == asked["id"]
        if asked["id"]
        else (EntryPoint.ref == asked["ref"]) | (EntryPoint.code == asked["ref"])
    )
    found = select(EntryPoint).where(named).execution_options(populate_existing=True)
    return db.scalar(found.with_for_update(key_share=True) if lock else found)


def lock_agreement(db: Session, id_or_ref: str) -> Agreement | None:
    asked = identity(id_or_ref)
    named = (
        Agreement.id == asked["id"]
        if asked["id"]
        else (Agreement.ref == asked["ref"]) | (Agreement.code == asked["ref"])
    )
    return db.scalar(
        select(Agreement).where(named).with_for_update(key_share=True).execution_options(populate_existing=True)
    )


def lock_support(db: Session, country: str, section: str, lock: bool = True) -> HostNationSupport | None:
    found = select(HostNationSupport).where(
        HostNationSupport.country_iso3 == country, HostNationSupport.section == section
    )
    found = found.execution_options(populate_existing=True)
    return db.scalar(found.with_for_update(key_share=True) if lock else found)


ENTRY_POINT_STATE = text("""
    SELECT jsonb_build_object('code', code, 'names', names, 'counterpart', counterpart, 'kind', kind, 'country', country_iso3,
        'across', across_iso3, 'geometry', ST_AsGeoJSON(location, 6)::jsonb, 'elevation_m', elevation_m, 'time_zone', time_zone,
        'hours', hours, 'may_pass', may_pass, 'hours_to_cross', hours_to_cross, 'winter_from', winter_from, 'winter_to', winter_to,
        'winter_note', winter_note, 'note', note, 'customs_contact', customs_contact_id, 'quarantine_contact', quarantine_contact_id,
        'source', source, 'evidence', evidence)
    FROM entry_points WHERE id = :id""")

AGREEMENT_STATE = text("""
    SELECT jsonb_build_object('code', code, 'titles', titles, 'kind', kind, 'signed_on', signed_on, 'in_force_from', in_force_from,
        'in_force_until', in_force_until, 'summary', summary, 'url', url, 'source', source, 'evidence', evidence,
        'countries', ARRAY(SELECT country_iso3 FROM agreement_countries WHERE agreement_id = a.id ORDER BY 1),
        'organisations', ARRAY(SELECT o.code FROM agreement_organisations p JOIN organisations o ON o.id = p.organisation_id
                               WHERE p.agreement_id = a.id ORDER BY 1))
    FROM agreements a WHERE id = :id""")

SUPPORT_STATE = text("""
    SELECT jsonb_build_object('texts', texts, 'source', source, 'url', url, 'evidence', evidence, 'as_of', as_of)
    FROM host_nation_support WHERE id = :id""")


def state_of(db: Session, statement: Any, id: UUID) -> State:
    """What a row says, in the shape of its `…In`, without what it does not say."""
    found: State = db.execute(statement, {"id": id}).scalar_one()
    return {name: value for name, value in found.items() if value is not None}


def known_countries(db: Session, codes: Sequence[str]) -> set[str]:
    return set(db.scalars(select(Country.iso3).where(Country.iso3.in_(codes))))


def country(db: Session, iso3: str) -> Country | None:
    return db.get(Country, iso3)


def organisations_with(db: Session, codes: Sequence[str]) -> Mapping[str, UUID]:
    rows = db.execute(select(Organisation.code, Organisation.id).where(Organisation.code.in_(codes)))
    return {row.code: row.id for row in rows}


def home_of(db: Session, by: By) -> str | None:
    """The country of the asker's organisation."""
    return db.scalar(select(Organisation.country_iso3).where(Organisation.id == by.organisation_id))


def is_code_taken(db: Session, noun: type[EntryPoint] | type[Agreement], code: str, id: UUID | None) -> bool:
    """By another one, a withdrawn one too."""
    return db.scalar(select(noun.id).where(noun.code == code, noun.id.is_distinct_from(id))) is not None


def began_at(db: Session) -> datetime:
    """When this transaction began, by the database's clock."""
    at: datetime = db.execute(text("SELECT now()")).scalar_one()
    return at


def sees_contact(db: Session, by: By, id: UUID) -> bool:
    statement = f"""SELECT FROM {contacts.TABLE} r
        WHERE r.id = %(id)s AND r.withdrawn_at IS NULL AND {contacts.visible_in_directory(by)}"""
    return db.connection().exec_driver_sql(statement, {"id": id, **visible_values(by)}).first() is not None


def set_countries(db: Session, id: UUID, codes: Sequence[str]) -> None:
    """Raises nothing: the codes are known."""
    db.execute(
        delete(AgreementCountry).where(AgreementCountry.agreement_id == id, AgreementCountry.country_iso3.not_in(codes))
    )
    if codes:
        rows = [{"agreement_id": id, "country_iso3": code} for code in codes]
        db.execute(insert(AgreementCountry).values(rows).on_conflict_do_nothing())


def set_organisations(db: Session, id: UUID, ids: Sequence[UUID]) -> None:
    theirs = AgreementOrganisation.agreement_id == id
    db.execute(delete(AgreementOrganisation).where(theirs, AgreementOrganisation.organisation_id.not_in(ids)))
    if ids:
        rows = [{"agreement_id": id, "organisation_id": one} for one in ids]
        db.execute(insert(AgreementOrganisation).values(rows).on_conflict_do_nothing())


# -- what the forms offer: [code, name] pairs

CHOICES = f"""
SELECT json_build_object(
    'country', (SELECT json_agg(json_build_array(iso3, label(names, %(lang)s)) ORDER BY region DESC, position, label(names, %(lang)s))
                FROM countries),
    'contact', (SELECT coalesce(json_agg(json_build_array(r.id, concat_ws(': ', label(r.organisation_names, %(lang)s),
                    coalesce(nullif(r.position, ''), r.name))) ORDER BY label(r.organisation_names, %(lang)s), r.name), '[]')
                FROM {contacts.TABLE} r WHERE r.withdrawn_at IS NULL AND {{seen}}))"""


def choices(db: Session, by: By, lang: str) -> dict[str, Any]:
    statement = CHOICES.format(seen=contacts.visible_in_directory(by))
    found: dict[str, Any] = (
        db.connection().exec_driver_sql(statement, {"lang": lang, **visible_values(by)}).scalar_one()
    )
    return found


TURN = text("""
    UPDATE entry_points p SET updated_at = clock_timestamp()
    WHERE EXISTS (SELECT FROM entry_point_reports r, unnest(ARRAY[r.from_at, r.until_at]) at
                  WHERE r.entry_point_id = p.id AND at <= now() AND at > p.updated_at)""")


def touch_turned(db: Session) -> None:
    """The row changes when what was said of it begins or ends, so that what was kept of it is asked for anew."""
    db.execute(TURN)
