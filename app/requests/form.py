"""The form of a request: what its fields are called, what stands in them, and what they say.

A line is a row `lines.0.…`; its `what` is a kind and a code, `type:usar-medium`. A row with nothing in it is no line.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.equipment.form import specification_asked, specification_values
from app.errors import Invalid
from app.forms import Values, asked, by_language, first, in_languages, is_ticked, moment, part, plain_number, read
from app.geo import spoken_point
from app.languages import gettext as _
from app.requests import words
from app.requests.schemas import RequestIn

PLAIN = ("country", "event", "priority", "audience", "organisation")
TEXTS = ("titles", "descriptions")
ROW = re.compile(r"lines\.(\d{1,3})\.")
BETWEEN = re.compile(r"[,;،\s]+")
ROWS_AT_FIRST, ROWS_MORE = 3, 3
NEW: dict[str, Any] = {"priority": "high", "audience": "partners"}
Problems = list[dict[str, str]]


def labels(for_any: bool = False) -> dict[str, str]:
    """What the page calls its fields, in their order; whose request it is only for who may write any."""
    whose = {"organisation": _("Who asks")} if for_any else {}
    return {
        **by_language("titles", _("What is needed, in a few words")),
        **whose,
        "event": _("Event"),
        "country": _("Country"),
        "priority": _("Priority"),
        "needed_by": _("Needed by"),
        "lines": _("What is needed"),
        **by_language("deliver_to.place", _("Place of delivery")),
        "deliver_to.area": _("Area"),
        "deliver_to.geometry": _("Coordinates"),
        "deliver_to.entry_point": _("By which crossing or airport"),
        "deliver_to.contact": _("Whom to call there"),
        **by_language("descriptions", _("What else helpers should know")),
        "exercise": _("Exercise"),
        "audience": _("Who may see it"),
    }


def row_labels(row: int) -> dict[str, str]:
    """The fields of a row, as errors name them."""
    of_row = {"": _("What is needed"), "quantity": _("Quantity"), "unit": _("Unit"), "what": _("What is needed"),
              "unit_price": _("Price of one"), "currency": _("Currency"), "needed_by": _("Needed by")}  # fmt: skip
    line = _("Line %(n)s") % {"n": row + 1}
    return {f"lines.{row}.{name}".rstrip("."): f"{line}: {label}" for name, label in of_row.items()}


# -- what stands in the fields


def values_of(state: Mapping[str, Any], rows: int = ROWS_AT_FIRST) -> dict[str, list[str]]:
    """For a request that says this, with some empty rows below its lines."""
    deliver = state.get("deliver_to") or {}
    values = {name: [state.get(name) or ""] for name in PLAIN}
    for name in TEXTS:
        values |= in_languages(name, state.get(name))
    values |= in_languages("deliver_to.place", deliver.get("place"))
    values |= {f"deliver_to.{name}": [deliver.get(name) or ""] for name in ("area", "entry_point", "contact")}
    values["deliver_to.geometry"] = [spoken(deliver.get("geometry"))]
    values |= moment_fields("needed_by", state.get("needed_by"))
    values |= {"exercise": ["true"]} if state.get("exercise") else {}
    lines = state.get("lines") or []
    for row in range(len(lines) + rows):
        values |= row_values(row, lines[row] if row < len(lines) else {})
    return values


def row_values(row: int, line: Mapping[str, Any]) -> dict[str, list[str]]:
    of_row = {
        "no": [str(line.get("no") or "")],
        "what": [f"{line['kind']}:{line['code']}" if line.get("code") else ""],
        **{name: [plain(line.get(name))] for name in ("quantity", "unit", "priority", "unit_price", "currency")},
        "alternatives": [", ".join(line.get("alternatives") or ())],
        **in_languages("description", line.get("description")),
        **moment_fields("needed_by", line.get("needed_by")),
        **specification_values(line.get("specification")),
    }
    return {f"lines.{row}.{name}": texts for name, texts in of_row.items()}


def plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)


def spoken(geometry: Mapping[str, Any] | None) -> str:
    """A point as people write it: latitude first."""
    return "{1}, {0}".format(*geometry["coordinates"]) if geometry else ""


def moment_fields(name: str, at: str | None) -> dict[str, list[str]]:
    day, _t, time = (at or "").partition("T")
    return {f"{name}.day": [day], f"{name}.time": [time[:5]]}


def rows_of(values: Values) -> list[int]:
    """The rows that the form has, empty ones too."""
    return sorted({int(found[1]) for name in values if (found := ROW.match(name))})


def with_more_rows(values: Values) -> dict[str, list[str]]:
    rows = rows_of(values)
    start = rows[-1] + 1 if rows else 0
    kept = {name: list(texts) for name, texts in values.items() if name != "more"}
    for row in range(start, start + ROWS_MORE):
        kept |= row_values(row, {})
    return kept


# -- what they say


def request_in(values: Values) -> RequestIn:
    """The request that the fields describe. Raises Invalid, naming every field that is wrong; lines by their place, see `in_rows`."""
    said, wrong = question(values)
    names = labels() | {"titles": _("What is needed, in a few words")} | {"organisation": _("Who asks")}
    for place, row in enumerate(filled_rows(values)):
        named = row_labels(row)
        names |= {name.replace(f"lines.{row}", f"lines.{place}", 1): label for name, label in named.items()}
    try:
        new = read(RequestIn, said, names)
    except Invalid as error:
        wrong += [dict(one) for one in error.errors]
    if wrong:
        raise Invalid(" ".join(one["message"] for one in wrong), wrong)
    return new


def in_rows(wrong: Sequence[Mapping[str, str]], values: Values) -> Problems:
    """Problems of lines by the rows of the page: empty rows are between them; a code stands in `what`."""
    rows, found = filled_rows(values), []
    for one in wrong:
        parts = one["field"].split(".")
        if parts[0] == "lines" and len(parts) > 1 and parts[1].isdecimal() and int(parts[1]) < len(rows):
            parts[1] = str(rows[int(parts[1])])
            parts[2:3] = ["what"] if parts[2:3] in ([], ["code"], ["kind"]) else parts[2:3]
        found.append({**one, "field": ".".join(parts)})
    return found


def question(values: Values) -> tuple[dict[str, Any], Problems]:
    """The fields as the JSON of `RequestIn`, and what is wrong already."""
    outside = {name: texts for name, texts in values.items() if not name.startswith(("lines.", "needed_by."))}
    said = asked(outside)
    deliver = said.get("deliver_to") or {}
    deliver["place"] = without_empty(deliver.get("place"))
    deliver["contact"] = deliver.get("contact") or ""
    said |= {name: without_empty(said.get(name)) for name in TEXTS}
    said |= {"needed_by": moment(values, "needed_by"), "exercise": is_ticked(values, "exercise"), "deliver_to": deliver}
    said["lines"] = [line_asked(values, row) for row in filled_rows(values)]
    left_out = ("event", "needed_by")  # what may be null
    said = {name: value for name, value in said.items() if value is not None or name in left_out}
    try:
        point = first(values, "deliver_to.geometry").strip()
        deliver["geometry"] = {"type": "Point", "coordinates": list(spoken_point(point))} if point else None
    except ValueError as error:
        deliver["geometry"] = None
        return said, [{"field": "deliver_to.geometry", "message": str(error)}]
    return said, []


def of_row(values: Values, row: int) -> dict[str, list[str]]:
    prefix = f"lines.{row}."
    return {name.removeprefix(prefix): list(texts) for name, texts in values.items() if name.startswith(prefix)}


def filled_rows(values: Values) -> list[int]:
    return [row for row in rows_of(values) if is_filled(values, row)]


def is_filled(values: Values, row: int) -> bool:
    """Whether somebody has said anything in a row: what, in words or by a code, or how much."""
    typed = of_row(values, row)
    told = (name for name in typed if name in ("what", "quantity") or name.startswith("description."))
    return any(text.strip() for name in told for text in typed[name])


def line_asked(values: Values, row: int) -> dict[str, Any]:
    """A row as the JSON of `RequestLineIn`; a thing said in words alone is an item."""
    typed = of_row(values, row)
    kind, _colon, code = first(typed, "what").partition(":")
    said: dict[str, Any] = {
        "kind": kind or "item",
        "code": code or None,
        "description": {
            name.partition(".")[2]: texts[0]
            for name, texts in typed.items()
            if name.startswith("description.") and texts[0].strip()
        },
        "alternatives": [one for one in BETWEEN.split(first(typed, "alternatives")) if one],
        "specification": specification_asked(typed) or None,
        "needed_by": moment(typed, "needed_by"),
        **{name: plain_number(first(typed, name).strip()) or None for name in ("quantity", "unit_price")},
        **{name: first(typed, name).strip() or None for name in ("unit", "priority")},
        "currency": first(typed, "currency").strip().upper() or None,
    }
    no = first(typed, "no").strip()
    said["no"] = int(no) if no.isdecimal() and len(no) < 6 else None
    return {name: value for name, value in said.items() if value is not None}


def without_empty(texts: Any) -> Any:
    return {code: text for code, text in texts.items() if text} if isinstance(texts, Mapping) else texts or {}


def change(values: Values, now: Values) -> dict[str, Any]:
    """As a merge patch, what the fields say otherwise than they do `now`; lines are replaced whole."""
    said, _wrong = question(values)
    patch: dict[str, Any] = {}
    for name in labels():
        if part(values, name) == part(now, name):
            continue
        *outer, last = name.split(".")
        into, found = patch, said
        for one in outer:
            into, found = into.setdefault(one, {}), found.get(one) or {}
        into[last] = found.get(last)
    return patch


# -- in words, where two versions stand side by side


def in_words(choices: Mapping[str, Any], name: str, texts: Sequence[str]) -> str:
    """The values of a field for a reader: codes by their names."""
    if name == "exercise":
        return _("yes") if texts else _("no")
    names = {"priority": words.priorities(), "audience": words.audiences()}.get(name, {})
    names = names | {f"{kind}:{one[0]}": one[1] for kind, one in named(choices)} if name == "lines" else names
    return ", ".join(names.get(text, text) for text in texts)


def named(choices: Mapping[str, Any]) -> list[tuple[str, Sequence[str]]]:
    """(kind, [code, name, …]) of all that a line can ask for."""
    experts = [("expertise", one) for one in choices["types"] if one[2] == "expert"]
    return [("item", one) for one in choices["items"]] + [("type", one) for one in choices["types"]] + experts


def what_choices(choices: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The groups that a line is chosen from: (title, [(value, name)])."""
    teams = [(f"type:{code}", name) for code, name, kind in choices["types"] if kind != "expert"]
    experts = [(f"expertise:{code}", name) for code, name, kind in choices["types"] if kind == "expert"]
    items = [(f"item:{code}", name) for code, name, _unit in choices["items"]]
    return [(_("Teams and equipment"), teams), (_("Technical advisers"), experts), (_("Relief items"), items)]


def of_event(state: Mapping[str, Any], ref: str) -> dict[str, Any]:
    """A request that an event suggests."""
    countries = state.get("countries") or [""]
    return NEW | {"event": ref, "exercise": state["exercise"], "country": countries[0] if len(countries) == 1 else ""}


def appeal_asked(values: Values) -> dict[str, Any]:
    """What the fields of the page for donors say, as the JSON of `AppealIn`."""
    return {"text": without_empty(asked(values).get("text")), "prices": is_ticked(values, "prices")}
