"""CAP 1.1 and 1.2: warnings themselves, alone or inside something else, and Atom or RSS that leads to them.

A warning is known by its sender and identifier; an update or a cancellation is a warning of its own that names those before.
"""

import re
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from app.intake import plain
from app.intake.georss import link_of
from app.intake.hazard_words import hazard_of
from app.intake.payloads import Document, Parsed, Part, read_each, text_of, xml_parts
from app.intake.plain import Broken, Said
from app.intake.schemas import Item

CAP_TYPE = re.compile(r"application/(?:cap|common-alerting-protocol)\+xml")
LEVEL = re.compile(r"\b(green|orange|red)\b", re.IGNORECASE)
MOST_AREAS = 200


def parse(body: bytes) -> Parsed:
    """Warnings, or `documents` where they stand. Raises Unreadable."""
    parsed = Parsed()
    _root, parts = xml_parts(body, ("alert", "item", "entry"), parsed)
    alerts = [alert for part in parts for alert in alerts_in(part)]
    read_each(alerts, read, parsed)
    for part in parts:
        if part.value.tag != "alert" and not alerts_in(part):
            lead(part, parsed)
    return parsed


def alerts_in(part: Part) -> list[Part]:
    """The warning that an entry holds whole, or the one that it is."""
    return [Part(one, part.raw) for one in part.value.iter("alert")]


def lead(part: Part, parsed: Parsed) -> None:
    entry = part.value
    try:
        address = plain.link(document_of(entry))
    except ValueError:
        address = ""
    if not address.isascii() or not address:  # an address is written in ASCII, and short enough for an index then
        parsed.problem("broken item: it leads to no warning", part.raw)
        return
    stamp = text_of(entry, "updated", "pubDate", "dc_date", "published") or text_of(entry, "id", "guid")
    parsed.documents.append(Document(address, plain.tidy(stamp)[:200]))


def document_of(entry: Element) -> str:
    """The link that says it is CAP; else one that looks like it, the page itself where nothing does."""
    addresses = [(one.get("href") or "", one.get("type") or "") for one in entry.iterfind("link")]
    addresses += [(one.get("url") or "", one.get("type") or "") for one in entry.iterfind("enclosure")]
    typed = [address for address, kind in addresses if CAP_TYPE.match(kind)]
    likely = [address for address, _kind in addresses if urlsplit(address).path.endswith((".xml", ".cap"))]
    return next(iter([*typed, *likely]), "") or link_of(entry)


def read(alert: Element) -> Item:
    identifier, sender = text_of(alert, "identifier"), text_of(alert, "sender")
    if not identifier or not sender:
        raise Broken("it has no identifier or no sender")
    info = chosen(alert)
    said = Said()
    said.put("title", text_of(info, "headline", "event"), plain.line)
    said.put("summary", summary(info), plain.text)
    said.put("url", text_of(info, "web"), plain.link)
    said.put("started_at", text_of(info, "onset", "effective") or text_of(alert, "sent"), plain.time)
    said.put("updated_at", text_of(alert, "sent"), plain.time)
    said.put("expires_at", text_of(info, "expires"), plain.time)
    said.put(
        "severity_text", ", ".join(filter(None, map(info.findtext, ("severity", "certainty", "urgency")))), plain.line
    )
    said.put("alert_level", awareness(info), plain.level)
    said.put("geometry", geometry_of(info), plain.geometry)
    said.put("source", text_of(info, "senderName") or sender, plain.line, 200)
    said.fields["hazard"] = hazard_of(text_of(info, "event"), *codes(info), text_of(info, "headline"))
    status, kind = text_of(alert, "status"), text_of(alert, "msgType")
    said.fields |= {"is_exercise": status == "Exercise", "is_test": status in ("Test", "System", "Draft")}
    said.fields["is_cancelled"] = kind == "Cancel"
    names = [f"cap:{sender},{identifier}", *references(alert)]
    return said.item(
        f"{sender},{identifier}",
        related=names,
        title=": ".join(filter(None, (kind, plain.line(text_of(alert, "note"))))),
    )


def chosen(alert: Element) -> Element:
    """Of the languages English, else the first; a cancellation may have none."""
    infos = list(alert.iterfind("info"))
    in_english = [one for one in infos if text_of(one, "language").lower().startswith("en")]
    return next(iter([*in_english, *infos]), Element("info"))


def references(alert: Element) -> list[str]:
    """`sender,identifier,sent` of those it updates, as names."""
    found = [one.split(",") for one in text_of(alert, "references").split()[:50]]
    return [f"cap:{one[0]},{one[1]}" for one in found if len(one) >= 2]


def summary(info: Element) -> str:
    areas = ", ".join(text_of(one, "areaDesc") for one in list(info.iterfind("area"))[:20])
    return "\n\n".join(filter(None, (text_of(info, "description"), text_of(info, "instruction"), areas)))


def awareness(info: Element) -> str | None:
    """What many weather services say by `3; orange; Severe`. The severity of CAP is another scale: it stays words."""
    for one in info.iterfind("parameter"):
        if text_of(one, "valueName").lower() in ("awareness_level", "alert_level", "alertlevel"):
            found = LEVEL.search(text_of(one, "value"))
            return found[1] if found else None
    return None


def codes(info: Element) -> list[str]:
    """What awareness_type and the like say in words."""
    pairs = [*info.iterfind("parameter"), *info.iterfind("eventCode")]
    return [text_of(one, "value") for one in pairs if "type" in text_of(one, "valueName").lower()]


def geometry_of(info: Element) -> dict[str, Any] | str | None:
    """All areas as one; a text where one of them was not understood; None: none."""
    areas = list(info.iterfind("area"))[:MOST_AREAS]
    try:
        shapes = [plain.shape("Polygon", one.text or "") for area in areas for one in area.iterfind("polygon")]
        shapes += [ring(one.text or "") for area in areas for one in area.iterfind("circle")]
    except ValueError:
        return next((one.text for area in areas for one in (*area.iterfind("polygon"), *area.iterfind("circle"))), None)
    return together(shapes)


def ring(said: str) -> dict[str, Any]:
    """`latitude,longitude radius in kilometres`."""
    centre, _, radius = said.strip().partition(" ")
    lat, _, lon = centre.partition(",")
    return plain.circle(plain.number(lat, -90, 90), plain.number(lon, -180, 180), plain.number(radius or "0", 0, 5000))


def together(shapes: list[dict[str, Any]]) -> dict[str, Any] | None:
    if len(shapes) < 2:
        return shapes[0] if shapes else None
    rings = [one["coordinates"] for one in shapes if one["type"] == "Polygon"]
    if not rings:
        return {"type": "MultiPoint", "coordinates": [one["coordinates"] for one in shapes]}
    return {"type": "MultiPolygon", "coordinates": rings}
