"""The kinds of feeds that are understood: who reads an answer, and how it is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from app.intake import cap_alerts, emsc, eonet, gdacs, georss, reliefweb, usgs
from app.intake.payloads import Parsed, Unreadable
from app.settings import Settings

JSON, XML = (
    "application/json",
    "application/cap+xml, application/atom+xml, application/rss+xml, application/xml, text/xml",
)


@dataclass(frozen=True)
class Adapter:
    parse: Callable[[bytes], Parsed]
    accept: str
    is_free: bool = True  # False: who asks names an appname that was given to them


ADAPTERS: Mapping[str, Adapter] = {
    "usgs": Adapter(usgs.parse, JSON),
    "gdacs_rss": Adapter(gdacs.parse_rss, XML),
    "gdacs_api": Adapter(gdacs.parse_api, JSON),
    "emsc": Adapter(emsc.parse, f"{JSON}, {XML}"),
    "eonet": Adapter(eonet.parse, JSON),
    "reliefweb": Adapter(reliefweb.parse, JSON, is_free=False),
    "georss": Adapter(georss.parse, XML),
    "cap": Adapter(cap_alerts.parse, XML),
}
FOR_ANYBODY = ("georss", "cap")  # what administrators add; the others know one source each


def parse(adapter: str, body: bytes) -> Parsed:
    """Raises Unreadable, and nothing else whatever the answer holds."""
    try:
        return ADAPTERS[adapter].parse(body)
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(f"another shape: {type(error).__name__}") from error


def can_ask(adapter: str, config: Settings) -> bool:
    """Whether we have what this source wants of those who ask."""
    return ADAPTERS[adapter].is_free or bool(config.reliefweb_appname)


def address(adapter: str, url: str, config: Settings) -> str:
    if ADAPTERS[adapter].is_free:
        return url
    parts = urlsplit(url)
    asked = {**dict(parse_qsl(parts.query)), "appname": config.reliefweb_appname}
    return urlunsplit(parts._replace(query=urlencode(asked)))
