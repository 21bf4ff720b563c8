"""From a warning to its CAP message: one info block for each language that a headline is in."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from app import languages
from app.exercises import marked
from app.formats import cap
from app.languages import gettext as _
from app.warnings.models import Warning

Facts = Mapping[str, Any]  # writing_queries.facts_of()

SCOPES = {"public": "Public", "partners": "Restricted", "centre": "Private", "own": "Private"}
RESTRICTION = "Partners of the Almaty Centre who sign in"


def sender_of(site: str) -> str:
    """Who sends, for machines: an address that no other portal has."""
    return f"warnings@{urlsplit(site).hostname or 'localhost'}"


def identifier_of(id: UUID | str) -> str:
    return f"urn:uuid:{id}"


def message(warning: Warning, facts: Facts, earlier: Sequence[Facts], recipients: Sequence[str], site: str) -> str:
    """The CAP message of a warning that has its time of issue."""
    assert warning.issued_at is not None
    scope = SCOPES[warning.audience]
    alert = cap.Alert(
        name=cap.Name(sender_of(site), identifier_of(warning.id), warning.issued_at),
        status=warning.status.title(),
        msg_type=warning.msg_type.title(),
        scope=scope,
        restriction=RESTRICTION if scope == "Restricted" else "",
        addresses=(list(recipients) or [sender_of(site)]) if scope == "Private" else (),
        note=warning.note or ("EXERCISE" if warning.status == "exercise" else ""),
        references=[named(one) for one in earlier],
        incidents=[facts["event"]] if facts["event"] else (),
        infos=[info(warning, facts, code, site) for code in languages.LANGUAGES if code in warning.headlines],
    )
    return cap.written(alert).decode()


def named(earlier: Facts) -> cap.Name:
    return cap.Name(earlier["sender"], identifier_of(earlier["id"]), datetime.fromisoformat(earlier["sent"]))


def info(warning: Warning, facts: Facts, language: str, site: str) -> cap.Info:
    with languages.speaking(language):
        hazard = facts["hazard"]
        return cap.Info(
            language=language,
            categories=[category(code) for code in warning.categories],
            event=languages.label(hazard["names"]),
            responses=["AllClear" if code == "all_clear" else code.title() for code in warning.responses],
            urgency=warning.urgency.title(),
            severity=warning.severity.title(),
            certainty=warning.certainty.title(),
            event_codes=[(name, code) for name, code in (("GLIDE", hazard["code"]), ("UNDRR-ISC", hazard["undrr_isc"])) if code],
            effective=warning.effective_at or warning.issued_at,
            onset=warning.onset_at,
            expires=warning.expires_at,
            sender_name=languages.label(facts["organisation"]),
            headline=headline(warning),
            description=warning.descriptions.get(language, ""),
            instruction=warning.instructions.get(language, ""),
            web=f"{site}/warnings/{warning.ref}",
            contact=warning.contact,
            parameters=[(one["name"], one["value"]) for one in warning.parameters],
            areas=[area(warning, facts)],
        )  # fmt: skip


def category(code: str) -> str:
    return "CBRNE" if code == "cbrne" else code.title()


def headline(warning: Warning) -> str:
    """The headline as it goes out, in the reader's language or the next best."""
    return meant(warning, languages.label(warning.headlines))


def meant(warning: Warning, text: str) -> str:
    """A text about a warning with what it is, where it is not meant in earnest, before every other word."""
    if warning.status == "test":
        return _("TEST: %(text)s") % {"text": text}
    return marked(text, warning.status == "exercise")


def said(warning: Warning, facts: Facts) -> list[dict[str, str]]:
    """What a message says in each of its languages, for people."""
    found = []
    for code in (code for code in languages.LANGUAGES if code in warning.headlines):
        with languages.speaking(code):
            texts = {"headline": headline(warning), "area": where(warning, facts)}
            texts |= {"description": warning.descriptions.get(code, "")}
            found.append(texts | {"language": code, "instruction": warning.instructions.get(code, "")})
    return found


def area(warning: Warning, facts: Facts) -> cap.Area:
    geometry = facts["geometry"] or {"type": "MultiPolygon", "coordinates": []}
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return cap.Area(
        description=where(warning, facts),
        polygons=[[(lon, lat) for lon, lat in rings[0]] for rings in polygons],
        circles=[cap.Circle((one["lon"], one["lat"]), one["km"]) for one in warning.circles],
        geocodes=list(geocodes(facts, bool(polygons or warning.circles))),
    )


def where(warning: Warning, facts: Facts) -> str:
    """In words, in the reader's language; else the names of the areas, and of the countries where none is named."""
    said = warning.area_descriptions
    if text := said.get(languages.current().code):
        return text
    comma = "، " if languages.current().direction == "rtl" else ", "
    return comma.join(languages.label(one["names"]) for one in facts["areas"] or facts["countries"])


def geocodes(facts: Facts, is_drawn: bool) -> Iterable[tuple[str, str]]:
    """All of them together are the area: a country only stands there where the whole of it is meant."""
    for one in facts["areas"]:
        if one["iso"]:
            yield "ISO3166-2", one["iso"]
        if one["pcode"]:
            yield "P-CODE", one["pcode"]
        if not one["iso"] and not one["pcode"]:
            yield "ALMATY-CENTRE-AREA", one["code"]
    in_part = {one["country"] for one in facts["areas"]}
    if not is_drawn:
        for country in facts["countries"]:
            if country["iso3"] not in in_part:
                yield "ISO3166-1", country["iso2"]
