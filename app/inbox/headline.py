"""What a candidate shows of what several feeds say: each value from the first feed in a stated order that says it.

For shocks USGS comes first, then EMSC, then GDACS; for all else GDACS, then warnings in CAP, ReliefWeb, EONET, GeoRSS. What
its source has taken back counts only where all have. The alert level is the gravest that any feed says; the largest
magnitude is kept beside the first one, since rules are to look at the worst that is said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.events.glides import normal as normal_glide
from app.events.models import ALERT_LEVELS
from app.inbox.grouping import Group
from app.inbox.likeness import kin_of
from app.inbox.told import REGIONS, Placed, Told
from app.inbox.wording import titles

SHOCKS = ("usgs", "emsc", "gdacs_api", "gdacs_rss", "georss", "cap", "eonet", "reliefweb")
OTHERS = ("gdacs_api", "gdacs_rss", "cap", "reliefweb", "eonet", "georss", "usgs", "emsc")
VALUES = ("hazard", "started_at", "ended_at", "magnitude", "depth_km", "population", "geometry", "title")
Names = Mapping[str, dict[str, str]]  # {code: names}


@dataclass(frozen=True)
class Known:
    """The codes that have names here."""

    hazards: Names
    countries: Names


def in_order(group: Group) -> list[Told]:
    """What each feed says now, the most trusted first."""
    tellers = list(group.tellers())
    is_shock = any(kin_of(one.said.get("hazard")) == "shock" for one in tellers)
    order = SHOCKS if is_shock else OTHERS
    return sorted(tellers, key=lambda one: (one.is_cancelled, order.index(one.adapter), one.feed))


def standing(tellers: Sequence[Told]) -> list[Told]:
    """Those whose source has not taken it back; all, where all have."""
    return [one for one in tellers if not one.is_cancelled] or list(tellers)


def first_of(tellers: Sequence[Told]) -> dict[str, Told]:
    """Which of them each value comes from."""
    found: dict[str, Told] = {}
    for name in VALUES:
        for one in tellers:
            if one.said.get(name) not in (None, ""):
                found.setdefault(name, one)
    return found


def headline(group: Group, known: Known) -> dict[str, Any]:
    """The columns of a candidate that follow from what feeds say, and `geometry` as GeoJSON."""
    tellers = in_order(group)
    heard = standing(tellers)
    first = first_of(heard)
    said = {name: one.said[name] for name, one in first.items()}
    where = first["geometry"].placed if "geometry" in first else Placed()
    hazard = said.get("hazard") if said.get("hazard") in known.hazards else None
    countries = concerned(where, heard, known.countries)
    return {
        "hazard_code": hazard,
        "titles": titles(
            known.hazards.get(hazard or ""), said.get("magnitude"), where.town, places(where, countries, known), said["title"]
        ),
        "magnitude_type": first["magnitude"].said.get("magnitude_type", "") if "magnitude" in first else "",
        "magnitude_most": max((one.said["magnitude"] for one in heard if one.said.get("magnitude") is not None), default=None),
        "alert_level": gravest(one.said.get("alert_level") for one in heard),
        "town": where.town,
        "region": min((one.placed.region for one in heard), key=REGIONS.index) if heard else "unknown",
        "countries": countries,
        "areas": where.areas,
        "glides": glides(heard),
        "feeds": sorted({one.feed for one in group.members.values()}),
        "is_exercise": any(one.said.get("is_exercise") for one in tellers),
        "is_test": any(one.said.get("is_test") for one in tellers),
        "is_cancelled": all(one.is_cancelled for one in tellers),
        "chosen": {name: one.feed for name, one in first.items()},
        **{name: said.get(name) for name in ("started_at", "ended_at", "magnitude", "depth_km", "population", "geometry")},
    }  # fmt: skip


def concerned(where: Placed, heard: Sequence[Told], known: Names) -> list[str]:
    """The countries that the shape touches, those of the region near it, and those of the region that a feed names."""
    named = [iso3 for one in heard for iso3 in one.placed.said]
    elsewhere = [] if where.inside or where.near or named else [iso3 for one in heard for iso3 in one.said["countries"]]
    return sorted({*where.inside, *where.near, *named, *(iso3 for iso3 in elsewhere if iso3 in known)})


def places(where: Placed, countries: Sequence[str], known: Known) -> list[dict[str, str]]:
    """What to call the place where no town is near: two areas at most, else the countries."""
    if 0 < len(where.area_names) <= 2:
        return where.area_names
    return [known.countries[iso3] for iso3 in countries if iso3 in known.countries][:3]


def gravest(levels: Any) -> str | None:
    return max((level for level in levels if level), key=ALERT_LEVELS.index, default=None)


def glides(heard: Sequence[Told]) -> list[str]:
    found = set()
    for number in (number for one in heard for number in one.said.get("glides", ())):
        try:
            found.add(normal_glide(number))
        except ValueError:
            continue  # it stays among what the feed said
    return sorted(found)


def state(group: Group, shown: Mapping[str, Any]) -> dict[str, Any]:
    """What a decision is taken on: by this it is told whether what came later matters."""
    point = next((one.placed.point for one in in_order(group) if one.placed.point), None)
    cancelled = sorted({one.feed for one in group.tellers() if one.is_cancelled})
    return {
        "hazard": shown["hazard_code"], "magnitude": shown["magnitude"], "alert_level": shown["alert_level"],
        "at": list(point) if point else None, "cancelled": cancelled, "is_exercise": shown["is_exercise"] or shown["is_test"],
    }  # fmt: skip
