"""The forms of figures: several indicators of one source at one time; one figure corrected; a headline chosen."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.errors import Invalid
from app.figures.schemas import FigureCorrection, FigureIn
from app.forms import Values, by_language, first, moment, read
from app.languages import gettext as _

# 12 · ~900 · >5000 · 26-28: as bulletins print it; blanks and commas group digits
RANGE = re.compile(r"(\d+)\s*(?:-|–|—|\.\.)\s*(\d+)", re.ASCII)
GROUPING = re.compile(r"(?<=\d)[\s,’'\u00a0\u202f](?=\d{3}(?!\d))")
SIGNS = {"~": "about", "≈": "about", ">": "at_least", "≥": "at_least", "+": "at_least"}
NEW = ".new"


def kinds() -> dict[str, str]:
    return {
        "government": _("Government"), "un": _("United Nations"), "red_cross_red_crescent": _("Red Cross and Red Crescent"),
        "science": _("Science"), "media": _("Media"), "other": _("Other"),
    }  # fmt: skip


def methods() -> dict[str, str]:
    return {
        "official": _("official figure"), "estimate": _("estimate"), "modelled": _("model"), "media": _("media report"),
    }  # fmt: skip


def labels(indicators: Mapping[str, str]) -> dict[str, str]:
    """What the page calls its fields, in their order; `indicators` are names by code."""
    return {
        "source": _("Source"),
        "source_name": _("New source"),
        "source_kind": _("Kind of source"),
        "source_url": _("Web address"),
        "method": _("How it was counted"),
        "as_of": _("As of"),
        "reported_at": _("Said on"),
        "place": _("Counted where"),
        **{f"amount.{code}": name for code, name in indicators.items()},
        "new": _("New since the last report"),
        **by_language("note", _("Note")),
    }


def amount(text: str) -> dict[str, Any]:
    """What was typed as an amount, as fields of `FigureIn`. Raises ValueError with what to do."""
    said = GROUPING.sub("", text.strip())
    if found := RANGE.fullmatch(said):
        return {"low": found[1], "high": found[2]}
    sign = said[:1] if said[:1] in SIGNS else said[-1:] if said[-1:] in SIGNS else ""
    digits = said.strip("".join(SIGNS)).strip()
    if not re.fullmatch(r"\d{1,12}", digits, re.ASCII):
        raise ValueError(_("“%(text)s” is no amount: write 12, ~900, >5000 or 26-28.") % {"text": text.strip()[:40]})
    return {"value": digits} | ({"qualifier": SIGNS[sign]} if sign else {})


def figures_in(values: Values, indicators: Mapping[str, str]) -> list[FigureIn]:
    """The figures that the fields describe, one for each amount. Raises Invalid, naming every field that is wrong."""
    shared, names = said_of_all(values), labels(indicators)
    new, found, wrong = list(values.get("new", ())), [], []
    for code in indicators:
        typed = first(values, f"amount.{code}")
        if not typed.strip():
            continue
        try:
            counting = "new" if code in new else "cumulative"
            question = {**shared, "indicator": code, "counting": counting, **amount(typed)}
            found.append(read(FigureIn, question, named(names)))
        except ValueError as error:
            wrong.append({"field": f"amount.{code}", "message": str(error)})
        except Invalid as error:
            wrong += [of_form(dict(one), f"amount.{code}") for one in error.errors]
    if not found and not wrong:
        wrong = [{"field": "amount", "message": _("Write at least one amount.")}]
    if wrong:
        wrong = list({one["message"]: one for one in wrong}.values())  # what they share is said once
        raise Invalid(" ".join(one["message"] for one in wrong), wrong)
    return found


def said_of_all(values: Values) -> dict[str, Any]:
    """What the figures of one form have in common, as the JSON of `FigureIn`."""
    country, _slash, area = first(values, "place").partition("/")
    note = {name.removeprefix("note."): first(values, name).strip() for name in values if name.startswith("note.")}
    said = {
        "source": source(values),
        "method": first(values, "method") or None,
        "as_of": first(values, "as_of").strip() or None,
        "reported_at": moment(values, "reported_at"),
        "country": country or None,
        "area": area or None,
        "note": {lang: text for lang, text in note.items() if text},
    }
    return {name: value for name, value in said.items() if value is not None}


def source(values: Values) -> Any:
    """The code that was chosen, or a new source where its name was typed."""
    name = first(values, "source_name").strip()
    if not name:
        return first(values, "source").strip()
    told = {"name": name, "kind": first(values, "source_kind"), "url": first(values, "source_url").strip() or None}
    return {key: value for key, value in told.items() if value is not None}


def named(names: Mapping[str, str]) -> dict[str, str]:
    """Names of the fields of the schema by what stands on the page."""
    return {
        **names,
        "value": _("Figure"),
        "low": _("Figure"),
        "high": _("Figure"),
        "note": _("Note"),
        "country": _("Counted where"),
    }


FIELDS = {
    "source.name": "source_name", "source.kind": "source_kind", "source.url": "source_url", "country": "place", "area": "place",
}  # fmt: skip
OF_AMOUNT = ("value", "low", "high", "qualifier", "")


def of_form(problem: dict[str, str], amount_field: str) -> dict[str, str]:
    """A problem of the schema's field as one of the form's."""
    field = problem["field"].replace("source.SourceIn.", "source.").replace("source.constrained-str", "source")
    known = next((mine for theirs, mine in FIELDS.items() if field == theirs or field.endswith(theirs)), field)
    return problem | {"field": amount_field if known in OF_AMOUNT else known}


def correction_in(values: Values, names: Mapping[str, str]) -> FigureCorrection:
    """What the form of a correction says. Raises Invalid."""
    try:
        said: dict[str, Any] = amount(first(values, "amount"))
    except ValueError as error:
        raise Invalid.field("amount", str(error)) from None
    said |= {"reason": first(values, "reason").strip(), "as_of": first(values, "as_of").strip() or None}
    said |= {"method": first(values, "method") or None, "reported_at": moment(values, "reported_at")}
    kept = ("reason", "as_of", "method", "value", "low", "high", "qualifier")
    return read(
        FigureCorrection, {name: value for name, value in said.items() if name in kept or value is not None}, names
    )


def written(state: Mapping[str, Any]) -> str:
    """An amount as it is typed."""
    if state["qualifier"] == "range":
        return f"{whole(state['low'])}-{whole(state['high'])}"
    sign = {"about": "~", "at_least": ">"}.get(state["qualifier"], "")
    return f"{sign}{whole(state['value'])}"


def whole(number: Any) -> str:
    return f"{number:f}" if hasattr(number, "as_tuple") else f"{number:g}" if isinstance(number, float) else str(number)


def values_of(state: Mapping[str, Any]) -> dict[str, Sequence[str]]:
    """What stands in the fields of a correction of a figure that says this."""
    return {"amount": [written(state)], "as_of": [state["as_of"] or ""], "method": [state["method"] or ""]}
