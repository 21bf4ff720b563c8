"""Portal and database take turns, since a machine's speed drifts: only what was measured side by side is compared."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from app.cluster import Cluster
from app.commands.terminal import say
from bench import database, portal
from bench.cases import Case
from bench.portal import Asked


@dataclass
class Result:
    """The rounds of one case."""

    case: Case
    portal: list[Asked] = field(default_factory=list)
    database: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return median(ours.per_second / theirs for ours, theirs in zip(self.portal, self.database, strict=True))


def measure(cluster: Cluster, port: int, cases: Sequence[Case], rounds: int, seconds: float) -> list[Result]:
    results = [Result(case) for case in cases]
    for case in cases:  # plans are made and pages read before anything counts
        portal.ask(port, paths(case), 1)
    for number in range(rounds):
        say(f"Round {number + 1} of {rounds} …")
        for result in results:
            result.portal.append(portal.ask(port, paths(result.case), seconds))
            result.database.append(database.run(cluster, result.case.questions, seconds))
    return results


def paths(case: Case) -> list[str]:
    return [question.path for question in case.questions]
