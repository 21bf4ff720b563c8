"""Portal and database take turns, since a machine's speed drifts: only what was measured side by side is compared."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from app.cluster import Cluster
from app.commands.terminal import say
from bench import database, portal
from bench.cases import Case
from bench.portal import Asked

WARMING_S = 7


@dataclass
class Result:
    """The rounds of one case."""

    case: Case
    portal: list[Asked] = field(default_factory=list)
    database: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return median(ours.per_second / theirs for ours, theirs in zip(self.portal, self.database, strict=True))


def measure_kept(port: int, path: str, seconds: float) -> tuple[Asked, Asked]:
    """One list again and again: out of the portal's memory, and as 304 to those who have it already. Neither asks the database."""
    etag = portal.etag_of(port, path)
    portal.ask(port, [path], 1, fresh=False)
    return portal.ask(port, [path], seconds, fresh=False), portal.ask(port, [path], seconds, fresh=False, etag=etag)


def measure(cluster: Cluster, port: int, cases: Sequence[Case], rounds: int, seconds: float) -> list[Result]:
    results = [Result(case) for case in cases]
    for case in cases:  # plans are made and pages read before anything counts
        portal.ask(port, paths(case), 2, fresh=case.fresh)
    for number in range(rounds):
        say(f"Round {number + 1} of {rounds} …")
        for result in results:
            if not result.case.fresh:  # what was asked since has taken its place in memory
                portal.ask(port, paths(result.case), WARMING_S, fresh=False)
            result.portal.append(portal.ask(port, paths(result.case), seconds, fresh=result.case.fresh))
            result.database.append(database.run(cluster, result.case.questions, seconds))
    return results


def paths(case: Case) -> list[str]:
    return [question.path for question in case.questions]
