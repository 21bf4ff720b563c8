"""Feeds in words: how each is, why one was asked in vain, what of an answer could not be read.

The tables keep a code, with a colon and more where there is more; a person sees a sentence.
"""

from app.intake.models import Feed
from app.intake.queries import is_silent
from app.languages import gettext as _
from app.settings import Settings


def failures() -> dict[str, str]:
    """Why a feed was asked in vain."""
    return {
        "not reached": _("It could not be reached."),
        "not allowed": _("Its address is one that the portal does not ask: in our own network, or without TLS."),
        "too slow": _("It did not say all in time."),
        "too large": _("Its answer is larger than 32 MB."),
        "too many redirects": _("It sends us from one address to the next."),
        "asked too often": _("It asks us to come less often."),
        "refused": _("It refused to answer."),
        "packed oddly": _("Its answer is packed in a way that cannot be undone."),
        "unreadable": _("Its answer is not what such a feed says."),
    }


def problems() -> dict[str, str]:
    """What of an answer could not be read."""
    return {
        "broken item": _("An item could not be read; the others were."),
        "cut short": _("The answer ended early; the items before were read."),
        "twice in one answer": _("Two items with one name said different things; the newer one was taken."),
        "no document": _("A document that the index leads to did not come."),
        "unreadable": _("The whole answer could not be read."),
    }


def reasons() -> dict[str, str]:
    """Why an answer or an item was not read."""
    return {
        "not JSON": _("It is no JSON."),
        "not XML": _("It is no XML, or holds no items."),
        "another shape": _("It is not built as such a feed is."),
        "nested too deeply": _("It is nested deeper than any feed."),
        "entities": _("It declares entities of its own, as attacks do."),
        "it has no title": _("It has no title."),
        "it has no identifier or no sender": _("It has no identifier or no sender."),
        "it leads to no warning": _("It leads to no warning."),
        "another index": _("Where a warning should stand there is another list."),
    }


def kinds() -> dict[str, str]:
    """What can be added, and what the others are called."""
    return {
        "georss": _("RSS or Atom with places (GeoRSS)"),
        "cap": _("CAP warnings, or a list of them"),
        "usgs": "USGS GeoJSON",
        "gdacs_rss": "GDACS RSS",
        "gdacs_api": "GDACS API",
        "emsc": "EMSC",
        "eonet": "NASA EONET v3",
        "reliefweb": "ReliefWeb v2",
    }


def sentence(stored: str) -> tuple[str, str]:
    """What a code of the tables says, and what stands behind it."""
    code, _colon, more = stored.partition(": ")
    said = failures().get(code) or problems().get(code) or code
    return said, reasons().get(more) or more


def state(feed: Feed, config: Settings) -> tuple[str, str]:
    """How it is: the colour of a mark, and the words on it."""
    if not feed.is_enabled:
        return "plain", _("turned off")
    if feed.adapter == "reliefweb" and not config.reliefweb_appname:
        return "plain", _("waits for an appname")
    if not config.fetch_feeds:
        return "plain", _("nothing is fetched here")
    if is_silent(feed):
        return "red", _("silent")
    if feed.failures:
        return "orange", _("does not answer")
    return ("green", _("well")) if feed.last_ok_at else ("plain", _("not asked yet"))
