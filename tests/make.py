"""Rows for tests: one plain function a table, with sensible values that `changes` override."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import app.models  # noqa: F401  every table, so that foreign keys find theirs
from app.capacities.models import Capacity
from app.deployments.models import Deployment, DeploymentLine
from app.documents.models import Document, DocumentChunk
from app.entry_points.models import Agreement, AgreementCountry, EntryPoint, EntryPointReport
from app.equipment.models import EquipmentLine, EquipmentProfile
from app.events.models import Event, EventCountry, EventGlide
from app.figures.models import Figure, Source
from app.inbox.models import Candidate
from app.intake.models import Feed, FeedItem
from app.intake.schemas import Item as FeedSaid
from app.offers.models import Offer, OfferLine
from app.people.models import ApiKey, Contact, Organisation, User, UserRole, UserSession
from app.places.models import Area
from app.reference.models import ResourceType
from app.requests.models import Request, RequestLine
from app.secrets import encrypt, new_token, token_hash
from app.situation_reports.models import SituationReport, SituationReportVersion
from app.stock.models import Item, Lot, StockMovement, StockPosition, Warehouse
from app.subscriptions.models import Subscription
from app.warnings.models import Warning, WarningCountry, WarningRecipient
from app.webhooks.models import Webhook

SECRET = "whsec_" + "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="  # of every webhook in tests


def make_organisation(db: Session, code: str = "TEST-ORG", **changes: Any) -> Organisation:
    found = db.scalar(select(Organisation).where(Organisation.code == code))
    if found:
        return found
    values = {"code": code, "names": {"en": code.title()}, "kind": "other", "source": "test"} | changes
    return add(db, Organisation(**values))


def make_user(
    db: Session, *roles: str, organisation: str = "CESDRR", countries: tuple[str, ...] = (), **changes: Any
) -> User:
    """An active account; `countries` limits all its roles."""
    values = {"email": f"{new_token()[:12]}@example.org", "name": "Aida Test", "status": "active"} | changes
    user = add(db, User(organisation_id=make_organisation(db, organisation).id, **values))
    db.add_all(UserRole(user_id=user.id, role=role, countries=list(countries)) for role in roles)
    db.flush()
    return user


def make_session(db: Session, user: User, **changes: Any) -> str:
    """A session that has given two factors; returns the token for the cookie `session`."""
    token = new_token()
    expires_at = datetime.now(UTC) + timedelta(hours=8)
    values = {"strength": "password+totp", "second_factor": True, "expires_at": expires_at} | changes
    add(db, UserSession(user_id=user.id, token_hash=token_hash(token), **values))
    return token


def make_key(db: Session, *scopes: str, organisation: str = "TEST-ORG", **changes: Any) -> str:
    """An API key; returns the token for `Authorization: Bearer`."""
    token = new_token("apk_")
    values = {"name": "Test program", "hint": token[:8], "expires_at": datetime.now(UTC) + timedelta(days=30)} | changes
    add(
        db,
        ApiKey(
            organisation_id=make_organisation(db, organisation).id,
            token_hash=token_hash(token),
            scopes=list(scopes),
            **values,
        ),
    )
    return token


def make_contact(db: Session, name: str = "Duty desk", organisation: str = "TEST-ORG", **changes: Any) -> Contact:
    values = {"name": name, "kind": "duty_officer", "phones": ["+000 700 0001"]} | changes
    return add(db, Contact(organisation_id=make_organisation(db, organisation).id, **values))


def make_capacity(
    db: Session, name: str = "Medium USAR team, Almaty", lon: float = 76.9, lat: float = 43.2, **changes: Any
) -> Capacity:
    values = {
        "names": {"en": name},
        "type_code": "usar-medium",
        "country_iso3": "KAZ",
        "quantity": 1,
        "unit_code": "team",
        "quantity_available": 1,
        "status": "available",
        "location": f"SRID=4326;POINT({lon} {lat})",
    } | changes
    values.setdefault("organisation_id", make_organisation(db).id)
    kind = db.get_one(ResourceType, values["type_code"]).kind
    return add(db, Capacity(kind=kind, **values))


def make_event(db: Session, title: str = "Mudflow above Almaty", *countries: str, **changes: Any) -> Event:
    values = {
        "titles": {"en": title},
        "hazard_code": "MS",
        "status": "ongoing",
        "started_at": "2026-07-08T05:30:00Z",
        "geometry": "SRID=4326;POINT(76.98 43.15)",
        "geometry_precision": "approximate",
    } | changes
    event = add(db, Event(**values))
    db.add_all(EventCountry(event_id=event.id, country_iso3=iso3) for iso3 in countries or ("KAZ",))
    db.flush()
    return event


def make_glide(db: Session, event: Event, glide: str) -> EventGlide:
    return add(db, EventGlide(event_id=event.id, glide=glide))


def make_source(db: Session, code: str = "TEST-SOURCE", **changes: Any) -> Source:
    found = db.scalar(select(Source).where(Source.code == code))
    return found or add(db, Source(**{"code": code, "name": f"Bulletin {code}", "kind": "government"} | changes))


def make_figure(db: Session, event: Event, indicator: str = "dead", value: int | None = 7, **changes: Any) -> Figure:
    values = {"event_id": event.id, "indicator_code": indicator, "value": value, "qualifier": "exact"} | changes
    values.setdefault("source_id", make_source(db).id)
    return add(db, Figure(**values))


def make_request(
    db: Session, title: str = "Boats for Kunduz", organisation: str = "TEST-ORG", **changes: Any
) -> Request:
    """A submitted request without lines, for Kazakhstan."""
    values = {"titles": {"en": title}, "country_iso3": "KAZ", "status": "submitted", "audience": "partners"} | changes
    values.setdefault("organisation_id", make_organisation(db, organisation).id)
    values.setdefault("visibility", "own" if values["status"] == "draft" else values["audience"])
    if values["status"] != "draft":
        values.setdefault("submitted_at", "2026-11-01T06:00:00Z")
    if values["status"] in ("approved", "rejected", "closed"):
        values |= {"decided_at": "2026-11-02T06:00:00Z", "decision_reason": "decided"}
    return add(db, Request(**values))


def make_request_line(db: Session, request: Request, no: int = 1, **changes: Any) -> RequestLine:
    """One team of the type usar-medium, unless `changes` say otherwise."""
    values = {"kind": "type", "resource_type_code": "usar-medium", "quantity": 1, "unit_code": "team"} | changes
    return add(db, RequestLine(request_id=request.id, no=no, **values))


def make_offer(db: Session, request: Request | None = None, organisation: str = "TEST-ORG", **changes: Any) -> Offer:
    """A submitted offer of one team that is not registered here, beside the lines of the request."""
    values = {"titles": {"en": "One team"}, "status": "submitted"} | changes
    values.setdefault("request_id", request.id if request else None)
    values.setdefault("organisation_id", make_organisation(db, organisation).id)
    values.setdefault("visibility", "own" if values["status"] == "draft" else "centre")
    if values["status"] != "draft":
        values.setdefault("submitted_at", "2026-11-01T07:00:00Z")
    offer = add(db, Offer(**values))
    add(
        db, OfferLine(offer_id=offer.id, no=1, source="other", description={"en": "Team"}, quantity=1, unit_code="team")
    )
    db.refresh(offer)
    return offer


def make_accepted_offer(db: Session, organisation: str = "TEST-ORG") -> Offer:
    """Four pumps that are registered nowhere, all of them accepted; for no request."""
    values = {"titles": {"en": "Pumps"}, "status": "accepted", "visibility": "centre", "country_iso3": "AFG"}
    owner = make_organisation(db, organisation).id
    values |= {"submitted_at": "2026-11-01T06:00:00Z", "decided_at": "2026-11-02T06:00:00Z"}
    offer = add(db, Offer(organisation_id=owner, **values))
    line = {
        "source": "other",
        "description": {"en": "Pump"},
        "quantity": 4,
        "quantity_accepted": 4,
        "unit_code": "each",
    }
    add(db, OfferLine(offer_id=offer.id, no=1, **line))
    db.refresh(offer)
    return offer


def make_deployment(db: Session, organisation: str = "TEST-ORG", **changes: Any) -> Deployment:
    """Four pumps on their way to Afghanistan, of an offer of their own."""
    offer = make_accepted_offer(db, organisation)
    line = db.scalars(select(OfferLine).where(OfferLine.offer_id == offer.id)).one()
    values = {"kind": "goods", "status": "in_transit", "to_country_iso3": "AFG"} | changes
    if values["status"] not in ("planned", "mobilising"):
        values.setdefault("left_at", "2026-11-20T06:00:00Z")
    deployment = add(db, Deployment(offer_id=offer.id, organisation_id=offer.organisation_id, **values))
    add(
        db,
        DeploymentLine(
            deployment_id=deployment.id,
            no=1,
            offer_line_id=line.id,
            quantity=line.quantity,
            unit_code="each",
            description="Pump",
        ),
    )
    db.refresh(deployment)
    return deployment


def make_document(db: Session, event: Event, title: str = "Flooded villages", **changes: Any) -> Document:
    """A PDF of one piece, its content its own."""
    content = b"%PDF-1.4 " + title.encode() + new_token().encode()
    values = {
        "event_id": event.id, "titles": {"en": title}, "kind": "map", "file_name": "map.pdf", "format": "pdf",
        "size": len(content), "sha256": hashlib.sha256(content).digest(), "organisation_id": event.organisation_id,
    } | changes  # fmt: skip
    document = add(db, Document(**values))
    add(db, DocumentChunk(document_id=document.id, position=0, bytes=content))
    return document


def make_report(
    db: Session, event: Event, number: int | None = 1, text: str = "Two villages are cut off.", **changes: Any
) -> SituationReport:
    """A report in its first version; a draft without a number."""
    said = {"titles": {}, "sections": {"highlights": {"en": text}}, "covers_until": "2026-07-09T06:00:00Z"}
    values = {"event_id": event.id, "number": number, "minor": None if number is None else 0, **said} | changes
    report = add(db, SituationReport(**{"organisation_id": event.organisation_id} | values))
    if number is not None:
        add(
            db,
            SituationReportVersion(
                report_id=report.id, minor=0, documents=[], figures=[], change="", visibility=report.visibility, **said
            ),
        )
    return report


def make_area(db: Session, code: str, west: float = 70, south: float = 40, **changes: Any) -> Area:
    """A square of one degree."""
    ring = ", ".join(f"{west + x} {south + y}" for x, y in ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0)))
    values = {
        "code": code,
        "level": 1,
        "country_iso3": "KGZ",
        "names": {"en": code.title()},
        "geometry": f"SRID=4326;MULTIPOLYGON((({ring})))",
        "source": "test",
    } | changes
    return add(db, Area(**values))


def make_warehouse(
    db: Session, code: str = "WH-TEST", lon: float = 76.9, lat: float = 43.3, **changes: Any
) -> Warehouse:
    values = {
        "code": code,
        "names": {"en": f"Warehouse {code}"},
        "country_iso3": "KAZ",
        "location": f"SRID=4326;POINT({lon} {lat})",
    } | changes
    values.setdefault("organisation_id", make_organisation(db).id)
    return db.get(Warehouse, code) or add(db, Warehouse(**values))


def make_item(db: Session, code: str = "blanket", **changes: Any) -> Item:
    values = {
        "code": code,
        "names": {"en": code.title()},
        "family_code": "shelter-relief",
        "unit_code": "each",
    } | changes
    return db.get(Item, code) or add(db, Item(**values))


def make_position(db: Session, item: str = "blanket", warehouse: str = "WH-TEST", **changes: Any) -> StockPosition:
    values = {"item_code": make_item(db, item).code, "warehouse_code": make_warehouse(db, warehouse).code} | changes
    values.setdefault("owner_id", make_organisation(db).id)
    return add(db, StockPosition(**values))


def make_lot(db: Session, position: StockPosition, number: str = "L1", *movements: int, **changes: Any) -> Lot:
    """A lot with its movements in this order, into stock where positive."""
    lot = add(db, Lot(**{"position_id": position.id, "number": number, "condition": "new"} | changes))
    for quantity in movements:
        kind = "receipt" if quantity > 0 else "issue"
        add(db, StockMovement(lot_id=lot.id, kind=kind, quantity=quantity, moved_at="2026-01-01T00:00:00Z"))
    return lot


def make_equipment_profile(db: Session, organisation: str = "TEST-ORG", **changes: Any) -> EquipmentProfile:
    """With one line."""
    values: dict[str, Any] = {"names": {"en": "Rescuers"}, "country_iso3": "KAZ"} | changes
    values.setdefault("organisation_id", make_organisation(db, organisation).id)
    profile = add(db, EquipmentProfile(**values))
    add(db, EquipmentLine(profile_id=profile.id, position=1, description={"en": "Saw"}))
    db.refresh(profile)
    return profile


def make_feed(db: Session, code: str = "test-quakes", **changes: Any) -> Feed:
    found = db.scalar(select(Feed).where(Feed.code == code))
    values = {"code": code, "name": code.title(), "adapter": "usgs", "url": f"https://{code}.example.org/"} | changes
    return found or add(db, Feed(**values))


def make_feed_item(db: Session, key: str = "us7000test", feed: str = "test-quakes", **said: Any) -> FeedItem:
    """An item that the inbox has not looked at; `said` are fields of app/intake/schemas.py Item."""
    values = {
        "key": key,
        "related_keys": [f"usgs:{key}"],
        "title": "M 6.1 - 12 km S of Testtown",
        "hazard": "EQ",
        "started_at": "2026-07-08T05:30:00Z",
        "magnitude": 6.1,
        "magnitude_type": "mww",
        "depth_km": 10.0,
        "geometry": {"type": "Point", "coordinates": [76.98, 43.15]},
    } | said
    told = FeedSaid(**values).model_dump(mode="json")
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).digest()
    return add(db, FeedItem(feed_id=make_feed(db, feed).id, key=key, digest=digest, raw="{}", said=told))


def make_webhook(
    db: Session, url: str = "https://receiver.example.org/", organisation: str = "TEST-ORG", **changes: Any
) -> Webhook:
    """Its secret is SECRET, below."""
    values = {"name": f"Receiver {new_token()[:6]}", "url": url, "sees": "public", "secret": encrypt(SECRET)} | changes
    return add(db, Webhook(organisation_id=make_organisation(db, organisation).id, **values))


def make_subscription(db: Session, user: User, **changes: Any) -> Subscription:
    """Mails at once unless `next_digest_at` says when the digest comes."""
    values = {"rhythm": "daily" if "next_digest_at" in changes else "immediate", "hour": 8, "time_zone": "Asia/Almaty"}
    return add(db, Subscription(user_id=user.id, **(values | changes)))


def make_candidate(db: Session, title: str = "Earthquake M 5.8, near Almaty", **changes: Any) -> Candidate:
    """What waits in the inbox for a decision, without the items of feeds that it came from."""
    values = {
        "titles": {"en": title}, "status": "undecided", "hazard_code": "EQ", "started_at": "2026-07-08T05:30:00Z", "magnitude": 5.8,
        "region": "inside", "countries": ["KAZ"], "geometry": "SRID=4326;POINT(76.98 43.15)",
    } | changes  # fmt: skip
    return add(db, Candidate(**values))


def make_warning(db: Session, headline: str = "Mudflow expected", *countries: str, **changes: Any) -> Warning:
    """A warning that was issued just now; `issued_at=None` for a draft."""
    now = datetime.now(UTC).replace(microsecond=0)
    values = {
        "msg_type": "alert",
        "status": "actual",
        "hazard_code": "MS",
        "categories": ["geo"],
        "urgency": "immediate",
        "severity": "severe",
        "certainty": "likely",
        "headlines": {"en": headline},
        "issued_at": now,
        "expires_at": now + timedelta(hours=12),
        "visibility": "public",
    } | changes
    issued_at = values.pop("issued_at")
    values.setdefault("audience", values["visibility"])
    values.setdefault("organisation_id", make_organisation(db, "CESDRR").id)
    warning = add(db, Warning(**values))
    db.add_all(WarningCountry(warning_id=warning.id, country_iso3=iso3) for iso3 in countries or ("KAZ",))
    db.flush()
    if issued_at:
        warning.issued_at, warning.cap = issued_at, "<alert><sender>warnings@localhost</sender></alert>"
        db.flush()
        db.refresh(warning)
    return warning


def make_warning_recipient(db: Session, warning: Warning, organisation: str) -> WarningRecipient:
    """An organisation that was told of it."""
    return add(db, WarningRecipient(warning_id=warning.id, organisation_id=make_organisation(db, organisation).id))


def add(db: Session, thing: Any) -> Any:
    db.add(thing)
    db.flush()
    db.refresh(thing)
    return thing


def make_entry_point(
    db: Session, code: str = "KAZ-TEST", lon: float = 74.7, lat: float = 43.0, **changes: Any
) -> EntryPoint:
    values = {
        "names": {"en": code.title()}, "kind": "road", "country_iso3": "KAZ", "across_iso3": "KGZ", "source": "test",
        "evidence": "confirmed", "location": f"SRID=4326;POINT({lon} {lat})",
    } | changes  # fmt: skip
    return add(db, EntryPoint(code=code, **values))


def make_entry_point_report(db: Session, point: EntryPoint, status: str = "open", **changes: Any) -> EntryPointReport:
    now = datetime.now(UTC)
    values = {"said_by": "Duty desk", "as_of": now, "from_at": changes.get("as_of", now)} | changes
    return add(db, EntryPointReport(entry_point_id=point.id, status=status, **values))


def make_agreement(db: Session, code: str = "TEST-AGREEMENT", *countries: str, **changes: Any) -> Agreement:
    values = {"titles": {"en": code.title()}, "kind": "mutual_aid", "source": "test", "evidence": "confirmed"} | changes
    agreement = add(db, Agreement(code=code, **values))
    db.add_all(AgreementCountry(agreement_id=agreement.id, country_iso3=one) for one in countries or ("KAZ", "KGZ"))
    db.flush()
    return agreement
