"""What an item of a feed says, in one shape for all feeds, and what of a feed can be written."""

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from app.languages import gettext as _
from app.writing import Short, Written

MOST_KEY, MOST_TITLE, MOST_SUMMARY, MOST_URL = 300, 500, 5000, 2000

AlertLevel = Literal["green", "orange", "red"]


class Item(BaseModel):
    """One happening as one feed told it. `None` and empty: not said. Texts are plain, times aware, in UTC.

    `key` names it in its feed for as long as it is told; `related_keys` are names that other feeds know it by, each with
    the body that gave it: `usgs:us7000abcd`, `gdacs:EQ1400001`, `emsc:20260101_0000123`. Its own such name is among them.
    """

    model_config = ConfigDict(extra="forbid")

    key: str = Field(min_length=1, max_length=MOST_KEY)
    related_keys: list[str] = []
    title: str = Field(min_length=1, max_length=MOST_TITLE)
    summary: str = Field("", max_length=MOST_SUMMARY)
    url: str | None = Field(None, max_length=MOST_URL, description="where people read on: http or https")
    hazard: str | None = Field(None, description="its GLIDE code, where the feed's own word has one")
    started_at: datetime | None = None
    updated_at: datetime | None = Field(None, description="when the source last touched it")
    ended_at: datetime | None = None
    expires_at: datetime | None = Field(None, description="of a warning: when it no longer holds")
    magnitude: float | None = None
    magnitude_type: str = ""
    depth_km: float | None = None
    alert_level: AlertLevel | None = None
    severity_text: str = Field("", max_length=MOST_TITLE, description="how severe it is in the source's words")
    population: int | None = Field(None, description="people exposed, by the source's model")
    geometry: dict[str, Any] | None = Field(None, description="GeoJSON: what GeometryIn of events takes")
    countries: list[str] = Field([], description="ISO 3166-1 alpha-3, as said: not derived from the place")
    glides: list[str] = []
    is_exercise: bool = False
    is_test: bool = False
    is_cancelled: bool = Field(False, description="the source has taken it back")
    source: str = Field("", max_length=MOST_KEY, description="who says so, where the feed passes on others' words")
    unread: dict[str, str] = Field({}, description="fields that could not be understood, with what stood there")


# -- what is written


def address_of_feed(url: str) -> str:
    """Raises ValueError for what is no address, or would show a password to everybody who may see the feed."""
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("https", "http") and bool(parts.hostname) and not any(map(str.isspace, url))
    except ValueError:
        is_address = False
    if not is_address:
        raise ValueError(_("An address begins with https:// and the name of a machine."))
    if parts.username or parts.password:
        raise ValueError(
            _("Leave name and password out of the address: everybody who may see the feed would see them.")
        )
    return url


Address = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_URL), AfterValidator(address_of_feed)
]


class FeedChange(Written):
    """What of a feed can be changed."""

    name: Annotated[Short, StringConstraints(min_length=1)]
    url: Address
    every_minutes: int = Field(5, ge=1, le=10_080, description="how often it is asked")
    hazard: str | None = Field(None, max_length=2, description="GLIDE code of items whose words name no hazard")
    is_enabled: bool = False


class FeedIn(FeedChange):
    """A feed that an administrator adds."""

    code: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,39}$", description="its short name in rules and in history")
    adapter: Literal["georss", "cap"]
