"""Rules: whether one fits a candidate, which is the first that does, and what follows. No database, no request."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.events.models import ALERT_LEVELS
from app.inbox.models import InboxRule


class Facts(NamedTuple):
    """What rules look at: the largest magnitude and the gravest alert level that any feed says, all feeds, all titles."""

    feeds: Sequence[str]
    hazard: str | None
    countries: Sequence[str]
    areas: Sequence[str]
    region: str
    magnitude: float | None
    depth: float | None
    alert: str | None
    text: str


class Outcome(NamedTuple):
    """What becomes of a candidate, by which rule (none: the built-in ones), and where it is dropped, why."""

    does: str
    rule: InboxRule | None = None

    @property
    def reason(self) -> str:
        return self.rule.reason if self.rule and self.does == "drop" else ""


def facts_of(shown: dict[str, Any], told: Sequence[str]) -> Facts:
    """`shown` are columns of a candidate, `told` what feeds call it."""
    text = " ".join([*shown["titles"].values(), *told]).casefold()
    return Facts(
        shown["feeds"], shown["hazard_code"], shown["countries"], shown["areas"], shown["region"],
        shown["magnitude_most"], shown["depth_km"], shown["alert_level"], text,
    )  # fmt: skip


def fits(rule: InboxRule, facts: Facts) -> bool:
    """Whether all conditions hold. What is not known fulfils no condition: nothing is dropped for want of a magnitude."""
    return (
        (rule.anywhere or facts.region != "outside")
        and among(rule.feeds, facts.feeds)
        and among(rule.hazards, [facts.hazard] if facts.hazard else [])
        and among(rule.countries, facts.countries)
        and among([rule.area] if rule.area else [], facts.areas)
        and within(facts.magnitude, rule.magnitude_from, None)
        and below(facts.magnitude, rule.magnitude_below)
        and within(facts.depth, rule.depth_from_km, rule.depth_to_km)
        and within(grade(facts.alert), grade(rule.alert_from), grade(rule.alert_to))
        and rule.words.casefold() in facts.text
    )


def among(wanted: Sequence[str], there: Sequence[str]) -> bool:
    return not wanted or not set(wanted).isdisjoint(there)


def within(value: float | None, least: float | None, most: float | None) -> bool:
    if least is None and most is None:
        return True
    return value is not None and (least is None or value >= least) and (most is None or value <= most)


def below(value: float | None, limit: float | None) -> bool:
    return limit is None or (value is not None and value < limit)


def grade(level: str | None) -> int | None:
    return ALERT_LEVELS.index(level) if level else None


def outcome(rules: Sequence[InboxRule], facts: Facts) -> Outcome:
    """The first rule that fits decides; after the last, what lies outside the region is dropped and all else is kept."""
    for rule in rules:
        if fits(rule, facts):
            return Outcome(rule.does, rule)
    return Outcome("drop" if facts.region == "outside" else "keep")
