"""How messages and lists are named to others. A message is named after the record it is of, so that its answers find it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from app.formats.edxl_rm import Contact, Listed, Location, Quantity, Recall, Resource

Record = dict[str, Any]


@dataclass(frozen=True)
class Site:
    """The portal that sends."""

    url: str

    def message(self, ref: str, type: str) -> str:
        """The name of the first message of its type on a record."""
        return f"{ref}.{type}@{urlsplit(self.url).hostname}"

    def again(self, ref: str, type: str, at: datetime) -> str:
        """The name of a later one, which tells of the record as it is now."""
        return f"{ref}.{type}.{at:%Y%m%dT%H%M%S}Z@{urlsplit(self.url).hostname}"

    def list(self, name: str) -> str:
        return f"{self.url}/api/v1/reference/{name}"

    def vocabulary(self, name: str) -> str:
        """Words that have no list of their own: the description of the API says what they mean."""
        return f"{self.url}/api/docs#{name}"


def replaced(
    site: Site, ref: str, type: str, first: datetime, now: datetime, is_off: bool
) -> tuple[str, Recall | None]:
    """The name of the message, and what it replaces: nothing, or the first one that was sent of this record."""
    if is_off:
        return site.again(ref, type, now), Recall(site.message(ref, type), "Cancel")
    if now.replace(microsecond=0) > first.replace(microsecond=0):
        return site.again(ref, type, now), Recall(site.message(ref, type), "Update")
    return site.message(ref, type), None


def element(no: int) -> str:
    """A line within a message."""
    return f"line-{no}"


def moment(at: str) -> datetime:
    return datetime.fromisoformat(at).astimezone(UTC)


def maybe_moment(at: str | None) -> datetime | None:
    return moment(at) if at else None


def quantity(site: Site, amount: float, unit: str) -> Quantity:
    return Quantity(Decimal(str(amount)), Listed(site.list("units"), unit))


def typed(site: Site, kind: str, code: str | None) -> Listed | None:
    """An item, or a type of team and equipment, by the portal's own lists."""
    where = site.vocabulary("item") if kind == "item" else site.list("resource-types")
    return Listed(where, code) if code else None


def specified(site: Site, specification: Mapping[str, Any] | None) -> list[Listed]:
    """What a specification says, one keyword a value."""
    said = [(name, each) for name, value in (specification or {}).items() for each in each_of(value)]
    return [Listed(site.vocabulary(f"specification.{name}"), f"{each}") for name, each in said]


def each_of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def party(role: str, organisation: Record) -> Contact:
    """An organisation, never a person: what is exported leaves the portal's rights behind."""
    return Contact(role, f"{organisation['name']} ({organisation['code']})")


def located(place: str | None, geometry: Record | None) -> Location | None:
    if not place and not geometry:
        return None
    point = (geometry["coordinates"][0], geometry["coordinates"][1]) if geometry else None
    return Location(place or "", point)


def resource(site: Site, kind: str, code: str | None, name: str, **more: Any) -> Resource:
    return Resource(name=name or code or "?", type=typed(site, kind, code), **more)
