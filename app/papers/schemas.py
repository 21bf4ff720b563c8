"""What can be asked of papers."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.filters import Many, among
from app.languages import LANGUAGES
from app.languages import gettext as _

MOST_LANGUAGES = 3


def few(codes: list[str]) -> list[str]:
    if len(codes) > MOST_LANGUAGES:
        raise ValueError(_("A paper has room for three languages."))
    return codes


class PaperFilter(BaseModel):
    """In which languages a paper is printed; unless said, in those of the sender and the receiver, and English."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    languages: Annotated[Many, among(*LANGUAGES), AfterValidator(few)] | None = Field(
        None, description="one to three, in the order in which they are written"
    )


class ReceivedFilter(PaperFilter):
    no: int | None = Field(None, ge=1, description="which receipt; the last unless said")
