"""Rules are made, changed, moved and removed by administrators; what one would have done can be tried out first."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app import history
from app.errors import Invalid, NotFound
from app.inbox import writing_queries as queries
from app.inbox.models import InboxRule
from app.inbox.rules import facts_of, fits
from app.inbox.schemas import RuleIn
from app.languages import gettext as _
from app.permissions import By

NOUN = "inbox_rules"
TRIED_DAYS = 30
MOST_TRIED = 20_000
FIELDS = tuple(RuleIn.model_fields)


def add_rule(db: Session, by: By, new: RuleIn) -> InboxRule:
    """A rule goes before no other: it stands last until it is moved. Raises Invalid."""
    rules = queries.lock_rules(db)
    check(db, new)
    rule = InboxRule(position=len(rules) + 1, organisation_id=by.organisation_id)
    write(rule, new)
    db.add(rule)
    db.flush()
    history.record(db, by, "added", NOUN, rule.id, ref=str(rule.position), after=said(rule), visibility="centre")
    return rule


def change_rule(db: Session, by: By, id: UUID, new: RuleIn) -> InboxRule:
    """Raises NotFound, Invalid."""
    rule = found(queries.lock_rules(db), id)
    check(db, new)
    before = said(rule)
    write(rule, new)
    rule.organisation_id = by.organisation_id
    db.flush()
    was, now = history.changes(before, said(rule))
    if was:
        history.record(db, by, "changed", NOUN, id, ref=str(rule.position), before=was, after=now, visibility="centre")
    return rule


def move_rule(db: Session, by: By, id: UUID, up: bool) -> InboxRule:
    """One place up or down; the first and the last stay where they are. Raises NotFound."""
    rules = queries.lock_rules(db)
    rule = found(rules, id)
    at = rules.index(rule)
    to = max(at - 1, 0) if up else min(at + 1, len(rules) - 1)
    if to != at:
        before = rule.position
        rules.insert(to, rules.pop(at))
        number(rules)
        db.flush()
        was, now = {"position": before}, {"position": rule.position}
        history.record(db, by, "moved", NOUN, id, ref=str(rule.position), before=was, after=now, visibility="centre")
    return rule


def remove_rule(db: Session, by: By, id: UUID) -> None:
    """What it has dropped stays dropped, with its reason. Raises NotFound."""
    rules = queries.lock_rules(db)
    rule = found(rules, id)
    before, ref = said(rule), str(rule.position)
    rules.remove(rule)
    db.delete(rule)
    number(rules)
    db.flush()
    history.record(db, by, "removed", NOUN, id, ref=ref, before=before, visibility="centre")


def number(rules: Sequence[InboxRule]) -> None:
    for position, rule in enumerate(rules, 1):
        rule.position = position


def found(rules: Sequence[InboxRule], id: UUID) -> InboxRule:
    rule = next((rule for rule in rules if rule.id == id), None)
    if rule is None:
        raise NotFound(_("There is no such rule."))
    return rule


def write(rule: InboxRule, new: RuleIn) -> None:
    for name in FIELDS:
        setattr(rule, name, getattr(new, name))


def said(rule: InboxRule) -> dict[str, Any]:
    """What history says of a rule: the fields that are not empty."""
    return {name: value for name in FIELDS if (value := getattr(rule, name)) not in (None, "", [], False)}


def check(db: Session, new: RuleIn) -> None:
    """Raises Invalid for codes that nobody knows."""
    asked = {
        "feeds": new.feeds,
        "hazards": new.hazards,
        "countries": new.countries,
        "areas": [new.area] if new.area else [],
    }
    wrong = []
    for table, codes in asked.items():
        unknown = set(codes) - queries.known_codes(db, table) if codes else set()
        field = "area" if table == "areas" else table
        message = _("Nobody knows “%(code)s” here: choose from the list.")
        wrong += [{"field": field, "message": message % {"code": code[:40]}} for code in sorted(unknown)]
    if wrong:
        raise Invalid(" ".join(one["message"] for one in wrong), wrong)


# -- what would it have done?


def trial(db: Session, id: UUID, lang: str) -> dict[str, Any]:
    """What a rule would have done with the candidates of the last days, standing where it stands.

    `fitting` is how many fulfil its conditions, `deciding` those that no rule before it takes: they are told in `candidates`.
    """
    rules = queries.rules_in_order(db)
    rule = found(rules, id)
    before = [one for one in rules[: rules.index(rule)] if one.is_enabled]
    rows = queries.lately(db, TRIED_DAYS, MOST_TRIED, lang)
    fitting = [row for row in rows if fits(rule, facts(row))]
    deciding = [row for row in fitting if not any(fits(one, facts(row)) for one in before)]
    return {
        "rule": rule,
        "of": len(rows),
        "is_all": len(rows) < MOST_TRIED,
        "fitting": len(fitting),
        "candidates": deciding,
    }


def facts(row: Mapping[str, Any]) -> Any:
    return facts_of(dict(row), row["told"])
