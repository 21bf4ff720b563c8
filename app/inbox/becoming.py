"""The event that a candidate would become, in the shape of `EventIn`, and those that are here already and may be the same."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from app import languages
from app.errors import Invalid
from app.events.duplicates import Asked, rated
from app.events.schemas import EventIn, GeometryIn
from app.events.writing_queries import likely_duplicates
from app.geo import Point
from app.inbox import writing_queries as queries
from app.inbox.likeness import kin_of
from app.inbox.models import Candidate
from app.inbox.wording import POINTS, beside, summaries
from app.languages import gettext as _
from app.permissions import By
from app.writing import understood

MOST_AREAS, MOST_COUNTRIES, MOST_GLIDES = 300, 60, 20
SAME_MOMENT = timedelta(minutes=5)
LIKELY = 0.6  # from here on somebody has to say that it is another one

State = dict[str, Any]


def state_of(db: Session, candidate: Candidate) -> State:
    """What the form of a new event begins with. What no feed says stays empty."""
    at, countries = candidate.started_at, queries.touched(db, candidate)
    return {
        "titles": candidate.titles,
        "summary": summaries(queries.said_by_feeds(db, candidate.id)),
        "hazard": candidate.hazard_code,
        "status": status_of(candidate),
        "alert_level": candidate.alert_level,
        "alert_reason": why_alert(db, candidate),
        "started_at": at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None,
        "started_precision": precision_of(candidate),
        "ended_at": ended(candidate),
        "countries": countries[:MOST_COUNTRIES],
        "areas": queries.areas_within(db, candidate.areas, countries)[:MOST_AREAS],
        "glide": candidate.glides[:MOST_GLIDES],
        "place": place_of(candidate),
        "geometry": shape_of(db, candidate.id),
        "geometry_precision": "approximate" if candidate.geometry is not None else None,
        "exercise": candidate.is_exercise or candidate.is_test,
        "visibility": "public",
    }


def why_alert(db: Session, candidate: Candidate) -> str | None:
    """Which feeds say so; the event's history keeps it, in English for all readers."""
    feeds = [
        name
        for name, said in queries.said_by_feeds(db, candidate.id)
        if said.get("alert_level") == candidate.alert_level
    ]
    return f"Alert level of {', '.join(feeds)}" if candidate.alert_level and feeds else None


def status_of(candidate: Candidate) -> str:
    if candidate.ended_at and candidate.ended_at < datetime.now(UTC):
        return "closed"
    is_ahead = candidate.started_at is not None and candidate.started_at > datetime.now(UTC)
    return "alert" if is_ahead else "ongoing"


def precision_of(candidate: Candidate) -> str:
    if kin_of(candidate.hazard_code) in ("shock", "TS"):
        return "minute"
    at = candidate.started_at
    return "day" if at is None or (at.hour, at.minute) == (0, 0) else "hour"


def ended(candidate: Candidate) -> str | None:
    """Only an end that can be one."""
    began, end = candidate.started_at, candidate.ended_at
    return end.astimezone(UTC).isoformat().replace("+00:00", "Z") if end and began and end >= began else None


def place_of(candidate: Candidate) -> dict[str, str]:
    return {lang: beside(lang, candidate.town) for lang in POINTS} if candidate.town else {}


def shape_of(db: Session, id: UUID) -> Mapping[str, Any] | None:
    """The geometry; a point inside it where it is more than an event takes."""
    whole, point = queries.shapes_of(db, id)
    if whole is None:
        return None
    try:
        return GeometryIn.model_validate(whole).model_dump()
    except ValueError:
        return point


def event_of(db: Session, candidate: Candidate) -> EventIn:
    """Raises Invalid where something is missing that an event has to have."""
    told = {name: value for name, value in state_of(db, candidate).items() if value is not None}
    missing = [name for name in ("hazard", "started_at") if name not in told]
    if missing or not told["countries"]:
        raise Invalid.field(
            (missing or ["countries"])[0],
            _("The feeds do not say all that an event has to have. Choose “Edit first” and fill it in."),
        )
    return understood(EventIn, told)


# -- is it here already?


class About(NamedTuple):
    """What is known of a candidate by which the same event would be found."""

    hazard: str | None
    at: datetime | None
    asked_at: datetime
    near: Point | None
    countries: Sequence[str]
    glides: Sequence[str]

    @property
    def asked(self) -> Asked | None:
        return Asked(self.hazard, self.at or self.asked_at, self.near, self.countries) if self.hazard else None

    def rated(self, like: Sequence[State], named: Sequence[State]) -> list[State]:
        """Those that are `like` and those `named` by a GLIDE number of it, the likeliest first, each with `score` and `reason`."""
        asked = self.asked
        found = [self.told_apart(one) for one in rated(asked, like)] if asked else []
        words = _("the same GLIDE number, %(glide)s")
        sure = [one | {"score": 1.0, "reason": words % {"glide": one["glide"]}} for one in named]
        refs = {one["ref"] for one in sure}
        return [*sure, *sorted((one for one in found if one["ref"] not in refs), key=lambda one: -one["score"])]

    def told_apart(self, one: State) -> State:
        """Shocks have a second: at the same moment it is the same one, minutes apart another of a sequence."""
        if kin_of(self.hazard) != "shock" or self.at is None or one["started_precision"] not in ("minute", "hour"):
            return one
        apart = abs(datetime.fromisoformat(one["started_at"]) - self.at)
        is_same = apart <= (SAME_MOMENT if one["started_precision"] == "minute" else timedelta(hours=1))
        other = _("but not at the same moment: perhaps another shock of a sequence")
        reason = _("at the same moment") if is_same else other
        score = (1 + one["score"]) / 2 if is_same else one["score"] / 2
        return one | {"score": round(score, 2), "reason": f"{one['reason']}, {reason}"}


def about(candidate: Candidate, point: Mapping[str, Any] | None) -> About:
    near = Point(*point["coordinates"]) if point else None
    return About(
        candidate.hazard_code, candidate.started_at, candidate.created_at, near, candidate.countries, candidate.glides
    )


def proposals(db: Session, by: By, candidate: Candidate) -> list[State]:
    """The events that may be the same."""
    _whole, point = queries.shapes_of(db, candidate.id)
    known, lang = about(candidate, point), languages.current().code
    like = likely_duplicates(db, by, known.asked, lang) if known.asked else []
    return known.rated(like, queries.events_with_glide(db, by, candidate.glides, lang))


def likely(found: Sequence[State]) -> list[State]:
    return [one for one in found if one["score"] >= LIKELY]
