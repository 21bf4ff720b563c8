"""Headline numbers: each is the count of the list that it leads to, asked by the same statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from app.answers import find_page
from app.capacities.queries import CAPACITIES
from app.capacities.schemas import CapacityFilter
from app.events.queries import EVENTS
from app.events.schemas import EventFilter
from app.filters import TableFilter
from app.listing import Listing
from app.reading import Reader
from app.stock.queries import STOCK
from app.stock.schemas import StockFilter
from app.web import gettext as _

Where = Mapping[str, Any]


@dataclass(frozen=True)
class Headline:
    """A number, what it counts, and where that is listed."""

    href: str
    count: int
    label: str
    is_minimum: bool = False


def headline(href: str, counted: Mapping[str, Any], label: str) -> Headline:
    return Headline(href, counted["count"], label, counted.get("count_is_minimum", False))


async def count(
    db: Reader, address: str, listing: Listing, asked: type[TableFilter], where: Where, label: str
) -> Headline:
    """How long the list at `address` is under these filters."""
    page = await find_page(listing, asked(**where, limit=1), db)
    query = {name: ",".join(value) if isinstance(value, list) else str(value).lower() for name, value in where.items()}
    return headline(address + ("?" + urlencode(query, safe=",") if query else ""), page.counted, label)


async def count_events(db: Reader, label: str, **where: Any) -> Headline:
    """Exercises did not happen: they are counted nowhere."""
    return await count(db, "/events", EVENTS, EventFilter, {**where, "exercise": False}, label)


async def count_capacities(db: Reader, label: str, **where: Any) -> Headline:
    return await count(db, "/capacities", CAPACITIES, CapacityFilter, where, label)


async def region_headlines(db: Reader) -> list[Headline]:
    return [
        await count_events(db, _("open alerts"), status=["alert"]),
        await count_events(db, _("events going on"), status=["ongoing"]),
        await count_events(db, _("events recorded")),
        await count_capacities(db, _("capacities available now"), status=["available"], available=True),
        await count_capacities(db, _("capacities registered")),
        await count(db, "/stock", STOCK, StockFilter, {}, _("stock positions")),
    ]


async def area_headlines(db: Reader, where: Where) -> list[Headline]:
    """Of one country or area; `where` is its filter."""
    return [
        await count_events(db, _("events going on"), **where, status=["alert", "ongoing"]),
        await count_events(db, _("events recorded"), **where),
        await count_capacities(db, _("capacities available now"), **where, status=["available"], available=True),
        await count_capacities(db, _("capacities registered"), **where),
    ]
