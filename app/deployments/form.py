"""The forms of deployments: what their fields are called, what stands in them, what they say."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from app.deployments import words
from app.deployments.schemas import (
    AnswerIn,
    ChangeIn,
    DeploymentChangeIn,
    DeploymentIn,
    OutcomeIn,
    ReceiptIn,
    TimeIn,
    TransitionIn,
)
from app.errors import Invalid
from app.forms import Values, asked, moment, read
from app.languages import gettext as _

Said = dict[str, Any]
MOMENTS = ("at", "until", "ends_at", "arrival", "departure")


# -- what is told of a deployment: one form each


def step_labels() -> dict[str, str]:
    return {"to": _("What happened"), "at": _("When"), "reason": _("Reason")}


def time_labels() -> dict[str, str]:
    return {"what": _("What"), "kind": _("How certain it is"), "at": _("When"), "note": _("Note")}


def travel_labels() -> dict[str, str]:
    return {
        "mode": _("How it travels"), "entry_point": _("Entry point"), "carrier": _("Carrier"), "vehicle": _("Vehicle or flight"),
        "driver": _("Driver"), "people": _("People"), "purpose": _("Purpose"), "ends_at": _("Stays until"),
    }  # fmt: skip


def outcome_labels() -> dict[str, str]:
    return {
        "line": _("Line"), "kind": _("What became of it"), "quantity": _("Quantity"), "condition": _("Condition"),
        "reason": _("Reason"), "at": _("When"),
    }  # fmt: skip


def change_labels() -> dict[str, str]:
    return {"kind": _("What you ask for"), "until": _("Until"), "reason": _("Reason")}


def answer_labels() -> dict[str, str]:
    return {"no": _("Which one"), "answer": _("Answer"), "note": _("Note")}


LABELS: Mapping[str, Callable[[], dict[str, str]]] = {
    "step": step_labels,
    "time": time_labels,
    "travel": travel_labels,
    "outcome": outcome_labels,
    "change": change_labels,
    "answer": answer_labels,
}
SCHEMAS: Mapping[str, type[BaseModel]] = {
    "step": TransitionIn,
    "time": TimeIn,
    "travel": DeploymentChangeIn,
    "outcome": OutcomeIn,
    "change": ChangeIn,
    "answer": AnswerIn,
}
NUMBERS = ("people", "line")


def titles() -> dict[str, str]:
    return {
        "step": _("Report the next step"),
        "time": _("Say when"),
        "travel": _("How it travels"),
        "outcome": _("What became of it"),
        "change": _("Extend or recall"),
        "answer": _("Answer"),
    }


def values_of(what: str, deployment: Mapping[str, Any]) -> dict[str, list[str]]:
    """What stands in a form when it is opened."""
    if what != "travel":
        return {}
    values = {
        name: [str(deployment[name] or "")] for name in ("mode", "carrier", "vehicle", "driver", "people", "purpose")
    }
    values["entry_point"] = [(deployment["entry_point"] or {}).get("code", "")]
    day, _t, time = (deployment["ends_at"] or "").partition("T")
    return values | {"ends_at.day": [day], "ends_at.time": [time[:5]]}


def told(what: str, values: Values) -> Any:
    """What a form says, as its schema has it. Raises Invalid, naming the fields by what stands on the page."""
    said = {name: value for name, value in question(values).items() if name != "no"}
    if what != "travel":  # there an empty field empties
        said = {name: value for name, value in said.items() if value is not None}
    return read(SCHEMAS[what], said, LABELS[what]())


def question(values: Values) -> Said:
    said = asked({name: texts for name, texts in values.items() if name.partition(".")[0] not in MOMENTS})
    present = {name.partition(".")[0] for name in values}
    return said | {name: moment(values, name) for name in MOMENTS if name in present}


# -- a new one


def new_labels() -> dict[str, str]:
    return {
        "lines": _("What is sent"), "origin": _("Where from"), "destination": _("Where to"), "departure": _("Departure, expected"),
        "arrival": _("Arrival, expected"), **travel_labels(),
    }  # fmt: skip


def new_values(lines: list[dict[str, Any]]) -> dict[str, list[str]]:
    return {f"lines.{line['no']}.quantity": [line["left"]] for line in lines}


def deployment_in(offer: str, values: Values) -> DeploymentIn:
    """The deployment that the fields describe. Lines without a quantity stay where they are. Raises Invalid."""
    said = question(values)
    lines = []
    for no, one in typed_lines(said).items():
        if one.get("quantity"):
            lines.append({"offer_line": no, **{name: value for name, value in one.items() if value is not None}})
    times = [
        {"what": what, "kind": "estimated", "at": at}
        for what in ("departure", "arrival")
        if (at := said.pop(what, None))
    ]
    places = {name: {"place": said.pop(name)} for name in ("origin", "destination") if said.get(name)}
    for name in ("origin", "destination"):
        said.pop(name, None) if name not in places else None
    kept = {name: value for name, value in said.items() if value is not None}
    return read(DeploymentIn, kept | places | {"offer": offer, "lines": lines, "times": times}, new_labels())


# -- signing


def receipt_labels() -> dict[str, str]:
    return {"lines": _("What arrived"), "signed_by": _("Your name"), "place": _("Place"), "note": _("Note")}


def receipt_values(lines: list[dict[str, Any]], name: str) -> dict[str, list[str]]:
    values = {f"lines.{line['no']}.quantity_received": [line["expected"]] for line in lines}
    return values | {"signed_by": [name]}


def receipt_in(values: Values) -> tuple[ReceiptIn, list[str]]:
    """What is signed, and the numbers of its lines in their order. Raises Invalid."""
    said = asked(values)
    lines = typed_lines(said)
    numbers = [no for no, one in lines.items() if one.get("quantity_received") is not None]
    told = [{"line": no, **{name: value for name, value in lines[no].items() if value is not None}} for no in numbers]
    plain = {name: value for name, value in said.items() if value is not None}
    try:
        return read(ReceiptIn, plain | {"lines": told}, receipt_labels()), numbers
    except Invalid as error:
        raise renumbered(error, numbers) from None


def typed_lines(said: Said) -> dict[str, Said]:
    """{number of the line: its fields}. Raises Invalid for what no page of ours sends."""
    lines = said.pop("lines", None) or {}
    if not isinstance(lines, dict) or not all(isinstance(one, dict) for one in lines.values()):
        raise Invalid(_("This form was not sent by the portal’s own page. Open the page again."))
    return lines


def renumbered(error: Invalid, numbers: list[str]) -> Invalid:
    """On the page a field is called by the number of its line, in the schema by its place."""
    return Invalid(error.detail, [{**one, "field": called(one["field"], numbers)} for one in error.errors])


def called(name: str, numbers: list[str]) -> str:
    """`lines.0.difference` of the schema is `lines.2.difference` on the page, where line 2 comes first."""
    outer, _dot, inner = name.partition(".")
    place, _dot, rest = inner.partition(".")
    if outer != "lines" or not place.isdecimal() or int(place) >= len(numbers):
        return name
    return ".".join(filter(None, ("lines", numbers[int(place)], rest)))


def lists() -> dict[str, list[tuple[str, str]]]:
    """The choices of the forms, in the reader's words."""
    return {name: list(choices.items()) for name, choices in words.words().items()}
