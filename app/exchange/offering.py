"""An offer as EDXL-RM: the answer to a request or an unsolicited offer; once it is accepted, what is ordered and committed of it."""

from app.errors import NotFound
from app.exchange.naming import (
    Record,
    Site,
    element,
    maybe_moment,
    moment,
    party,
    quantity,
    replaced,
    resource,
    specified,
)
from app.exchange.requesting import REQUEST, delivered_to, incidents
from app.formats.edxl_rm import Assignment, Contact, Information, Message, Resource, Response, Schedule
from app.languages import gettext as _

ANSWER, OFFER, ORDER, COMMIT = (
    "ResponseToRequestResource",
    "OfferUnsolicitedResource",
    "RequisitionResource",
    "CommitResource",
)
ACCEPTED = ("accepted", "partly_accepted")
OVER = ("withdrawn", "lapsed")


def latest(offer: Record) -> str:
    """The message that says what holds now."""
    return COMMIT if offer["status"] in ACCEPTED else offering(offer)


def offering(offer: Record) -> str:
    return ANSWER if offer["request"] else OFFER


def began_with(site: Site, offer: Record) -> str:
    """The message that all others on this offer go back to."""
    request = offer["request"]
    return site.message(request["ref"], REQUEST) if request else site.message(offer["ref"], OFFER)


def offer_resource(site: Site, offer: Record, type: str) -> Message:
    """What is offered. Raises NotFound where the offer is not of this kind."""
    if type != offering(offer):
        raise NotFound(_("This offer is told by another message: %(type)s.") % {"type": offering(offer)})
    sent, is_answer = moment(offer["updated_at"]), type == ANSWER
    first = moment(offer["submitted_at"] or offer["updated_at"])
    id, recall = replaced(site, offer["ref"], type, first, sent, offer["status"] in OVER)
    lines = [line for line in offer["lines"] if line["request_line"] or not is_answer]
    return Message(
        type=type,
        id=id,
        sent=sent,
        description=described(offer, [line for line in offer["lines"] if line not in lines]),
        originating=began_with(site, offer) if is_answer else site.message(offer["ref"], OFFER),
        preceding=began_with(site, offer) if is_answer else "",
        incidents=incidents(offer["event"]),
        recall=recall,
        funding=offer["financing"] if is_answer else "",
        contacts=[party("Sender", offer["organisation"])],
        information=[offered(site, offer, line, is_answer) for line in lines],
    )


def described(offer: Record, beside: list[Record]) -> str:
    """Title and conditions; and what is offered beside the lines of the request, which an answer has no element for."""
    extra = [f"+ {line['quantity']:g} {line['unit']}: {line['name']}" for line in beside]
    return "\n".join(filter(None, [offer["title"], offer["conditions"], *extra]))


def offered(site: Site, offer: Record, line: Record, is_answer: bool) -> Information:
    available = maybe_moment(offer["available_from"])
    return Information(
        id=element(line["no"]),
        response=answer(offer, line) if is_answer else None,
        resource=thing(site, offer, line),
        assignment=Assignment(
            quantity(site, line["quantity"], line["unit"]),
            restrictions=offer["conditions"] or "",
            function=offer["title"],
        ),
        schedules=[Schedule("BeginAvailable", available)] if available else [],
    )


def answer(offer: Record, line: Record) -> Response:
    """An offer accepts the request; with conditions it does so provisionally."""
    conditions = offer["conditions"] or ""
    return Response(element(line["request_line"]["no"]), "Provisional" if conditions else "Accept", conditions)


def thing(site: Site, offer: Record, line: Record) -> Resource:
    kind, named = ("item", line["item"]) if line["item"] else ("type", line["type"])
    return resource(
        site,
        kind,
        named["code"] if named else None,
        line["name"],
        keywords=specified(site, line["specification"]),
        description=line["description"] or "",
        owner=offer["organisation"]["name"],
    )


# -- once it is accepted


def order_resource(site: Site, offer: Record, request: Record | None) -> Message:
    """What is ordered of it, by whoever asked. Raises NotFound before it is accepted."""
    return decided(
        site,
        offer,
        ORDER,
        preceding=site.message(offer["ref"], offering(offer)),
        contact=asker(offer, request),
        funding=offer["financing"] or _("Not said in the offer"),
        information=[ordered(site, offer, request, line) for line in taken(offer)],
    )


def commit_resource(site: Site, offer: Record) -> Message:
    """What its holder has committed. Raises NotFound before it is accepted."""
    return decided(
        site,
        offer,
        COMMIT,
        preceding=site.message(offer["ref"], ORDER),
        contact=party("Sender", offer["organisation"]),
        funding="",
        information=[committed(site, offer, line) for line in taken(offer)],
    )


def decided(
    site: Site, offer: Record, type: str, preceding: str, contact: Contact, funding: str, information: list[Information]
) -> Message:
    if offer["status"] not in ACCEPTED or not information:
        raise NotFound(_("Nothing of this offer is accepted."))
    sent = moment(offer["updated_at"])
    id, recall = replaced(
        site, offer["ref"], type, moment(offer["decided_at"] or offer["updated_at"]), sent, is_off=False
    )
    return Message(
        type=type,
        id=id,
        sent=sent,
        description=offer["decision_reason"],
        originating=began_with(site, offer),
        preceding=preceding,
        incidents=incidents(offer["event"]),
        recall=recall,
        funding=funding,
        contacts=[contact],
        information=information,
    )


def taken(offer: Record) -> list[Record]:
    """The lines of which something is accepted and not given back."""
    return [line for line in offer["lines"] if line["quantity_accepted"] > line["quantity_released"]]


def asker(offer: Record, request: Record | None) -> Contact:
    if request:
        return party("Requester", request["requester"]["organisation"])
    return Contact("Requester", offer["country"]["name"] if offer["country"] else offer["title"])


def ordered(site: Site, offer: Record, request: Record | None, line: Record) -> Information:
    place = delivered_to(request["deliver_to"]) if request else None
    arrival = maybe_moment(request["needed_by"]) if request else None
    return Information(
        id=element(line["no"]),
        resource=thing(site, offer, line),
        assignment=assignment(site, line),
        schedules=[Schedule("RequestedArrival", arrival, place)] if arrival else [],
    )


def committed(site: Site, offer: Record, line: Record) -> Information:
    return Information(
        id=element(line["no"]),
        response=Response(element(line["no"]), "Accept"),
        resource=thing(site, offer, line),
        assignment=assignment(site, line),
        schedules=[Schedule("Committed", moment(offer["decided_at"] or offer["updated_at"]))],
    )


def assignment(site: Site, line: Record) -> Assignment:
    return Assignment(quantity(site, line["quantity_accepted"] - line["quantity_released"], line["unit"]))
