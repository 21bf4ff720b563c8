"""What can be asked of situation reports, what an answer looks like, and what can be written."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from app.documents.schemas import EventNamed, OrganisationNamed
from app.events.schemas import Time
from app.filters import Many, OneFilter, TableFilter, Text, among, ordered_by
from app.languages import gettext as _
from app.situation_reports.models import SECTIONS
from app.writing import (
    LanguageCode,
    ShortTexts,
    ShortTextsChange,
    Visibility,
    Written,
    composed,
    in_paragraphs,
    without_empty,
)

Section = Literal[
    "highlights", "overview", "impact", "needs", "response", "gaps", "coordination", "outlook", "contacts"
]
Version = Annotated[str, StringConstraints(pattern=r"^1\.\d{1,6}$")]


class ReportFilter(TableFilter):
    """The filters of an event's situation reports."""

    status: Annotated[Many, among("draft", "published")] | None = Field(
        None, description="draft, published; drafts are seen by those who may write the event"
    )
    ordering: Text | None = ordered_by("number", "published_at")


class ReportsOfEvent(ReportFilter):
    """The same, of one event and of what was merged into it: the door adds which."""

    event: UUID


class ReportAsked(OneFilter):
    """What one report can be asked."""

    version: Version | None = Field(
        None, description="as it was published then; without it the latest", examples=["1.0"]
    )


class SectionsOut(BaseModel):
    """The sections of OCHA's situation reports; null where nothing is said."""

    highlights: str | None
    overview: str | None
    impact: str | None
    needs: str | None
    response: str | None
    gaps: str | None = Field(description="what is needed and nobody has")
    coordination: str | None
    outlook: str | None = Field(description="what is to be expected")
    contacts: str | None


class FrozenSource(BaseModel):
    code: str
    name: str
    url: str | None
    kind: str


class FrozenFigure(BaseModel):
    """A headline as it was known when the report was published."""

    indicator: str = Field(examples=["dead"])
    value: float | None
    low: float | None
    high: float | None
    qualifier: str
    method: str | None
    as_of: date | None
    source: FrozenSource


class AttachmentOut(BaseModel):
    ref: str = Field(examples=["DO-000012"])
    title: str
    kind: str
    format: str
    file_name: str
    size: int
    content: str


class ReportOut(BaseModel):
    """A situation report: a draft, or the latest version that was published."""

    id: UUID
    ref: str = Field(examples=["EV-2026-0101-SR-3"])
    event: EventNamed
    number: int | None = Field(description="of the event's published reports, without a gap; null for a draft")
    version: str | None = Field(description="1.0, after a correction 1.1 …; null for a draft", examples=["1.0"])
    status: Literal["draft", "published"]
    corrects: str | None = Field(description="of a draft: the report whose next version it will be")
    title: str
    covers_from: datetime | None
    covers_until: datetime | None = Field(description="what is told is what was known then")
    sections: SectionsOut = Field(description="in the language asked for, where it is written in it")
    languages: list[str] = Field(description="in which it is written")
    figures: list[FrozenFigure] | None = Field(description="the headlines as known when it was published, for ever")
    documents: list[AttachmentOut]
    change: str | None = Field(description="what this version corrects, and why")
    published_at: datetime | None
    organisation: OrganisationNamed | None
    exercise: bool
    visibility: str = Field(description="never wider than the event's")
    demonstration: bool
    created_at: datetime
    updated_at: datetime


class VersionOut(BaseModel):
    version: str = Field(examples=["1.1"])
    published_at: datetime
    organisation: OrganisationNamed | None
    change: str | None


class VersionsOut(BaseModel):
    count: int
    results: list[VersionOut]


# -- what is written

Told = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(composed), BeforeValidator(in_paragraphs)]
TextsOf = Annotated[dict[LanguageCode, Told], AfterValidator(without_empty)]
Ref = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Z]{2}-\d{6,12}$")]


def without_empty_sections(sections: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    return {name: sections[name] for name in SECTIONS if sections.get(name)}


class ReportIn(Written):
    """A situation report as it is written. Every text by language; what there is nothing to say of is left out."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "covers_until": "2026-07-09T06:00:00Z",
                    "sections": {
                        "highlights": {"en": "Two villages are cut off.", "ru": "Два села отрезаны."},
                        "needs": {"en": "Tents for 60 families."},
                    },
                }
            ]
        }
    )

    titles: ShortTexts = Field({}, description="by language; without one it is called Situation report and its number")
    covers_from: Time | None = None
    covers_until: Time | None = Field(
        None, description="what is told is what was known then; when published, unless said"
    )
    sections: Annotated[dict[Section, TextsOf], AfterValidator(without_empty_sections)] = {}
    documents: list[Ref] = Field([], max_length=50, description="refs of documents of the event")
    visibility: Visibility = "public"

    @field_validator("covers_until")
    @classmethod
    def after_it_begins(cls, until: datetime | None, info: ValidationInfo) -> datetime | None:
        begins = info.data.get("covers_from")
        if until and begins and until < begins:
            raise ValueError(_("A report cannot end before it begins."))
        return until


class NewReport(ReportIn):
    """A new draft. `from_last`: what is left out begins as the last published report says it."""

    from_last: bool = False


LEFT_OUT: Any = Field(None)  # what a change may leave out, but not empty


class ReportChange(Written):
    """What is to change in a draft, as a JSON Merge Patch (RFC 7396): null empties, texts by section and language too."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"sections": {"gaps": {"en": "Fuel for generators."}}}]})

    titles: ShortTextsChange | None = None
    covers_from: Time | None = None
    covers_until: Time | None = None
    sections: dict[Section, dict[LanguageCode, Told | None] | None] | None = None
    documents: list[Ref] | None = None
    visibility: Visibility = LEFT_OUT


class Publishing(Written):
    """What a new version of a published report corrects, and why; readers see it. The first version has none."""

    change: Annotated[
        str, StringConstraints(max_length=1000), AfterValidator(composed), BeforeValidator(in_paragraphs)
    ] = ""
