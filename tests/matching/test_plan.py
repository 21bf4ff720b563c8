"""The plan covers the lines of a request with as few consignments as can be, in time where that can be."""

from app.matching.plans import Source, plan


def source(consignment, line, left, key=None, hours=10, in_time=True, score=50):
    return Source(key or f"{consignment}-{line}", consignment, line, left, hours, in_time, score)


def test_one_consignment_that_covers_all_is_better_than_two():
    found = plan({1: 10, 2: 5}, [source("a", 1, 10), source("b", 2, 5), source("c", 1, 10), source("c", 2, 5)])
    assert list(found.consignments) == ["c"]
    assert found.is_fewest
    assert found.missing == {}


def test_the_full_search_finds_what_always_taking_the_largest_misses():
    """`greedy` holds most of each line but not all; with it three consignments are needed, without it two."""
    large = [source("greedy", line, 8) for line in (1, 2, 3)]
    left = [source("left", 1, 10), source("left", 2, 5), source("left", 3, 1)]
    right = [source("right", 2, 5), source("right", 3, 9)]
    found = plan({1: 10, 2: 10, 3: 10}, [*large, *left, *right])
    assert set(found.consignments) == {"left", "right"}
    assert found.is_fewest


def test_what_is_left_of_one_source_is_not_promised_to_two_lines():
    found = plan({1: 2, 2: 2}, [source("a", 1, 3, "boats"), source("a", 2, 3, "boats")])
    assert sum(one.quantity for one in found.consignments["a"]) == 3
    assert sum(found.missing.values()) == 1


def test_what_serves_several_lines_goes_first_to_the_line_without_another_choice():
    found = plan({1: 2, 2: 2}, [source("a", 1, 2, "boats"), source("a", 2, 2, "boats"), source("a", 1, 2, "rafts")])
    assert found.missing == {}


def test_what_comes_late_is_taken_only_where_nothing_comes_in_time():
    late, early = source("late", 1, 10, in_time=False), source("early", 1, 6)
    found = plan({1: 10}, [late, early])
    assert {name: taken[0].quantity for name, taken in found.consignments.items()} == {"early": 6, "late": 4}
    assert found.late == {"late"}


def test_what_nobody_has_stays_missing():
    found = plan({1: 10, 2: 1}, [source("a", 1, 4)])
    assert found.missing == {1: 6, 2: 1}


def test_of_equal_consignments_the_quicker_one_is_taken():
    found = plan({1: 1}, [source("slow", 1, 1, hours=80), source("quick", 1, 1, hours=8)])
    assert list(found.consignments) == ["quick"]


def test_a_search_that_runs_out_of_steps_says_so_and_still_covers_all():
    sources = [source(f"m{number}", line, 1 + number * line % 7) for number in range(40) for line in range(1, 9)]
    found = plan(dict.fromkeys(range(1, 9), 30), sources, steps=60)
    assert found.missing == {}
    assert not found.is_fewest


def test_twenty_lines_are_planned_from_hundreds_of_consignments():
    sources = [source(f"m{number % 150}", 1 + number % 20, 1 + number % 7, key=str(number)) for number in range(600)]
    found = plan(dict.fromkeys(range(1, 21), 12), sources)
    assert found.missing == {}


def test_a_line_that_needs_nothing_more_takes_no_part():
    assert plan({1: 0}, [source("a", 1, 5)]).consignments == {}
