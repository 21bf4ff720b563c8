"""EDXL-RM 1.0 as a table, and what a message breaks of it: names and namespaces, order, how often, code lists, and what each
type of message must or must not hold.

Written after the element reference of the standard (OASIS, 1 November 2008, with the errata of 22 December 2009); the
schemas themselves hold the same order. ContactRole and the lists below are those of its section on common types.
"""

import re
from collections.abc import Iterator

from lxml import etree

from app.formats.edxl_rm import COMMON, GEO, GML, MESSAGE

# -- the tree: what may stand in an element, in this order: (name, least, most)

MANY = 10**6
Part = tuple[str, int, int]
TREE: dict[str, list[Part]] = {
    "message": [
        ("m:MessageID", 1, 1), ("m:SentDateTime", 1, 1), ("m:MessageContentType", 1, 1), ("m:MessageDescription", 0, 1),
        ("m:OriginatingMessageID", 1, 1), ("m:PrecedingMessageID", 0, 1), ("m:IncidentInformation", 0, MANY),
        ("m:MessageRecall", 0, 1), ("m:Funding", 0, MANY), ("m:ContactInformation", 1, MANY), ("m:ResourceInformation", 1, MANY),
    ],
    "m:IncidentInformation": [("r:IncidentID", 0, 1), ("r:IncidentDescription", 0, 1)],
    "m:MessageRecall": [("r:RecallMessageID", 1, 1), ("r:RecallType", 1, 1)],
    "m:Funding": [("r:FundCode", 0, 1), ("r:FundingInfo", 0, 1)],
    "m:ContactInformation": [
        ("r:ContactDescription", 0, 1), ("r:ContactRole", 0, 1), ("r:Radio", 0, MANY), ("r:ContactLocation", 0, 1),
        ("r:AdditionalContactInformation", 0, 1),
    ],
    "m:ResourceInformation": [
        ("m:ResourceInfoElementID", 1, 1), ("m:ResponseInformation", 0, 1), ("m:Resource", 0, 1),
        ("m:AssignmentInformation", 0, 1), ("m:ScheduleInformation", 0, MANY),
    ],
    "m:ResponseInformation": [
        ("r:PrecedingResourceInfoElementID", 1, 1), ("r:ResponseType", 1, 1), ("r:ReasonCode", 0, 1), ("r:ResponseReason", 0, 1),
    ],
    "m:Resource": [
        ("m:ResourceID", 0, 1), ("m:Name", 0, 1), ("m:TypeStructure", 0, 1), ("m:TypeInfo", 0, 1), ("m:Keyword", 0, MANY),
        ("m:Description", 0, 1), ("m:Credentials", 0, 1), ("m:Certifications", 0, 1), ("m:SpecialRequirements", 0, 1),
        ("m:ResponsibleParty", 0, 1), ("m:OwnershipInformation", 0, 1), ("m:ResourceStatus", 0, 1),
    ],
    "m:OwnershipInformation": [
        ("r:Owner", 0, 1), ("r:OwningJurisdiction", 0, 1), ("r:HomeDispatch", 0, 1), ("r:HomeUnit", 0, 1),
    ],
    "m:ResourceStatus": [("m:InventoryRefreshDateTime", 0, 1), ("m:DeploymentStatus", 0, 1), ("m:Availability", 0, 1)],
    "m:AssignmentInformation": [
        ("m:Quantity", 0, 1), ("m:Restrictions", 0, 1), ("m:AnticipatedFunction", 0, 1), ("m:PriceQuote", 0, 1),
        ("m:OrderID", 0, 1), ("m:AssignmentInstructions", 0, 1),
    ],
    "m:AssignmentInstructions": [
        ("r:ModeOfTransportation", 0, 1), ("r:NavigationInstructions", 0, 1), ("r:ReportingInstructions", 0, 1),
    ],
    "m:Quantity": [("r:MeasuredQuantity", 1, 1)],
    "r:MeasuredQuantity": [("r:Amount", 1, 1), ("r:UnitOfMeasure", 0, 1)],
    "m:ScheduleInformation": [("m:ScheduleType", 1, 1), ("m:DateTime", 0, 1), ("m:Location", 0, 1)],
    "r:TargetArea": [("g:where", 1, 1)],
    "g:where": [("gml:Point", 1, 1)],
    "gml:Point": [("gml:pos", 1, 1)],
}  # fmt: skip
for place in ("m:Location", "r:ContactLocation"):
    TREE[place] = [("r:LocationDescription", 0, 1), ("r:Address", 0, 1), ("r:TargetArea", 0, 1)]
for pair in ("m:TypeStructure", "m:Keyword", "m:DeploymentStatus", "r:UnitOfMeasure", "r:ReasonCode"):
    TREE[pair] = [("r:ValueListURN", 1, 1), ("r:Value", 1, MANY)]

SHORT = {MESSAGE: "m", COMMON: "r", GEO: "g", GML: "gml"}

# -- the code lists

ARRIVALS = [f"{kind}{what}" for what in ("Arrival", "Departure", "ReturnDeparture", "ReturnArrival")
            for kind in ("Requested", "Estimated", "Actual")]  # fmt: skip
ACTUAL_RETURNS = ("ActualReturnArrival", "ActualReturnDeparture")
ACTUAL = (*ACTUAL_RETURNS, "ActualArrival", "ActualDeparture")
SCHEDULES = {*ARRIVALS, "BeginAvailable", "EndAvailable", "Committed", "Current", "ReportTo", "Route"}
LISTS = {
    "r:RecallType": {"Update", "Cancel"},
    "r:ResponseType": {"Accept", "Decline", "Provisional"},
    "r:ContactRole": {"Sender", "Requester", "SubjectMatterExpert", "Approver", "RespondingOrg", "Owner"},
    "m:ScheduleType": SCHEDULES,
}
TYPES = {
    "RequestResource", "ResponseToRequestResource", "RequisitionResource", "CommitResource", "RequestInformation",
    "ResponseToRequestInformation", "OfferUnsolicitedResource", "ReleaseResource", "RequestReturn", "ResponseToRequestReturn",
    "RequestQuote", "ResponseToRequestQuote", "RequestResourceDeploymentStatus", "ReportResourceDeploymentStatus",
    "RequestExtendedDeploymentDuration", "ResponseToRequestExtendedDeploymentDuration",
}  # fmt: skip

# -- what each type must hold in each place where it may stand, and what it must not

RESPONSES = {"ResponseToRequestResource", "CommitResource", "ResponseToRequestReturn",
             "ResponseToRequestExtendedDeploymentDuration"}  # fmt: skip
MUST: dict[str, set[str]] = {
    "m:PrecedingMessageID": RESPONSES,
    "m:Funding": {"RequisitionResource"},
    "m:ResponseInformation": RESPONSES,
    "m:Resource": {"RequestResource", "RequisitionResource", "OfferUnsolicitedResource", "ReleaseResource", "RequestReturn",
                   "RequestExtendedDeploymentDuration", "CommitResource", "ResponseToRequestExtendedDeploymentDuration"},
    "m:AssignmentInformation": {"RequisitionResource", "CommitResource"},
    "m:ScheduleInformation": {"CommitResource"},
    "m:Quantity": {"ResponseToRequestResource", "RequisitionResource", "CommitResource", "ReleaseResource"},
    "m:ResourceStatus": {"ResponseToRequestReturn"},
    "m:DeploymentStatus": {"ResponseToRequestReturn"},
    "m:Availability": {"ResponseToRequestReturn"},
}  # fmt: skip
INSIDE = {
    "m:PrecedingMessageID": "message", "m:Funding": "message", "m:ResponseInformation": "m:ResourceInformation",
    "m:Resource": "m:ResourceInformation", "m:AssignmentInformation": "m:ResourceInformation",
    "m:ScheduleInformation": "m:ResourceInformation", "m:Quantity": "m:AssignmentInformation", "m:ResourceStatus": "m:Resource",
    "m:DeploymentStatus": "m:ResourceStatus", "m:Availability": "m:ResourceStatus",
}  # fmt: skip
ASKING = {"RequestResource", "RequisitionResource", "RequestQuote", "RequestResourceDeploymentStatus"}
MUST_NOT: dict[str, set[str]] = {
    "m:PrecedingMessageID": {"RequestResource", "OfferUnsolicitedResource", "RequestExtendedDeploymentDuration"},
    "m:Funding": {"OfferUnsolicitedResource"},
    "m:ResponseInformation": {"RequestResource", "RequisitionResource", "RequestInformation", "OfferUnsolicitedResource",
                              "RequestReturn", "RequestResourceDeploymentStatus", "RequestExtendedDeploymentDuration"},
    "m:ResponsibleParty": {"RequestResource"},
    "m:OwnershipInformation": {"RequestResource"},
    "m:ResourceStatus": ASKING,
    "m:DeploymentStatus": ASKING,
    "m:Availability": {*ASKING, "CommitResource"},
    "m:PriceQuote": {"RequestResource", "RequestQuote"},
    "m:AssignmentInstructions": {"RequestResource", "RequestExtendedDeploymentDuration"},
}  # fmt: skip
ONLY_SCHEDULES = {
    "RequestResource": {"RequestedArrival", "RequestedDeparture", "EstimatedReturnArrival", "EstimatedReturnDeparture",
                        "ReportTo", "Route"},
    "ResponseToRequestResource": SCHEDULES - {*ACTUAL, "Committed", "Current"},
    "RequisitionResource": SCHEDULES - {*ACTUAL, "Committed", "Current"},
    "CommitResource": SCHEDULES - {"ActualArrival", *ACTUAL_RETURNS},
    "OfferUnsolicitedResource": {"EstimatedArrival", "EstimatedDeparture", "RequestedReturnArrival",
                                 "RequestedReturnDeparture", "BeginAvailable", "EndAvailable", "Route"},
    "ReleaseResource": SCHEDULES - {"ActualReturnArrival"},
    "RequestReturn": SCHEDULES - {"EstimatedReturnArrival", "EstimatedReturnDeparture", *ACTUAL_RETURNS},
    "ResponseToRequestReturn": SCHEDULES - {"ActualReturnArrival"},
    "RequestExtendedDeploymentDuration": SCHEDULES - {*ACTUAL_RETURNS, "BeginAvailable", "EndAvailable"},
    "ResponseToRequestExtendedDeploymentDuration": SCHEDULES - {*ACTUAL_RETURNS, "BeginAvailable"},
}  # fmt: skip
AT_LEAST_ONE = {
    "m:IncidentInformation": ("r:IncidentID", "r:IncidentDescription"),
    "m:Funding": ("r:FundCode", "r:FundingInfo"),
    "m:ContactInformation": ("r:ContactDescription", "r:ContactRole"),
    "m:Resource": ("m:ResourceID", "m:Name", "m:TypeStructure"),
    "m:OwnershipInformation": ("r:Owner", "r:OwningJurisdiction"),
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")


def broken(document: bytes) -> list[str]:
    """What a message breaks of the standard, in words; empty where it keeps it."""
    root = etree.fromstring(document)
    type = etree.QName(root).localname
    if etree.QName(root).namespace != MESSAGE or type not in TYPES:
        return [f"no such message: {root.tag}"]
    return [*tree_of(root, "message"), *codes_of(root, type), *conditions_of(root, type)]


def name(element: etree._Element) -> str:
    qualified = etree.QName(element)
    return f"{SHORT.get(qualified.namespace or '', qualified.namespace)}:{qualified.localname}"


def tree_of(element: etree._Element, known_as: str) -> Iterator[str]:
    """Names, order and how often."""
    parts = TREE.get(known_as)
    if parts is None:
        if len(element):
            yield f"{known_as} holds elements"
        elif not (element.text or "").strip():
            yield f"{known_as} is empty"
        return
    names = [name(child) for child in element]
    order = [part for part, _least, _most in parts]
    yield from (f"{child} does not stand in {known_as}" for child in names if child not in order)
    if [order.index(child) for child in names if child in order] != sorted(
        order.index(child) for child in names if child in order
    ):
        yield f"{known_as}: order is {names}"
    for part, least, most in parts:
        if not least <= names.count(part) <= most:
            yield f"{known_as}: {names.count(part)} × {part}"
    for child in element:
        yield from tree_of(child, name(child))


def codes_of(root: etree._Element, type: str) -> Iterator[str]:
    for element in root.iter():
        text = element.text or ""
        if (allowed := LISTS.get(name(element))) and text not in allowed:
            yield f"{name(element)} is {text}"
        if name(element) in ("m:SentDateTime", "m:DateTime") and not TIME.fullmatch(text):
            yield f"{name(element)} is {text}"
        if name(element) == "m:MessageContentType" and text != type:
            yield f"MessageContentType is {text} in {type}"
        if name(element) == "m:ScheduleType" and text not in ONLY_SCHEDULES.get(type, SCHEDULES):
            yield f"{text} in {type}"


def conditions_of(root: etree._Element, type: str) -> Iterator[str]:
    for element in [root, *root.iterdescendants()]:
        here = "message" if element is root else name(element)
        inside = {name(child) for child in element}
        for part, types in MUST.items():
            if type in types and INSIDE[part] == here and part not in inside and not is_declined(element):
                yield f"{type}: {here} without {part}"
        for part in inside:
            if type in MUST_NOT.get(part, ()):
                yield f"{type}: {part} is not applicable"
        if here in AT_LEAST_ONE and not inside.intersection(AT_LEAST_ONE[here]):
            yield f"{here}: none of {AT_LEAST_ONE[here]}"
        if here == "m:ResponseInformation":
            yield from reason_of(element)
    yield from doubled(root)


def is_declined(element: etree._Element) -> bool:
    """Who declines need not say of what: only an acceptance names resource, quantity and times."""
    return element.findtext(f".//{{{COMMON}}}ResponseType") == "Decline"


def reason_of(element: etree._Element) -> Iterator[str]:
    said = {name(child): child.text for child in element}
    if said.get("r:ResponseType") == "Provisional" and not {"r:ReasonCode", "r:ResponseReason"} & set(said):
        yield "Provisional without a reason"


def doubled(root: etree._Element) -> Iterator[str]:
    ids = [element.text for element in root.iter(f"{{{MESSAGE}}}ResourceInfoElementID")]
    if len(ids) != len(set(ids)):
        yield f"ResourceInfoElementID twice: {ids}"
