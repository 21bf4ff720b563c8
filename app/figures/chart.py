"""What sources said over time, drawn by the server as SVG: one small chart for each indicator, no JavaScript.

A source is told by the shape of its marks as well as by their colour; a range is a bar, "at least" an arrow, "about" hollow.
The table beside holds the same numbers. Time runs from left to right in every script, as its axis says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import floor, log10
from typing import Any

WIDTH, HEIGHT = 360, 170
LEFT, RIGHT, TOP, BOTTOM = 60, 14, 12, 24
SOURCES = 6  # as many as there are shapes; the table has the others
SIZE = 4.5
NUDGE = 2.5  # what several sources say on one day shall not lie on top of one another

Point = Mapping[str, Any]


@dataclass(frozen=True)
class Mark:
    """One figure: where it stands, its bar where it is a range, and the whole of it for the words."""

    x: float
    y: float
    figure: Point
    low: float | None = None
    high: float | None = None

    @property
    def is_hollow(self) -> bool:
        return bool(self.figure["qualifier"] == "about")

    @property
    def is_open(self) -> bool:
        return bool(self.figure["qualifier"] == "at_least")


@dataclass(frozen=True)
class Line:
    """What one source said; `shape` from 0 chooses the form of its marks and its colour."""

    source: Mapping[str, Any]
    shape: int
    marks: Sequence[Mark]

    @property
    def path(self) -> str:
        return " ".join(f"{mark.x:g},{mark.y:g}" for mark in self.marks)


@dataclass(frozen=True)
class Tick:
    at: float
    value: float


@dataclass(frozen=True)
class Chart:
    """The drawing of one indicator: 360 by 170 units. `more` sources said something too and are only in the table."""

    indicator: Mapping[str, str]
    lines: Sequence[Line]
    ticks: Sequence[Tick]
    first: str
    last: str
    more: int
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def charts(told: Sequence[Mapping[str, Any]]) -> list[Chart]:
    """Those of `IndicatorSeriesOut` where more than one thing was said."""
    shapes: dict[str, int] = {}
    return [draw(one, shapes) for one in told if sum(len(series["points"]) for series in one["series"]) > 1]


def draw(told: Mapping[str, Any], shapes: dict[str, int]) -> Chart:
    """`shapes` are those that the charts before gave to the sources, by their codes: each keeps its own."""
    series = sorted(told["series"], key=prominence)
    shown = series[:SOURCES]
    points = [point for one in shown for point in one["points"]]
    days = [day_of(point) for point in points]
    top = rounded_up(max(most(point) for point in points))
    first, last = min(days), max(days)
    lines = [
        Line(one["source"], shape, [place(point, n, len(shown), first, last, top) for point in one["points"]])
        for n, (one, shape) in enumerate(zip(shown, shaped(shown, shapes), strict=True))
    ]
    ticks = [Tick(height_of(value, top), value) for value in (0.0, top / 2, top)]
    return Chart(told["indicator"], lines, ticks, first.isoformat(), last.isoformat(), len(series) - len(shown))


def shaped(shown: Sequence[Mapping[str, Any]], shapes: dict[str, int]) -> list[int]:
    """A shape for each source: its own where no other has it here, else one that is free."""
    codes = [one["source"]["code"] for one in shown]
    taken: dict[str, int] = {}
    for code in sorted(codes, key=lambda code: code not in shapes):
        free = [n for n in range(SOURCES) if n not in taken.values()]
        taken[code] = (
            shapes[code] if shapes.get(code) in free else next((n for n in free if n not in shapes.values()), free[0])
        )
        shapes.setdefault(code, taken[code])
    return [taken[code] for code in codes]


def prominence(one: Mapping[str, Any]) -> Any:
    """The source of the headline first, then who spoke last."""
    points = one["points"]
    return (not any(point["headline"] for point in points), -max(day_of(point) for point in points).toordinal())


def place(point: Point, n: int, of: int, first: date, last: date, top: float) -> Mark:
    span = (last - first).days
    room = WIDTH - LEFT - RIGHT - NUDGE * of
    share = (day_of(point) - first).days / span if span else 0.5
    x = round(LEFT + room * share + NUDGE * (n + 0.5), 1)
    if point["value"] is not None:
        return Mark(x, height_of(point["value"], top), point)
    low, high = height_of(point["low"], top), height_of(point["high"], top)
    return Mark(x, round((low + high) / 2, 1), point, low, high)


def day_of(point: Point) -> date:
    return date.fromisoformat(point["on"])


def most(point: Point) -> float:
    return float(point["value"] if point["value"] is not None else point["high"])


def height_of(value: float, top: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * float(value) / top, 1)


def rounded_up(value: float) -> float:
    """The next of 2, 4, 6, 8, 10 times a power of ten, so that half of it is a plain number, too."""
    if value <= 2:
        return 2.0
    step = 10.0 ** floor(log10(value))
    return next(n * step for n in (2, 4, 6, 8, 10) if n * step >= value)
