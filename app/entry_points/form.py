"""The forms of entry points, of what is said of them, and of host nation support: fields, what stands in them, what they say."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.entry_points.schemas import EntryPointIn, ReportIn, SupportIn
from app.errors import Invalid
from app.forms import Values, asked, by_language, first, in_languages, moment, part, plain_number, read
from app.geo import spoken_point
from app.languages import gettext as _

BY_LANGUAGE = ("names", "counterpart", "hours", "winter_note", "note")
ONE_LINE = (
    "code", "kind", "country", "across", "elevation_m", "time_zone", "hours_to_cross", "winter_from", "winter_to",
    "customs_contact", "quarantine_contact", "source", "evidence",
)  # fmt: skip
NUMBERS = ("elevation_m", "hours_to_cross")
MOMENTS = ("as_of", "from_at", "until_at")


# -- an entry point


def labels() -> dict[str, str]:
    return {
        **by_language("names", _("Name")),
        "code": _("Code"),
        "kind": _("Kind"),
        "country": _("Country"),
        "across": _("Other side"),
        **by_language("counterpart", _("Name on the other side")),
        "geometry": _("Coordinates"),
        "elevation_m": _("Height"),
        "may_pass": _("What may pass"),
        **by_language("hours", _("Hours")),
        "time_zone": _("Time zone"),
        "hours_to_cross": _("Hours to cross"),
        "winter_from": _("Closed in winter from"),
        "winter_to": _("Closed in winter to"),
        **by_language("winter_note", _("About the winter")),
        "customs_contact": _("Customs"),
        "quarantine_contact": _("Quarantine"),
        **by_language("note", _("Note")),
        "source": _("Source"),
        "evidence": _("Evidence"),
    }


def groups() -> dict[str, str]:
    """What errors call the fields that hold others."""
    return labels() | {name: label.partition(" (")[0] for name, label in (
        (name, labels()[f"{name}.en"]) for name in BY_LANGUAGE
    )}  # fmt: skip


def values_of(state: Mapping[str, Any]) -> dict[str, list[str]]:
    """What stands in the fields for an entry point, as EntryPointIn has it."""
    texts = {one: typed for name in BY_LANGUAGE for one, typed in in_languages(name, state.get(name)).items()}
    plain = {name: ["" if state.get(name) is None else f"{state[name]}"] for name in ONE_LINE}
    point = state.get("geometry")
    at = [f"{point['coordinates'][1]}, {point['coordinates'][0]}"] if point else [""]
    return {**texts, **plain, "may_pass": list(state.get("may_pass", [])), "geometry": at}


def entry_point_in(values: Values) -> EntryPointIn:
    """The entry point that the fields describe. Raises Invalid, naming every field that is wrong as the page calls it."""
    return read(EntryPointIn, without_nothing(question(values)), groups())


def question(values: Values) -> dict[str, Any]:
    """The fields as JSON. Raises Invalid where the coordinates are none."""
    plain = {name: [plain_number(one) for one in texts] if name in NUMBERS else texts for name, texts in values.items()}
    said = asked(plain, ("may_pass",))
    typed = first(values, "geometry")
    if not typed.strip():
        return said
    try:
        said["geometry"] = {"type": "Point", "coordinates": list(spoken_point(typed))}
    except ValueError as error:
        raise Invalid.field("geometry", str(error)) from None
    return said


def without_nothing(said: Mapping[str, Any]) -> dict[str, Any]:
    """Fields left empty are left out."""
    left = {name: without_nothing(value) if isinstance(value, Mapping) else value for name, value in said.items()}
    return {name: value for name, value in left.items() if value not in (None, {})}


def change(values: Values, now: Values) -> dict[str, Any]:
    """As a merge patch, what the fields say otherwise than they do `now`."""
    said = question(values)
    differ = {name.partition(".")[0] for name in labels() if part(values, name) != part(now, name)}
    return {name: said.get(name, [] if name == "may_pass" else None) for name in differ}


# -- what is said of it


def report_labels() -> dict[str, str]:
    return {
        "status": _("How it is"),
        "said_by": _("Said by"),
        "as_of": _("Said on"),
        "source": _("How they said it"),
        "from_at": _("From when it is so"),
        "until_at": _("Until when, if known"),
        "note": _("More about it"),
    }


def new_report() -> dict[str, list[str]]:
    now = datetime.now(UTC)
    return {"as_of.day": [f"{now:%Y-%m-%d}"], "as_of.time": [f"{now:%H:%M}"]}


def report_in(values: Values) -> ReportIn:
    """Raises Invalid."""
    said = without_nothing(
        {name: first(values, name).strip() or None for name in ("status", "said_by", "source", "note")}
    )
    times = {name: at for name in MOMENTS if (at := moment(values, name))}
    return read(ReportIn, said | times, report_labels())


# -- host nation support


def support_labels() -> dict[str, str]:
    return {
        **by_language("texts", _("Text")),
        "source": _("Source"),
        "url": _("Address on the web"),
        "evidence": _("Evidence"),
        "as_of": _("As of"),
    }


def support_values(state: Mapping[str, Any]) -> dict[str, list[str]]:
    plain = {name: [state.get(name) or ""] for name in ("source", "url", "evidence", "as_of")}
    return {**in_languages("texts", state.get("texts")), **plain}


def support_in(values: Values) -> SupportIn:
    """Raises Invalid."""
    return read(
        SupportIn,
        without_nothing(asked(values)) | ({"texts": {}} if not part(values, "texts") else {}),
        support_labels() | {"texts": _("Text")},
    )


def in_words(words: Mapping[str, str], _name: str, texts: Sequence[str]) -> str:
    """The values of a field for a reader: codes by their names."""
    return ", ".join(words.get(text, text) for text in texts)
