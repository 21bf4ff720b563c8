"""ReliefWeb's disasters, version 2 of its API: https://apidoc.reliefweb.int. It answers whom it has given an appname."""

from typing import Any

from app.intake import plain
from app.intake.payloads import Parsed, json_parts, read_each
from app.intake.plain import Said
from app.intake.schemas import Item

# Its codes of types are GLIDE's
HAZARDS = {
    "AC", "AV", "CE", "CW", "DR", "EC", "EP", "EQ", "FF", "FL", "FR", "HT", "IN", "LS", "MS", "OT", "SS", "ST", "TC",
    "TO", "TS", "VO", "VW", "WF",
}  # fmt: skip
AS_OURS = {"WV": "TS", "SN": "AV"}


def parse(body: bytes) -> Parsed:
    """Raises Unreadable."""
    parsed = Parsed()
    return read_each(json_parts(body, "data", parsed), read, parsed)


def read(record: dict[str, Any]) -> Item:
    says = record["fields"]
    dates, own = says.get("date") or {}, record.get("id") or says.get("id")
    said = Said()
    said.put("title", says.get("name"), plain.line)
    said.put("summary", says.get("description"), plain.text)
    said.put("url", says.get("url_alias") or says.get("url"), plain.link)
    said.put("started_at", dates.get("event") or dates.get("created"), plain.time)
    said.put("updated_at", dates.get("changed") or dates.get("created"), plain.time)
    said.put("countries", [one.get("iso3") for one in objects(says, "primary_country", "country")], plain.countries)
    said.put("glides", [says.get("glide") or "", *related_glides(says)], plain.glides)
    said.fields["hazard"] = hazard(says)
    said.fields["is_cancelled"] = says.get("status") == "alert-archive"  # what was feared did not happen
    return said.item(own, related=[f"reliefweb:{own}"] if own else [])


def objects(says: dict[str, Any], *names: str) -> list[dict[str, Any]]:
    """What stands under these names, one object or a list of them. It has no place: that of a country is its middle."""
    stood = [says.get(name) for name in names]
    found = [one for value in stood for one in (value if isinstance(value, list) else [value])]
    return [one for one in found if isinstance(one, dict)]


def related_glides(says: dict[str, Any]) -> list[Any]:
    found = says.get("related_glide")
    return found if isinstance(found, list) else []


def hazard(says: dict[str, Any]) -> str | None:
    for one in objects(says, "primary_type", "type"):
        code = str(one.get("code") or "").upper()
        code = AS_OURS.get(code, code)
        if code in HAZARDS:
            return code
    return None
