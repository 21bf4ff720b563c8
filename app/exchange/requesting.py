"""A request for assistance as EDXL-RM: RequestResource."""

from app.exchange.naming import (
    Record,
    Site,
    element,
    located,
    maybe_moment,
    moment,
    party,
    quantity,
    replaced,
    resource,
    specified,
)
from app.formats.edxl_rm import Assignment, Incident, Information, Location, Message, Schedule
from app.languages import gettext as _

REQUEST = "RequestResource"


def request_resource(site: Site, request: Record) -> Message:
    """What is asked for. A request that was changed or cancelled replaces the message that it was first told by."""
    sent = moment(request["updated_at"])
    first = moment(request["submitted_at"] or request["updated_at"])
    id, recall = replaced(site, request["ref"], REQUEST, first, sent, request["status"] in ("cancelled", "rejected"))
    return Message(
        type=REQUEST,
        id=id,
        sent=sent,
        description=described(request),
        originating=site.message(request["ref"], REQUEST),
        incidents=incidents(request["event"]),
        recall=recall,
        contacts=[party("Requester", request["requester"]["organisation"])],
        information=[asked(site, request, line) for line in wanted(request["lines"])],
    )


def described(request: Record) -> str:
    priority = _("Priority: %(priority)s.") % {"priority": request["priority"]}
    return "\n".join(filter(None, [request["title"], request["description"], priority]))


def incidents(event: Record | None) -> list[Incident]:
    return [Incident(event["ref"], event["title"])] if event else []


def wanted(lines: list[Record]) -> list[Record]:
    """Without those that were cancelled; all of a request that is over, since a message is about something."""
    return [line for line in lines if not line["cancelled_at"]] or lines


def asked(site: Site, request: Record, line: Record) -> Information:
    what = line["resource"]
    return Information(
        id=element(line["no"]),
        resource=resource(
            site,
            what["kind"],
            what["code"],
            what["name"],
            keywords=specified(site, line["specification"]),
            description=line["description"] or "",
            special_requirements=alternatives(line),
        ),
        assignment=Assignment(quantity(site, line["quantity"], line["unit"]), function=request["title"]),
        schedules=schedules(request, line),
    )


def alternatives(line: Record) -> str:
    names = ", ".join(each["name"] for each in line["alternatives"])
    return _("Would do as well: %(names)s.") % {"names": names} if names else ""


def schedules(request: Record, line: Record) -> list[Schedule]:
    """When it is needed, and where to."""
    place = delivered_to(request["deliver_to"])
    arrival = Schedule("RequestedArrival", maybe_moment(line["needed_by"]), place)
    return [arrival] if arrival.at else [Schedule("ReportTo", location=place)] if place else []


def delivered_to(deliver: Record) -> Location | None:
    names = [deliver["place"], *(each["name"] for each in (deliver["area"], deliver["entry_point"]) if each)]
    return located(", ".join(filter(None, names)), deliver["geometry"])
