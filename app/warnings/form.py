"""The form of a warning: what its fields are called, what stands in them, what they say."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.errors import Invalid
from app.forms import Typed, Values, asked, by_language, first, in_languages, moment, part, read
from app.geo import spoken_point
from app.languages import gettext as _
from app.warnings import words
from app.warnings.schemas import AcknowledgeIn, WarningIn

SEVERAL = ("categories", "responses", "countries", "areas")
TEXTS = ("headlines", "descriptions", "instructions", "area_descriptions")
MOMENTS = ("effective_at", "onset_at", "expires_at")
PLAIN = ("event", "status", "hazard", "urgency", "severity", "certainty", "contact", "audience")
CIRCLE = re.compile(r"(.+?)[,;\s]\s*(\d+(?:\.\d+)?)\s*(?:km|км)?\s*", re.IGNORECASE)
Problems = list[dict[str, str]]


def labels() -> dict[str, str]:
    """What the page calls its fields, in their order."""
    return {
        "event": _("Event"),
        "status": _("Is it meant in earnest"),
        "hazard": _("Hazard"),
        "severity": _("Severity"),
        "urgency": _("Urgency"),
        "certainty": _("Certainty"),
        "categories": _("Category"),
        "responses": _("What people should do"),
        "effective_at": _("To be heeded from"),
        "onset_at": _("Expected to begin"),
        "expires_at": _("In force until"),
        **by_language("headlines", _("Headline")),
        **by_language("descriptions", _("What is happening")),
        **by_language("instructions", _("What to do")),
        "countries": _("Countries"),
        "areas": _("Areas"),
        **by_language("area_descriptions", _("Where, in words")),
        "geometry": _("Polygon"),
        "circles": _("Circles"),
        "parameters": _("More values"),
        "contact": _("Contact"),
        "audience": _("Who may see it"),
    }


NAMES_OF_TEXTS: Mapping[str, Callable[[], str]] = {
    "headlines": lambda: _("Headline"),
    "descriptions": lambda: _("What is happening"),
    "instructions": lambda: _("What to do"),
    "area_descriptions": lambda: _("Where, in words"),
}


def values_of(state: Mapping[str, Any]) -> dict[str, list[str]]:
    """What stands in the fields for a warning that says this."""
    values = {name: [state.get(name) or ""] for name in PLAIN}
    for name in TEXTS:
        values |= in_languages(name, state.get(name))
    for name in MOMENTS:
        values |= moment_fields(name, state.get(name))
    values |= {name: list(state.get(name) or ()) for name in SEVERAL}
    values["geometry"] = [json.dumps(state["geometry"]) if state.get("geometry") else ""]
    values["circles"] = ["\n".join(f"{one['lat']}, {one['lon']}, {one['km']}" for one in state.get("circles") or ())]
    values["parameters"] = ["\n".join(f"{one['name']}: {one['value']}" for one in state.get("parameters") or ())]
    return values


def moment_fields(name: str, at: str | None) -> dict[str, list[str]]:
    day, _t, time = (at or "").partition("T")
    return {f"{name}.day": [day], f"{name}.time": [time[:5]]}


def warning_in(values: Values) -> WarningIn:
    """The warning that the fields describe. Raises Invalid, naming every field that is wrong."""
    said, wrong = question(values)
    names = {**labels(), **{name: called() for name, called in NAMES_OF_TEXTS.items()}}
    try:
        new = read(WarningIn, said, names)
    except Invalid as error:
        wrong += [dict(one) for one in error.errors]
    if wrong:
        raise Invalid(" ".join(one["message"] for one in wrong), wrong)
    return new


def question(values: Values) -> tuple[dict[str, Any], Problems]:
    """The fields as the JSON of `WarningIn`, and what is wrong already."""
    plain = {name: texts for name, texts in values.items() if name.partition(".")[0] not in MOMENTS}
    said = asked(plain, SEVERAL)
    said |= {name: moment(values, name) for name in MOMENTS}
    said |= {name: said.get(name) or [] for name in SEVERAL}
    said |= {name: without_empty(said.get(name)) for name in TEXTS}
    said["contact"] = said.get("contact") or ""
    wrong: Problems = []
    for name, understand in (("geometry", shape), ("circles", circles), ("parameters", parameters)):
        try:
            said[name] = understand(first(values, name))
        except ValueError as error:
            said.pop(name, None)
            wrong.append({"field": name, "message": str(error)})
    left_out = ("event", "effective_at", "onset_at", "geometry")  # what may be null
    return {name: value for name, value in said.items() if value is not None or name in left_out}, wrong


def without_empty(texts: Any) -> Any:
    return {code: text for code, text in texts.items() if text} if isinstance(texts, Mapping) else texts or {}


def shape(text: str) -> Any:
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(_("This is not valid GeoJSON. Paste a polygon, or leave the field empty.")) from None


def circles(text: str) -> list[dict[str, float]]:
    """One a line: latitude, longitude, kilometres. Raises ValueError with what to do."""
    found = []
    for line in filter(str.strip, text.split("\n")):
        parts = CIRCLE.fullmatch(line.strip())
        if not parts:
            raise ValueError(_("Write a circle as latitude, longitude and kilometres: 43.15, 76.98, 25."))
        at = spoken_point(parts[1].rstrip(" ,;"))
        found.append({"lon": at.lon, "lat": at.lat, "km": float(parts[2])})
    return found


def parameters(text: str) -> list[dict[str, str]]:
    """One a line: a name, a colon, a value."""
    pairs = [line.partition(":") for line in filter(str.strip, text.split("\n"))]
    if not all(name.strip() and value.strip() for name, _colon, value in pairs):
        raise ValueError(_("Write each value on a line of its own, as name: value."))
    return [{"name": name.strip(), "value": value.strip()} for name, _colon, value in pairs]


def change(values: Values, now: Values) -> dict[str, Any]:
    """As a merge patch, what the fields say otherwise than they do `now`."""
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


def read_remark(typed: Typed) -> str:
    """What somebody says who acknowledges a warning. Raises Invalid."""
    return read(AcknowledgeIn, {"remark": typed.text("remark")}, {"remark": _("Remark")}).remark


def in_words(choices: Mapping[str, Sequence[Sequence[str]]], name: str, texts: Sequence[str]) -> str:
    """The values of a field for a reader: codes by their names."""
    names = {choice[0]: choice[1] for choice in choices.get(name, ())} or words.words().get(name, {})
    return ", ".join(names.get(text, text) for text in texts)


# -- what an event says already

SEVERITY_OF = {"red": "severe", "orange": "moderate", "green": "minor"}
CATEGORY_OF = {
    "EQ": "geo", "VO": "geo", "TS": "geo", "LS": "geo", "MS": "geo", "AV": "geo", "SL": "geo", "FL": "met", "FF": "met",
    "DR": "met", "CW": "met", "HT": "met", "ST": "met", "VW": "met", "TC": "met", "TO": "met", "EC": "met", "SS": "met",
    "FR": "fire", "WF": "fire", "EP": "health", "IN": "health", "AC": "safety", "ET": "met", "CE": "security",
}  # fmt: skip
AROUND_KM = 50


def of_event(state: Mapping[str, Any], ref: str) -> dict[str, Any]:
    """A warning that an event suggests: to be looked over by whoever writes it."""
    geometry = state["geometry"] or {}
    has_polygon = geometry.get("type") in ("Polygon", "MultiPolygon")
    lon, lat = geometry["coordinates"] if geometry.get("type") == "Point" else (None, None)
    headlines = {code: text[:200] for code, text in state["titles"].items()}
    return {
        "event": ref,
        "status": "exercise" if state["exercise"] else "actual",
        "hazard": state["hazard"],
        "categories": [CATEGORY_OF.get(state["hazard"], "other")],
        "severity": SEVERITY_OF.get(state["alert_level"], ""),
        "certainty": "likely" if state["status"] == "alert" else "observed",
        "onset_at": state["started_at"] if state["status"] == "alert" else None,
        "headlines": headlines,
        "descriptions": {code: text for code, text in state["summary"].items() if code in headlines},
        "countries": state["countries"],
        "areas": state["areas"],
        "geometry": geometry if has_polygon else None,
        "circles": [{"lat": lat, "lon": lon, "km": AROUND_KM}] if lon is not None else [],
        "audience": state["visibility"],
    }
