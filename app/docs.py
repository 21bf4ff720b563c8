"""What the OpenAPI document says of answers that PostgreSQL writes: their shape, and the refusals all doors share."""

from typing import Any

from pydantic import BaseModel, Field, create_model


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


PROBLEM = {"model": Problem, "content": {"application/problem+json": {}}}
REFUSALS: dict[int | str, dict[str, Any]] = {
    422: {**PROBLEM, "description": "A parameter is unknown or has no possible value; `errors` names it"},
    429: {**PROBLEM, "description": "Too many requests from this address; `Retry-After` says when to come back"},
}


def list_of(record: type[BaseModel]) -> type[BaseModel]:
    """The envelope of a page of these records."""
    return create_model(
        record.__name__.removesuffix("Out") + "List",
        count=(int, Field(description="how many match in all; exact up to 10,000")),
        count_is_minimum=(bool | None, Field(None, description="true where more than `count` match")),
        next=(str | None, Field(description="address of the next page")),
        previous=(str | None, Field(description="address of the page before")),
        synced_to=(str | None, Field(description="pass it as the next `updated_since` to follow changes")),
        results=(list[record], ...),  # type: ignore[valid-type]
    )


def describes_list(record: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    other = {"application/geo+json": {}, "text/csv": {}, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {}}
    return {200: {"model": list_of(record), "content": other}, 304: {"description": "Not changed since `If-None-Match`"}, **REFUSALS}


def describes_one(record: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    return {
        200: {"model": record},
        304: {"description": "Not changed since `If-None-Match`"},
        404: {**PROBLEM, "description": "There is no such record, or none you may see"},
        **REFUSALS,
    }
