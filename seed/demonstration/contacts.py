"""Whom to call in the demonstration: desks, not people, with numbers that nobody can have and addresses that lead nowhere.

No country's code is 000, and names under .invalid never resolve (RFC 2606).
"""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.capacities.models import Capacity
from app.people.models import Contact, Organisation
from seed.tables import Row, Values, add_missing, ids, listed, read

CENTRE = "CESDRR"
MARK = "Demonstration · Демонстрация"
EVERY = 4  # so many teams have one whose leader can be called


def load_contacts(db: Session) -> int:
    """Add the contacts that are not there yet; their e-mail addresses tell them apart."""
    organisations = ids(db, Organisation)
    known = set(db.scalars(select(Contact.email).where(Contact.demonstration)))
    wanted = [*of_the_centre(organisations), *of_holders(organisations), *of_teams(db)]
    rows = [numbered(number, row) for number, row in enumerate(wanted, 1)]
    return add_missing(db, Contact, [row for row in rows if row["email"] not in known])


def numbered(number: int, row: Values) -> Values:
    return {
        "capacity_id": None,
        "is_24h": False,
        "hours": "",
        "radio": "",
        "languages": [],
        **row,
        "position": MARK,
        "phones": [f"+000 {number:03} 0001", *([f"+000 {number:03} 0002"] if row.get("is_24h") else [])],
        "demonstration": True,
    }


def of_the_centre(organisations: dict[str, object]) -> Iterator[Values]:
    mine = {"organisation_id": organisations[CENTRE], "languages": ["en", "ru"]}
    yield mine | {
        "kind": "duty_officer", "name": "Duty desk of the Centre", "email": "duty.cesdrr@demo.invalid", "is_24h": True,
        "visibility": "public",
    }  # fmt: skip
    yield mine | {
        "kind": "liaison", "name": "Liaison officer of the Centre", "email": "liaison.cesdrr@demo.invalid",
        "hours": "09:00–18:00", "visibility": "partners",
    }  # fmt: skip


def of_holders(organisations: dict[str, object]) -> Iterator[Values]:
    """A duty desk and a focal point of each authority, and a focal point of each society."""
    for holder in read("demonstration/holders"):
        desks = (
            (holder["authority"], "duty_officer", "Duty desk", "duty", "partners"),
            (holder["authority"], "focal_point", "Focal point for the Centre", "focal", "centre"),
            (holder["society"], "focal_point", "Disaster management focal point", "focal", "partners"),
        )
        for code, kind, name, box, visibility in desks:
            yield desk(holder, kind, name, visibility) | {
                "organisation_id": organisations[code],
                "email": f"{box}.{code.lower()}@demo.invalid",
            }


def desk(holder: Row, kind: str, name: str, visibility: str) -> Values:
    is_24h = kind == "duty_officer"
    return {
        "kind": kind,
        "name": name,
        "visibility": visibility,
        "is_24h": is_24h,
        "hours": "" if is_24h else "09:00–18:00",
        "radio": f"{holder['country']} DEMO" if is_24h else "",
        "languages": listed(holder["languages"]),
    }


def of_teams(db: Session) -> Iterator[Values]:
    """The leaders of some demonstration teams."""
    teams = select(Capacity).where(Capacity.demonstration, Capacity.kind == "team").order_by(Capacity.ref)
    for team in db.scalars(teams).all()[::EVERY]:
        yield {
            "kind": "capacity",
            "organisation_id": team.organisation_id,
            "capacity_id": team.id,
            "name": "Team leader",
            "email": f"leader.{team.ref.lower()}@demo.invalid",
            "languages": list(team.languages),
            "visibility": "centre",
        }
