"""How a consignment gets from a base to where it is needed: by road, rail or air, over the crossings that are open.

Nobody has given the portal a road map. Inside a country the way is the straight line made longer and driven slowly, as said
below; between countries there are only the registered crossings. The search runs once a request, backwards from the place of
delivery, and leaves for each country the few points through which the ways of all its bases lead.
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from app.geo import Point, distance_km

Country = str  # ISO 3166-1 alpha-3


class Speed(NamedTuple):
    """`detour`: how many times longer the way is than the straight line; `kmh`: over a whole day, with all stops."""

    detour: float
    kmh: float

    def hours(self, km: float) -> float:
        return km * self.detour / self.kmh


# A loaded lorry with two drivers keeps 50 km/h over a day on the plain; road networks are a third longer than the straight line
ROAD = Speed(1.3, 50)
# Passes, serpentines and broken surfaces: longer and slower. The whole country counts as such, so its plains come out too slow
MOUNTAIN_ROAD = Speed(1.6, 35)
IN_MOUNTAINS = frozenset({"AFG", "KGZ", "TJK", "NPL", "BTN"})
# Goods trains wait more than they run
RAIL = Speed(1.3, 30)
# A transport aircraft with climb and approach; corridors make it a tenth longer
AIR = Speed(1.1, 600)
# A helicopter or light aircraft that brings itself, with stops for fuel
OWN_FLIGHT = Speed(1.2, 180)
RAIL_HANDLING_HOURS = 24  # a wagon found, loaded, shunted and unloaded
AIR_HANDLING_HOURS = 8  # loading, clearance to fly over and to land, unloading
OWN_FLIGHT_HOURS = 6  # clearance to fly over and to land
LIMITED = 2  # where a crossing is said to work with limits, it takes so many times as long

PEOPLE, GOODS, VEHICLES = "people", "goods", "vehicles"
LOADS = (PEOPLE, GOODS, VEHICLES)
# what the register of crossings calls what may pass, for each load
MAY_PASS = {PEOPLE: {"people"}, GOODS: {"goods"}, VEHICLES: {"vehicles", "heavy_vehicles"}}
BY_WAGON = {"rail_wagons"}
BY_LAND = {"road": ("road", "ferry", "river_port"), "rail": ("rail",)}


class Crossing(NamedTuple):
    """A border crossing between two countries, or an airport (`across` is None). `passes` empty: not said, so all may."""

    ref: str
    name: str
    kind: str
    point: Point
    country: Country
    across: Country | None
    hours: float
    passes: frozenset[str] = frozenset()
    is_open: bool = True
    is_limited: bool = False

    @property
    def takes(self) -> float:
        """Hours to get over it as it is now."""
        return self.hours * (LIMITED if self.is_limited else 1)

    def lets(self, load: str) -> bool:
        possible = MAY_PASS[load] | (BY_WAGON if self.kind == "rail" and load != PEOPLE else set())
        return self.is_open and (not self.passes or not self.passes.isdisjoint(possible))


class Way(NamedTuple):
    """From `point`, in `country`, it takes `hours` and `km` to the place of delivery, over these crossings.

    `mode` is the one that a capacity has to have; by air the first part, to the airport, is driven."""

    country: Country
    mode: str
    load: str
    point: Point
    hours: float
    km: float
    over: tuple[Crossing, ...] = ()

    @property
    def first_leg(self) -> Speed:
        return RAIL if self.mode == "rail" else road_of(self.country)

    def hours_from(self, base: Point) -> float:
        return self.first_leg.hours(distance_km(base, self.point)) + self.hours


@dataclass(frozen=True)
class Journey:
    """The quickest way from one base."""

    way: Way
    hours: float
    km: float


def road_of(country: Country) -> Speed:
    return MOUNTAIN_ROAD if country in IN_MOUNTAINS else ROAD


def ways_to(place: Point, country: Country, crossings: Sequence[Crossing]) -> list[Way]:
    """All ways that lead to a place, for every load and mode: what `quickest` and the statement over the register choose from."""
    ways: list[Way] = []
    for load in LOADS:
        by_road = by_land("road", load, place, country, crossings)
        ways += [*by_road, *by_land("rail", load, place, country, crossings), *by_air(load, by_road, crossings)]
    return ways


# -- by land: Dijkstra, from the place of delivery outwards


@dataclass(order=True, frozen=True)
class Reached:
    """A place in a country from which the rest of the way is known."""

    hours: float
    number: int  # so that two of the same hours have an order
    point: Point = field(compare=False)
    country: Country = field(compare=False)
    km: float = field(compare=False)
    over: tuple[Crossing, ...] = field(compare=False)


def by_land(mode: str, load: str, place: Point, country: Country, crossings: Iterable[Crossing]) -> list[Way]:
    """Those points of each country at which a border is crossed next, or the place itself; nearest to the goal first.

    A crossing from whose gate one would rather drive on to another gate of the same country is left out: whoever comes from
    a base may drive to that one directly.
    """
    usable = [one for one in crossings if one.kind in BY_LAND[mode] and one.across and one.lets(load)]
    gates = gates_by_country(usable)
    heap = [Reached(RAIL_HANDLING_HOURS if mode == "rail" else 0, 0, place, country, 0, ())]
    found: dict[Country, list[Way]] = {}
    for number in count(1):
        if not heap:
            break
        at = heapq.heappop(heap)
        there = found.setdefault(at.country, [])
        if is_led_on(at, there, mode):
            continue
        there.append(Way(at.country, mode, load, at.point, at.hours, at.km, at.over))
        for place_of_gate, gate in enumerate(gates.get(at.country, ())):
            heapq.heappush(heap, beyond(gate, at, mode, number * len(usable) + place_of_gate))
    return [way for there in found.values() for way in there]


def gates_by_country(crossings: Iterable[Crossing]) -> dict[Country, list[Crossing]]:
    gates: dict[Country, list[Crossing]] = {}
    for crossing in crossings:
        for side in (crossing.country, crossing.across):
            if side:
                gates.setdefault(side, []).append(crossing)
    return gates


def beyond(gate: Crossing, at: Reached, mode: str, number: int) -> Reached:
    """The far side of a gate, from which one crosses it and goes on to where the rest is known."""
    straight = distance_km(gate.point, at.point)
    speed = RAIL if mode == "rail" else road_of(at.country)
    other = gate.across if gate.country == at.country else gate.country
    assert other is not None
    hours = at.hours + speed.hours(straight) + gate.takes
    return Reached(hours, number, gate.point, other, at.km + straight * speed.detour, (gate, *at.over))


def is_led_on(at: Reached, there: Iterable[Way], mode: str) -> bool:
    """Whether from here one would go on, inside the country, to a point of it that was reached before: this one is, too."""
    speed = RAIL if mode == "rail" else road_of(at.country)
    return any(way.hours + speed.hours(distance_km(at.point, way.point)) <= at.hours for way in there)


# -- by air


def by_air(load: str, by_road: Sequence[Way], crossings: Iterable[Crossing]) -> list[Way]:
    """From each airport to the one from which the place of delivery is reached soonest, and on by road."""
    airports = [one for one in crossings if one.kind == "airport" and one.lets(load)]
    landings = [
        (airport, onward) for airport in airports if (onward := quickest(by_road, airport.point, airport.country))
    ]
    return [way for start in airports if (way := flight(load, start, landings))]


def flight(load: str, start: Crossing, landings: Iterable[tuple[Crossing, Journey]]) -> Way | None:
    ways = (
        Way(start.country, "air", load, start.point, flown(start, landing) + onward.hours,
            distance_km(start.point, landing.point) * AIR.detour + onward.km, (start, landing, *onward.way.over))
        for landing, onward in landings if landing.ref != start.ref
    )  # fmt: skip
    return min(ways, key=lambda way: way.hours, default=None)


def flown(start: Crossing, landing: Crossing) -> float:
    """Hours from one airport to another, with loading; customs count where a border lies between."""
    customs = landing.takes if landing.country != start.country else 0
    return AIR_HANDLING_HOURS + AIR.hours(distance_km(start.point, landing.point)) + customs


# -- from one base


def quickest(
    ways: Iterable[Way], base: Point, country: Country, modes: Iterable[str] = ("road",), load: str = ""
) -> Journey | None:
    """The quickest of these ways for a base, or None where none leads out of its country by these modes."""
    possible = [way for way in ways if way.country == country and way.mode in modes and way.load == (load or way.load)]
    best = min(possible, key=lambda way: way.hours_from(base), default=None)
    if best is None:
        return None
    return Journey(best, best.hours_from(base), best.km + distance_km(base, best.point) * best.first_leg.detour)


def own_flight_hours(base: Point, place: Point) -> float:
    """Hours of an aircraft that brings itself."""
    return OWN_FLIGHT_HOURS + OWN_FLIGHT.hours(distance_km(base, place))
