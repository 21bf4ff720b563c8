"""What the OpenAPI document says of answers that PostgreSQL writes: their shape, and the refusals all doors share."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field, create_model

Described = dict[int | str, dict[str, Any]]


class Named(BaseModel):
    """A code that never changes with the language, and its name in the language asked for."""

    code: str
    name: str


class CountedOut(Named):
    count: int


class FieldError(BaseModel):
    field: str = Field(examples=["bbox"])
    message: str = Field(examples=["bbox must be west,south,east,north with west ≤ east and south ≤ north."])


class Problem(BaseModel):
    """RFC 9457: what went wrong, in a full sentence."""

    type: str = "about:blank"
    title: str = Field(examples=["Not understood"])
    status: int = Field(examples=[422])
    detail: str
    errors: list[FieldError] | None = None


class WithdrawnOut(BaseModel):
    """All that is left to be seen of a record that was withdrawn."""

    id: UUID
    ref: str = Field(examples=["EV-2026-0101"])
    withdrawn_at: datetime


PROBLEM = {"model": Problem, "content": {"application/problem+json": {}}}
REFUSALS: Described = {
    422: {**PROBLEM, "description": "A parameter is unknown or has no possible value; `errors` names it"},
    429: {**PROBLEM, "description": "Too many requests from this address; `Retry-After` says when to come back"},
}


class GoneOut(BaseModel):
    """A record that was there to see and no longer is: deleted, or shown to fewer."""

    id: UUID
    ref: str
    withdrawn_at: datetime


def list_of(record: type[BaseModel]) -> type[BaseModel]:
    """The envelope of a page of these records."""
    return create_model(
        record.__name__.removesuffix("Out") + "List",
        count=(int, Field(description="how many match in all; exact up to 10,000")),
        count_is_minimum=(bool | None, Field(None, description="true where more than `count` match")),
        next=(str | None, Field(description="address of the next page")),
        previous=(str | None, Field(description="address of the page before")),
        synced_to=(str | None, Field(description="pass it as the next `updated_since` to follow changes")),
        gone=(
            list[GoneOut] | None,
            Field(
                None,
                description="on the first page with `updated_since`: what you can no longer see, whatever the filters",
            ),
        ),
        results=(list[record], ...),  # type: ignore[valid-type]
    )


TABLES: dict[str, dict[str, Any]] = {
    "text/csv": {},
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {},
}
NOT_CHANGED: Described = {304: {"description": "Not changed since `If-None-Match`"}}
NOT_THERE: Described = {404: {**PROBLEM, "description": "There is no such record, or none you may see"}}


def describes_list(record: type[BaseModel]) -> Described:
    """A list whose rows stand on the map."""
    return {
        200: {"model": list_of(record), "content": {"application/geo+json": {}, **TABLES}},
        **NOT_CHANGED,
        **REFUSALS,
    }


def describes_table(record: type[BaseModel]) -> Described:
    """A list whose rows stand nowhere on the map."""
    return {200: {"model": list_of(record), "content": TABLES}, **NOT_CHANGED, **REFUSALS}


def describes_list_below(record: type[BaseModel]) -> Described:
    """A list below one record, which may not be there."""
    return {**describes_table(record), **NOT_THERE}


def describes_one(record: type[BaseModel]) -> Described:
    return {200: {"model": record}, **NOT_CHANGED, **NOT_THERE, **REFUSALS}


WRITING: Described = {
    401: {**PROBLEM, "description": "Nobody knows who asks: sign in, or send an API key"},
    403: {**PROBLEM, "description": "You may see this and not change it, or your rights do not reach so far"},
    409: {**PROBLEM, "description": "Not possible as things are, or the same Idempotency-Key is still at work"},
    **REFUSALS,
    422: {**PROBLEM, "description": "A field is unknown or has no possible value; `errors` names it"},
}
VERSIONS: Described = {
    412: {**PROBLEM, "description": "Somebody has changed the record since you read it: read it again"},
    428: {**PROBLEM, "description": "`If-Match` is missing"},
}


def describes_new(record: type[BaseModel]) -> Described:
    """A record is made; `Location` says where it is."""
    return {201: {"model": record}, **WRITING}


def describes_change(record: type[BaseModel]) -> Described:
    """A record is changed that has the version of `If-Match`."""
    return {200: {"model": record}, **NOT_THERE, **VERSIONS, **WRITING}
