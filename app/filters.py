"""What every list can be asked: one object from the door to the SQL. A misspelt filter is refused, never ignored."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from app import languages
from app.errors import Invalid
from app.geo import BboxParam, PointParam
from app.languages import gettext as _

CAP = 10_000  # counts are exact up to here
MOST_VALUES = 200

Format = Literal["json", "geojson", "csv", "xlsx"]
Table = Literal["json", "csv", "xlsx"]


def split_commas(values: object) -> object:
    """`KAZ,KGZ` and `KAZ` given twice are the same; an empty value is an error, not "all"."""
    given = values if isinstance(values, list) else [values]
    parts = [part.strip() for value in given for part in str(value).split(",")]
    if not all(parts):
        raise ValueError(_("A filter was given without a value: leave it out or give it one."))
    if len(parts) > MOST_VALUES:
        raise ValueError(_("Too many values: at most %(most)s at a time.") % {"most": MOST_VALUES})
    return list(dict.fromkeys(parts))


Many = Annotated[list[str], BeforeValidator(split_commas)]


def among(*possible: str) -> AfterValidator:
    """Narrows a filter that takes several values to these words: `Annotated[Many, among("a", "b")]`."""

    def check(values: list[str]) -> list[str]:
        for value in values:
            if value not in possible:
                message = _("“%(value)s” is not one of: %(possible)s.")
                raise ValueError(message % {"value": value[:60], "possible": ", ".join(possible)})
        return values

    return AfterValidator(check)


def known_language(code: str) -> str:
    try:
        return languages.asked_for(code)
    except languages.UnknownLanguage:
        known = ", ".join(languages.LANGUAGES)
        raise ValueError(_("lang must be one of: %(known)s.") % {"known": known}) from None


Lang = Annotated[
    str, AfterValidator(known_language), WithJsonSchema({"type": "string", "enum": [*languages.LANGUAGES]})
]


def not_empty(text: str) -> str:
    if not text.strip():
        raise ValueError(_("A filter was given without a value: leave it out or give it one."))
    return text


Text = Annotated[str, AfterValidator(not_empty)]


def begins_with_a_day(text: object) -> object:
    """A bare number would be taken for seconds since 1970; nobody who writes a year means that."""
    if isinstance(text, str) and not re.match(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise PydanticCustomError("date_parsing", "not a day")
    return text


def is_a_time(text: object) -> object:
    if isinstance(text, str) and not re.match(r"\d{4}-\d\d-\d\d[Tt ]", text, re.ASCII):
        raise PydanticCustomError("datetime_parsing", "not a time")
    return text


Day = Annotated[date, BeforeValidator(begins_with_a_day)]
Moment = Annotated[AwareDatetime, BeforeValidator(is_a_time)]
CLOCKS_DIFFER = timedelta(minutes=1)


def known_at(said: object) -> object:
    """A day means its end, in UTC."""
    if not isinstance(said, str):
        return said
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", said, re.ASCII):
            return datetime.combine(date.fromisoformat(said), time.max, UTC)
        if re.match(r"\d{4}-\d\d-\d\d[Tt ]", said, re.ASCII):
            return TypeAdapter(AwareDatetime).validate_python(said).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError(_("Write a day such as 2026-11-23, or a time such as 2026-11-23T06:00:00Z."))


def not_ahead(at: datetime) -> datetime:
    """What will be known tomorrow nobody can say; of today, what is known so far."""
    now = datetime.now(UTC)
    if at > now + CLOCKS_DIFFER and at != datetime.combine(now.date(), time.max, UTC):
        raise ValueError(_("What will be known then cannot be said yet: choose a time that has passed."))
    return at


# As known then: a day to its end, or an exact moment
AsOf = Annotated[
    AwareDatetime,
    AfterValidator(not_ahead),
    BeforeValidator(known_at),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}),
]


def ordered_by(*fields: str) -> Any:
    """The parameter `ordering` of a list that can be ordered by these fields."""
    return Field(None, description=f"{', '.join(fields)}; with - in front for the reverse", examples=[f"-{fields[-1]}"])


class OneFilter(BaseModel):
    """What a single record can be asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lang: Lang | None = Field(None, description="language of names and labels; else by Accept-Language")
    format: Literal["json", "geojson"] | None = Field(None, description="else by Accept")


def equal(name: str, text: str) -> str:
    """The condition for a single value: only with `=` does an index also give its order, and a page ends its walk early."""
    return text.replace(f"= ANY (%({name})s)", f"= (%({name})s::text[])[1]")


class TableFilter(BaseModel):
    """What every list can be asked, also those whose rows stand nowhere on a map."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # field → the list of codes its values must stand in, as registered with app.codes
    CODES: ClassVar[Mapping[str, str]] = {}

    q: Text | None = Field(
        None, max_length=500, description="search in any language and script, the best first, at most 1,000"
    )
    ordering: Text | None = ordered_by("code", "name")
    limit: int | None = Field(None, ge=1, le=1000, description="records on a page, 50 unless said; csv and xlsx: all")
    cursor: Text | None = Field(None, max_length=1000, description="where the page begins: taken from `next`")
    format: Table | None = Field(None, description="else by Accept")
    hxl: Literal["1"] | None = Field(None, description="with csv or xlsx: a row of HXL tags under the header")
    lang: Lang | None = Field(None, description="language of names and labels; else by Accept-Language")

    @property
    def given(self) -> set[str]:
        """The filters that were asked for."""
        return {name for name in self.model_fields_set if getattr(self, name) is not None}

    @property
    def follows_changes(self) -> bool:
        """Whether withdrawn rows are told of, too."""
        return False

    @property
    def ranking(self) -> str | None:
        """The order that the question itself brings."""
        return "q" if self.q else None

    def check_together(self) -> None:
        """Raise Invalid for parameters that make no sense without one another."""

    def values(self) -> dict[str, Any]:
        """The values for the SQL: plain lists, numbers and texts."""
        return {name: getattr(self, name) for name in self.given}

    def conditions(self, sql: Mapping[str, str], but: Iterable[str] = ()) -> list[str]:
        """The SQL of the filters that were asked for, in the order of `sql`; `but` leaves some out."""
        wanted = self.given - set(but)
        return [equal(name, text) if self.has_one(name) else text for name, text in sql.items() if name in wanted]

    def has_one(self, name: str) -> bool:
        value = getattr(self, name, None)
        return isinstance(value, list) and len(value) == 1


class ListFilter(TableFilter):
    """The filters that records share. A noun's own filter adds to them; each has its SQL under the same name."""

    CODES: ClassVar[Mapping[str, str]] = {"country": "countries", "area": "areas"}

    country: Many | None = Field(None, description="ISO 3166-1 alpha-3 codes", examples=["KAZ,KGZ"])
    area: Many | None = Field(
        None, description="p-codes or ISO 3166-2 codes; includes all areas below", examples=["KZ-75"]
    )
    bbox: BboxParam | None = Field(None, description="west,south,east,north in degrees, WGS 84")
    near: PointParam | None = Field(None, description="lon,lat: the nearest first, at most 1,000")
    within_km: float | None = Field(None, gt=0, le=20_040, description="with near: no farther than this")
    updated_since: Moment | None = Field(
        None, description="changed at or after this time, with those withdrawn as {id, ref, withdrawn_at}"
    )
    format: Format | None = Field(None, description="else by Accept")  # type: ignore[assignment]

    @property
    def follows_changes(self) -> bool:
        return self.updated_since is not None

    @property
    def ranking(self) -> str | None:
        return "near" if self.near else super().ranking

    def check_together(self) -> None:
        if self.within_km and not self.near:
            raise Invalid.field("within_km", _("within_km needs near=lon,lat."))

    def values(self) -> dict[str, Any]:
        """A box and a point become their numbers."""
        box = self.bbox._asdict() if self.bbox else {}
        point = self.near._asdict() | {"within_m": (self.within_km or 0) * 1000} if self.near else {}
        return super().values() | box | point


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def identity(id_or_ref: str) -> dict[str, Any]:
    """The values for `WHERE id = %(id)s OR ref = %(ref)s`, one of them NULL: a `ref` works wherever an `id` does."""
    if is_uuid(id_or_ref):
        return {"id": UUID(id_or_ref), "ref": None}
    return {"id": None, "ref": id_or_ref.upper()}
