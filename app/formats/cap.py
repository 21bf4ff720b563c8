"""Writes CAP 1.2 (OASIS Common Alerting Protocol): plain values in, the bytes of one `<alert>` out. Knows no noun of ours.

Elements come in the order of the schema; what is empty is left out. Times are written with an offset, never with Z, and UTC
is `-00:00`, as section 3.3.2 demands; positions are latitude, longitude. Signs that XML cannot hold are dropped.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, tostring  # writes only: nothing that came from outside is parsed

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MEDIA = "application/cap+xml"
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# An identifier and a sender hold neither spaces nor commas, since references are written with both
NOT_IN_NAMES = re.compile(r"[\s,<>&]")

Pair = tuple[str, str]  # a name and its value
Position = tuple[float, float]  # longitude, latitude
Ring = Sequence[Position]


@dataclass(frozen=True)
class Circle:
    centre: Position
    km: float


@dataclass(frozen=True)
class Area:
    description: str
    polygons: Sequence[Ring] = ()
    circles: Sequence[Circle] = ()
    geocodes: Sequence[Pair] = ()


@dataclass(frozen=True)
class Info:
    """What is said in one language."""

    language: str
    categories: Sequence[str]
    event: str
    urgency: str
    severity: str
    certainty: str
    responses: Sequence[str] = ()
    audience: str = ""
    event_codes: Sequence[Pair] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    parameters: Sequence[Pair] = ()
    areas: Sequence[Area] = ()


@dataclass(frozen=True)
class Name:
    """What a message is known by: the three parts of a reference."""

    sender: str
    identifier: str
    sent: datetime

    def __str__(self) -> str:
        return f"{self.sender},{self.identifier},{when(self.sent)}"


@dataclass(frozen=True)
class Alert:
    name: Name
    status: str
    msg_type: str
    scope: str
    source: str = ""
    restriction: str = ""
    addresses: Sequence[str] = ()
    codes: Sequence[str] = ()
    note: str = ""
    references: Sequence[Name] = ()
    incidents: Sequence[str] = ()
    infos: Sequence[Info] = ()


def written(alert: Alert) -> bytes:
    """The message as UTF-8. Raises ValueError for an identifier or sender with a sign that CAP forbids there."""
    for name in (alert.name, *alert.references):
        if NOT_IN_NAMES.search(name.sender + name.identifier):
            raise ValueError("CAP allows no spaces, commas, < or & in identifier and sender.")
    root = Element("alert", {"xmlns": NAMESPACE})
    put(root, "identifier", alert.name.identifier)
    put(root, "sender", alert.name.sender)
    put(root, "sent", when(alert.name.sent))
    put(root, "status", alert.status)
    put(root, "msgType", alert.msg_type)
    put(root, "source", alert.source)
    put(root, "scope", alert.scope)
    put(root, "restriction", alert.restriction)
    put(root, "addresses", in_a_row(alert.addresses))
    for code in alert.codes:
        put(root, "code", code)
    put(root, "note", alert.note)
    put(root, "references", " ".join(map(str, alert.references)))
    put(root, "incidents", in_a_row(alert.incidents))
    for info in alert.infos:
        put_info(SubElement(root, "info"), info)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def put_info(inside: Element, info: Info) -> None:
    put(inside, "language", info.language)
    put_each(inside, "category", info.categories)
    put(inside, "event", info.event)
    put_each(inside, "responseType", info.responses)
    put(inside, "urgency", info.urgency)
    put(inside, "severity", info.severity)
    put(inside, "certainty", info.certainty)
    put(inside, "audience", info.audience)
    put_pairs(inside, "eventCode", info.event_codes)
    for name in ("effective", "onset", "expires"):
        put(inside, name, when(getattr(info, name)))
    put(inside, "senderName", info.sender_name)
    for name in ("headline", "description", "instruction", "web", "contact"):
        put(inside, name, getattr(info, name))
    put_pairs(inside, "parameter", info.parameters)
    for area in info.areas:
        put_area(SubElement(inside, "area"), area)


def put_area(inside: Element, area: Area) -> None:
    put(inside, "areaDesc", area.description)
    put_each(inside, "polygon", (" ".join(map(position, ring)) for ring in map(closed, area.polygons)))
    put_each(inside, "circle", (f"{position(circle.centre)} {number(circle.km)}" for circle in area.circles))
    put_pairs(inside, "geocode", area.geocodes)


def put(inside: Element, name: str, text: str) -> None:
    if text := legible(text):
        SubElement(inside, name).text = text


def put_each(inside: Element, name: str, texts: Iterable[str]) -> None:
    for text in texts:
        put(inside, name, text)


def put_pairs(inside: Element, name: str, pairs: Iterable[Pair]) -> None:
    for value_name, value in pairs:
        pair = SubElement(inside, name)
        SubElement(pair, "valueName").text = legible(value_name)
        SubElement(pair, "value").text = legible(value)


def legible(text: str) -> str:
    """The text without what no XML document can hold, not even escaped; lines end as every XML parser reads their ends."""
    return NOT_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def when(at: datetime | None) -> str:
    """2026-11-23T06:00:00-00:00, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}-00:00" if at else ""


def position(at: Position) -> str:
    lon, lat = at
    return f"{number(lat)},{number(lon)}"


def number(value: float) -> str:
    """To six digits, which is a hand's breadth; never in powers of ten."""
    return f"{value:.6f}".rstrip("0").rstrip(".") if round(value, 6) else "0"


def closed(ring: Ring) -> Ring:
    return [*ring, ring[0]] if ring and ring[0] != ring[-1] else ring


def in_a_row(values: Iterable[str]) -> str:
    """Values separated by spaces; one that holds a space itself stands in quotes."""
    return " ".join(f'"{value}"' if re.search(r"\s", value) else value for value in values)
