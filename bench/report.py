"""The figures, as a table for people."""

from collections.abc import Sequence
from statistics import median

import psycopg

from bench.portal import Asked
from bench.rounds import Result

LINE = "{:<46} {:>10} {:>10} {:>7} {:>7} {:>9} {:>9}"


def show(db: psycopg.Connection, results: Sequence[Result], kept: tuple[Asked, Asked]) -> None:
    rows, version = db.execute("SELECT (SELECT count(*) FROM capacities), version()").fetchone() or (0, "")
    print(f"\n{rows:,} capacities, {version.partition(' on ')[0]}; medians of {len(results[0].portal)} rounds")
    print(LINE.format("", "portal/s", "database/s", "ratio", "goal", "p50 ms", "p99 ms"))
    for result in results:
        print(line(result))
    for title, goal, asked in zip(("one list, out of memory", "304 Not Modified"), ("–", "10,000"), kept, strict=True):
        print(
            LINE.format(title, f"{asked.per_second:,.0f}", "–", "–", goal, f"{asked.p50_ms:.1f}", f"{asked.p99_ms:.1f}")
        )


def line(result: Result) -> str:
    return LINE.format(
        result.case.title,
        f"{median(asked.per_second for asked in result.portal):,.0f}",
        f"{median(result.database):,.0f}",
        f"{result.ratio:.0%}",
        f"{result.case.goal:.0%}" if result.case.goal else "–",
        f"{median(asked.p50_ms for asked in result.portal):.1f}",
        f"{median(asked.p99_ms for asked in result.portal):.1f}",
    )
