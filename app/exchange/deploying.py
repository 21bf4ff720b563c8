"""A deployment as EDXL-RM: where it stands, its release, and wishes to keep it longer or have it back, with their answers."""

from collections.abc import Callable

from app.errors import NotFound
from app.exchange.naming import Record, Site, element, located, maybe_moment, moment, party, quantity, resource
from app.exchange.offering import COMMIT, OFFER
from app.exchange.requesting import REQUEST
from app.formats.edxl_rm import (
    Assignment,
    Contact,
    Information,
    Listed,
    Location,
    Message,
    Resource,
    Response,
    Schedule,
    Status,
)
from app.languages import gettext as _

REPORT, RELEASE = "ReportResourceDeploymentStatus", "ReleaseResource"
EXTEND, EXTENDED = "RequestExtendedDeploymentDuration", "ResponseToRequestExtendedDeploymentDuration"
RECALL, RECALLED = "RequestReturn", "ResponseToRequestReturn"
WISHES = {EXTEND: "extension", EXTENDED: "extension", RECALL: "recall", RECALLED: "recall"}
ENDS = {
    "departure": "Departure",
    "arrival": "Arrival",
    "return_departure": "ReturnDeparture",
    "return_arrival": "ReturnArrival",
}


def report_deployment_status(site: Site, deployment: Record) -> Message:
    """Where it stands now, and all times that are known of it."""
    times = [*known_times(deployment), *crossing(deployment), *destination(deployment)]
    return message(site, deployment, REPORT, lambda line: information(site, deployment, line, times, transported=True))


def release_resource(site: Site, deployment: Record) -> Message:
    """It is no longer needed where it is. Raises NotFound before that."""
    if deployment["status"] not in ("released", "returned"):
        raise NotFound(_("This deployment has not been released."))
    times = [each for each in known_times(deployment) if each.type != "ActualReturnArrival"]
    return message(site, deployment, RELEASE, lambda line: information(site, deployment, line, times))


def ask_for_change(site: Site, deployment: Record, type: str) -> Message:
    """Keep it longer, or have it back: what was asked last. Raises NotFound where nobody has."""
    change = last_change(deployment, type)
    until = [Schedule("RequestedReturnDeparture", moment(change["until"]))]
    return message(
        site,
        deployment,
        type,
        lambda line: information(site, deployment, line, until),
        no=change["no"],
        sent=change["asked_at"],
        description=change["reason"],
        contacts=[party("Requester", change["organisation"])],
    )


def answer_change(site: Site, deployment: Record, type: str) -> Message:
    """The answer to what was asked last. Raises NotFound while there is none."""
    change = last_change(deployment, type)
    if not change["answer"]:
        raise NotFound(_("Nobody has answered that wish yet."))
    until = [Schedule("RequestedReturnDeparture", moment(change["until"]))] if change["answer"] == "accepted" else []
    asked = EXTEND if type == EXTENDED else RECALL
    return message(
        site,
        deployment,
        type,
        lambda line: information(site, deployment, line, until, answered(line, change), stays(deployment, change)),
        no=change["no"],
        sent=change["answered_at"],
        preceding=named(site, deployment, asked, change["no"]),
        description=change["answer_note"],
    )


def last_change(deployment: Record, type: str) -> Record:
    changes: list[Record] = [each for each in deployment["changes"] if each["kind"] == WISHES[type]]
    if not changes:
        raise NotFound(_("Nobody has asked for that."))
    return changes[-1]


def message(
    site: Site,
    deployment: Record,
    type: str,
    told: Callable[[Record], Information],
    no: int | None = None,
    sent: str | None = None,
    preceding: str = "",
    description: str = "",
    contacts: list[Contact] | None = None,
) -> Message:
    sent_at = moment(sent or deployment["updated_at"])
    commit = site.message(deployment["offer"]["ref"], COMMIT)
    return Message(
        type=type,
        id=named(site, deployment, type, no) if no else site.again(deployment["ref"], type, sent_at),
        sent=sent_at,
        description=description or deployment["purpose"],
        originating=origin(site, deployment),
        preceding=preceding or ("" if type == EXTEND else commit),
        contacts=contacts or [party("Sender", deployment["organisation"])],
        information=[told(line) for line in deployment["lines"]],
    )


def named(site: Site, deployment: Record, type: str, no: int) -> str:
    """The message on a wish: each has a number of its own."""
    return site.message(f"{deployment['ref']}.{no}", type)


def origin(site: Site, deployment: Record) -> str:
    """What all this began with: a request, or an offer that nobody had asked for."""
    request = deployment["request"]
    return site.message(request["ref"], REQUEST) if request else site.message(deployment["offer"]["ref"], OFFER)


def information(
    site: Site,
    deployment: Record,
    line: Record,
    schedules: list[Schedule],
    response: Response | None = None,
    availability: str = "",
    transported: bool = False,
) -> Information:
    return Information(
        id=element(line["no"]),
        response=response,
        resource=sent(site, deployment, line, availability),
        assignment=Assignment(
            quantity(site, line["quantity"], line["unit"]),
            transport=deployment["mode"] or "" if transported else "",
        ),
        schedules=schedules,
    )


def sent(site: Site, deployment: Record, line: Record, availability: str) -> Resource:
    country = deployment["origin"]["country"]
    return resource(
        site,
        line["what"],
        line["code"],
        line["name"],
        id=f"{deployment['ref']}/{line['no']}",
        description=line["description"],
        owner=deployment["organisation"]["name"],
        jurisdiction=country["iso3"] if country else "",
        status=Status(Listed(site.vocabulary("deployment.status"), deployment["status"]), availability),
    )


def answered(line: Record, change: Record) -> Response:
    return Response(
        element(line["no"]), "Accept" if change["answer"] == "accepted" else "Decline", change["answer_note"]
    )


def stays(deployment: Record, change: Record) -> str:
    """The availability that the answer to a wish has to tell of."""
    until = change["until"] if change["answer"] == "accepted" else deployment["ends_at"]
    return _("Until %(until)s") % {"until": until} if until else _("Not said until when")


def known_times(deployment: Record) -> list[Schedule]:
    """Each time that was said of leaving and arriving, there and back."""
    return [
        Schedule(f"{kind.capitalize()}{name}", moment(at))
        for what, name in ENDS.items()
        for kind, at in deployment["times"][what].items()
        if at
    ]


def crossing(deployment: Record) -> list[Schedule]:
    """The way over the border, and when it is there."""
    point, times = deployment["entry_point"], deployment["times"]["border"]
    at = times["actual"] or times["estimated"] or times["requested"]
    return [Schedule("Route", maybe_moment(at), Location(point["name"]))] if point else []


def destination(deployment: Record) -> list[Schedule]:
    there = deployment["destination"]
    country = there["country"]["name"] if there["country"] else ""
    place = located(", ".join(filter(None, [there["place"], country])), there["geometry"])
    return [Schedule("ReportTo", location=place)] if place else []
