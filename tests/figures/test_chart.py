"""Charts are drawn from the series alone: every figure inside its frame, sources told by shape, ranges as bars."""

from typing import Any

import pytest

from app.figures.chart import HEIGHT, LEFT, RIGHT, SOURCES, TOP, WIDTH, charts, rounded_up


def series(name: str, *points: tuple[str, Any], headline: bool = False) -> dict[str, Any]:
    def point(on: str, said: Any) -> dict[str, Any]:
        low, high = said if isinstance(said, tuple) else (None, None)
        qualifier = "range" if low is not None else "exact"
        value = None if low is not None else said
        return {"on": on, "value": value, "low": low, "high": high, "qualifier": qualifier, "headline": headline}

    return {"source": {"code": name, "name": name}, "points": [point(*one) for one in points]}


def told(*lines: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"indicator": {"code": "dead", "name": "Dead"}, "series": list(lines)}]


def test_every_mark_lies_inside_the_frame() -> None:
    (chart,) = charts(told(*(series(f"S{n}", ("2026-07-01", 0), ("2026-07-09", 10**n)) for n in range(9))))
    assert len(chart.lines) == SOURCES
    assert chart.more == 3
    for line in chart.lines:
        for mark in line.marks:
            assert LEFT <= mark.x <= WIDTH - RIGHT
            assert TOP <= mark.y <= HEIGHT
    assert len({line.shape for line in chart.lines}) == SOURCES


def test_one_saying_alone_is_no_chart() -> None:
    assert charts(told(series("A", ("2026-07-01", 5)))) == []


def test_a_range_is_a_bar_around_its_middle() -> None:
    (chart,) = charts(told(series("A", ("2026-07-01", 5), ("2026-07-02", (4, 8)))))
    mark = chart.lines[0].marks[1]
    assert None not in (mark.low, mark.high)
    assert mark.high < mark.y < mark.low  # from above


def test_what_was_all_said_on_one_day_lies_side_by_side() -> None:
    (chart,) = charts(told(series("A", ("2026-07-01", 5)), series("B", ("2026-07-01", 5))))
    assert len({line.marks[0].x for line in chart.lines}) == 2


def test_the_source_of_the_headline_comes_first() -> None:
    (chart,) = charts(told(series("A", ("2026-07-09", 5)), series("B", ("2026-07-01", 5), headline=True)))
    assert [line.source["name"] for line in chart.lines] == ["B", "A"]


@pytest.mark.parametrize(("value", "top"), [(0, 2), (1, 2), (3, 4), (9, 10), (11, 20), (1200, 2000), (8001, 10000)])
def test_the_axis_ends_at_a_plain_number(value: float, top: float) -> None:
    assert rounded_up(value) == top


def test_a_source_keeps_its_shape_from_chart_to_chart() -> None:
    names = [f"S{n}" for n in range(SOURCES + 3)]
    days = (("2026-07-01", 1), ("2026-07-02", 2))
    drawn = charts(
        [*told(*(series(one, *days) for one in names[:3])), *told(*(series(one, *days) for one in names[2:]))]
    )
    first, second = ({line.source["code"]: line.shape for line in chart.lines} for chart in drawn)
    assert first["S2"] == second["S2"]
    assert len(set(second.values())) == SOURCES
