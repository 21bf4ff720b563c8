"""The form of a feed: what its fields are called, what stands in them, and what they say."""

from app.forms import Values, asked, is_ticked, read
from app.intake.models import Feed
from app.intake.schemas import FeedChange, FeedIn
from app.languages import gettext as _

NEW = {"adapter": ["georss"], "every_minutes": ["15"], "is_enabled": ["true"]}


def labels() -> dict[str, str]:
    """What the page calls its fields, in their order."""
    return {
        "name": _("Name"),
        "code": _("Short name"),
        "adapter": _("What it says"),
        "url": _("Address"),
        "every_minutes": _("Asked every so many minutes"),
        "hazard": _("Hazard"),
        "is_enabled": _("Turned on"),
    }


def values_of(feed: Feed) -> dict[str, list[str]]:
    return {
        "name": [feed.name],
        "url": [feed.url],
        "every_minutes": [str(max(1, feed.every_s // 60))],
        "hazard": [feed.options.get("hazard") or ""],
        "is_enabled": ["true"] if feed.is_enabled else [],
    }


def feed_in(values: Values) -> FeedIn:
    """Raises Invalid."""
    return read(FeedIn, asked(values) | {"is_enabled": is_ticked(values, "is_enabled")}, labels())


def change(values: Values) -> FeedChange:
    """Raises Invalid."""
    return read(FeedChange, asked(values) | {"is_enabled": is_ticked(values, "is_enabled")}, labels())
