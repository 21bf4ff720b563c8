"""History as sentences: what was done, and each field with what it was and what it is."""

from collections.abc import Iterable, Mapping
from typing import Any

from app import languages
from app.languages import gettext as _
from app.trail.fields import fields
from app.trail.names import actions, nouns
from app.web import NOT_KNOWN, instant, listing, spoken

Entry = Mapping[str, Any]
Line = dict[str, Any]
Names = Mapping[str, str]  # what columns are called in the reader's language

# Fields whose values are codes that components/words.html knows
CODED = {
    "status",
    "alert_level",
    "relation",
    "visibility",
    "audience",
    "severity",
    "urgency",
    "certainty",
    "msg_type",
    "base_visibility",
    "readiness_equipment",
    "readiness_people",
    "readiness_funding",
}
HIDDEN = {"id", "search", "created_at", "updated_at", "kind", "organisation_id", "type_code", "base_area_id"}


def called(name: str, names: Names) -> str:
    return names.get(name) or name.replace("_", " ").capitalize()


def value(name: str, given: Any, names: Names) -> str:
    """A value as people read it; what is personal is not repeated here."""
    if given is None or given in ("", [], {}):
        return NOT_KNOWN
    if isinstance(given, bool):
        return _("yes") if given else _("no")
    if name == "languages":
        return spoken(given)
    if isinstance(given, list):
        return listing(value(name, one, names) for one in given)
    return of_object(given, names) if isinstance(given, Mapping) else single(name, str(given))


def single(name: str, given: str) -> str:
    if name.endswith("_at"):
        return instant(given, "minute")
    return precision().get(given, given) if name.endswith("_precision") else given


def precision() -> dict[str, str]:
    """How well a time or a place is known, as the form of events says it."""
    return {
        "minute": _("the minute"),
        "hour": _("the hour"),
        "day": _("the day"),
        "month": _("only the month"),
        "exact": _("exact"),
        "approximate": _("approximate"),
        "printed": _("as printed in the source"),
    }


def of_object(given: Mapping[str, Any], names: Names) -> str:
    if "digest" in given:
        return _("(personal, kept aside)")
    if "coordinates" in given:
        return place(given)
    if all(isinstance(text, str) for text in given.values()):
        return str(given.get(languages.current().code) or given.get("en") or next(iter(given.values())))
    return listing(f"{called(name, names)}: {value(name, one, names)}" for name, one in given.items())


def place(geometry: Mapping[str, Any]) -> str:
    if geometry.get("type") == "Point":
        lon, lat = geometry["coordinates"][:2]
        return f"{lat}, {lon}"
    return str(geometry.get("type"))


def in_words(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Entries for a template: with `done` in words and `lines` of {field, before, after}."""
    done, kinds, names = actions(), nouns(), fields()  # put together once, not for every line
    return [
        {
            **entry,
            "done": done.get(entry["action"]) or entry["action"].capitalize(),
            "kind": kinds.get(entry["noun"], entry["noun"]),
            "lines": lines(entry, names),
        }
        for entry in entries
    ]


def lines(entry: Entry, names: Names) -> list[Line]:
    before, after = entry["before"] or {}, entry["after"] or {}
    return [
        {
            "field": called(name, names),
            "before": value(name, before.get(name), names) if entry["before"] is not None else "",
            "after": value(name, after.get(name), names),
            "is_coded": name in CODED,
        }
        for name in {**before, **after}
        if name not in HIDDEN and not (entry["before"] is None and after.get(name) in (None, "", [], {}, False))
    ]
