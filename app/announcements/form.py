"""The fields of conditions on pages: what can be chosen, what was typed, what stands in them."""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app import forms, languages
from app.announcements import actions, kinds, queries
from app.announcements.schemas import CONDITIONS
from app.forms import Values

SEVERAL = ("countries", "hazards", "statuses", "kinds")


def choices(db: Session) -> dict[str, list[tuple[str, str]]]:
    """For each field what can be chosen: (code, words)."""
    lang = languages.current().code
    return {
        "countries": queries.countries(db, lang),
        "hazards": queries.hazards(db, lang),
        "alert_at_least": list(actions.levels().items()),
        "statuses": list(actions.statuses().items()),
        "kinds": list(kinds.words().items()),
        "exercises": list(actions.exercises().items()),
    }


def asked(values: Values) -> dict[str, Any]:
    """What was typed, as the schema has it; fields left empty are left out. Areas stand in one field, by their codes."""
    typed = {name: texts for name, texts in values.items() if name in CONDITIONS}
    question = {name: value for name, value in forms.asked(typed, SEVERAL).items() if value}
    if "areas" in question:
        question["areas"] = [code for code in re.split(r"[,;\s]+", question["areas"]) if code]
    return question


def values(conditions: Mapping[str, Any]) -> dict[str, list[str]]:
    """What stands in the fields."""
    several = {name: list(conditions[name]) for name in SEVERAL}
    return several | {
        "areas": [", ".join(conditions["areas"])],
        "alert_at_least": [conditions["alert_at_least"] or ""],
        "exercises": [conditions["exercises"]],
    }
