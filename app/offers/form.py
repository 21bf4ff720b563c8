"""The form of an offer: what its fields are called, what stands in them, and what they say.

A line is a row `lines.0.…`; its `what` says where it comes from: `capacity:CA-0004711`, `stock:ST-000012`, `stock:ST-000012/<lot>`,
`item:…`, `type:…`, or nothing: then words say what it is. A row without a quantity is no line.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.equipment.form import specification_asked, specification_values
from app.errors import Invalid
from app.forms import Values, asked, by_language, first, in_languages, moment, part, plain_number, read
from app.languages import gettext as _
from app.offers.schemas import AcceptIn, OfferIn
from app.requests.form import moment_fields, of_row, plain, rows_of, without_empty

PLAIN = ("request", "organisation", "country", "event", "financing")
TEXTS = ("titles", "conditions")
MOMENTS = ("available_from", "valid_until")
ROWS_BESIDE = 2  # rows for what is offered beside what was asked for
Problems = list[dict[str, str]]
State = Mapping[str, Any]
Choices = Mapping[str, Sequence[Sequence[Any]]]


def labels() -> dict[str, str]:
    """What the page calls its fields, in their order."""
    return {
        **by_language("titles", _("What you offer, in a few words")),
        "country": _("Country"),
        "event": _("Event"),
        "lines": _("What you offer"),
        "available_from": _("Available from"),
        "valid_until": _("Valid until"),
        **by_language("conditions", _("Conditions")),
        "financing": _("Who pays"),
        "request": _("Request"),
        "organisation": _("Who offers"),
    }


def row_labels(row: int) -> dict[str, str]:
    """The fields of a row, as errors name them."""
    of_row = {"": _("What you offer"), "quantity": _("Quantity"), "unit": _("Unit"), "what": _("What you offer")}
    line = _("Line %(n)s") % {"n": row + 1}
    return {f"lines.{row}.{name}".rstrip("."): f"{line}: {label}" for name, label in of_row.items()}


# -- what stands in the fields


def values_of(state: State, asked_lines: Sequence[State] = ()) -> dict[str, list[str]]:
    """For an offer that says this: a row for each line of the request, offered or not, and some beside."""
    values = {name: [state.get(name) or ""] for name in PLAIN}
    for name in TEXTS:
        values |= in_languages(name, state.get(name))
    for name in MOMENTS:
        values |= moment_fields(name, state.get(name))
    lines = list(state.get("lines") or ())
    offered = {line.get("request_line") for line in lines}
    lines += [{"request_line": one["no"]} for one in asked_lines if one["no"] not in offered]
    lines = sorted(lines, key=lambda line: line.get("request_line") or len(asked_lines) + 10_000)
    for row, line in enumerate([*lines, *({} for _row in range(ROWS_BESIDE))]):
        values |= row_values(row, line)
    return values


def row_values(row: int, line: State) -> dict[str, list[str]]:
    of_it = {
        "request_line": [str(line.get("request_line") or "")],
        "what": [what_of(line)],
        "quantity": [plain(line.get("quantity"))],
        "unit": [line.get("unit") or ""],
        **in_languages("description", line.get("description")),
        **specification_values(line.get("specification")),
    }
    return {f"lines.{row}.{name}": texts for name, texts in of_it.items()}


def what_of(line: State) -> str:
    if line.get("stock"):
        return f"stock:{line['stock']}" + (f"/{line['lot']}" if line.get("lot") else "")
    return next((f"{name}:{line[name]}" for name in ("capacity", "item", "type") if line.get(name)), "")


# -- what they say


def offer_in(values: Values) -> OfferIn:
    """The offer that the fields describe. Raises Invalid that names lines by their place, as actions do: see `in_rows`."""
    rows = [row for row in rows_of(values) if is_filled(values, row)]
    names = labels() | {name: label for place in range(len(rows)) for name, label in row_labels(place).items()}
    names |= {"titles": _("What you offer, in a few words"), "conditions": _("Conditions")}
    return read(OfferIn, question(values), names)


def in_rows(wrong: Sequence[Mapping[str, str]], values: Values) -> Problems:
    """Problems of lines by the rows of the page: empty rows are between them; where a line comes from stands in `what`."""
    rows = [row for row in rows_of(values) if is_filled(values, row)]
    found = []
    for one in wrong:
        parts = one["field"].split(".")
        if parts[0] == "lines" and len(parts) > 1 and parts[1].isdecimal() and int(parts[1]) < len(rows):
            parts[1] = str(rows[int(parts[1])])
            parts[2:3] = parts[2:3] if parts[2:3] in (["quantity"], ["unit"], ["specification"]) else ["what"]
        found.append({**one, "field": ".".join(parts)})
    return found


def question(values: Values) -> dict[str, Any]:
    """The fields as the JSON of `OfferIn`."""
    inside = tuple(f"{name}." for name in ("lines", *MOMENTS))
    said = asked({name: texts for name, texts in values.items() if not name.startswith(inside)})
    said |= {name: without_empty(said.get(name)) for name in TEXTS}
    said |= {name: moment(values, name) for name in MOMENTS}
    said["lines"] = [line_asked(values, row) for row in rows_of(values) if is_filled(values, row)]
    return {name: value for name, value in said.items() if value is not None}


def is_filled(values: Values, row: int) -> bool:
    """Whether somebody has said how much, or what in words."""
    typed = of_row(values, row)
    told = (name for name in typed if name == "quantity" or name.startswith("description."))
    return any(text.strip() for name in told for text in typed[name])


def line_asked(values: Values, row: int) -> dict[str, Any]:
    """A row as the JSON of `OfferLineIn`."""
    typed = of_row(values, row)
    source, _colon, code = first(typed, "what").partition(":")
    ref, _slash, lot = code.partition("/")
    no = first(typed, "request_line").strip()
    said: dict[str, Any] = {
        source if source in ("capacity", "stock", "item", "type") else "item": ref or None,
        "lot": lot or None,
        "request_line": no or None,
        "quantity": plain_number(first(typed, "quantity").strip()) or None,
        "unit": first(typed, "unit").strip() or None,
        "specification": specification_asked(typed) or None,
        "description": {
            name.partition(".")[2]: texts[0]
            for name, texts in typed.items()
            if name.startswith("description.") and texts[0].strip()
        },
    }
    return {name: value for name, value in said.items() if value is not None}


def change(values: Values, now: Values) -> dict[str, Any]:
    """As a merge patch, what the fields say otherwise than they do `now`; lines are replaced whole."""
    said = question(values)
    patch: dict[str, Any] = {}
    for name in labels():
        if part(values, name) != part(now, name):
            outer, _dot, inner = name.partition(".")
            if inner:
                patch.setdefault(outer, {})[inner] = (said.get(outer) or {}).get(inner)
            else:
                patch[outer] = said.get(outer)
    return patch


# -- what a row can be chosen from


def what_choices(choices: Choices, line: State | None) -> list[tuple[str, list[tuple[str, str]]]]:
    """(title, [(value, words)]): of what the request's line asks for first, then the rest."""
    wanted = {line["item"], line["type"], *line["alternatives"]} - {None} if line else set()
    own, kept = choices["capacities"], choices["stock"]
    groups = [
        (_("What was asked for"), [*spoken("capacity", own, wanted, True), *spoken("stock", kept, wanted, True)]),
        (_("Other capacities"), spoken("capacity", own, wanted, False)),
        (_("The Centre’s stock"), spoken("stock", kept, wanted, False)),
        (_("Not registered here"), as_asked(line)),
    ]
    return [(title, found) for title, found in groups if found]


def spoken(source: str, rows: Sequence[Sequence[Any]], wanted: set[str], is_wanted: bool) -> list[tuple[str, str]]:
    words = _("%(name)s (%(left)s left)")
    return [
        (f"{source}:{ref}", words % {"name": name, "left": plain(left)})
        for ref, name, code, left, _unit in rows
        if (code in wanted) == is_wanted
    ]


def as_asked(line: State | None) -> list[tuple[str, str]]:
    code = line and (line["item"] or line["type"])
    return [(f"{'item' if line['item'] else 'type'}:{code}", line["name"])] if line and code else []


# -- the decision


def accept_in(values: Values) -> AcceptIn:
    """What of each line is accepted, `accepted.1`, and why not more, `why.1`. Raises Invalid."""
    lines = []
    for name in values:
        field, _dot, no = name.partition(".")
        if field == "accepted" and no.isdecimal():
            quantity = plain_number(first(values, name).strip()) or "0"
            lines.append({"no": no, "quantity": quantity, "reason": first(values, f"why.{no}").strip()})
    said = {"lines": lines, "reason": first(values, "reason").strip()}
    try:
        return read(AcceptIn, said, {"reason": _("Reason"), "lines": _("Quantity")})
    except Invalid as error:
        raise Invalid(error.detail, by_number(error.errors, lines)) from None


def by_number(wrong: Sequence[Mapping[str, str]], lines: Sequence[Mapping[str, Any]]) -> Problems:
    """Problems of lines by the fields of the page: `lines.0.quantity` is accepted.3 where the first line has the number 3."""
    found = []
    for one in wrong:
        parts = one["field"].split(".")
        if parts[0] == "lines" and len(parts) > 1 and parts[1].isdecimal() and int(parts[1]) < len(lines):
            found.append({**one, "field": f"accepted.{lines[int(parts[1])]['no']}"})
        else:
            found.append(dict(one))
    return found
