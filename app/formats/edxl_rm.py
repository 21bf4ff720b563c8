"""Writes EDXL-RM 1.0 (OASIS Emergency Data Exchange Language, Resource Messaging): plain values in, the bytes of one message
out. Knows no noun of ours.

Elements come in the order of the schemas; what is empty is left out. What a message itself holds is in the namespace of
messages, what lies in the common types is in that of the standard. Times are written as in CAP: with an offset, never with Z.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring  # writes only

from app.formats.cap import legible, number, when

MEDIA = "application/xml"
COMMON = "urn:oasis:names:tc:emergency:EDXL:RM:1.0"
MESSAGE = f"{COMMON}:msg"
GEO = "urn:oasis:names:tc:emergency:EDXL:HAVE:1.0:geo-oasis"
GML = "http://www.opengis.net/gml"
for prefix, namespace in (("rmsg", MESSAGE), ("rm", COMMON), ("geo-oasis", GEO), ("gml", GML)):
    register_namespace(prefix, namespace)

Position = tuple[float, float]  # longitude, latitude


@dataclass(frozen=True)
class Listed:
    """A value of a managed list, and the address of that list."""

    list: str
    value: str


@dataclass(frozen=True)
class Quantity:
    amount: Decimal
    unit: Listed | None = None


@dataclass(frozen=True)
class Location:
    description: str = ""
    point: Position | None = None


@dataclass(frozen=True)
class Schedule:
    type: str
    at: datetime | None = None
    location: Location | None = None


@dataclass(frozen=True)
class Contact:
    role: str
    description: str
    location: Location | None = None


@dataclass(frozen=True)
class Status:
    deployment: Listed | None = None
    availability: str = ""


@dataclass(frozen=True)
class Resource:
    """`id`, `name` or `type` has to be there."""

    id: str = ""
    name: str = ""
    type: Listed | None = None
    keywords: Sequence[Listed] = ()
    description: str = ""
    special_requirements: str = ""
    owner: str = ""
    jurisdiction: str = ""
    status: Status | None = None


@dataclass(frozen=True)
class Response:
    """The answer to what stands as `preceding` in the message before: Accept, Decline or Provisional, the last with a reason."""

    preceding: str
    type: str
    reason: str = ""


@dataclass(frozen=True)
class Assignment:
    quantity: Quantity | None = None
    restrictions: str = ""
    function: str = ""
    transport: str = ""
    reporting: str = ""


@dataclass(frozen=True)
class Information:
    """One resource of a message; `id` is unique within it."""

    id: str
    response: Response | None = None
    resource: Resource | None = None
    assignment: Assignment | None = None
    schedules: Sequence[Schedule] = ()


@dataclass(frozen=True)
class Recall:
    """This message replaces an earlier one: Update or Cancel."""

    id: str
    type: str


@dataclass(frozen=True)
class Incident:
    id: str
    description: str = ""


@dataclass(frozen=True)
class Message:
    type: str
    id: str
    sent: datetime
    originating: str
    contacts: Sequence[Contact]
    preceding: str = ""
    description: str = ""
    incidents: Sequence[Incident] = ()
    recall: Recall | None = None
    funding: str = ""
    information: Sequence[Information] = ()


def written(message: Message) -> bytes:
    """The message as UTF-8."""
    root = Element(f"{{{MESSAGE}}}{message.type}")
    put(root, "MessageID", message.id)
    put(root, "SentDateTime", when(message.sent))
    put(root, "MessageContentType", message.type)
    put(root, "MessageDescription", message.description)
    put(root, "OriginatingMessageID", message.originating)
    put(root, "PrecedingMessageID", message.preceding)
    for incident in message.incidents:
        inside = below(root, "IncidentInformation")
        put(inside, "IncidentID", incident.id, COMMON)
        put(inside, "IncidentDescription", incident.description, COMMON)
    if message.recall:
        inside = below(root, "MessageRecall")
        put(inside, "RecallMessageID", message.recall.id, COMMON)
        put(inside, "RecallType", message.recall.type, COMMON)
    if message.funding:
        put(below(root, "Funding"), "FundingInfo", message.funding, COMMON)
    for contact in message.contacts:
        put_contact(below(root, "ContactInformation"), contact)
    for information in message.information:
        put_information(below(root, "ResourceInformation"), information)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def put_contact(inside: Element, contact: Contact) -> None:
    put(inside, "ContactDescription", contact.description, COMMON)
    put(inside, "ContactRole", contact.role, COMMON)
    if contact.location:
        put_location(below(inside, "ContactLocation", COMMON), contact.location)


def put_information(inside: Element, information: Information) -> None:
    put(inside, "ResourceInfoElementID", information.id)
    if information.response:
        put_response(below(inside, "ResponseInformation"), information.response)
    if information.resource:
        put_resource(below(inside, "Resource"), information.resource)
    if information.assignment:
        put_assignment(below(inside, "AssignmentInformation"), information.assignment)
    for schedule in information.schedules:
        put_schedule(below(inside, "ScheduleInformation"), schedule)


def put_response(inside: Element, response: Response) -> None:
    put(inside, "PrecedingResourceInfoElementID", response.preceding, COMMON)
    put(inside, "ResponseType", response.type, COMMON)
    put(inside, "ResponseReason", response.reason, COMMON)


def put_resource(inside: Element, resource: Resource) -> None:
    put(inside, "ResourceID", resource.id)
    put(inside, "Name", resource.name)
    put_listed(inside, "TypeStructure", resource.type)
    for keyword in resource.keywords:
        put_listed(inside, "Keyword", keyword)
    put(inside, "Description", resource.description)
    put(inside, "SpecialRequirements", resource.special_requirements)
    if resource.owner or resource.jurisdiction:
        owned = below(inside, "OwnershipInformation")
        put(owned, "Owner", resource.owner, COMMON)
        put(owned, "OwningJurisdiction", resource.jurisdiction, COMMON)
    if resource.status:
        status = below(inside, "ResourceStatus")
        put_listed(status, "DeploymentStatus", resource.status.deployment)
        put(status, "Availability", resource.status.availability)


def put_assignment(inside: Element, assignment: Assignment) -> None:
    if assignment.quantity:
        measured = below(below(inside, "Quantity"), "MeasuredQuantity", COMMON)
        put(measured, "Amount", f"{assignment.quantity.amount:f}", COMMON)
        put_listed(measured, "UnitOfMeasure", assignment.quantity.unit, COMMON)
    put(inside, "Restrictions", assignment.restrictions)
    put(inside, "AnticipatedFunction", assignment.function)
    if assignment.transport or assignment.reporting:
        instructions = below(inside, "AssignmentInstructions")
        put(instructions, "ModeOfTransportation", assignment.transport, COMMON)
        put(instructions, "ReportingInstructions", assignment.reporting, COMMON)


def put_schedule(inside: Element, schedule: Schedule) -> None:
    put(inside, "ScheduleType", schedule.type)
    put(inside, "DateTime", when(schedule.at))
    if schedule.location:
        put_location(below(inside, "Location"), schedule.location)


def put_location(inside: Element, location: Location) -> None:
    put(inside, "LocationDescription", location.description, COMMON)
    if location.point:
        lon, lat = location.point
        where = below(below(inside, "TargetArea", COMMON), "where", GEO)
        put(below(where, "Point", GML), "pos", f"{number(lat)} {number(lon)}", GML)


def put_listed(inside: Element, name: str, listed: Listed | None, namespace: str = MESSAGE) -> None:
    if listed:
        pair = below(inside, name, namespace)
        put(pair, "ValueListURN", listed.list, COMMON)
        put(pair, "Value", listed.value, COMMON)


def below(inside: Element, name: str, namespace: str = MESSAGE) -> Element:
    return SubElement(inside, f"{{{namespace}}}{name}")


def put(inside: Element, name: str, text: str, namespace: str = MESSAGE) -> None:
    if text := legible(text):
        below(inside, name, namespace).text = text
