"""What is done to send help: planned of an accepted offer, changed, and when it is expected. Each with its line of history.

Whoever sends reports; whoever receives signs and asks. The Centre's operators may do both for others: papers come late.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app import history
from app.answers import not_found, refuse_stale
from app.deployments import writing_queries as queries
from app.deployments.models import Deployment, DeploymentLine, DeploymentTime
from app.deployments.schemas import DeploymentChangeIn, DeploymentIn, LineIn, PlaceIn, TimeIn
from app.errors import Conflict, Forbidden, Invalid
from app.languages import gettext as _
from app.languages import label
from app.offers import writing_queries as offers
from app.offers.models import Offer, OfferLine
from app.permissions import By, Permission
from app.records import VISIBILITY
from app.requests.models import Request

NOUN = "deployments"
ENDED = ("returned", "lost", "consumed", "cancelled")
# what travels of itself, is there when it arrives, and goes home again
TEAMS = ("team", "expert", "vehicle", "aircraft", "facility")


class NotPossible(Conflict):
    """The deployment is not in a state in which this can be done."""


class NotAccepted(Conflict):
    """Only what was accepted of an offer can be sent."""


class MoreThanAccepted(Conflict):
    """The rest of an offer's line is smaller than what is to be sent."""


# -- who may


def may_send(by: By, organisation_id: Any) -> bool:
    """Whether `by` reports what this organisation sends."""
    is_own = organisation_id == by.organisation_id
    own = is_own and (by.may(Permission.CAPACITY_WRITE) or by.may(Permission.STOCK_WRITE))
    return own or by.may(Permission.CAPACITY_WRITE_ANY)


def may_receive(by: By, deployment: Deployment) -> bool:
    """Whether `by` signs for what arrives: of the organisation that receives, or the Centre for it."""
    is_own = deployment.receiver_id is not None and deployment.receiver_id == by.organisation_id
    return by.may(Permission.REQUEST_WRITE) and (is_own or by.may(Permission.READ_CENTRE))


def demand_sender(by: By, deployment: Deployment) -> None:
    if not may_send(by, deployment.organisation_id):
        raise Forbidden(_("Only the organisation that sends it, or the Centre, can say this."))


def demand_receiver(by: By, deployment: Deployment) -> None:
    if not may_receive(by, deployment):
        raise Forbidden(_("Only the organisation that receives it, or the Centre, can say this."))


def demand_either(by: By, deployment: Deployment) -> None:
    if not (may_send(by, deployment.organisation_id) or may_receive(by, deployment)):
        raise Forbidden(_("Only those who send and receive it, or the Centre, can say this."))


# -- planned


def deploy(db: Session, by: By, new: DeploymentIn) -> Deployment:
    """Plan a team or a shipment of an accepted offer. Raises NotFound, Forbidden, Invalid, NotAccepted, MoreThanAccepted."""
    offer, request = take_offer(db, by, new.offer)
    lines = wanted_lines(db, offer, new.lines)
    deployment = planned(db, by, new, offer, request)
    deployment.kind = "team" if any(is_team(db, line) for line, _said in lines) else "goods"
    db.add(deployment)
    db.flush()
    add_lines(db, deployment, lines)
    for one in new.times:
        add_time(db, deployment, one.what, one.kind, one.at, one.note)
    db.refresh(deployment)
    after = {"offer": offer.ref, "kind": deployment.kind, "lines": said_of_lines(db, deployment)}
    tell(db, by, "planned", deployment, after=after)
    return deployment


def take_offer(db: Session, by: By, id_or_ref: str) -> tuple[Offer, Request | None]:
    """An accepted offer and its request, locked, for somebody who may send what it offers."""
    found = offers.offer_seen(db, by, id_or_ref)
    if found is None:
        raise not_found(id_or_ref)
    if not may_send(by, found.organisation_id):
        raise Forbidden(_("Only the organisation that offers it, or the Centre, can send it."))
    offer = queries.lock_rows(db, found.request_id, found.id)
    if offer.status not in ("accepted", "partly_accepted"):
        raise NotAccepted(_("This offer is not accepted, so nothing can be sent of it."))
    return offer, queries.request_of(db, offer.request_id)


def wanted_lines(db: Session, offer: Offer, said: Sequence[LineIn] | None) -> list[tuple[OfferLine, LineIn]]:
    """The lines of the offer that go, each with how much. Raises Invalid, MoreThanAccepted."""
    known, planned = queries.offer_lines(db, offer.id), queries.planned_of(db, offer.id)
    left = {
        no: line.quantity_accepted - line.quantity_released - planned.get(line.id, Decimal(0))
        for no, line in known.items()
    }
    if said is None:
        said = [LineIn(offer_line=no, quantity=quantity) for no, quantity in left.items() if quantity > 0]
    if not said:
        raise MoreThanAccepted(_("All that was accepted of this offer is planned already."))
    check_lines(said, left)
    return [(known[one.offer_line], one) for one in said]


def check_lines(said: Sequence[LineIn], left: Mapping[int, Decimal]) -> None:
    for place, one in enumerate(said):
        field = f"lines.{place}.offer_line"
        if one.offer_line not in left:
            raise Invalid.field(field, _("The offer has no line %(no)s.") % {"no": one.offer_line})
        if one.offer_line in [other.offer_line for other in said[:place]]:
            raise Invalid.field(field, _("The line %(no)s was given twice.") % {"no": one.offer_line})
        if one.quantity > left[one.offer_line]:
            words = {"no": one.offer_line, "left": plain(left[one.offer_line]), "asked": plain(one.quantity)}
            raise MoreThanAccepted(
                _("Of line %(no)s %(left)s are accepted and not planned yet; %(asked)s were asked for.") % words
            )


def planned(db: Session, by: By, new: DeploymentIn, offer: Offer, request: Request | None) -> Deployment:
    """The row of a new deployment: what is not said of its places follows from the offer and the request. Raises Invalid."""
    if request and is_wider(new.visibility, request.visibility):
        raise Invalid.field("visibility", _("A deployment is shown to no more people than its request."))
    deployment = Deployment(
        offer_id=offer.id,
        request_id=offer.request_id,
        organisation_id=offer.organisation_id,
        receiver_id=receiver_of(db, new, request),
        is_exercise=offer.is_exercise or bool(request and request.is_exercise),
        demonstration=by.demonstration or offer.demonstration,
        visibility=new.visibility,
        **how_it_travels(db, new),
    )
    base = queries.base_of(db, offer.id)
    put_place(db, deployment, "from", new.origin, (base.get("country"), base.get("place") or "", base.get("location")))
    put_place(db, deployment, "to", new.destination, where_to(offer, request))
    return deployment


def is_wider(visibility: str, than: str) -> bool:
    """Whether more people see the one than the other; the Centre is told of all that is under way."""
    return VISIBILITY.index(visibility) < min(VISIBILITY.index(than), VISIBILITY.index("centre"))


def where_to(offer: Offer, request: Request | None) -> tuple[str | None, str, Any]:
    if request is None:
        return offer.country_iso3, "", None
    return request.country_iso3, label(request.deliver_place) if request.deliver_place else "", request.deliver_location


def put_place(
    db: Session, deployment: Deployment, side: str, said: PlaceIn, known: tuple[str | None, str, Any]
) -> None:
    """Where from or where to: as said, else as known. Raises Invalid."""
    if said.country and not queries.is_country(db, said.country):
        field = "origin.country" if side == "from" else "destination.country"
        text = _("There is no country “%(code)s”: write ISO 3166-1 alpha-3, such as KAZ.")
        raise Invalid.field(field, text % {"code": said.country})
    country, place, location = known
    setattr(deployment, f"{side}_country_iso3", said.country or country)
    setattr(deployment, f"{side}_place", said.place or place)
    setattr(deployment, f"{side}_location", said.geometry.ewkt if said.geometry else location)


def receiver_of(db: Session, new: DeploymentIn, request: Request | None) -> Any:
    if new.receiver is None:
        return request.organisation_id if request else None
    found = queries.organisation_coded(db, new.receiver)
    if found is None:
        raise Invalid.field("receiver", _("There is no organisation “%(code)s”.") % {"code": new.receiver})
    return found


def how_it_travels(db: Session, said: DeploymentIn | DeploymentChangeIn) -> dict[str, Any]:
    """The columns of what was said of the way. Raises Invalid."""
    entry_point = queries.entry_point_coded(db, said.entry_point) if said.entry_point else None
    if said.entry_point and entry_point is None:
        text = _("There is no entry point “%(code)s”; the codes are at /api/v1/entry-points.")
        raise Invalid.field("entry_point", text % {"code": said.entry_point})
    texts = {name: getattr(said, name) or "" for name in ("carrier", "vehicle", "driver", "purpose")}
    return texts | {
        "mode": said.mode,
        "people": said.people,
        "ends_at": said.ends_at,
        "entry_point_id": entry_point,
    }


def is_team(db: Session, line: OfferLine) -> bool:
    code = queries.type_of_capacity(db, line.capacity_id) or line.resource_type_code
    return queries.kind_of_type(db, code) in TEAMS


# -- its lines


def add_lines(db: Session, deployment: Deployment, lines: Sequence[tuple[OfferLine, LineIn]]) -> None:
    """A line of the deployment for each of the offer, of stock for each lot that it is taken from."""
    no = 0
    for offered, said in lines:
        parts = parts_of(db, deployment, offered, said)
        for lot, quantity in parts:
            no += 1
            line = sent(db, offered, said, lot, quantity)
            if len(parts) > 1:  # whoever gave a weight gave it of the whole
                line.packages, line.weight_kg, line.volume_m3 = None, *measures(db, line.item_code, quantity)
            line.deployment_id, line.no = deployment.id, no
            db.add(line)
            db.flush()


def parts_of(
    db: Session, deployment: Deployment, offered: OfferLine, said: LineIn
) -> list[tuple[queries.Free | None, Decimal]]:
    """From which lots how much: as it was reserved, first expired first; an exercise takes of none. Raises MoreThanAccepted."""
    if offered.source != "stock" or deployment.is_exercise:
        return [(None, said.quantity)]
    parts: list[tuple[queries.Free | None, Decimal]] = []
    left = said.quantity
    for lot in queries.free_lots(db, offered.id):
        taken = min(left, lot.quantity)
        parts.append((lot, taken))
        left -= taken
        if left <= 0:
            return parts
    words = {"no": offered.no, "left": plain(said.quantity - left), "asked": plain(said.quantity)}
    raise MoreThanAccepted(_("Of line %(no)s %(left)s are reserved in store; %(asked)s were asked for.") % words)


def sent(db: Session, offered: OfferLine, said: LineIn, lot: queries.Free | None, quantity: Decimal) -> DeploymentLine:
    item_code = lot.item_code if lot else offered.item_code
    weight, volume = measures(db, item_code, quantity)
    return DeploymentLine(
        offer_line_id=offered.id,
        request_line_id=offered.request_line_id,
        capacity_id=offered.capacity_id,
        lot_id=lot.lot_id if lot else None,
        item_code=item_code,
        resource_type_code=offered.resource_type_code or queries.type_of_capacity(db, offered.capacity_id),
        description=said.description or (label(offered.description) if offered.description else ""),
        quantity=quantity,
        unit_code=offered.unit_code,
        packages=said.packages,
        weight_kg=weight if said.weight_kg is None else said.weight_kg,
        volume_m3=volume if said.volume_m3 is None else said.volume_m3,
        expires_on=lot.expires_on if lot else None,
    )


def measures(db: Session, item_code: str | None, quantity: Decimal) -> tuple[Decimal | None, Decimal | None]:
    """Weight in kg and volume in m³ of so much of an item, where they are known."""
    item = queries.item(db, item_code)
    if item is None:
        return None, None
    return tuple(one and one * quantity for one in (item.weight_kg, item.volume_m3))  # type: ignore[return-value]


def said_of_lines(db: Session, deployment: Deployment) -> list[dict[str, Any]]:
    lines = queries.lines_of(db, deployment.id).values()
    return [
        {"no": one.no, "code": one.item_code or one.resource_type_code, "quantity": plain(one.quantity)}
        for one in lines
    ]


# -- changed, and when it is expected


def change_deployment(db: Session, by: By, id_or_ref: str, change: DeploymentChangeIn, version: str) -> Deployment:
    """Say otherwise how it travels. Raises NotFound, Forbidden, Stale, NotPossible, Invalid."""
    deployment = take(db, by, id_or_ref, version, demand_sender)
    demand_open(deployment)
    before = travel_of(db, deployment)
    for name, value in how_it_travels(db, change).items():
        if name.removesuffix("_id") in change.model_fields_set:
            setattr(deployment, name, value)
    was, now = history.changes(before, travel_of(db, deployment))
    if now:
        tell(db, by, "changed", deployment, before=was, after=now)
    return deployment


def travel_of(db: Session, deployment: Deployment) -> dict[str, Any]:
    """How it travels, for history; that there is a driver, not who it is."""
    said = {name: getattr(deployment, name) for name in ("mode", "carrier", "vehicle", "people", "purpose")}
    return said | {
        "entry_point": queries.code_of_entry_point(db, deployment.entry_point_id),
        "driver": "…" if deployment.driver else "",
        "ends_at": deployment.ends_at.isoformat() if deployment.ends_at else None,
    }


def note_time(db: Session, by: By, id_or_ref: str, new: TimeIn) -> Deployment:
    """Say when something is asked for, expected or was. Raises NotFound, Forbidden, NotPossible, Invalid."""
    deployment = take(db, by, id_or_ref, "*", demand_either)
    if deployment.status == "cancelled":
        raise NotPossible(_("This deployment was cancelled."))
    if new.kind == "actual" and new.at > datetime.now(UTC):
        raise Invalid.field("at", _("What has happened cannot lie ahead. Look at the day and the time."))
    add_time(db, deployment, new.what, new.kind, new.at, new.note)
    said = {"what": new.what, "kind": new.kind, "at": new.at.isoformat(), "note": new.note}
    tell(db, by, "time noted", deployment, after=said)
    return deployment


def add_time(db: Session, deployment: Deployment, what: str, kind: str, at: datetime, note: str = "") -> None:
    db.add(DeploymentTime(deployment_id=deployment.id, what=what, kind=kind, at=at, note=note))
    db.flush()


# -- what they share


def take(db: Session, by: By, id_or_ref: str, version: str, demand: Callable[[By, Deployment], None]) -> Deployment:
    """The deployment, locked with its request and offer, for somebody who may. Raises NotFound, Forbidden, Stale."""
    deployment = queries.lock_deployment(db, by, id_or_ref)
    if deployment is None:
        raise not_found(id_or_ref)
    demand(by, deployment)
    refuse_stale(version, deployment.updated_at)
    return deployment


def demand_open(deployment: Deployment) -> None:
    if deployment.status in ENDED:
        raise NotPossible(_("This deployment has ended."))


def tell(
    db: Session,
    by: By,
    action: str,
    deployment: Deployment,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Into history, for whoever may see the deployment."""
    db.flush()
    history.record(
        db, by, action, NOUN, deployment.id, ref=deployment.ref, before=before, after=after, reason=reason,
        visibility=deployment.visibility,
    )  # fmt: skip
    db.refresh(deployment)


def plain(quantity: Decimal) -> str:
    """Without trailing zeros: 2, not 2.000."""
    return f"{quantity.normalize():f}"


def line_named(db: Session, deployment: Deployment, no: int, field: str) -> DeploymentLine:
    """Raises Invalid."""
    line = queries.lines_of(db, deployment.id).get(no)
    if line is None:
        raise Invalid.field(field, _("The deployment has no line %(no)s.") % {"no": no})
    return line


def outstanding(line: DeploymentLine) -> Decimal:
    """What is still to arrive of a line."""
    return max(line.quantity - line.quantity_received - line.quantity_missing, Decimal(0))


def unaccounted(line: DeploymentLine) -> Decimal:
    """What nobody has said yet what became of it."""
    return max(max(line.quantity, line.quantity_received) - line.quantity_ended, Decimal(0))
