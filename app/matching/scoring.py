"""How a match is scored, and each part of the score in words. The statement in `queries.py` reckons with these numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from babel.dates import format_date

from app import languages
from app.capacities.queries import STALE_DAYS
from app.languages import gettext as _
from app.languages import ngettext
from app.matching.routes import Journey
from app.web import number

# Points of a hundred. When it comes and whether it fits weigh most; what can be found out by a call weighs least
WEIGHTS: Mapping[str, int] = {
    "fit": 25, "hours": 30, "quantity": 20, "verified": 10, "expiry": 5, "earmark": 5, "agreement": 5,
}  # fmt: skip
KINDRED = 0.9  # of the kind of the item that is asked for, or an item of the type
ALTERNATIVE = 0.8  # what the request names as an alternative
UNSAID = 0.5  # nothing is said of what was asked for, so that somebody has to ask
PERHAPS = 0.75  # something else is said too: before fit.py has looked at it
NOWHERE = 0.2  # of the part for hours, where no way is known
USUAL_HOURS = 72  # by when help is of use where no time is said
ASSUMED_HOURS = 24  # until it can leave, where nobody said how long that takes
HOURS_TO_LEAVE = 6  # to pick a lot and load it in a warehouse of the Centre
FORGOTTEN_DAYS = 2 * STALE_DAYS  # a record that nobody confirmed for so long counts as never confirmed
LASTING_DAYS = 180  # what keeps for half a year after it came counts like what keeps for ever
NOT_EARMARKED = 0.5  # what was given for this country goes first
EASED = 0.5  # an agreement on transit, customs or recognition only, and none on mutual aid
FITS: Mapping[str, float] = {"fits": 1, "unknown": UNSAID, "not": 0}

Found = dict[str, Any]  # a row of queries.candidates()


@dataclass(frozen=True)
class Reason:
    """A part of the score: its name, how many points of how many, and why."""

    what: str
    points: float
    of: int
    sentence: str


def values() -> dict[str, object]:
    """The numbers that the statement reckons with."""
    return {
        "kindred": KINDRED, "alternative": ALTERNATIVE, "unsaid": UNSAID, "perhaps": PERHAPS, "nowhere": NOWHERE,
        "usual_hours": float(USUAL_HOURS), "assumed_hours": float(ASSUMED_HOURS), "hours_to_leave": float(HOURS_TO_LEAVE),
        "forgotten_days": float(FORGOTTEN_DAYS), "lasting_days": float(LASTING_DAYS), "not_earmarked": NOT_EARMARKED, "some": EASED,
        **{f"weight_{part}": float(weight) for part, weight in WEIGHTS.items()},
    }  # fmt: skip


def looked_at_closely(found: Found, verdict: str) -> Found:
    """A row with its fit as `equipment.fit` judged it, and the score that follows."""
    fit = found["likeness"] * FITS[verdict or "fits"]
    score = found["score"] + WEIGHTS["fit"] * (fit - found["parts"]["fit"])
    return found | {"parts": found["parts"] | {"fit": fit}, "score": score, "verdict": verdict or "fits"}


def reasons(found: Found, journey: Journey | None, agreement: str, fits: list[str], now: datetime) -> list[Reason]:
    """Each part of the score in the reader's words. `fits` are the sentences of equipment.fit, `agreement` a title or ''."""
    said = {
        "fit": " ".join([likeness(found["likeness"]), *fits]),
        "hours": on_the_way(found, journey),
        "quantity": how_much(found),
        "verified": how_sure(found),
        "expiry": how_long(found, now),
        "earmark": for_whom(found),
        "agreement": agreed(found, agreement),
    }
    return [
        Reason(part, round(WEIGHTS[part] * found["parts"][part], 1), WEIGHTS[part], sentence)
        for part, sentence in said.items() if sentence
    ]  # fmt: skip


def likeness(share: float) -> str:
    if share >= 1:
        return _("It is what is asked for.")
    return (
        _("It is of the kind that is asked for.") if share >= KINDRED else _("The request names it as an alternative.")
    )


def how_much(found: Found) -> str:
    words = {"held": figure(found["held"]), "missing": figure(found["missing"])}
    if found["held"] >= found["missing"]:
        return _("%(held)s left: enough for the %(missing)s that are missing.") % words
    return _("%(held)s left of the %(missing)s that are missing.") % words


def on_the_way(found: Found, journey: Journey | None) -> str:
    if found["hours"] is None:
        return _("No way is known: its base is not told, or no open crossing leads here.")
    return " ".join([there_in(found), leaving(found), travelling(found, journey), *guessed(found)])


def there_in(found: Found) -> str:
    words = {"hours": hours(found["hours"]), "within": hours(abs(found["within"] - found["hours"]))}
    if found["in_time"]:
        return _("There in %(hours)s, %(within)s before the time is over.") % words
    return _("There in %(hours)s, %(within)s too late.") % words


def leaving(found: Found) -> str:
    if found["hours_to_leave"] is None:
        return _("How long until it can leave is not known: %(hours)s assumed.") % {"hours": hours(ASSUMED_HOURS)}
    return _("%(hours)s until it can leave.") % {"hours": hours(found["hours_to_leave"])}


def travelling(found: Found, journey: Journey | None) -> str:
    words = {"hours": hours(found["travel_hours"])}
    if journey is None:
        return _("It flies there by itself in %(hours)s.") % words
    words |= {"km": figure(round(journey.km, -1)), "over": " – ".join(one.name for one in journey.way.over)}
    if not journey.way.over:
        return _("%(hours)s on the road, about %(km)s km.") % words
    said = {
        "road": _("%(hours)s by road, about %(km)s km, over %(over)s."),
        "rail": _("%(hours)s by rail, about %(km)s km, over %(over)s."),
        "air": _("%(hours)s by air, about %(km)s km, over %(over)s."),
    }
    return said[journey.way.mode] % words


def guessed(found: Found) -> list[str]:
    return [_("Counted from the middle of its area: its base is not told.")] if found["is_guessed"] else []


def how_sure(found: Found) -> str:
    if found["source"] == "lot":
        return _("Counted by the Centre’s ledger.")
    if found["verified_days"] is None:
        return _("Nobody has confirmed this record yet.")
    days = int(found["verified_days"])
    said = ngettext("Confirmed %(n)s day ago.", "Confirmed %(n)s days ago.", days) % {"n": figure(days)}
    return f"{said} {_('Out of date: ask whether it still holds.')}" if days >= STALE_DAYS else said


def how_long(found: Found, now: datetime) -> str:
    if not found["expires_on"]:
        return ""
    expires = date.fromisoformat(found["expires_on"])
    there = (now + timedelta(hours=found["hours"] or 0)).date()
    words = {"day": format_date(expires, "d MMM y", locale=languages.locale()), "n": figure((expires - there).days)}
    return ngettext("Expires %(day)s, %(n)s day after it comes.", "Expires %(day)s, %(n)s days after it comes.",
                    (expires - there).days) % words  # fmt: skip


def for_whom(found: Found) -> str:
    if not found["is_earmarked"]:
        return ""
    purpose = f" ({found['earmark']})" if found["earmark"] else ""
    return _("Its donor gave it for this country.") + purpose


def agreed(found: Found, agreement: str) -> str:
    if not found["parts"]["agreement"]:
        return _("No agreement in force is known with the country that it comes from.")
    return (
        _("Agreement in force: %(title)s.") % {"title": agreement} if agreement else _("It is in the country itself.")
    )


def figure(value: float) -> str:
    return _figure(value, languages.current().code)


@lru_cache(maxsize=10_000)
def _figure(value: float, language: str) -> str:
    """Babel takes 20 µs for a number, and the reasons of a request hold two thousand."""
    return number(value)


def hours(many: float) -> str:
    """31 h; days where there are many."""
    if many >= 72:
        return _("%(n)s d") % {"n": figure(round(many / 24, 1))}
    return _("%(n)s h") % {"n": figure(round(many) if many >= 10 else round(many, 1))}
