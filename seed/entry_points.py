"""Real border crossings, airports and ports of the region, agreements, and what is known of how countries receive help.

All of it is general knowledge and says so: whoever knows better corrects it, and what people have changed since is theirs.
"""

from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.entry_points.models import (
    Agreement,
    AgreementCountry,
    AgreementOrganisation,
    EntryPoint,
    HostNationSupport,
)
from app.history import History
from app.people.models import Organisation
from seed.tables import Row, Values, add_missing, by_language, ids, listed, point, read, upsert

WRITTEN = ("registered", "changed", "withdrawn", "restored")  # a report changes nothing of the register
EVIDENCE = "general_knowledge"


def load_entry_points(db: Session) -> int:
    """Returns how many records were new or changed."""
    points = [row for row in read("entry_points") if row["code"] not in theirs(db, EntryPoint, "entry-points")]
    return (
        upsert(db, EntryPoint, [entry_point(row) for row in points])
        + load_agreements(db)
        + add_missing(db, HostNationSupport, [support(row) for row in read("host_nation_support")])
    )


def theirs(db: Session, noun: type[EntryPoint] | type[Agreement], name: str) -> set[str]:
    """The codes of records that people have written."""
    written = (History.record_id == noun.id) & (History.noun == name) & History.action.in_(WRITTEN)
    return set(db.scalars(select(noun.code).join(History, written)))


def entry_point(row: Row) -> Values:
    return {
        "code": row["code"],
        "names": by_language(row, "name_"),
        "counterpart": by_language(row, "counterpart_"),
        "kind": row["kind"],
        "country_iso3": row["country"],
        "across_iso3": row["across"] or None,
        "location": point(row["lat"], row["lon"]),
        "elevation_m": Decimal(row["elevation_m"]) if row["elevation_m"] else None,
        "may_pass": listed(row["may_pass"]),
        "winter_from": row["winter_from"] or None,
        "winter_to": row["winter_to"] or None,
        "winter_note": by_language(row, "winter_"),
        "note": by_language(row, "note_"),
        "source": row["source"],
        "evidence": EVIDENCE,
    }


def load_agreements(db: Session) -> int:
    rows = [row for row in read("agreements") if row["code"] not in theirs(db, Agreement, "agreements")]
    changed = upsert(db, Agreement, [agreement(row) for row in rows])
    agreements, organisations = ids(db, Agreement), ids(db, Organisation)
    countries = [
        {"agreement_id": agreements[row["code"]], "country_iso3": code}
        for row in rows
        for code in listed(row["countries"])
    ]
    parties = [
        {"agreement_id": agreements[row["code"]], "organisation_id": organisations[code]}
        for row in rows
        for code in listed(row["organisations"])
    ]
    return changed + add_missing(db, AgreementCountry, countries) + add_missing(db, AgreementOrganisation, parties)


def agreement(row: Row) -> Values:
    dated = ("signed_on", "in_force_from", "in_force_until")
    return {
        "code": row["code"],
        "titles": by_language(row, "title_"),
        "kind": row["kind"],
        **{name: date.fromisoformat(row[name]) if row[name] else None for name in dated},
        "summary": by_language(row, "summary_"),
        "source": row["source"],
        "evidence": EVIDENCE,
    }


def support(row: Row) -> Values:
    return {
        "country_iso3": row["country"],
        "section": row["section"],
        "texts": by_language(row),
        "source": row["source"],
        "evidence": EVIDENCE,
        "as_of": date.fromisoformat(row["as_of"]),
    }
