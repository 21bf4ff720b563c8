"""What the entry of a feed says of a record, in the reader's language."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from app.exercises import marked
from app.exercises import word as exercise
from app.formats.atom import Category, Entry, Gone, Link
from app.languages import gettext as _
from app.settings import settings
from app.web import number

Record = Mapping[str, Any]
CAP = "application/cap+xml"


def at(path: str) -> str:
    """An address of the portal, whole."""
    return f"{settings().public_url}{path}"


def urn(id: str) -> str:
    return f"urn:uuid:{id}"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def gone(stub: Record) -> Gone:
    return Gone(urn(stub["id"]), moment(stub["withdrawn_at"]))


def event(record: Record, indicators: Mapping[str, str]) -> Entry:
    return Entry(
        id=urn(record["id"]),
        title=record["title"],
        published=moment(record["created_at"]),
        updated=moment(record["updated_at"]),
        links=(
            Link(at(f"/events/{record['ref']}")),
            Link(at(f"/api/v1/events/{record['ref']}"), type="application/json"),
        ),
        summary="\n".join(said_of_event(record, indicators)),
        categories=[*of_event(record), *of_all(record)],
        geometry=record["geometry"],
    )


def said_of_event(record: Record, indicators: Mapping[str, str]) -> list[str]:
    """The summary, and each headline figure with who said it and of which day."""
    figures = [(code, figure) for code, figure in record["figures"].items() if figure]
    lines = [f"{indicators.get(code, code)}: {amount(figure)} ({source(figure)})" for code, figure in figures]
    summary = [record["summary"]] if record["summary"] else []
    if record["exercise"]:
        summary = [_("This is an exercise. It did not happen."), *summary]
    if record["demonstration"]:
        summary = [_("Invented for trying the portal out."), *summary]
    return [*summary, *lines]


def amount(figure: Record) -> str:
    """A figure as pages write it."""
    value, low, high = figure["value"], figure["low"], figure["high"]
    if value is not None:
        return {"about": "≈ ", "at_least": "≥ "}.get(figure["qualifier"], "") + number(value)
    if low is not None and high is not None:
        return f"{number(low)}–{number(high)}"
    return f"≥ {number(low)}" if low is not None else f"≤ {number(high)}"


def source(figure: Record) -> str:
    name, as_of = figure["source"]["name"], figure["as_of"]
    return f"{name}, {as_of}" if as_of else str(name)


def of_event(record: Record) -> list[Category]:
    levels = {"green": _("Green"), "orange": _("Orange"), "red": _("Red")}
    states = {"alert": _("Alert"), "ongoing": _("Ongoing"), "closed": _("Closed")}
    level = record["alert_level"]
    return [
        Category(record["hazard"]["code"], at("/api/v1/reference/hazards"), record["hazard"]["name"]),
        *([Category(level, scheme("alert-level"), levels[level])] if level else []),
        Category(record["status"], scheme("status"), states[record["status"]]),
        *(Category(glide, scheme("glide"), glide) for glide in record["glide"]),
    ]


def of_all(record: Record) -> list[Category]:
    """What categories events and warnings have in common."""
    countries = at("/api/v1/reference/countries")
    return [
        *(Category(country["iso3"], countries, country["name"]) for country in record["countries"]),
        *([Category("exercise", scheme("kind"), exercise())] if record["exercise"] else []),
        *([Category("demonstration", scheme("kind"), _("Demonstration"))] if record["demonstration"] else []),
    ]


def scheme(name: str) -> str:
    """What a category is one of, where no list of codes says it."""
    return at(f"/api/docs#{name}")


def warning(record: Record) -> Entry:
    """One that was issued; the CAP message itself is its first alternative."""
    return Entry(
        id=urn(record["id"]),
        title=marked(record["headline"], record["exercise"]),
        published=moment(record["issued_at"]),
        updated=moment(record["updated_at"]),
        links=(
            Link(at(record["cap_url"]), type=CAP),
            Link(at(f"/warnings/{record['ref']}")),
            Link(at(f"/api/v1/warnings/{record['ref']}"), type="application/json"),
        ),
        summary="\n\n".join(filter(None, (record["description"], record["instruction"]))),
        categories=[
            Category(record["hazard"]["code"], at("/api/v1/reference/hazards"), record["hazard"]["name"]),
            *(Category(record[name], scheme(name), record[name]) for name in ("severity", "urgency", "certainty")),
            *of_all(record),
        ],
        geometry=record["geometry"],
    )


def figure(record: Record, event: Record) -> Entry:
    """What a source said of an event. It was known when the source said it, and may have been recorded later."""
    said = f"{record['indicator']['name']}: {amount(record)} ({source(record)})"
    where = f"{record['country']['name']}: " if record["country"] else ""
    return Entry(
        id=urn(record["id"]),
        title=marked(where + said, event["exercise"]),
        published=moment(record["created_at"]),
        updated=moment(record["updated_at"]),
        links=(
            Link(at(f"/events/{event['ref']}")),
            Link(at(f"/api/v1/events/{event['ref']}/figures"), type="application/json"),
        ),
        summary=record["note"] or "",
        categories=[
            Category(record["indicator"]["code"], at("/api/v1/reference/indicators"), record["indicator"]["name"]),
            *of_all(event),
        ],
    )


def report(record: Record, event: Record) -> Entry:
    """A situation report, in its latest version; by its ref, since those of merged events have numbers of their own."""
    address = f"/events/{event['ref']}/situation-reports/{record['ref']}"
    return Entry(
        id=urn(record["id"]),
        title=record["title"],
        published=moment(record["published_at"]),
        updated=moment(record["updated_at"]),
        links=(
            Link(at(address)),
            Link(at(f"/api/v1{address}"), type="application/json"),
        ),
        summary=record["sections"]["highlights"] or record["sections"]["overview"] or "",
        categories=[Category("situation-report", scheme("kind"), _("Situation report")), *of_all(event)],
    )


def latest(*moments: datetime) -> datetime:
    """When a feed last changed; one that holds nothing never did."""
    return max(moments, default=datetime(2026, 1, 1, tzinfo=UTC))
