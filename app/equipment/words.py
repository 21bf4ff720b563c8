"""A specification in the reader's words: what its fields are called, and what stands in them."""

from collections.abc import Sequence
from typing import Any

from app.equipment.schemas import Specification
from app.languages import gettext as _
from app.web import number, spoken

OFFERED_LANGUAGES = (
    "fa-AF", "ps", "ru", "en", "kk", "ky", "tg", "uz", "tk", "fa", "ur", "az", "tr", "mn", "zh", "hi", "ar", "fr", "de",
)  # fmt: skip
PLUGS = ("A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O")


def labels(prefix: str = "specification.") -> dict[str, str]:
    """What forms and pages call the fields, in their order; `prefix` is how the form's names begin."""
    return {f"{prefix}{name}": label for name, label in names().items()}


def names() -> dict[str, str]:
    return {
        "make": _("Make"),
        "model": _("Model"),
        "fuel": _("Driven by"),
        "voltage_v": _("Voltage"),
        "frequency_hz": _("Frequency"),
        "phases": _("Phases"),
        "plug": _("Plug"),
        "thread": _("Hose coupling"),
        "hose_mm": _("Hose diameter"),
        "weight_kg": _("Weight"),
        "manual_languages": _("Manual in"),
    }


def fuels() -> dict[str, str]:
    return {
        "petrol": _("petrol"),
        "diesel": _("diesel"),
        "two_stroke": _("two-stroke mixture"),
        "electric_mains": _("electricity from the mains"),
        "battery": _("battery"),
        "hydraulic": _("hydraulic pump"),
        "pneumatic": _("compressed air"),
        "manual": _("hand"),
        "none": _("nothing"),
    }


def threads() -> dict[str, str]:
    return {
        "storz": "Storz",
        "gost_bogdanov": _("Bogdanov (GOST)"),
        "bs336": "BS 336",
        "nst": "NST (NH)",
        "camlock": "Camlock",
        "other": _("another standard"),
    }


def plugs() -> dict[str, str]:
    pins = {"iec60309_3": _("IEC 60309, 3 pins"), "iec60309_5": _("IEC 60309, 5 pins")}
    return {code: _("type %(letter)s") % {"letter": code} for code in PLUGS} | pins


def choices() -> dict[str, Any]:
    """What the macro `specification_fields` offers, by field; `names` are what the fields are called."""
    return {
        "names": names(),
        "manual_languages": [(code, spoken([code])) for code in OFFERED_LANGUAGES],
        "fuel": list(fuels().items()),
        "frequency_hz": [(str(value), f"{value} Hz") for value in (50, 60, 400)],
        "phases": [("1", "1"), ("3", "3")],
        "plug": list(plugs().items()),
        "thread": list(threads().items()),
    }


def said(name: str, value: Any) -> str:
    """One value of a specification: 230 V, petrol, Dari."""
    if value is None:
        return ""
    worded = {"fuel": fuels, "thread": threads, "plug": plugs}.get(name)
    if worded:
        return worded().get(value, str(value))
    if name == "manual_languages":
        return spoken(value)
    unit = {"voltage_v": "V", "frequency_hz": "Hz", "hose_mm": _("mm"), "weight_kg": _("kg")}.get(name, "")
    return f"{number(value)} {unit}".strip() if not isinstance(value, str) else value


def chosen(name: str, texts: Sequence[str]) -> str:
    """What stands in a field of a form."""
    given = [text for text in texts if text]
    return spoken(given) if name == "manual_languages" else ", ".join(said(name, text) for text in given)


def told(specification: Specification) -> list[tuple[str, str]]:
    """What a specification says, as (label, words) pairs in their order."""
    kept = specification.kept or {}
    return [(label, said(name, kept[name])) for name, label in names().items() if name in kept]
