"""What can be asked of history, and what an answer looks like."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.docs import Named
from app.filters import Lang, Many, Moment, Text


class HistoryFilter(BaseModel):
    """The filters of the search over all history."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    noun: Many | None = Field(None, description="events, capacities, contacts, users, api_keys …")
    action: Many | None = Field(None, description="logged, changed, withdrawn, read …")
    ref: Text | None = Field(None, max_length=100, description="the record's ref")
    organisation: Many | None = Field(None, description="codes of the organisations for which it was done")
    who: Text | None = Field(
        None, max_length=100, description="part of the name or e-mail address of a person, or of a key's name"
    )
    done_after: Moment | None = Field(None, description="done at or after this time")
    done_before: Moment | None = Field(None, description="done before this time")
    before: int | None = Field(None, ge=1, description="entries before this one: the next page")
    lang: Lang | None = Field(None, description="language of names; else by Accept-Language")

    def values(self) -> dict[str, Any]:
        """The values for the SQL; what was typed as a name is looked for as it is, its % and _ too."""
        given = self.model_dump(exclude_none=True, exclude={"lang"})
        escaped = (self.who or "").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return given | {"who_like": f"%{escaped}%"}


class EntryOut(BaseModel):
    """Something that somebody did to a record. `before` and `after` hold the fields that changed."""

    id: int
    at: datetime
    action: str = Field(examples=["changed"])
    noun: str
    ref: str
    account: UUID | None = Field(None, description="the account to which it was done; its page is /people/{account}")
    means: str = Field(description="page, api, command or job")
    reason: str
    visibility: str = Field(description="of the record then, the narrower of before and after")
    actor_kind: str = Field(description="person, key, portal or nobody")
    organisation: Named | None
    actor: str | None = Field(description="the name of the person or key; for those who have signed in")
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    sealed: bool = Field(description="whether the hash chain holds it already")


class HistoryOut(BaseModel):
    results: list[EntryOut]


class HeadOut(BaseModel):
    position: int
    hash: str = Field(description="SHA-256, hexadecimal")
    sealed_at: datetime


class DayOut(BaseModel):
    day: date
    position: int
    hash: str
    published_at: datetime


class HeadsOut(BaseModel):
    """The end of the hash chain over all history, now and at the end of each day."""

    current: HeadOut | None
    days: list[DayOut]
