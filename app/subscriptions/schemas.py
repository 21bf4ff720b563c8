"""What is said to be mailed: conditions, and at once or once a day."""

from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

from app.announcements.schemas import ConditionsIn
from app.languages import gettext as _


def known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(_("There is no time zone “%(name)s”.") % {"name": name[:60]})
    return name


class SubscriptionIn(ConditionsIn):
    """A wish to be mailed. `hour` and `time_zone` say when the digest of a day comes."""

    rhythm: Literal["immediate", "daily"] = "immediate"
    hour: int = Field(8, ge=0, le=23)
    time_zone: Annotated[str, AfterValidator(known_zone)] = "UTC"
