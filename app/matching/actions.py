"""Finds what can meet a request: asks what there is, looks closer at the best, and puts a plan together."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from math import cos, radians, sin
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from app import languages
from app.entry_points import queries as entry_points
from app.equipment.fit import Fit, fit, verdict_of
from app.equipment.queries import read_uses, uses
from app.equipment.schemas import Use, specified
from app.geo import EARTH_KM, Point
from app.matching import queries, routes, scoring
from app.matching.plans import Plan, Source, plan
from app.permissions import By, Permission
from app.reading import Reader

CLOSELY = 30  # of each line so many are looked at closely, and the plan is made of them
RIGHT_OF_REQUESTERS = By(kind="portal", means="job", rights={Permission.READ_PARTNERS: None})
Json = dict[str, Any]


def may_see_holdings(by: By, country: str) -> bool:
    """Who decides on requests sees what could meet them; who asks, whether they can be met."""
    return by.may(Permission.REQUEST_APPROVE, country)


@dataclass(frozen=True)
class Destination:
    """Where a request is to be delivered, and the ways that lead there."""

    request: Json
    now: datetime
    requester: UUID
    point: Point | None
    is_exact: bool
    ways: list[routes.Way]
    agreements: Mapping[str, tuple[str, str]]  # country → kind and title of an agreement in force
    uses: list[Use]

    @property
    def country(self) -> str:
        return str(self.request["country"]["iso3"])

    def within(self, line: Json) -> float | None:
        """Hours until a line is needed; None where that is not said."""
        if not line["needed_by"]:
            return None
        return max((datetime.fromisoformat(line["needed_by"]) - self.now).total_seconds() / 3600, 1)

    def journey(self, found: Json) -> routes.Journey | None:
        if found["travel_hours"] is None or found["load"] == "itself":
            return None
        country, load = found["country"]["iso3"], found["load"]
        ways = self.ways_from.get((country, load), ())
        return routes.quickest(ways, Point(found["lon"], found["lat"]), country, found["modes"], load)

    @cached_property
    def ways_from(self) -> Mapping[tuple[str, str], list[routes.Way]]:
        found: dict[tuple[str, str], list[routes.Way]] = {}
        for way in self.ways:
            found.setdefault((way.country, way.load), []).append(way)
        return found


async def find_matches(db: Reader, by: By, request: Json, limit: int) -> Json:
    """All that `schemas.MatchesOut` says of a request, to this asker."""
    sees = may_see_holdings(by, request["country"]["iso3"])
    to = await destination(db, by, request)
    lines = [line | {"missing": missing_of(line)} for line in request["lines"] if is_missing(line)]
    found = await find_candidates(db, by if sees else RIGHT_OF_REQUESTERS, to, lines) if lines else []
    planned = plan({line["no"]: line["missing"] for line in lines}, sources(found))
    said = [said_of_line(to, by, line, found, planned, limit if sees else 0) for line in lines]
    told = said_of_plan(to, found, planned, lines) if sees else None
    return {"request": request["ref"], "asked_at": to.now, "is_exact": to.is_exact, "lines": said, "plan": told}


def is_missing(line: Json) -> bool:
    return line["cancelled_at"] is None and missing_of(line) > 0


def missing_of(line: Json) -> float:
    """What nobody has committed yet."""
    come = max(line["quantity_committed"], line["quantity_in_transit"] + line["quantity_delivered"])
    return float(line["quantity"] - come)


async def destination(db: Reader, by: By, request: Json) -> Destination:
    now = datetime.now(UTC).replace(microsecond=0)
    country, lang = request["country"]["iso3"], languages.current().code
    place, crossings, agreements = await asyncio.gather(
        db.row(queries.delivered_to(request["id"])),
        db.rows(entry_points.crossings(now, lang)),
        db.rows(entry_points.agreed_with(country, now.date(), lang)),
    )
    assert place is not None  # the request was found a moment ago
    requester, lon, lat, is_exact = place
    point = Point(lon, lat) if lon is not None else None
    ways = routes.ways_to(point, country, [crossing(row) for row in crossings]) if point else []
    used = await db.json(uses(requester, by))
    agreed = sorted(agreements, key=lambda row: row[2] == "mutual_aid")  # the last one said counts
    titles = {iso3: (kind, title) for _ref, title, kind, countries in agreed for iso3 in countries}
    return Destination(request, now, requester, point, bool(is_exact), ways, titles, read_uses(used))


def crossing(row: Sequence[Any]) -> routes.Crossing:
    """A row of `entry_points.queries.crossings()`."""
    (
        _id,
        ref,
        _code,
        name,
        kind,
        country,
        across,
        lon,
        lat,
        hours,
        passes,
        status,
        *_winter,
        is_open,
        _by,
        _on,
        _note,
    ) = row
    place = Point(lon, lat)
    return routes.Crossing(
        ref, name, kind, place, country, across, hours, frozenset(passes), is_open, status == "limited"
    )


# -- what there is


async def find_candidates(db: Reader, by: By, to: Destination, lines: Iterable[Json]) -> list[Json]:
    """The best of each line, looked at closely, in the order of their scores."""
    values = scoring.values() | {
        "lines": json.dumps([asked(to, line) for line in lines]),
        "ways": json.dumps([*map(as_row, to.ways), *own_flight(to.point)]),
        "requester": to.requester,
        "country": to.country,
        "agreed": [to.country, *(iso3 for iso3, (kind, _title) in to.agreements.items() if kind == "mutual_aid")],
        "eased": list(to.agreements),
        "demonstration": to.request["demonstration"],
        "most": CLOSELY,
    }
    rows = await db.json(queries.candidates(by, values, languages.current().code))
    wanted = {line["no"]: line["specification"] for line in to.request["lines"]}
    look = partial(closely, wanted=wanted, to=to, seen={})
    return sorted(map(look, rows), key=lambda one: (one["no"], -one["score"], one["rank"]))


def asked(to: Destination, line: Json) -> Json:
    """A line as the statement takes it."""
    kind, code = line["resource"]["kind"], line["resource"]["code"]
    return {
        "no": line["no"],
        "item": code if kind == "item" else None,
        "type": code if kind != "item" else None,
        "alternatives": [one["code"] for one in line["alternatives"]],
        "missing": line["missing"],
        "unit": line["unit"],
        "hours_left": to.within(line),
        "asked": line["specification"],
    }


def as_row(way: routes.Way) -> Json:
    """A way with its end as a unit vector; `pace` is hours a radian of the sphere."""
    speed = way.first_leg
    return {
        "start": f"{way.country} {way.load}", "mode": way.mode, "hours": way.hours,
        "pace": EARTH_KM * speed.detour / speed.kmh, **vector(way.point),
    }  # fmt: skip


def own_flight(point: Point | None) -> list[Json]:
    """The way of aircraft that bring themselves, from any country."""
    if point is None:
        return []
    speed = routes.OWN_FLIGHT
    way = {"start": "itself", "mode": "itself", "hours": routes.OWN_FLIGHT_HOURS}
    return [way | {"pace": EARTH_KM * speed.detour / speed.kmh, **vector(point)}]


def vector(point: Point) -> Json:
    lon, lat = radians(point.lon), radians(point.lat)
    return {"x": cos(lat) * cos(lon), "y": cos(lat) * sin(lon), "z": sin(lat)}


def closely(found: Json, wanted: Mapping[int, Json | None], to: Destination, seen: dict[Any, list[Fit]]) -> Json:
    """A row with how it fits what is asked for and what is in use there. Many say the same, so each is looked at once."""
    key = (found["no"], found["type"], found["item"], json.dumps(found["specification"], sort_keys=True))
    if key not in seen:
        offered, asked_for = specified(found["specification"]), specified(wanted[found["no"]])
        seen[key] = fit(asked_for, to.uses, offered, found["item"], found["type"])
    fits = seen[key]
    return scoring.looked_at_closely(found, verdict_of(fits) if fits else "") | {"fits": fits}


# -- the plan


def key_of(found: Json) -> str:
    return f"{found['source']} {found['id']}"


def consignment_of(found: Json) -> str:
    """One sender, one place: what several own in a warehouse its keeper sends together."""
    return f"{found['sender']['code']} {found['where']}"


def sources(found: Iterable[Json]) -> list[Source]:
    """What a plan may be made of: what fits or may fit, and is known to get there."""
    return [
        Source(key_of(one), consignment_of(one), one["no"], one["held"], one["hours"], one["in_time"], one["score"])
        for one in found if one["verdict"] != "not" and one["hours"] is not None
    ]  # fmt: skip


def can_be_met(line: Json, found: Iterable[Json], planned: Plan) -> str:
    in_time = {key_of(one) for one in found if one["no"] == line["no"] and one["in_time"]}
    taken = [one for held in planned.consignments.values() for one in held if one.line == line["no"]]
    there = sum(one.quantity for one in taken if one.key in in_time)
    if there >= line["missing"] - 1e-6:
        return "yes"
    return "partly" if there else "late" if taken else "no"


# -- what is said


def said_of_line(to: Destination, by: By, line: Json, found: Sequence[Json], planned: Plan, limit: int) -> Json:
    own = [one for one in found if one["no"] == line["no"]]
    said = {
        "no": line["no"], "name": line["resource"]["name"], "missing": line["missing"], "unit": line["unit"],
        "unit_name": line["unit_name"], "needed_by": line["needed_by"], "can_be_met": can_be_met(line, own, planned),
    }  # fmt: skip
    if not limit:
        return said | {"found": None, "matches": None}
    return said | {
        "found": own[0]["found"] if own else 0,
        "matches": [said_of_match(to, by, one) for one in own[:limit]],
    }


def said_of_match(to: Destination, by: By, found: Json) -> Json:
    journey = to.journey(found)
    _kind, agreement = to.agreements.get(found["country"]["iso3"], ("", ""))
    sentences = [one.sentence for one in found["fits"]]
    reasons = scoring.reasons(found, journey, agreement, sentences, to.now)
    same = (
        "source",
        "ref",
        "lot",
        "name",
        "holder",
        "country",
        "place",
        "unit",
        "expires_on",
        "in_time",
        "demonstration",
        "verdict",
    )
    return {name: found[name] for name in same} | {
        "quantity": found["held"],
        "hours": rounded(found["hours"]),
        "arrives_at": arrival(to, found["hours"]),
        "route": said_of_route(journey, found["travel_hours"]) if journey else None,
        "fits": [vars(one) for one in found["fits"]],
        "score": round(found["score"], 1),
        "reasons": [vars(one) for one in reasons],
        "page": page_of(found),
        "offer": offer_of(to, by, found),
    }


def said_of_route(journey: routes.Journey, hours: float) -> Json:
    over = [{"ref": one.ref, "name": one.name} for one in journey.way.over]
    return {"mode": journey.way.mode, "km": round(journey.km), "hours": rounded(hours), "over": over}


def said_of_plan(to: Destination, found: Sequence[Json], planned: Plan, lines: Iterable[Json]) -> Json:
    by_key = {(one["no"], key_of(one)): one for one in found}
    units = {line["no"]: line["unit"] for line in lines}
    consignments = [
        said_of_consignment(
            to, [by_key[one.line, one.key] | {"takes": one.quantity} for one in taken], name in planned.late
        )
        for name, taken in planned.consignments.items()
    ]
    return {
        "consignments": sorted(consignments, key=lambda one: float(one["hours"])),
        "missing": [{"no": no, "quantity": many, "unit": units[no]} for no, many in sorted(planned.missing.items())],
        "is_fewest": planned.is_fewest,
        "considered": planned.considered,
    }


def said_of_consignment(to: Destination, taken: Sequence[Json], is_late: bool) -> Json:
    first, slowest = taken[0], max(one["hours"] for one in taken)
    return {
        "sender": first["sender"], "country": first["country"], "place": first["place"], "hours": rounded(slowest),
        "arrives_at": arrival(to, slowest), "is_late": is_late,
        "takes": [
            {name: one[name] for name in ("no", "source", "ref", "lot", "name", "unit")} | {"quantity": one["takes"]}
            for one in sorted(taken, key=lambda one: int(one["no"]))
        ],
    }  # fmt: skip


def rounded(hours: float | None) -> float | None:
    return None if hours is None else round(hours, 1)


def arrival(to: Destination, hours: float | None) -> datetime | None:
    return None if hours is None else to.now + timedelta(hours=hours)


def page_of(found: Json) -> str:
    return f"/{'stock' if found['source'] == 'lot' else 'capacities'}/{found['ref']}"


def offer_of(to: Destination, by: By, found: Json) -> str | None:
    """The offer form with this in it, for who may offer it: the Centre its stock, an organisation what it has."""
    is_own = found["holder"]["code"] == by.organisation_code and by.may(Permission.CAPACITY_WRITE)
    is_stock = found["source"] == "lot"
    if not (by.may(Permission.STOCK_WRITE) if is_stock else is_own or by.may(Permission.CAPACITY_WRITE_ANY)):
        return None
    quantity = min(found["held"], found["missing"])
    asked = {"request": to.request["ref"], "line": found["no"], "stock" if is_stock else "capacity": found["ref"]}
    return "/offers/new?" + urlencode(asked | {"quantity": f"{quantity:g}"})
