"""What writing doors take: texts by language, numbers that can be, points; and a change laid over what is there.

A PATCH is a JSON Merge Patch (RFC 7396): fields left out stay, null empties a field, inside objects too.
"""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from app.errors import TOLD_AT_MOST, Invalid, explained
from app.languages import LANGUAGES
from app.languages import gettext as _

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
Model = TypeVar("Model", bound=BaseModel)


class Written(BaseModel):
    """What a writing door takes: a field it does not know is refused."""

    model_config = ConfigDict(extra="forbid")


def on_one_line(text: object) -> object:
    return " ".join(text.split()) if isinstance(text, str) else text


def in_paragraphs(text: object) -> object:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip() if isinstance(text, str) else text


def composed(text: str) -> str:
    """One way to write each letter, and nothing that cannot be read."""
    if CONTROL.search(text):
        raise ValueError(_("There are characters in this text that cannot be shown. Type it anew."))
    return unicodedata.normalize("NFC", text)


def known_language(code: str) -> str:
    if code not in LANGUAGES:
        words = {"code": code[:20], "possible": ", ".join(LANGUAGES)}
        raise ValueError(_("There is no language “%(code)s” here. Possible: %(possible)s.") % words)
    return code


def language_code(code: str) -> str:
    """Of any language of the world, not only those of the portal."""
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", code):
        raise ValueError(_("“%(value)s” is not the code of a language, such as ru or fa-AF.") % {"value": code[:60]})
    return code


def each_once(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


def without_empty(texts: dict[str, str]) -> dict[str, str]:
    return {language: text for language, text in texts.items() if text}


def said_at_all(texts: dict[str, str]) -> dict[str, str]:
    if not texts:
        raise ValueError(_("Say it in one language at least."))
    return texts


# outermost last: what is typed is tidied before it is measured
Short = Annotated[str, StringConstraints(max_length=200), AfterValidator(composed), BeforeValidator(on_one_line)]
Long = Annotated[str, StringConstraints(max_length=5000), AfterValidator(composed), BeforeValidator(in_paragraphs)]
WhyText = Annotated[
    str, StringConstraints(min_length=1, max_length=1000), AfterValidator(composed), BeforeValidator(in_paragraphs)
]
LanguageCode = Annotated[str, AfterValidator(known_language)]
Spoken = Annotated[str, AfterValidator(language_code)]
IN_TWO = {"en": "Medium USAR team, Almaty", "ru": "Спасательная команда среднего класса, Алматы"}
# {language: text}, as the database keeps it
Names = Annotated[
    dict[LanguageCode, Short], AfterValidator(without_empty), AfterValidator(said_at_all), Field(examples=[IN_TWO])
]
ShortTexts = Annotated[dict[LanguageCode, Short], AfterValidator(without_empty)]
Texts = Annotated[dict[LanguageCode, Long], AfterValidator(without_empty)]
# the same in a change: null takes a language away
ShortTextsChange = dict[LanguageCode, Short | None]
TextsChange = dict[LanguageCode, Long | None]

Visibility = Literal["public", "partners", "centre", "own"]
Amount = Annotated[Decimal, Field(ge=0, le=1_000_000_000_000, decimal_places=3, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]


class PointIn(Written):
    """A point of GeoJSON: longitude, latitude, WGS 84."""

    type: Literal["Point"] = "Point"
    coordinates: tuple[Longitude, Latitude] = Field(examples=[[76.95, 43.25]])

    @property
    def ewkt(self) -> str:
        lon, lat = self.coordinates
        return f"SRID=4326;POINT({lon:.6f} {lat:.6f})"


class Reason(Written):
    """Why a record is withdrawn."""

    reason: WhyText = Field(examples=["Disbanded on 1 September 2026"])


class MaybeReason(Written):
    """Why a record comes back, where there is something to say."""

    reason: Annotated[
        str, StringConstraints(max_length=1000), AfterValidator(composed), BeforeValidator(in_paragraphs)
    ] = ""


def understood(model: type[Model], said: Mapping[str, Any]) -> Model:
    """What was said, as the model has it. Raises Invalid that names every field that is wrong, by its path."""
    try:
        return model.model_validate(said)
    except ValidationError as error:
        errors = [explained({**one, "loc": ("body", *one["loc"])}) for one in error.errors()[:TOLD_AT_MOST]]
        raise Invalid(" ".join(one["message"] for one in errors), errors) from None


def merged(old: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """A record as it is after a change: RFC 7396."""
    new = dict(old)
    for name, value in change.items():
        if value is None:
            new.pop(name, None)
        elif isinstance(value, Mapping):
            below = new.get(name)
            new[name] = merged(below if isinstance(below, Mapping) else {}, value)
        else:
            new[name] = value
    return new
