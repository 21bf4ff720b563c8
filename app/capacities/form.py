"""The form of a capacity: what its fields are called, what stands in them, and what they say as a change."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.capacities.schemas import CapacityIn
from app.equipment import words
from app.errors import Invalid
from app.forms import Values, asked, by_language, first, is_of, part, plain_number, read
from app.geo import spoken_point
from app.languages import gettext as _

SEVERAL = ("languages", "transport.modes", "specification.manual_languages")
NUMBERS = (
    "quantity", "quantity_available", "mobilisation_hours", "self_sufficiency_days", "transport.weight_kg", "transport.volume_m3",
    "specification.voltage_v", "specification.hose_mm", "specification.weight_kg",
)  # fmt: skip
BESIDE = ("confirmed",)  # what the form asks that is no field of the record
OFFERED_LANGUAGES = (
    "ru", "en", "kk", "ky", "tg", "uz", "tk", "fa-AF", "ps", "fa", "ur", "az", "hy", "tr", "mn", "zh", "hi", "ar", "fr", "de",
)  # fmt: skip
NEW: dict[str, list[str]] = {"status": ["available"], "visibility": ["partners"]}


def labels(*but: str) -> dict[str, str]:
    """What the page calls its fields, in their order; without those of `base` or `organisation` for who may not write them."""
    return {name: label for name, label in all_labels().items() if name.partition(".")[0] not in but}


def all_labels() -> dict[str, str]:
    return {
        **by_language("names", _("Name")),
        "type": _("Type"),
        "organisation": _("Organisation"),
        "quantity": _("Quantity"),
        "unit": _("Unit"),
        "quantity_available": _("Available"),
        "status": _("Status"),
        "readiness.equipment": _("Equipment"),
        "readiness.people": _("People"),
        "readiness.funding": _("Funding"),
        "mobilisation_hours": _("Hours until it can leave"),
        "self_sufficiency_days": _("Days it needs nothing"),
        "country": _("Country"),
        "base.area": _("Area"),
        **by_language("base.place", _("Place")),
        "base.geometry": _("Coordinates"),
        "base.visibility": _("Who may see the exact base"),
        "visibility": _("Who may see it"),
        **by_language("description", _("Description")),
        "classification.body": _("Classified by"),
        "classification.level": _("Class"),
        "classification.valid_until": _("Valid until"),
        "languages": _("Languages"),
        "transport.weight_kg": _("Weight"),
        "transport.volume_m3": _("Volume"),
        "transport.modes": _("Can travel"),
        **words.labels(),
    }


def groups() -> dict[str, str]:
    """What errors call the fields that hold others."""
    return labels() | {
        "names": _("Name"),
        "description": _("Description"),
        "base.place": _("Place"),
        "readiness": _("Readiness"),
        "specification": _("Specification"),
    }


def values_of(written: Mapping[str, Any], names: Iterable[str]) -> dict[str, list[str]]:
    """What stands in the fields for a record, as entry.as_written() has it; `names` are those of the form."""
    return {name: as_typed(at(written, name.split("."))) for name in names}


def at(said: Any, path: Iterable[str]) -> Any:
    for name in path:
        said = said.get(name) if isinstance(said, Mapping) else None
    return said


def as_typed(value: Any) -> list[str]:
    if value is None or isinstance(value, Mapping):
        return [spoken(value)] if value else [""]
    if isinstance(value, list):
        return [str(one) for one in value]
    return [f"{value:f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)]


def spoken(geometry: Mapping[str, Any]) -> str:
    """A point as people write it: latitude first."""
    lon, lat = geometry["coordinates"]
    return f"{lat}, {lon}"


# -- what was typed


def capacity_in(values: Values) -> CapacityIn:
    """The capacity that the fields describe. Raises Invalid, naming every field that is wrong as the page calls it."""
    said, wrong = question(values)
    try:
        new = read(CapacityIn, without_nothing(said), groups())
    except Invalid as error:
        wrong += [dict(one) for one in error.errors]
    if wrong:
        wrong.sort(key=place_on_page)
        raise Invalid(" ".join(one["message"] for one in wrong), wrong)
    return new


def place_on_page(problem: Mapping[str, str]) -> int:
    names = list(labels())
    return next(
        (place for place, name in enumerate(names) if is_of(problem["field"], name) or is_of(name, problem["field"])),
        len(names),
    )


def question(values: Values) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """The fields as JSON, and what is wrong already."""
    plain = {
        name: [plain_number(text) for text in texts] if name in NUMBERS else texts
        for name, texts in values.items()
        if name not in BESIDE
    }
    said = asked(plain, SEVERAL)
    point = first(values, "base.geometry")
    if not point.strip():
        return said, []
    try:
        said["base"]["geometry"] = {"type": "Point", "coordinates": list(spoken_point(point))}
    except ValueError as error:
        said["base"]["geometry"] = None
        return said, [{"field": "base.geometry", "message": str(error)}]
    return said, []


def without_nothing(said: Mapping[str, Any]) -> dict[str, Any]:
    """Fields left empty are left out."""
    left = {name: without_nothing(value) if isinstance(value, Mapping) else value for name, value in said.items()}
    return {name: value for name, value in left.items() if value not in (None, {})}


def change(values: Values, now: Values, names: Iterable[str]) -> dict[str, Any]:
    """As a merge patch, what the fields say otherwise than they do `now`: nothing else of the record is touched."""
    said, _wrong = question(values)
    patch: dict[str, Any] = {}
    for name in names:
        is_sent = name in SEVERAL or any(is_of(one, name) for one in values)
        if is_sent and part(values, name) != part(now, name):
            put(patch, name.split("."), at(said, name.split(".")))
    return patch


def put(patch: dict[str, Any], path: Sequence[str], value: Any) -> None:
    *outer, last = path
    for name in outer:
        patch = patch.setdefault(name, {})
    patch[last] = value


def in_words(names: Mapping[str, str], name: str, texts: Sequence[str]) -> str:
    """The values of a field for a reader: codes by their names."""
    group, _dot, inside = name.partition(".")
    if group == "specification" and inside in words.names():
        return words.chosen(inside, texts)
    return ", ".join(names.get(text, text) for text in texts)
