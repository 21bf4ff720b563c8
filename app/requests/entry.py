"""A request as it is written: from what was said to its rows. What cannot be is named by its field."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.errors import Forbidden, Invalid
from app.events import writing_queries as events
from app.events.models import Event
from app.languages import gettext as _
from app.permissions import By
from app.requests import writing_queries as queries
from app.requests.models import Request, RequestLine
from app.requests.schemas import DeliverIn, RequestIn, RequestLineIn

Problem = dict[str, str]
PLAIN = ("titles", "descriptions", "priority", "needed_by", "audience")


def write(db: Session, by: By, request: Request, new: RequestIn) -> queries.State:
    """Put what was said into the rows, and answer the state after. Raises Invalid, naming every field that is wrong."""
    event = events.event_seen(db, by, new.event) if new.event else None
    known = Known(db, new)
    refuse([*wrong_places(db, new), *wrong_event(new, event), *wrong_lines(new, known)])
    for name in PLAIN:
        setattr(request, name, getattr(new, name))
    request.country_iso3, request.is_exercise = new.country, new.exercise
    request.event_id = event.id if event else None
    request.demonstration = request.demonstration or bool(event and event.demonstration)
    request.visibility = "own" if request.submitted_at is None else new.audience
    place(db, request, new.deliver_to)
    db.add(request)
    db.flush()
    write_lines(db, request, new.lines, known)
    db.refresh(request)
    if queries.request_seen(db, by, str(request.id)) is None:
        raise Forbidden(_("Then you could not see it yourself. Choose who may see it so that you can."))
    return queries.state_of(db, request.id)


def refuse(wrong: list[Problem]) -> None:
    if wrong:
        raise Invalid(" ".join(one["message"] for one in wrong), wrong)


class Known:
    """The codes that a request names, as far as they are known, with the unit that each is counted in."""

    def __init__(self, db: Session, new: RequestIn) -> None:
        named = [code for line in new.lines for code in (line.code, *line.alternatives) if code]
        self.items, self.types, self.units = (
            queries.units_of_items(db, named), queries.units_of_types(db, named), queries.units(db),
        )  # fmt: skip

    def unit_of(self, line: RequestLineIn) -> str | None:
        """The unit that a line is counted in; None: it has to be said."""
        if line.unit or not line.code:
            return line.unit
        return self.items.get(line.code) if line.kind == "item" else self.types[line.code][0]


# -- what cannot be


def wrong_places(db: Session, new: RequestIn) -> Iterator[Problem]:
    if not queries.is_country(db, new.country):
        text = _("There is no country “%(code)s”: write ISO 3166-1 alpha-3, such as KAZ.")
        yield {"field": "country", "message": text % {"code": new.country}}
    area, crossing = new.deliver_to.area, new.deliver_to.entry_point
    if area and area_of(db, area)[1] != new.country:
        text = _("There is no area “%(code)s” in this country; the codes are at /api/v1/areas.")
        yield {"field": "deliver_to.area", "message": text % {"code": area}}
    if crossing and queries.entry_point_with(db, crossing) is None:
        yield {"field": "deliver_to.entry_point", "message": _("There is no “%(code)s” here.") % {"code": crossing}}


def area_of(db: Session, code: str) -> tuple[UUID | None, str]:
    today = datetime.now(UTC).date().isoformat()
    return events.areas_named(db, [code], today).get(code, (None, ""))


def wrong_event(new: RequestIn, event: Event | None) -> Iterator[Problem]:
    if new.event and (event is None or event.withdrawn_at):
        yield {"field": "event", "message": _("There is no record %(ref)s here.") % {"ref": new.event}}
    elif event and event.exercise and not new.exercise:
        yield {
            "field": "exercise",
            "message": _("The event is an exercise, so what is asked for it is an exercise, too."),
        }


def wrong_lines(new: RequestIn, known: Known) -> Iterator[Problem]:
    for at, line in enumerate(new.lines):
        if message := wrong_code(line, known):
            yield {"field": f"lines.{at}.code", "message": message}
        elif (unit := known.unit_of(line)) is None or unit not in known.units:
            yield {
                "field": f"lines.{at}.unit",
                "message": _("Say in which unit it is counted; the codes are at /api/v1/reference/units."),
            }
        for code in line.alternatives:
            if code not in known.items and code not in known.types:
                message = _("There is no “%(code)s” here.") % {"code": code}
                yield {"field": f"lines.{at}.alternatives", "message": message}


def wrong_code(line: RequestLineIn, known: Known) -> str:
    """What is wrong with the code of a line; nothing where it is right."""
    if line.code is None:
        return ""
    if line.kind == "item" and line.code not in known.items:
        return _("There is no item “%(code)s”; describe it in words instead.") % {"code": line.code}
    if line.kind != "item" and line.code not in known.types:
        text = _("There is no resource type “%(code)s”; the codes are at /api/v1/reference/resource-types.")
        return text % {"code": line.code}
    if line.kind == "expertise" and known.types[line.code][1] != "expert":
        return _("“%(code)s” is no field of experts: ask for it as a team or as equipment.") % {"code": line.code}
    return ""


# -- into the rows


def place(db: Session, request: Request, said: DeliverIn) -> None:
    request.deliver_place, request.contact = said.place, said.contact
    request.deliver_location = events.as_geometry(said.geometry.model_dump() if said.geometry else None)
    request.deliver_area_id = area_of(db, said.area)[0] if said.area else None
    request.deliver_entry_point_id = queries.entry_point_with(db, said.entry_point) if said.entry_point else None


def write_lines(db: Session, request: Request, said: list[RequestLineIn], known: Known) -> None:
    """Lines with the number of one that is there change it, the others are new; what is not said any more goes.

    Of what others have seen, it is cancelled: they may have begun an offer for it, which nobody else sees.
    """
    lines = queries.lines_of(db, request.id)
    following = iter(range(max([*lines, *(line.no or 0 for line in said), 0]) + 1, 1_000_000))
    kept = {line.no or next(following): line for line in said}
    for no, line in lines.items():
        if no not in kept and line.cancelled_at is None:
            if request.submitted_at is None:
                db.delete(line)
            else:
                line.cancelled_at = datetime.now(UTC)
    for no, new in kept.items():
        line = lines.get(no) or RequestLine(request_id=request.id, no=no)
        line.cancelled_at = None
        for name, value in columns(new, known).items():
            setattr(line, name, value)
        db.add(line)
    db.flush()


def columns(new: RequestLineIn, known: Known) -> Mapping[str, Any]:
    plain = ("kind", "description", "alternatives", "quantity", "priority", "needed_by", "unit_price", "currency")
    return {
        **{name: getattr(new, name) for name in plain},
        "item_code": new.code if new.kind == "item" else None,
        "resource_type_code": None if new.kind == "item" else new.code,
        "specification": new.specification.kept if new.specification else None,
        "unit_code": known.unit_of(new),
    }
