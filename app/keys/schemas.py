"""What is said to make an API key."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from app.permissions import Permission
from app.writing import Written, composed, on_one_line


class KeyIn(Written):
    """A key for a program of an organisation; `countries` limits all its scopes, none is no limit."""

    organisation: str
    name: Annotated[
        str, StringConstraints(min_length=1, max_length=100), AfterValidator(composed), BeforeValidator(on_one_line)
    ]
    scopes: list[Permission] = Field(max_length=len(Permission))
    countries: list[str] = Field(max_length=300)
    expires_on: date
