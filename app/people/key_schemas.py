"""What is said to make an API key."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from app.people.texts import without_control
from app.permissions import Permission


class KeyIn(BaseModel):
    """A key for a program of an organisation; `countries` limits all its scopes, none is no limit."""

    model_config = ConfigDict(extra="forbid")

    organisation: str
    name: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(without_control)
    ]
    scopes: list[Permission] = Field(max_length=len(Permission))
    countries: list[str] = Field(max_length=300)
    expires_on: date
