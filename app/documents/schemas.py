"""What can be asked of documents, what an answer looks like, and what is said when one is kept or changed."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from app.documents.models import FORMATS, KINDS
from app.filters import Day, Many, TableFilter, Text, among, ordered_by
from app.languages import gettext as _
from app.writing import Names, Short, ShortTextsChange, Visibility, Written

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
Kind = Literal["map", "assessment", "report", "photo", "table", "data", "official", "other"]
Format = Literal["pdf", "jpeg", "png", "webp", "tiff", "geojson", "xlsx", "ods", "csv", "text"]
MEDIA = {
    "pdf": "application/pdf", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "tiff": "image/tiff",
    "geojson": "application/geo+json", "csv": "text/csv; charset=utf-8", "text": "text/plain; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}  # fmt: skip


class DocumentFilter(TableFilter):
    """The filters of an event's documents."""

    kind: Annotated[Many, among(*KINDS)] | None = Field(None, description=", ".join(KINDS))
    format: Literal["json", "csv", "xlsx"] | None = Field(None, description="else by Accept")
    is_format: Annotated[Many, among(*FORMATS)] | None = Field(None, description=", ".join(FORMATS))
    language: Many | None = Field(None, description="languages the documents are in, BCP 47", examples=["ru,kk"])
    ordering: Text | None = ordered_by("created_at", "published_on", "title", "size")


class DocumentsOfEvent(DocumentFilter):
    """The same, of one event and of what was merged into it: the door adds which."""

    event: UUID


class EventNamed(BaseModel):
    ref: str = Field(examples=["EV-2026-0101"])
    title: str


class OrganisationNamed(BaseModel):
    code: str
    name: str


class DocumentOut(BaseModel):
    """A file kept with an event. The file itself is at `/api/v1/documents/{ref}/content`, always as a download."""

    id: UUID
    ref: str = Field(examples=["DO-000012"])
    event: EventNamed = Field(description="the event that it was kept with; it may have been merged into another since")
    title: str
    kind: Kind
    format: Format = Field(description="found in the content, whatever the name says")
    media_type: str
    file_name: str
    size: int = Field(description="bytes")
    sha256: str
    source: str | None = Field(description="who made it")
    published_on: date | None
    language: str | None = Field(description="the language it is in, BCP 47")
    organisation: OrganisationNamed | None = Field(description="who keeps it")
    exercise: bool
    content: str = Field(description="where the file is", examples=["/api/v1/documents/DO-000012/content"])
    visibility: str = Field(description="never wider than the event's")
    demonstration: bool
    created_at: datetime
    updated_at: datetime


# -- what is written


def known_tag(tag: str) -> str:
    if not LANGUAGE.fullmatch(tag):
        raise ValueError(_("“%(code)s” is not the code of a language, such as ru or fa-AF.") % {"code": tag[:20]})
    return tag


def past(day: date) -> date:
    if not date(1900, 1, 1) <= day <= datetime.now(UTC).date() + timedelta(days=1):
        raise ValueError(_("A document is dated from 1900 to today. Look at the year."))
    return day


def or_none(text: object) -> object:
    return text if not isinstance(text, str) or text.strip() else None


Tag = Annotated[str, StringConstraints(max_length=35), AfterValidator(known_tag)]
PastDay = Annotated[Day, AfterValidator(past)]
Source = Annotated[Short | None, BeforeValidator(or_none)]


class DocumentIn(Written):
    """What is said of a document. Who may see it: as the event, unless said; never more than may see the event."""

    titles: Names
    kind: Kind = "other"
    source: Source = None
    published_on: PastDay | None = None
    language: Tag | None = None
    visibility: Visibility = "public"


LEFT_OUT: Any = Field(None)  # what a change may leave out, but not empty


class DocumentChange(Written):
    """What is to change, as a JSON Merge Patch (RFC 7396). The file itself never changes: withdraw it and keep another."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "map", "titles": {"ru": "Карта затопления"}}]})

    titles: ShortTextsChange = LEFT_OUT
    kind: Kind = LEFT_OUT
    source: Short | None = None
    published_on: PastDay | None = None
    language: Tag | None = None
    visibility: Visibility = LEFT_OUT


class DocumentSent(BaseModel):
    """What is said of a file that is the body itself: as parameters of the address. `titles` go with a form, or with a change."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = Field(None, max_length=200, description="in the language of the answer; else the file's name")
    kind: Kind = Field("other", description=", ".join(KINDS))
    source: str | None = Field(None, max_length=200, description="who made it")
    published_on: Day | None = Field(None, description="the day it bears")
    language: str | None = Field(None, max_length=35, description="the language it is in, BCP 47")
    visibility: Visibility | None = Field(None, description="as the event, unless said")
    filename: str | None = Field(
        None, max_length=300, description="what the file is called; or Content-Disposition says it"
    )
