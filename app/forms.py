"""Forms on pages: what was typed is kept word for word, read into a schema, and shown again with what is wrong with it.

A field is called as in the schema, with a dot for what lies inside: `titles.ru`, `started_at.day`. A form carries a hidden
`key` (sent again, it is done once), the `version` of the record that it was opened on, and `was`: what stood in it then.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import languages
from app.errors import AppError, Conflict, Invalid, contradiction, explained
from app.idempotency import once
from app.languages import gettext as _
from app.permissions import By, asking
from app.secrets import new_token

Values = Mapping[str, Sequence[str]]  # what stands in the fields of a form, by their names
Problem = Mapping[str, str]  # {"field", "message"}
Schema = TypeVar("Schema", bound=BaseModel)

HIDDEN = ("key", "version", "was", "deciding", "nevertheless")
CHOICE = "choose."
TOKEN = re.compile(r"[\w.-]{1,255}", re.ASCII)
LONGEST_WAS = 1_000_000


@dataclass(frozen=True)
class Typed:
    """A form as it was sent."""

    values: dict[str, list[str]]
    key: str | None = None
    version: str = ""
    was: dict[str, list[str]] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)
    is_decision: bool = False  # it comes from the page that shows two versions side by side
    nevertheless: bool = False  # the asker has seen the warning

    def text(self, name: str) -> str:
        return first(self.values, name).strip()


@dataclass
class Form:
    """A form as a page shows it. `name` is that of its draft in the browser: one for each record."""

    name: str
    values: Values
    labels: Mapping[str, str]  # of its fields, in their order
    errors: Sequence[Problem] = ()
    message: str = ""  # what is wrong with all of it
    key: str = field(default_factory=new_token)
    version: str = ""
    was: Values = field(default_factory=dict)

    def text(self, name: str) -> str:
        return first(self.values, name)

    def texts(self, name: str) -> Sequence[str]:
        return self.values.get(name, ())

    def error(self, name: str) -> str:
        """What is wrong with a field, or with something inside it."""
        told = (one["message"] for one in self.errors if one["field"] == name or one["field"].startswith(f"{name}."))
        return next(told, "")

    def anchor(self, name: str) -> str:
        """The field of this form that an error is about: of `geometry.coordinates.0` it is geometry. Empty: none."""
        while name and not any(is_of(one, name) for one in self.labels):
            name = name.rpartition(".")[0]
        return name

    @property
    def account(self) -> str:
        """Whose draft it is."""
        return str(asking().user_id or "")

    @property
    def was_as_json(self) -> str:
        return json.dumps(self.was, ensure_ascii=False, separators=(",", ":"))


def first(values: Values, name: str) -> str:
    return next(iter(values.get(name, ())), "")


# -- what was sent

# Two hundred lines of a request with all that can be said of each; their bytes are limited elsewhere
MOST_FIELDS = 20_000


async def sent(request: Request) -> Typed:
    typed = await request.form(max_fields=MOST_FIELDS)
    return typed_as((name, value) for name, value in typed.multi_items() if isinstance(value, str))


def by_name(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The values of each field; browsers send the ends of lines as on teletypes."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return values


def typed_as(pairs: Iterable[tuple[str, str]]) -> Typed:
    values = by_name(pairs)
    key = first(values, "key")
    return Typed(
        {name: texts for name, texts in values.items() if name not in HIDDEN and not name.startswith(CHOICE)},
        key if TOKEN.fullmatch(key) else None,
        first(values, "version"),
        remembered(first(values, "was")),
        {name.removeprefix(CHOICE): texts[0] for name, texts in values.items() if name.startswith(CHOICE)},
        "deciding" in values,
        "nevertheless" in values,
    )


TypedForm = Annotated[Typed, Depends(sent)]


def remembered(text: str) -> dict[str, list[str]]:
    """What a form says it held when it was opened; nothing where somebody has meddled with it."""
    try:
        found = json.loads(text) if len(text) <= LONGEST_WAS else {}
    except (ValueError, RecursionError):
        return {}
    is_ours = isinstance(found, dict) and all(
        isinstance(texts, list) and all(isinstance(one, str) for one in texts) for texts in found.values()
    )
    return found if is_ours else {}


def asked(values: Values, several: Collection[str] = ()) -> dict[str, Any]:
    """The JSON that the fields stand for: `titles.ru` lies in titles, those of `several` are lists, an empty one is null."""
    found: dict[str, Any] = {}
    for name, texts in values.items():
        told = [text.strip() for text in texts if text.strip()]
        inside = found
        *outer, last = name.split(".")
        for part in outer:
            inside = inside.setdefault(part, {})
            if not isinstance(inside, dict):
                raise Invalid(_("This form was not sent by the portal’s own page. Open the page again."))
        inside[last] = told if name in several else (told[0] if told else None)
    return found


def moment(values: Values, name: str) -> str | None:
    """A day and a time in UTC, typed side by side, as RFC 3339; what is not one is left for the schema to refuse."""
    day, time = (first(values, f"{name}.{part}").strip() for part in ("day", "time"))
    if not day and not time:
        return None
    return f"{day}T{time or '00:00'}{':00' if time.count(':') < 2 else ''}Z"


def plain_number(text: str) -> str:
    """`1 200,5` and `۱۲۰۰٫۵` are 1200.5. `1,200` may be either, so it is left to be refused."""
    plain = "".join(
        str(int(sign)) if sign.isdecimal() else sign for sign in text if not sign.isspace() and sign not in "'’٬"
    )
    plain = plain.replace("٫", ".")
    is_decimal = plain.count(",") == 1 and "." not in plain and not re.search(r",\d{3}$", plain)
    return plain.replace(",", ".") if is_decimal else plain


def is_ticked(values: Values, name: str) -> bool:
    return bool(first(values, name))


def read(schema: type[Schema], question: Mapping[str, Any], labels: Mapping[str, str]) -> Schema:
    """The typed values as a schema. Raises Invalid, naming the fields by what stands on the page."""
    try:
        return schema.model_validate(question)
    except ValidationError as error:
        problems = [explained({**one, "loc": ("form", *one["loc"])}, labels) for one in error.errors()]
        raise Invalid(" ".join(one["message"] for one in problems), problems) from None


# -- what languages a text can be written in


def by_language(name: str, label: str) -> dict[str, str]:
    """The labels of one text in each language: {"titles.en": "Title (English)", …}."""
    return {f"{name}.{code}": f"{label} ({language.name})" for code, language in languages.LANGUAGES.items()}


def in_languages(name: str, texts: Mapping[str, str] | None) -> dict[str, list[str]]:
    """The values of those fields."""
    return {f"{name}.{code}": [(texts or {}).get(code, "")] for code in languages.LANGUAGES}


# -- two who changed the same record: both versions side by side


@dataclass(frozen=True)
class Difference:
    """A field that the two versions say differently. `chosen` is whose is kept unless said otherwise; empty: both changed it."""

    name: str
    label: str
    was: str
    theirs: str
    mine: str
    chosen: str


Say = Callable[[str, Sequence[str]], str]  # a field's name and values, in words


def differences(labels: Mapping[str, str], was: Values, theirs: Values, mine: Values, say: Say) -> list[Difference]:
    found = []
    for name, label in labels.items():
        before, other, own = (part(values, name) for values in (was, theirs, mine))
        if other != own:
            chosen = "theirs" if own == before else "mine" if other == before else ""
            before_said, other_said, own_said = (said(name, one, say) for one in (before, other, own))
            found.append(Difference(name, label, before_said, other_said, own_said, chosen))
    return found


def part(values: Values, name: str) -> dict[str, list[str]]:
    """The values of a field and of those inside it, without what makes no difference."""
    inside = {one: sorted(filter(None, map(str.strip, texts))) for one, texts in values.items() if is_of(one, name)}
    return {one: texts for one, texts in inside.items() if texts}


def is_of(one: str, name: str) -> bool:
    return one == name or one.startswith(f"{name}.")


def said(name: str, values: Values, say: Say) -> str:
    return say(name, [text for texts in values.values() for text in texts])


def undecided(labels: Mapping[str, str], typed: Typed) -> list[str]:
    """The fields that the two versions say differently, and that nobody has chosen for."""
    differ = [name for name in labels if part(typed.was, name) != part(typed.values, name)]
    return [name for name in differ if typed.choices.get(name) not in ("theirs", "mine")]


def merged(labels: Iterable[str], typed: Typed) -> dict[str, list[str]]:
    """The values after the choice: what is mine, and what is theirs in the fields where theirs was chosen."""
    theirs = [name for name in labels if typed.choices.get(name) == "theirs"]
    kept = {one: texts for one, texts in typed.values.items() if not any(is_of(one, name) for name in theirs)}
    return kept | {one: texts for one, texts in typed.was.items() if any(is_of(one, name) for name in theirs)}


# -- what becomes of it


class SavedBefore(Conflict):
    """The form was saved, its answer got lost, and it was changed before it was sent again."""


def saved(request: Request, db: Session, by: By, typed: Typed, do: Callable[[], Response]) -> Response:
    """What `do` answers, once. Where it is refused nothing of it stays, and the error is for the page to show."""
    try:
        with db.begin_nested():
            return once(db, by, request, typed.key, question_of(typed), do)
    except IntegrityError:
        raise contradiction() from None
    except Invalid as error:
        if [one["field"] for one in error.errors] != ["Idempotency-Key"]:
            raise
        raise SavedBefore(
            _("This form was saved once already, and changed afterwards. Look at the list before you save it again.")
        ) from None


def question_of(typed: Typed) -> dict[str, Any]:
    return {"values": typed.values, "nevertheless": typed.nevertheless}


def again(typed: Typed, name: str, labels: Mapping[str, str], error: AppError | None = None) -> Form:
    """The form as it was sent, with what is wrong with it; a new key where the old one is used up."""
    told = Form(name, typed.values, labels, version=typed.version, was=typed.was)
    if error:
        told.errors, told.message = error.errors, error.detail
    if typed.key and not isinstance(error, SavedBefore):
        told.key = typed.key
    return told
