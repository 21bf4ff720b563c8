"""Which way a consignment takes: the ways that lead to a place, and the quickest of them for a base."""

import pytest

from app.geo import Point
from app.matching.routes import GOODS, PEOPLE, Crossing, own_flight_hours, quickest, ways_to

ALMATY, BISHKEK, OSH, TASHKENT = Point(76.95, 43.25), Point(74.6, 42.87), Point(72.8, 40.53), Point(69.28, 41.31)
KABUL, MAZAR = Point(69.17, 34.53), Point(67.11, 36.71)
KORDAY = Crossing("EP-1", "Korday", "road", Point(74.7, 43.04), "KAZ", "KGZ", 3)
DOSTUK = Crossing("EP-2", "Dostuk", "road", Point(72.76, 40.78), "KGZ", "UZB", 4)
ZHIBEK = Crossing("EP-3", "Zhibek Zholy", "road", Point(69.35, 41.5), "KAZ", "UZB", 4)
HAIRATAN = Crossing("EP-4", "Hairatan", "road", Point(67.42, 37.22), "UZB", "AFG", 12)
RAIL = Crossing("EP-5", "Hairatan railway", "rail", Point(67.43, 37.23), "UZB", "AFG", 18)
AIRPORTS = [
    Crossing("EP-6", "Almaty airport", "airport", Point(77.04, 43.35), "KAZ", None, 6),
    Crossing("EP-7", "Kabul airport", "airport", Point(69.21, 34.57), "AFG", None, 6),
]
ALL = [KORDAY, DOSTUK, ZHIBEK, HAIRATAN, RAIL, *AIRPORTS]


def names(journey):
    return [crossing.name for crossing in journey.way.over]


def test_inside_a_country_the_way_is_the_straight_line_made_longer():
    journey = quickest(ways_to(ALMATY, "KAZ", ALL), Point(73.1, 49.8), "KAZ", load=GOODS)
    assert names(journey) == []
    assert journey.km == pytest.approx(1.3 * 784, rel=0.02)
    assert journey.hours == pytest.approx(journey.km / 50)


def test_a_neighbour_is_reached_over_the_border_between():
    journey = quickest(ways_to(BISHKEK, "KGZ", ALL), ALMATY, "KAZ", load=GOODS)
    assert names(journey) == ["Korday"]
    assert journey.hours > KORDAY.hours


def test_the_quickest_of_several_chains_of_borders_is_taken_in_the_order_of_travel():
    assert names(quickest(ways_to(KABUL, "AFG", ALL), ALMATY, "KAZ", load=GOODS)) == ["Zhibek Zholy", "Hairatan"]
    assert names(quickest(ways_to(KABUL, "AFG", ALL), OSH, "KGZ", load=GOODS)) == ["Dostuk", "Hairatan"]


def test_a_closed_crossing_is_gone_round():
    crossings = [ZHIBEK._replace(is_open=False) if one is ZHIBEK else one for one in ALL]
    assert names(quickest(ways_to(KABUL, "AFG", crossings), ALMATY, "KAZ", load=GOODS)) == [
        "Korday",
        "Dostuk",
        "Hairatan",
    ]


def test_where_no_crossing_is_open_no_way_is_known():
    crossings = [one._replace(is_open=False) for one in ALL]
    assert quickest(ways_to(KABUL, "AFG", crossings), TASHKENT, "UZB", ("road", "rail", "air"), GOODS) is None


def test_a_crossing_for_people_only_lets_no_goods_over():
    crossings = [one._replace(passes=frozenset({"people"})) if one is HAIRATAN else one for one in ALL]
    ways = ways_to(MAZAR, "AFG", crossings)
    assert quickest(ways, TASHKENT, "UZB", load=PEOPLE)
    assert quickest(ways, TASHKENT, "UZB", load=GOODS) is None


def test_a_crossing_that_works_with_limits_takes_twice_as_long():
    crossings = [one._replace(is_limited=True) if one is HAIRATAN else one for one in ALL]
    slow = quickest(ways_to(MAZAR, "AFG", crossings), TASHKENT, "UZB", load=GOODS)
    usual = quickest(ways_to(MAZAR, "AFG", ALL), TASHKENT, "UZB", load=GOODS)
    assert slow.hours - usual.hours == pytest.approx(HAIRATAN.hours)


def test_rail_is_for_those_who_have_it():
    ways = ways_to(MAZAR, "AFG", ALL)
    journey = quickest(ways, TASHKENT, "UZB", ("rail",), GOODS)
    assert (journey.way.mode, names(journey)) == ("rail", ["Hairatan railway"])
    assert quickest(ways, TASHKENT, "UZB", ("road", "rail"), GOODS).way.mode == "road"


def test_by_air_one_drives_to_the_airport_and_from_it():
    ways = ways_to(KABUL, "AFG", ALL)
    journey = quickest(ways, ALMATY, "KAZ", ("road", "air"), GOODS)
    assert (journey.way.mode, names(journey)) == ("air", ["Almaty airport", "Kabul airport"])
    assert journey.hours < quickest(ways, ALMATY, "KAZ", ("road",), GOODS).hours


def test_an_aircraft_that_brings_itself_needs_no_crossing():
    assert own_flight_hours(ALMATY, BISHKEK) < 9


def test_few_points_of_a_country_are_left_to_choose_from():
    """Whoever would drive on to another gate of the same country is led there directly."""
    ways = [way for way in ways_to(BISHKEK, "KGZ", ALL) if way.load == GOODS and way.mode == "road"]
    assert [way.over[0].name for way in ways if way.country == "KAZ"] == ["Korday", "Zhibek Zholy"] or [
        way.over[0].name for way in ways if way.country == "KAZ"
    ] == ["Korday"]
