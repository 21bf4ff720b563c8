"""How the lines of a request are covered with as few consignments as can be.

A consignment is what one organisation sends from one place: one waybill, one convoy, one set of papers at the border. Finding the
fewest is the set cover problem, for which no quick and always exact way is known. So a quick search comes first (always the
consignment that brings most of what is still missing, then those that turn out not to be needed are left out), and a full
one tries to do with fewer, as long as its steps last. The plan says whether that one came to its end. What can serve several
lines is divided among them beforehand; where it does not suffice for all, another division might need one consignment less.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

STEPS = 10_000  # of the full search: some ten milliseconds
ROUNDING = 1e-9

Need = Mapping[int, float]  # number of a line → how much of it is missing


class Source(NamedTuple):
    """Something in one place that can serve a line. The same thing may come once for each of several lines."""

    key: str  # of the capacity or lot
    consignment: str  # of holder and place
    line: int
    left: float
    hours: float
    in_time: bool
    score: float


class Taken(NamedTuple):
    line: int
    key: str
    quantity: float


@dataclass(frozen=True)
class Plan:
    """What to take for each line, by consignment; what no consignment covers; whether no plan with fewer is possible."""

    consignments: Mapping[str, list[Taken]]
    missing: Need
    is_fewest: bool
    late: frozenset[str] = frozenset()  # consignments that bring something after it is needed
    considered: int = 0


def plan(need: Need, sources: Sequence[Source], steps: int = STEPS) -> Plan:
    """The plan with the fewest consignments that the search found: first of what comes in time, then of what comes late."""
    need = {line: quantity for line, quantity in need.items() if quantity > 0}
    chosen, is_fewest = cover(need, [one for one in sources if one.in_time], steps)
    taken, missing = allot(need, chosen)
    left = less(sources, taken)
    chosen, is_fewest_late = cover(missing, [one for one in left if not one.in_time], steps)
    taken_late, missing = allot(missing, chosen)
    consignment_of = {one.key: one.consignment for one in sources}
    consignments: dict[str, list[Taken]] = {}
    for one in (*taken, *taken_late):
        consignments.setdefault(consignment_of[one.key], []).append(one)
    late = frozenset(consignment_of[one.key] for one in taken_late)
    return Plan(consignments, missing, is_fewest and is_fewest_late, late, len(set(consignment_of.values())))


def cover(need: Need, sources: Iterable[Source], steps: int) -> tuple[list[Source], bool]:
    """What the chosen consignments hold for a need, and whether fewer consignments are known not to do."""
    by_consignment: dict[str, list[Source]] = {}
    for source in divided(need, sources):
        by_consignment.setdefault(source.consignment, []).append(source)
    search = Search({name: shares(need, held) for name, held in by_consignment.items()},
                    {name: max(one.hours for one in held) for name, held in by_consignment.items()}, steps)  # fmt: skip
    is_fewest = search.run()
    return [source for name in search.best for source in by_consignment[name]], is_fewest


def divided(need: Need, sources: Iterable[Source]) -> list[Source]:
    """The sources with no more than is there: what serves several lines goes first to the line with least to choose from."""
    held = [one for one in sources if one.line in need and one.left > ROUNDING]
    choice: dict[int, float] = {}
    for one in held:
        choice[one.line] = choice.get(one.line, 0) + one.left / need[one.line]
    left, parts = {one.key: one.left for one in held}, []
    for one in sorted(held, key=lambda one: (choice[one.line], one.line, -one.score, one.hours)):
        part = min(left[one.key], need[one.line])
        left[one.key] -= part
        parts.append(one._replace(left=part))
    return [one for one in parts if one.left > ROUNDING]


def shares(need: Need, sources: Iterable[Source]) -> dict[int, float]:
    """Which part of each line these cover, at most all of it."""
    found: dict[int, float] = {}
    for one in sources:
        found[one.line] = min(1.0, found.get(one.line, 0) + one.left / need[one.line])
    return found


def allot(need: Need, sources: Iterable[Source]) -> tuple[list[Taken], dict[int, float]]:
    """Who gives how much to which line, the best first; and what is missing after that."""
    missing, taken = dict(need), []
    for one in sorted(sources, key=lambda one: (one.line, -one.score, one.hours)):
        quantity = min(one.left, missing[one.line])
        if quantity > ROUNDING:
            missing[one.line] -= quantity
            taken.append(Taken(one.line, one.key, quantity))
    return taken, {line: quantity for line, quantity in missing.items() if quantity > ROUNDING}


def less(sources: Iterable[Source], taken: Iterable[Taken]) -> list[Source]:
    """What is left of the sources after something was taken."""
    gone: dict[str, float] = {}
    for one in taken:
        gone[one.key] = gone.get(one.key, 0) + one.quantity
    return [one._replace(left=one.left - gone.get(one.key, 0)) for one in sources]


# -- the search


@dataclass
class Search:
    """Looks for the smallest set of consignments that covers as much as all of them together."""

    shares: Mapping[str, Mapping[int, float]]  # consignment → line → part of it
    hours: Mapping[str, float]
    steps: int = STEPS
    best: list[str] = field(default_factory=list)

    def run(self) -> bool:
        """Leaves the best set in `best`; True when all smaller ones are known not to do."""
        totals = self.totals(self.shares)
        missing = {line: min(1.0, total) for line, total in totals.items()}
        forced = [name for name in self.shares if self.is_needed(name, totals)]
        for name in forced:
            missing = self.after(name, missing)
        free = [name for name in self.shares if name not in forced]
        rest = self.without_needless(self.quick(missing, free), missing)
        while rest and (smaller := self.fitting(missing, free, len(rest) - 1)) is not None:
            rest = smaller
        self.best = [*forced, *rest]
        return self.steps > 0

    def totals(self, names: Iterable[str]) -> dict[int, float]:
        """How often each line would be covered by all of these."""
        found: dict[int, float] = {}
        for name in names:
            for line, part in self.shares[name].items():
                found[line] = found.get(line, 0) + part
        return found

    def is_needed(self, name: str, totals: Mapping[int, float]) -> bool:
        """Whether without this one all others together cover less of a line."""
        return any(totals[line] - part < min(1.0, totals[line]) - ROUNDING for line, part in self.shares[name].items())

    def quick(self, missing: Mapping[int, float], names: Sequence[str]) -> list[str]:
        """Always the consignment that adds most; of equals the one that is there first."""
        chosen: list[str] = []
        while missing:
            rest = (one for one in names if one not in chosen)
            name = max(rest, key=lambda one: (round(self.gain(one, missing), 9), -self.hours[one], one))
            chosen.append(name)
            missing = self.after(name, missing)
        return chosen

    def without_needless(self, chosen: list[str], coverable: Mapping[int, float]) -> list[str]:
        """The slowest are left out first."""
        for name in sorted(chosen, key=lambda one: -self.hours[one]):
            rest, missing = [one for one in chosen if one != name], coverable
            for one in rest:
                missing = self.after(one, missing)
            if not missing:
                chosen = rest
        return chosen

    def fitting(self, missing: Mapping[int, float], names: Sequence[str], room: int) -> list[str] | None:
        """At most `room` of these consignments that cover what is missing, or None. Stops when its steps are used up.

        Some consignment has to serve the line that has fewest to choose from: those are tried, each without the ones before it.
        """
        if not missing:
            return []
        self.steps -= len(names)
        if self.steps <= 0 or not self.is_possible(missing, names, room):
            return None
        serving = {line: [one for one in names if line in self.shares[one]] for line in missing}
        scarce = min(serving, key=lambda line: len(serving[line]))
        left = list(names)
        for one in sorted(serving[scarce], key=lambda one: (-self.gain(one, missing), self.hours[one], one)):
            left.remove(one)
            found = self.fitting(self.after(one, missing), left, room - 1)
            if found is not None:
                return [one, *found]
        return None

    def is_possible(self, missing: Mapping[int, float], names: Sequence[str], room: int) -> bool:
        """Whether all of them suffice for each line, and so many as there is room for, the largest, for all lines together."""
        totals = self.totals(names)
        if room == 0 or any(totals.get(line, 0) < part - ROUNDING for line, part in missing.items()):
            return False
        gains = sorted((self.gain(one, missing) for one in names), reverse=True)
        return sum(gains[:room]) >= sum(missing.values()) - ROUNDING

    def gain(self, name: str, missing: Mapping[int, float]) -> float:
        return sum(min(part, missing[line]) for line, part in self.shares[name].items() if line in missing)

    def after(self, name: str, missing: Mapping[int, float]) -> dict[int, float]:
        held = self.shares[name]
        rest = {line: part - held.get(line, 0) for line, part in missing.items()}
        return {line: part for line, part in rest.items() if part > ROUNDING}
