"""The form of an event: what its fields are called, what stands in them, and what they say as a change."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.errors import Invalid
from app.events.actions import REASONS
from app.events.schemas import EventIn
from app.events.shapes import shape
from app.forms import Values, asked, by_language, first, in_languages, is_ticked, moment, part, read
from app.languages import gettext as _

SEVERAL = ("countries", "areas")
TEXTS = ("titles", "summary", "place")
MOMENTS = ("started_at", "ended_at")
BETWEEN = re.compile(r"[,;،\n]+")


def labels() -> dict[str, str]:
    """What the page calls its fields, in their order."""
    return {
        **by_language("titles", _("Title")),
        "hazard": _("Hazard"),
        "status": _("Status"),
        "alert_level": _("Alert level"),
        "alert_reason": _("Why this alert level"),
        "started_at": _("Began"),
        "started_precision": _("What is known of the time"),
        "ended_at": _("Ended"),
        "countries": _("Countries"),
        "areas": _("Areas"),
        **by_language("place", _("Place")),
        "geometry": _("Coordinates"),
        "geometry_precision": _("How exact are they"),
        **by_language("summary", _("Summary")),
        "glide": _("GLIDE number"),
        "exercise": _("Exercise"),
        "exercise_reason": _("Why it is an exercise, or is none"),
        "visibility": _("Who may see it"),
    }


def values_of(state: Mapping[str, Any]) -> dict[str, list[str]]:
    """What stands in the fields for an event that says this."""
    plain = ("hazard", "status", "alert_level", "started_precision", "geometry_precision", "visibility")
    values = {name: [state[name] or ""] for name in plain}
    for name in TEXTS:
        values |= in_languages(name, state[name])
    for name in MOMENTS:
        values |= moment_fields(name, state[name], state["started_precision"])
    values |= {name: list(state[name]) for name in SEVERAL}
    ticked = {"exercise": ["true"]} if state["exercise"] else {}
    return values | ticked | {"glide": [", ".join(state["glide"])], "geometry": [written(state["geometry"])]}


def moment_fields(name: str, at: str | None, precision: str) -> dict[str, list[str]]:
    """A time without the seconds that are none, or without any where only the day is known."""
    day, _t, time = (at or "").partition("T")
    time = time.removesuffix("Z").partition(".")[0].removesuffix(":00")
    is_only_a_day = time == "00:00" and (name == "ended_at" or precision in ("day", "month"))
    return {f"{name}.day": [day], f"{name}.time": ["" if is_only_a_day else time]}


def written(geometry: Mapping[str, Any] | None) -> str:
    """A point as people write it, another shape as GeoJSON."""
    if geometry and geometry["type"] == "Point":
        lon, lat = geometry["coordinates"]
        return f"{lat}, {lon}"
    return json.dumps(geometry) if geometry else ""


def event_in(values: Values) -> EventIn:
    """The event that the fields describe. Raises Invalid, naming every field that is wrong."""
    said, wrong = question(values)
    names = {**labels(), "titles": _("Title"), "summary": _("Summary"), "place": _("Place")}
    try:
        new = read(EventIn, said, names)
    except Invalid as error:
        wrong += [dict(one) for one in error.errors]
    if wrong:
        raise Invalid(" ".join(one["message"] for one in wrong), wrong)
    return new


def question(values: Values) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """The fields as the JSON of `EventIn`, and what is wrong already."""
    said = asked({name: texts for name, texts in values.items() if not is_of_moment(name)}, SEVERAL)
    said |= {name: moment(values, name) for name in MOMENTS}
    said |= {"exercise": is_ticked(values, "exercise"), **{name: said.get(name) or [] for name in SEVERAL}}
    said |= {name: without_empty(said.get(name)) for name in TEXTS}
    said["glide"] = [number for number in BETWEEN.split(first(values, "glide")) if number.strip()]
    said["started_precision"] = said.get("started_precision") or (
        "minute" if first(values, "started_at.time").strip() else "day"
    )
    needed = {name: value for name, value in said.items() if value is not None or name in ("alert_level", "ended_at")}
    needed.pop("geometry", None)
    try:
        return needed | {"geometry": shape(first(values, "geometry"))}, []
    except ValueError as error:
        return needed, [{"field": "geometry", "message": str(error)}]


def without_empty(texts: Any) -> Any:
    return {code: text for code, text in texts.items() if text} if isinstance(texts, Mapping) else texts or {}


def is_of_moment(name: str) -> bool:
    return name.partition(".")[0] in MOMENTS


def change(values: Values, now: Values) -> dict[str, Any]:
    """As a merge patch, what the fields say otherwise than they do `now`: nothing else of the event is touched."""
    said, _wrong = question(values)
    patch: dict[str, Any] = {}
    for name in labels():
        if part(values, name) != part(now, name):
            outer, _dot, inner = name.partition(".")
            if inner:
                patch.setdefault(outer, {})[inner] = (said.get(outer) or {}).get(inner)
            else:
                patch[outer] = said.get(outer)
    return patch


def without_idle_reasons(values: Values, now: Values) -> dict[str, list[str]]:
    """Without the reason for a change that was decided against."""
    idle = [why for name, why in REASONS.items() if part(values, name) == part(now, name)]
    return {name: list(texts) for name, texts in values.items() if name not in idle}


# What the codes of a field are called
WORDS: Mapping[str, Callable[[], dict[str, str]]] = {
    "status": lambda: {"alert": _("Alert"), "ongoing": _("Ongoing"), "closed": _("Closed")},
    "alert_level": lambda: {"green": _("Green"), "orange": _("Orange"), "red": _("Red")},
    "started_precision": lambda: {
        "minute": _("the minute"), "hour": _("the hour"), "day": _("the day"), "month": _("only the month"),
    },
    "geometry_precision": lambda: {
        "exact": _("exact"), "approximate": _("approximate"), "printed": _("as printed in the source"),
    },
    "visibility": lambda: {
        "public": _("everybody"), "partners": _("partners who sign in"), "centre": _("the Centre"),
        "own": _("only the organisation that keeps it"),
    },
}  # fmt: skip


def in_words(choices: Mapping[str, Sequence[Sequence[str]]], name: str, texts: Sequence[str]) -> str:
    """The values of a field for a reader: codes by their names, a day and its time side by side."""
    names = {choice[0]: choice[1] for choice in choices.get(name, ())} or WORDS.get(name, dict)()
    if name == "exercise":
        return _("yes") if texts else _("no")
    between = " " if is_of_moment(name) else ", "
    return between.join(names.get(text, text) for text in texts)
