"""What strangers say, made plain: text without markup, numbers that are finite, times that can be, links that lead somewhere.

Each function takes what stood there and gives what it means, or raises Unclear: nothing is guessed at. Whatever they let
through can be stored and shown.
"""

import hashlib
import html
import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from app.events.glides import normal as normal_glide
from app.events.schemas import GeometryIn
from app.intake.schemas import MOST_KEY, MOST_SUMMARY, MOST_TITLE, MOST_URL, Item

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=5 * 366)  # forecasts and seasons look ahead, the year 9999 does not
MOST_POPULATION = 10_000_000_000
MOST_SHOWN = 120  # characters of what could not be understood
MOST_LISTED = 100  # countries, other names, numbers
# Controls, halves of characters, and marks that turn the reading order of what follows
UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
MARKUP = re.compile(r"<[a-zA-Z/!?]|&[#a-zA-Z]")
TAG = re.compile(r"(/?)([a-zA-Z][a-zA-Z0-9]*|[!?])")
SILENT = frozenset({"script", "style"})
BREAKS = frozenset({"p", "br", "div", "li", "tr", "ul", "ol", "table", "h1", "h2", "h3", "h4", "hr"})
LEVELS = {"green", "orange", "red"}


class Unclear(ValueError):
    """It means nothing that can be used."""


class Broken(ValueError):
    """An item without what makes it one."""


def text(value: object, most: int = MOST_SUMMARY) -> str:
    """At most so many characters of what people would read."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise Unclear
    said = str(value)[: most * 4]
    for _ in range(2):  # markup is often wrapped in itself
        if MARKUP.search(said):
            said = without_markup(said)
    said = tidy(said)
    return said if len(said) <= most else said[: most - 1] + "…"


def tidy(said: str) -> str:
    lines = (" ".join(line.split()) for line in UNSHOWABLE.sub("", said).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def line(value: object, most: int = MOST_TITLE) -> str:
    return " ".join(text(value, most).split())


def storable(raw: str, most: int) -> str:
    """Raw text as the database can hold it: whole up to `most` characters."""
    return re.sub("[\x00\ud800-\udfff]", "\ufffd", raw[:most])


def without_markup(said: str) -> str:
    """The words of a page, without scripts and styles. In one pass, however it is nested: html.parser takes seconds
    for twenty thousand characters of a hostile text."""
    first, *rest = said.split("<")
    words, silent = [first], ""
    for part in rest:
        tag, _, after = part.partition(">")
        found = TAG.match(tag)
        name = found[2].lower() if found else ""
        if silent:
            silent = "" if found and found[1] and name == silent else silent
            words.append("" if silent else after)
        elif not found:
            words.append(f"<{part}")  # as in: M < 5
        elif name in SILENT and not found[1]:
            silent = name
        else:
            words.append(f"\n{after}" if name in BREAKS else after)
    return html.unescape("".join(words))


def number(value: object, low: float = -math.inf, high: float = math.inf) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unclear
    try:
        found = float(value[:60] if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        raise Unclear from None
    if not math.isfinite(found) or not low <= found <= high:
        raise Unclear
    return found


def magnitude(value: object) -> float:
    return round(number(value, -5, 12), 2)


def depth(value: object) -> float:
    """Kilometres below the surface, wherever the sign stands."""
    return round(abs(number(value, -1000, 1000)), 2)


def people(value: object) -> int:
    return int(number(value, 0, MOST_POPULATION))


def time(value: object) -> datetime:
    """RFC 3339, ISO 8601, RFC 822; a time that says no zone is in UTC."""
    if not isinstance(value, str):
        raise Unclear
    return possible(written(" ".join(value[:60].split()).removesuffix(" UTC")))


def written(said: str) -> datetime:
    try:
        return datetime.fromisoformat(said)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(said)
    except (ValueError, TypeError, IndexError, OverflowError):
        raise Unclear from None


def milliseconds(value: object) -> datetime:
    """Since 1970, as USGS counts."""
    try:
        return possible(datetime.fromtimestamp(number(value) / 1000, UTC))
    except (OverflowError, OSError, ValueError):
        raise Unclear from None


def possible(at: datetime) -> datetime:
    try:
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (OverflowError, ValueError):
        raise Unclear from None
    if not EARLIEST <= at <= datetime.now(UTC) + AHEAD:
        raise Unclear
    return at


def link(value: object) -> str:
    """Where people can read on. `javascript:` and the like lead nowhere."""
    said = value.strip() if isinstance(value, str) else ""
    try:
        parts = urlsplit(said)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        raise Unclear from None
    if not is_address or len(said) > MOST_URL or re.search(r"[\s\x00-\x1f\"<>]", said):
        raise Unclear
    return said


def level(value: object) -> str:
    said = line(value, 20).lower()
    if said not in LEVELS:
        raise Unclear
    return said


def countries(values: Iterable[object]) -> list[str]:
    found = [line(one, 20).upper() for one in listed(values)]
    return list(dict.fromkeys(one for one in found if re.fullmatch("[A-Z]{3}", one)))


def glides(values: Iterable[object]) -> list[str]:
    """GLIDE numbers in any spelling; sources write 0 and - where there is none."""
    said = [line(one, 60) for one in listed(values)]
    return list(dict.fromkeys(normal_glide(one) for one in said if any(letter.isalpha() for letter in one)))


def listed(values: object) -> list[object]:
    if not isinstance(values, list | tuple):
        raise Unclear
    return list(values[:MOST_LISTED])


# -- places


def point(lon: object, lat: object) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [round(number(lon, -180, 180), 5), round(number(lat, -90, 90), 5)]}


def geometry(value: object) -> dict[str, Any]:
    """A geometry of GeoJSON, flat."""
    if not isinstance(value, dict):
        raise Unclear
    if value.get("type") == "Point" and isinstance(value.get("coordinates"), list) and len(value["coordinates"]) >= 2:
        return point(*value["coordinates"][:2])
    return GeometryIn(type=value.get("type"), coordinates=flat(value.get("coordinates"))).model_dump()


def flat(coordinates: Any, deep: int = 0) -> Any:
    """Without heights, to the metre."""
    if deep > 4 or not isinstance(coordinates, list):
        raise Unclear
    if coordinates and not isinstance(coordinates[0], list):
        return [round(number(one), 5) for one in coordinates[:2]]
    return [flat(one, deep + 1) for one in coordinates]


def shape(kind: str, pairs: str) -> dict[str, Any]:
    """Out of `latitude longitude latitude longitude …`, as GeoRSS, GML and CAP write it: Point, LineString, Polygon."""
    numbers = [number(one) for one in re.split(r"[\s,]+", pairs.strip()[:1_000_000])]
    if len(numbers) % 2:
        raise Unclear
    positions = [[round(lon, 5), round(lat, 5)] for lat, lon in zip(numbers[::2], numbers[1::2], strict=True)]
    if kind == "Point":
        return point(*positions[0])
    if kind == "Polygon" and positions[0] != positions[-1]:
        positions.append(positions[0])
    return GeometryIn(type=kind, coordinates=[positions] if kind == "Polygon" else positions).model_dump()


def box(corners: str) -> dict[str, Any]:
    """Out of `south west north east`."""
    try:
        south, west, north, east = (number(one) for one in re.split(r"[\s,]+", corners.strip()))
    except ValueError:
        raise Unclear from None
    return shape("Polygon", f"{south} {west} {south} {east} {north} {east} {north} {west} {south} {west}")


def circle(lat: float, lon: float, radius_km: float) -> dict[str, Any]:
    """A ring of 32 positions around a centre; without a radius the centre itself."""
    if not radius_km:
        return point(lon, lat)
    north, east = radius_km / 111.2, radius_km / (111.2 * max(0.01, math.cos(math.radians(lat))))
    turns = [2 * math.pi * step / 32 for step in range(32)]
    pairs = [f"{lat + north * math.cos(turn)} {lon + east * math.sin(turn)}" for turn in turns]
    return shape("Polygon", " ".join(pairs))


# -- an item, put together


class Said:
    """The fields of one item as they are read. What stood there and was not understood is kept with it."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.unread: dict[str, str] = {}

    def put(self, name: str, value: Any, read: Callable[..., Any], *more: Any) -> None:
        """Read a field, unless nothing stands there."""
        if value is None or value in ("", [], {}):
            return
        try:
            self.fields[name] = read(value, *more)
        except ValueError:
            self.unread[name] = tidy(str(value)[:MOST_SHOWN])

    def get(self, name: str) -> Any:
        return self.fields.get(name)

    def item(self, key: object, *, related: Iterable[str] = (), title: str = "") -> Item:
        """The whole. Without a name of its own it gets one from what it says. Raises Broken."""
        said = {name: value for name, value in self.fields.items() if value is not None}
        if not said.get("title"):
            said["title"] = (title or said.get("summary", "").partition("\n")[0])[:MOST_TITLE].strip()
        if not said["title"]:
            raise Broken("it has no title")
        own = named(key) or derived(said)
        return Item(key=own, related_keys=related_keys(related), unread=self.unread, **said)


def related_keys(names: Iterable[str]) -> list[str]:
    found = (tidy(one)[:MOST_KEY] for one in names)
    return list(dict.fromkeys(one for one in found if one))[:MOST_LISTED]


def named(key: object) -> str:
    """A name that is too long becomes its sum: as stable, and short."""
    said = tidy(str(key)) if isinstance(key, str | int) and not isinstance(key, bool) else ""
    return said if len(said) <= MOST_KEY else f"sha256:{hashlib.sha256(said.encode()).hexdigest()}"


def derived(said: dict[str, Any]) -> str:
    """A stable name out of what a happening is told by: its title, its beginning, where to read on."""
    parts = [str(said.get(name, "")) for name in ("title", "started_at", "url")]
    return f"derived:{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:32]}"
