"""What can be asked of contacts, what is said to write one, and what an answer looks like."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from app.docs import Named
from app.filters import Many, TableFilter, Text, among, ordered_by
from app.languages import gettext as _
from app.people.texts import Email, Line, Name, Phone
from app.writing import Visibility, Written

DIRECTORY_KINDS = ("duty_officer", "focal_point", "liaison")
KINDS = (*DIRECTORY_KINDS, "capacity")
SPOKEN = ("en", "ru", "kk", "ky", "tg", "uz", "tk", "az", "fa-AF", "ps", "fa", "ur", "hi", "tr", "zh")
MOST = 10  # numbers of one contact
MOST_OF_CAPACITY = 100  # contacts on the page of a capacity


class ContactFilter(TableFilter):
    """The filters of contacts."""

    CODES: ClassVar[Mapping[str, str]] = {"country": "countries", "organisation": "organisations"}

    country: Many | None = Field(
        None, description="of the organisation or of the capacity, ISO 3166-1 alpha-3 codes", examples=["KAZ,KGZ"]
    )
    organisation: Many | None = Field(None, description="codes of organisations", examples=["KGZ-MES"])
    kind: Annotated[Many, among(*KINDS)] | None = Field(None, description=", ".join(KINDS))
    ordering: Text | None = ordered_by("organisation", "name", "updated_at")
    format: Literal["json"] | None = Field(None, description="contacts come as JSON only")


class ContactsOfCapacity(ContactFilter):
    """The same, of one capacity: the door adds which."""

    capacity_id: UUID


def known_languages(codes: list[str]) -> list[str]:
    for code in codes:
        if code not in SPOKEN:
            possible = {"value": code[:60], "possible": ", ".join(SPOKEN)}
            raise ValueError(_("“%(value)s” is not one of: %(possible)s.") % possible)
    return list(dict.fromkeys(codes))


Languages = Annotated[list[str], Field(max_length=len(SPOKEN)), AfterValidator(known_languages)]
Phones = Annotated[list[Phone], Field(max_length=MOST)]


class ContactFields(Written):
    """What can be said of a contact, and be changed later."""

    name: Name = Field(description="a desk or a person", examples=["Duty desk"])
    position: Line = Field("", description="what they are", examples=["Duty officer of the crisis centre"])
    phones: Phones = Field([], description="the first is called first", examples=[["+000 700 0001"]])
    email: Email | None = Field(None, examples=["duty@example.org"])
    radio: Line = Field("", description="call sign and channel", examples=["KAZSELEZASHITA, 5 MHz"])
    languages: Languages = Field([], description=f"spoken: {', '.join(SPOKEN)}")
    is_24h: bool = Field(False, description="somebody answers around the clock")
    hours: Line = Field("", description="when somebody answers, in local time", examples=["Mon–Fri 09:00–18:00"])
    visibility: Visibility = Field("centre", description="who may see it: public, partners, centre, own")


class ContactIn(ContactFields):
    """A new contact: of an organisation (one's own unless said otherwise), or of one capacity."""

    kind: Literal["duty_officer", "focal_point", "liaison", "capacity"]
    organisation: str | None = Field(None, max_length=100, examples=["KGZ-MES"])
    capacity: str | None = Field(None, max_length=100, description="id or ref, for kind capacity")


LEFT_OUT: Any = Field(None)  # what a change may leave out, but not empty


class ContactChange(Written):
    """What is to change, as a JSON Merge Patch (RFC 7396): what is left out stays, null empties. Lists are replaced whole."""

    name: Name = LEFT_OUT
    position: Line | None = None
    phones: Phones | None = None
    email: Email | None = None
    radio: Line | None = None
    languages: Languages | None = None
    is_24h: bool = LEFT_OUT
    hours: Line | None = None
    visibility: Visibility = LEFT_OUT

    def said(self) -> dict[str, Any]:
        """The fields that change, and what they become."""
        given = self.model_dump(include=self.model_fields_set)
        empty = ContactFields.model_fields
        return {name: empty[name].default if value is None else value for name, value in given.items()}


class CapacityOfContact(BaseModel):
    ref: str = Field(examples=["CA-0004711"])
    name: str


class CountryOfContact(BaseModel):
    iso3: str = Field(examples=["KGZ"])
    name: str


class ContactOut(BaseModel):
    """Whom to call. Every reading is recorded: who read which contacts, and when."""

    id: UUID
    kind: Literal["duty_officer", "focal_point", "liaison", "capacity"]
    organisation: Named
    capacity: CapacityOfContact | None = Field(description="for kind capacity")
    country: CountryOfContact | None = Field(description="of the capacity, or else of the organisation")
    name: str = Field(examples=["Duty desk"])
    position: str
    phones: list[str] = Field(examples=[["+000 700 0001"]])
    email: str | None
    radio: str
    languages: list[str]
    is_24h: bool
    hours: str
    visibility: Visibility
    demonstration: bool
    created_at: datetime
    updated_at: datetime


class ContactStateOut(BaseModel):
    """Whether a contact is withdrawn, and since when."""

    id: UUID
    withdrawn_at: datetime | None
