"""What is said to be told of something: conditions. All that are given must be met, each by one of its values."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from app.announcements import kinds
from app.events.schemas import AlertLevel, Codes, Status, distinct
from app.languages import gettext as _
from app.writing import Written


def known_kinds(values: list[str]) -> list[str]:
    for value in values:
        if value not in kinds.words():
            possible = ", ".join(kinds.words())
            raise ValueError(
                _("There is no kind of news “%(code)s”. Possible: %(possible)s.")
                % {"code": value[:40], "possible": possible}
            )
    return values


class ConditionsIn(Written):
    """Which announcements somebody wants. Nothing given is everything but exercises."""

    countries: Codes = Field([], max_length=60, description="ISO 3166-1 alpha-3: what touches one of them")
    areas: Codes = Field(
        [], max_length=100, description="codes, p-codes or ISO 3166-2 codes; each with all areas below it"
    )
    hazards: Codes = Field([], max_length=60, description="GLIDE codes")
    alert_at_least: AlertLevel | None = Field(
        None, description="this alert level or a higher one, now or before the change"
    )
    statuses: Annotated[list[Status], AfterValidator(distinct)] = Field(
        [], description="the status, now or before the change"
    )
    kinds: Annotated[list[str], AfterValidator(known_kinds), AfterValidator(distinct)] = Field(
        [], max_length=40, description="kinds of news", examples=[["event.logged", "event.alert_raised"]]
    )
    exercises: Literal["no", "yes", "only"] = Field(
        "no", description="no: real things only; yes: exercises too; only: exercises only"
    )


CONDITIONS = tuple(ConditionsIn.model_fields)
