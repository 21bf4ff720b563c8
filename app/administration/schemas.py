"""What is said of people when they are invited and when their roles change, and what their list can be asked."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.languages import LANGUAGES
from app.people.texts import Email, Name
from app.permissions import Role

Iso3 = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
Spoken = Literal["en", "ru", "kk", "ky", "fa-AF", "ps"]
assert set(LANGUAGES) == set(Spoken.__args__)  # type: ignore[attr-defined]

STATUSES = ("active", "invited", "suspended", "erased")


class Grant(BaseModel):
    """A role; without countries it counts everywhere."""

    model_config = ConfigDict(extra="forbid")

    role: Role
    countries: list[Iso3] = Field([], max_length=250)


class Roles(BaseModel):
    model_config = ConfigDict(extra="forbid")

    roles: list[Grant] = Field(max_length=len(Role))

    @property
    def granted(self) -> dict[str, list[str]]:
        """Each role with its countries, as it is kept and as history tells it."""
        return {str(grant.role): sorted(set(grant.countries)) for grant in self.roles}


class Newcomer(BaseModel):
    """What is known of anybody new."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    email: Email


class Invitation(Newcomer, Roles):
    """Somebody who is to have an account."""

    organisation: str = Field(max_length=100)
    language: Spoken = "en"


class PeopleFilter(BaseModel):
    """`after` is the last person of the page before."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field("", max_length=200)
    organisation: str = Field("", max_length=100)
    role: Role | None = None
    status: Literal["active", "invited", "suspended", "erased"] | None = None
    after: UUID | None = None
    lang: str | None = None
