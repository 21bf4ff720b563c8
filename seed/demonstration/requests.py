"""From request to delivery, invented and marked: ANDMA asks, the Centre and a neighbour offer, a shipment is signed for, an expert is
on the way. Told through the actions that people use, so that every rule holds; then dated back, as if it had happened on those days.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.capacities.models import Capacity
from app.deployments import actions as deploying
from app.deployments import arriving, steps
from app.deployments import writing_queries as sent
from app.deployments.models import Deployment
from app.deployments.schemas import DeploymentIn, ReceiptIn, TransitionIn
from app.offers import accepting
from app.offers import actions as offering
from app.offers.models import Offer
from app.offers.schemas import AcceptIn, OfferIn
from app.people.models import Organisation
from app.permissions import By, Role, rights_of
from app.requests import actions as requesting
from app.requests.models import Request
from app.requests.schemas import RequestIn

CENTRE, AUTHORITY, NEIGHBOUR = "CESDRR", "AFG-ANDMA", "KAZ-MES"
TITLES = {
    "en": "Cutting tools, boats and a hydrologist for Kunduz (demonstration)",
    "ru": "Режущий инструмент, лодки и гидролог для Кундуза (демонстрация)",
    "fa-AF": "ابزار برش، قایق و آب‌شناس برای کندز (نمایشی)",
    "ps": "د کندز لپاره د پرې کولو وسایل، کښتۍ او د اوبو پوه (نندارېز)",
}
WINTER = {
    "en": "Winter tents for mountain villages (demonstration)",
    "ru": "Зимние палатки для горных сёл (демонстрация)",
}
UNSOLICITED = {
    "en": "Two motor pumps for the flood (demonstration)",
    "ru": "Две мотопомпы на паводок (демонстрация)",
    "fa-AF": "دو واترپمپ موتوری برای سیلاب (نمایشی)",
    "ps": "د سیلاب لپاره دوه موټري پمپونه (نندارېز)",
}
NEED = {
    "en": "Two districts are cut off by the river; people wait on roofs and on high ground. Invented.",
    "ru": "Два района отрезаны рекой; люди ждут на крышах и возвышенностях. Вымышлено.",
    "fa-AF": "دریا راه دو ولسوالی را بسته است؛ مردم روی بام‌ها و جاهای بلند منتظر اند. ساختگی.",
    "ps": "سیند د دوو ولسوالیو لار بنده کړې ده؛ خلک پر بامونو او لوړو ځایونو انتظار باسي. جوړه شوې.",
}
AIRFIELD = {"en": "Kunduz airfield", "ru": "Аэродром Кундуза", "fa-AF": "میدان هوایی کندز", "ps": "د کندز هوايي ډګر"}
KUNDUZ = {"type": "Point", "coordinates": [68.857, 36.729]}
# In the Centre's warehouses: an item, and how much of what can be taken lies in one position; of the Centre's own first
SHELF = """
SELECT p.ref, sum(b.on_hand - b.reserved) AS free FROM stock_positions p JOIN lot_balances b ON b.position_id = p.id
JOIN lots ON lots.id = b.lot_id JOIN organisations o ON o.id = p.owner_id
WHERE p.demonstration AND p.item_code = :item AND p.earmark_countries = '{}' AND lots.condition IN ('new', 'good')
  AND (lots.expires_on IS NULL OR lots.expires_on > current_date + 60)
GROUP BY p.ref, o.code HAVING sum(b.on_hand - b.reserved) >= 1 ORDER BY o.code <> :owner, 2 DESC, 1 LIMIT 1"""


def load_requests(db: Session) -> int:
    """Returns how many requests were new. Needs the events, the stock and the capacities."""
    if db.scalar(select(Request.id).where(Request.demonstration)):
        return 0
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    flood(db, now)
    winter(db, now)
    unsolicited(db, now)
    return 2


def person(db: Session, role: Role, code: str) -> By:
    """Somebody of the story, with the rights of that role."""
    organisation = db.scalars(select(Organisation).where(Organisation.code == code)).one()
    return By(
        kind="portal", means="command", name="Demonstration", organisation_id=organisation.id, organisation_code=code,
        rights=rights_of([(role, ())]), roles=frozenset({role}), demonstration=True,
    )  # fmt: skip


# -- a flood: asked, met from store and by a neighbour


def flood(db: Session, now: datetime) -> None:
    shelf = [
        (item, wanted, on_shelf(db, item, wanted)) for item, wanted in (("hydraulic-set", 4), ("boat-inflatable-8", 6))
    ]
    request = approved(db, shelf, now)
    met = [(line, ref, quantity) for line, (_item, _wanted, (ref, quantity)) in enumerate(shelf, 1) if ref]
    if met:
        ship(db, request, met, now)
    hydrologist = expert(db)
    if hydrologist:
        send_expert(db, request, hydrologist, now)


def on_shelf(db: Session, item: str, wanted: int) -> tuple[str, Decimal]:
    """Of which position how much can be taken; none where none has any."""
    row = db.execute(text(SHELF), {"item": item, "owner": CENTRE}).first()
    return (row[0], min(row[1], Decimal(wanted))) if row else ("", Decimal(0))


def approved(db: Session, shelf: list[Any], now: datetime) -> Request:
    authority, operator = person(db, Role.REQUESTER, AUTHORITY), person(db, Role.OPERATOR, CENTRE)
    lines: list[dict[str, Any]] = [{"kind": "item", "code": item, "quantity": wanted} for item, wanted, _met in shelf]
    lines.append({"kind": "expertise", "code": "expert-hydrology", "quantity": 1})
    lines.append(
        {"kind": "item", "code": "pump-motor-60", "quantity": 8, "alternatives": ["pump-sludge-200"], "priority": "medium",
         "specification": {"fuel": "diesel", "thread": "gost_bogdanov"}}
    )  # fmt: skip
    said = {
        "titles": TITLES, "country": "AFG", "event": event(db), "priority": "critical", "lines": lines,
        "needed_by": (now + timedelta(days=4)).isoformat(),
        "descriptions": NEED,
        "deliver_to": {"place": AIRFIELD, "geometry": KUNDUZ, "entry_point": "AFG-SHERKHAN", "contact": "+000 700 0093"},
    }  # fmt: skip
    request = requesting.draft_request(db, authority, RequestIn.model_validate(said))
    requesting.move_request(db, authority, request.ref, "submitted", "", "*")
    requesting.move_request(db, operator, request.ref, "approved", "Flood of the Kunduz river", "*")
    request.created_at, request.submitted_at = now - timedelta(hours=80), now - timedelta(hours=79)
    request.decided_at = now - timedelta(hours=77)
    db.flush()
    return request


def event(db: Session) -> str | None:
    """The flood of the demonstration."""
    asked = text("""SELECT ref FROM events e JOIN event_countries c ON c.event_id = e.id
        WHERE e.demonstration AND e.hazard_code = 'FL' AND c.country_iso3 = 'AFG' AND e.withdrawn_at IS NULL LIMIT 1""")
    return db.execute(asked).scalar()


def ship(db: Session, request: Request, met: list[tuple[int, str, Decimal]], now: datetime) -> None:
    """The Centre sends what it has; of the boats one comes torn, and ANDMA says so when it signs."""
    keeper, authority = person(db, Role.STOCK_KEEPER, CENTRE), person(db, Role.REQUESTER, AUTHORITY)
    lines = [{"request_line": line, "stock": ref, "quantity": quantity} for line, ref, quantity in met]
    offer = accepted(db, keeper, {"request": request.ref, "lines": lines}, now - timedelta(hours=76))
    said = {
        "offer": offer.ref, "mode": "road", "entry_point": "AFG-SHERKHAN", "carrier": "Demonstration Lorries",
        "vehicle": "01 DEMO 093 / 01 DEMO 094", "driver": "Invented Driver", "purpose": "Flood response, humanitarian aid",
        "times": [{"what": what, "kind": "estimated", "at": (now - timedelta(hours=ago)).isoformat()}
                  for what, ago in (("departure", 70), ("border", 30), ("arrival", 20))],
    }  # fmt: skip
    deployment = planned(db, keeper, said, now - timedelta(hours=75))
    for to, ago in (("in_transit", 69), ("at_border", 31), ("in_transit", 27)):
        move(db, keeper, deployment, to, now - timedelta(hours=ago))
    arriving.sign_receipt(db, authority, deployment.ref, receipt(db, deployment, now - timedelta(hours=18)), "*")


def receipt(db: Session, deployment: Deployment, at: datetime) -> ReceiptIn:
    lines = []
    of_boats = [one.no for one in sent.lines_of(db, deployment.id).values() if one.item_code == "boat-inflatable-8"]
    for line in sent.lines_of(db, deployment.id).values():
        torn = 1 if line.no in of_boats[:1] and line.quantity > 1 else 0
        said: dict[str, Any] = {"line": line.no, "quantity_received": line.quantity - torn}
        lines.append(said | ({"difference": "damaged", "note": "Torn on the way (demonstration)"} if torn else {}))
    said = {"signed_by": "Invented Receiver", "signed_at": at.isoformat(), "place": "Kunduz", "lines": lines}
    return ReceiptIn.model_validate(said)


def expert(db: Session) -> tuple[str, str] | None:
    """A hydrologist of another country who is free, and whose."""
    free = (
        select(Capacity.ref, Organisation.code)
        .join(Organisation, Organisation.id == Capacity.organisation_id)
        .where(Capacity.demonstration, Capacity.type_code == "expert-hydrology", Capacity.withdrawn_at.is_(None))
        .where(Capacity.quantity_available >= 1, Capacity.status == "available", Capacity.country_iso3 != "AFG")
    )
    row = db.execute(free.order_by(Capacity.ref).limit(1)).first()
    return (row[0], row[1]) if row else None


def send_expert(db: Session, request: Request, hydrologist: tuple[str, str], now: datetime) -> None:
    ref, owner = hydrologist
    neighbour = person(db, Role.CONTRIBUTOR, owner)
    line = {"request_line": 3, "capacity": ref, "quantity": 1}
    said = {"request": request.ref, "lines": [line], "conditions": {"en": "Lodging on site (demonstration)"}}
    offer = accepted(db, neighbour, said, now - timedelta(hours=30))
    way: dict[str, Any] = {
        "offer": offer.ref, "mode": "air", "entry_point": "AFG-KBL", "vehicle": "DEMO 093", "people": 1,
        "purpose": "Technical advice on the river", "ends_at": (now + timedelta(days=14)).isoformat(),
        "times": [{"what": "arrival", "kind": "estimated", "at": (now + timedelta(hours=9)).isoformat()}],
    }  # fmt: skip
    deployment = planned(db, neighbour, way, now - timedelta(hours=20))
    move(db, neighbour, deployment, "in_transit", now - timedelta(hours=6))


# -- what waits


def winter(db: Session, now: datetime) -> None:
    """A request for preparedness that waits for the decision."""
    asker = person(db, Role.REQUESTER, "KGZ-MES")
    lines = [
        {"kind": "item", "code": "tent-family-winter", "quantity": 120},
        {"kind": "item", "code": "stove-tent", "quantity": 120},
    ]
    said = {
        "titles": WINTER, "country": "KGZ", "priority": "medium", "lines": lines,
        "needed_by": (now + timedelta(days=20)).isoformat(), "deliver_to": {"place": {"en": "Osh", "ru": "Ош"}},
    }  # fmt: skip
    request = requesting.draft_request(db, asker, RequestIn.model_validate(said))
    requesting.move_request(db, asker, request.ref, "submitted", "", "*")
    request.created_at, request.submitted_at = now - timedelta(hours=28), now - timedelta(hours=26)
    db.flush()


def unsolicited(db: Session, now: datetime) -> None:
    """An offer that nobody has asked for."""
    neighbour = person(db, Role.CONTRIBUTOR, NEIGHBOUR)
    line = {"item": "pump-motor-60", "quantity": 2, "description": {"en": "Petrol, Storz couplings (demonstration)"}}
    until = (now + timedelta(days=10)).isoformat()
    said = {"titles": UNSOLICITED, "country": "AFG", "event": event(db), "valid_until": until, "lines": [line]}
    offer = offering.draft_offer(db, neighbour, OfferIn.model_validate(said))
    offering.submit_offer(db, neighbour, offer.ref, "*")
    offer.created_at, offer.submitted_at = now - timedelta(hours=9), now - timedelta(hours=8)
    db.flush()


# -- the steps, dated back


def accepted(db: Session, by: By, said: dict[str, Any], at: datetime) -> Offer:
    offer = offering.draft_offer(db, by, OfferIn.model_validate(said))
    offering.submit_offer(db, by, offer.ref, "*")
    offer = accepting.accept_offer(db, person(db, Role.OPERATOR, CENTRE), offer.ref, AcceptIn(), "*")
    offer.created_at = offer.submitted_at = at - timedelta(hours=1)
    offer.decided_at = at
    db.flush()
    return offer


def planned(db: Session, by: By, said: dict[str, Any], at: datetime) -> Deployment:
    deployment = deploying.deploy(db, by, DeploymentIn.model_validate(said))
    deployment.created_at = at
    db.flush()
    return deployment


def move(db: Session, by: By, deployment: Deployment, to: str, at: datetime) -> None:
    steps.move_deployment(db, by, deployment.ref, TransitionIn.model_validate({"to": to, "at": at.isoformat()}), "*")
