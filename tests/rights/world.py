"""Who asks at every door, and about what: the people, programs, records and well-formed requests of the table of routes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from fastapi.routing import APIRoute
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.deployments.models import DeploymentChange
from app.inbox.models import InboxRule
from app.people.models import ApiKey, IdentityProvider
from app.permissions import SCOPES, Role
from app.records import version_of
from app.stock.models import StockMovement, StockReservation
from tests.capacities.test_capacity_forms import TYPED as CAPACITY_TYPED
from tests.capacities.test_register_capacity import TEAM
from tests.conftest import Cast
from tests.documents.files import PDF
from tests.entry_points.test_agreements import NEW as AGREEMENT
from tests.entry_points.test_agreements import TEXT as DOGS
from tests.entry_points.test_entry_point_pages import NEW as CROSSING_TYPED
from tests.entry_points.test_write_entry_points import NEW as CROSSING
from tests.events.test_event_forms import TYPED as EVENT_TYPED
from tests.events.test_log_event import MUDFLOW
from tests.make import (
    add,
    make_accepted_offer,
    make_candidate,
    make_capacity,
    make_contact,
    make_deployment,
    make_document,
    make_entry_point,
    make_equipment_profile,
    make_event,
    make_figure,
    make_key,
    make_lot,
    make_offer,
    make_organisation,
    make_position,
    make_report,
    make_request,
    make_request_line,
    make_user,
    make_warehouse,
    make_warning,
    make_warning_recipient,
    make_webhook,
)
from tests.requests.asked import SAID as REQUEST_SAID
from tests.requests.test_request_pages import TYPED as REQUEST_TYPED
from tests.warnings.test_warning_pages import TYPED as WARNING_TYPED
from tests.warnings.warned import mudflow

CENTRE, OWNER, OTHER = "CESDRR", "OWNER", "OTHER"
OF_THE_CENTRE = ("operator", "stock_keeper", "analyst", "administrator")
READING = ("records:read-partners", "records:read-centre")
KEYS = {
    "key that reads": (OWNER, READING),
    "key for capacities": (OWNER, ("records:read-partners", "capacities:write")),
    "key of the Centre": (CENTRE, tuple(str(scope) for scope in sorted(SCOPES))),
    "key without a scope": (OWNER, ()),
}
ASKERS = ("nobody", *(str(role) for role in Role), *KEYS)

Request = dict[str, Any]


def every_door(routes: Any, prefix: str = "") -> Iterator[tuple[str, APIRoute]]:
    """All routes with their whole addresses, those of included routers too."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield prefix + route.path, route
        elif hasattr(route, "original_router"):
            yield from every_door(route.original_router.routes, prefix + route.include_context.prefix)
        elif hasattr(route, "routes"):
            yield from every_door(route.routes, prefix)


def doors_of(client: TestClient) -> list[str]:
    """`METHOD address` of each door."""
    found = every_door(client.app.routes)  # type: ignore[attr-defined]
    return sorted({f"{method} {path}" for path, route in found for method in route.methods - {"HEAD"}}, key=by_address)


def by_address(door: str) -> tuple[str, str]:
    method, path = door.split()
    return path, method


@dataclass
class Belongings:
    """What one organisation has: records that everybody sees, people, keys, a provider."""

    db: Session
    code: str
    visibility: str = "public"
    ids: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        db, organisation = self.db, make_organisation(self.db, self.code, country_iso3="KAZ")
        seen = {"visibility": self.visibility}
        capacity = make_capacity(db, organisation_id=organisation.id, **seen)
        profile = make_equipment_profile(db, organisation_id=organisation.id, **seen)
        event = make_event(db, organisation_id=organisation.id, **seen)
        figure = make_figure(db, event)
        warning = make_warning(db, organisation_id=organisation.id, **seen)
        make_warning_recipient(db, warning, self.code)
        item = f"item-{uuid4().hex[:8]}"
        make_warehouse(db, "WH-TEST", organisation_id=organisation.id)
        request = make_request(db, organisation=self.code, audience=self.visibility)
        make_request_line(db, request)
        offer = make_offer(db, request, self.code, status="draft" if self.visibility == "own" else "submitted")
        deployment = make_deployment(db, self.code, receiver_id=organisation.id, **seen)
        asked = {"kind": "extension", "until": "2030-01-01T00:00:00Z", "reason": "Still cut off"}
        add(db, DeploymentChange(deployment_id=deployment.id, no=1, organisation_id=organisation.id, **asked))
        accepted = make_accepted_offer(db, self.code)
        position = make_position(db, item, owner_id=organisation.id, **seen)
        lot = make_lot(db, position, "L1", 20)
        movement = db.query(StockMovement).filter_by(lot_id=lot.id).one()
        held = add(db, StockReservation(lot_id=lot.id, quantity=1, reason={"en": "Kept"}))
        contact = make_contact(db, organisation=self.code, **seen)
        make_key(db, organisation=self.code)
        key = db.query(ApiKey).order_by(ApiKey.created_at.desc()).first()
        provider = add(db, IdentityProvider(organisation_id=organisation.id, name="Theirs", client_id="x", client_secret=b"x",
                                            issuer=f"https://{uuid4().hex}.example.org"))  # fmt: skip
        person = make_user(db, organisation=self.code)
        document = make_document(db, event, organisation_id=organisation.id, **seen)
        report = make_report(db, event, organisation_id=organisation.id, **seen)
        webhook = make_webhook(db, organisation=self.code)
        candidate = make_candidate(db)
        entry_point = make_entry_point(db, f"KAZ-{uuid4().hex[:8].upper()}")
        rule = db.query(InboxRule).order_by(InboxRule.position.desc()).first()
        db.commit()
        records = {
            "capacities": capacity,
            "equipment-profiles": profile,
            "events": event,
            "contacts": contact,
            "directory": contact,
            "inbox": candidate,
            "entry-points": entry_point,
        }
        records |= {
            "documents": document,
            "situation-reports": report,
            "warnings": warning,
            "requests": request,
            "offers": offer,
            "deployments": deployment,
        }
        self.ids = {noun: getattr(row, "ref", None) or str(row.id) for noun, row in records.items()}
        self.ids |= {
            "accepted": accepted.ref,
            "stock": position.ref,
            "lots": str(lot.id),
            "movements": str(movement.id),
            "reservations": str(held.id),
            "items": item,
            "keys": str(key.id),
            "providers": str(provider.id),
            "people": str(person.id),
            "webhooks": str(webhook.id),
            "rules": str(rule.id),
        }
        self.ids |= {"agreements": "TIR-CONVENTION", "host-nation-support": "AFG-CONTACT"}
        self.ids |= {"figures": str(figure.id), "organisations": self.code, "situation-reports": str(report.id)}
        for noun, row in records.items():
            db.refresh(row)
            self.versions[noun] = version_of(row.updated_at)


class Absent(Belongings):
    """What nobody has, under numbers that nobody was given."""

    def __post_init__(self) -> None:
        none = str(UUID(int=7))
        self.ids = {
            "capacities": "CA-9999999",
            "equipment-profiles": "EP-9999",
            "events": "EV-2026-9999",
            "stock": "ST-999999",
            "lots": none,
            "movements": none,
            "reservations": none,
            "items": "item-none",
            "contacts": none,
            "directory": none,
            "inbox": "CD-999999",
            "entry-points": "EN-9999",
            "agreements": "AG-9999",
            "host-nation-support": "AFG-NOTHING",
            "documents": "DO-999999",
            "warnings": "WA-2026-9999",
            "requests": "RQ-2026-9999",
            "offers": "OF-2026-9999",
            "accepted": "OF-2026-9999",
            "deployments": "DP-2026-9999",
            "situation-reports": none,
            "figures": none,
        }
        self.versions = dict.fromkeys((*self.ids,), "5f5e100")


class World:
    """One asker, and what belongs to their organisation and to another."""

    def __init__(self, db: Session, asker: str) -> None:
        self.db, self.asker = db, asker
        self.renew()

    def renew(self) -> None:
        """Anew, after something was changed."""
        self.organisation, self.headers = who(Cast(self.db), self.asker)
        self.known: dict[str, Belongings] = {}

    def belongings(self, whose: str) -> Belongings:
        if whose not in self.known:
            made = {"own": (Belongings, self.organisation), "other": (Belongings, OTHER), "absent": (Absent, OTHER)}
            self.known[whose] = (
                Belongings(self.db, OTHER, "own") if whose == "hidden" else made[whose][0](self.db, made[whose][1])
            )
        return self.known[whose]

    def ask(self, client: TestClient, door: str, whose: str) -> str:
        method, path = door.split()
        theirs = self.belongings(whose)
        client.cookies.clear()
        request = dict(well_formed(door, theirs))
        headers = self.headers | request.pop("headers", {})
        answer = client.request(method, address(path, theirs), headers=headers, follow_redirects=False, **request)
        if method != "GET" and answer.status_code < 400:
            self.renew()
        return word(answer)

    def makes_a_difference(self, door: str) -> bool:
        """Whether the request says whose record is meant."""
        path = door.split()[1]
        own, other = ((address(path, one), well_formed(door, one)) for one in map(self.belongings, ("own", "other")))
        return own != other


def who(cast: Cast, asker: str) -> tuple[str, dict[str, str]]:
    """The organisation of an asker, and what they send to be known."""
    if asker == "nobody":
        return OWNER, {"Sec-Fetch-Site": "same-origin"}
    if asker in KEYS:
        organisation, scopes = KEYS[asker]
        return organisation, cast.program(*scopes, organisation=organisation)
    organisation = CENTRE if asker in OF_THE_CENTRE else OWNER
    return organisation, cast.person(asker, organisation=organisation)


def word(answer: Any) -> str:
    """`ok`, `sign in` where people are sent to do so, or the status of the refusal."""
    if answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?"):
        return "sign in"
    return "ok" if answer.status_code < 400 else str(answer.status_code)


# -- well-formed requests


def address(path: str, theirs: Belongings) -> str:
    noun = next((part for part in reversed(path.split("/{", maxsplit=1)[0].split("/")) if part in theirs.ids), "")
    path = path.replace("/kits/{code}", f"/kits/{theirs.ids.get('items', '')}")
    numbers = {"{z}": "0", "{x}": "0", "{y}": "0", "{code}": "KAZ" if "/places" in path else theirs.code}
    numbers |= {
        "{iso3}": "KAZ",
        "{country}": "KAZ",
        "{section}": "dogs",
        "{kind}": "issue",
        "{ref}": "SC-0000",
        "{feed}": "usgs",
        "{no}": "1",
        "{what}": "time",
        "{delivery}": str(UUID(int=0)),
        "{position}": "1",
    }
    numbers |= {"{id_or_code}": "KAZ", "{organisation}": theirs.code, "{report}": theirs.ids["situation-reports"]}
    for name, value in numbers.items():
        path = path.replace(name, value)
    path = path.replace("/figures/{id:uuid}", f"/figures/{theirs.ids['figures']}").replace("{indicator}", "dead")
    for name in ("{id_or_ref}", "{id:uuid}", "{id}"):
        path = path.replace(name, theirs.ids.get(noun, str(UUID(int=0))))
    return path


def in_days(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


REPORT = {"sections": {"highlights": {"en": "Two villages are cut off."}}}
WEBHOOK = {"url": "https://receiver.example.org/", "sees": "public"}
BULLETIN = {"name": "Bulletin 3", "kind": "government"}
PROFILE_TYPED = {"names.en": "Rescuers", "country": "KAZ", "visibility": "partners"}
TAKEN = {"quantity": 1, "reason": {"en": "For the exercise"}}
RECEIVED = {"warehouse": "WH-TEST", "number": "L1", "quantity": "1", "condition": "new"}
STORE = {"country": "KAZ", "names": {"en": "New"}}
ROPE = {"titles": {"en": "Rope"}, "lines": [{"description": {"en": "Rope"}, "quantity": 1, "unit": "each"}]}
ROPE_TYPED = {"titles.en": "Rope", "lines.0.description.en": "Rope", "lines.0.quantity": "1", "lines.0.unit": "each"}
DOGS_TYPED = {
    "texts.en": "A vet looks at each.",
    "source": "Vets",
    "evidence": "confirmed",
    "as_of": "2026-11-20",
    "version": "*",
}
Form = Callable[[Belongings], Request]
WELL_FORMED: Mapping[str, Form] = {
    "POST /api/v1/deployments": lambda theirs: {"json": {"offer": theirs.ids["accepted"]}},
    "PATCH /api/v1/deployments/{id_or_ref}": lambda _: {"json": {"vehicle": "01 KG 777"}},
    "POST /api/v1/deployments/{id_or_ref}/transitions": lambda _: {"json": {"to": "at_border"}},
    "POST /api/v1/deployments/{id_or_ref}/times": lambda _: {"json": {"what": "arrival", "kind": "estimated", "at": "2026-12-01T00:00:00Z"}},
    "POST /api/v1/deployments/{id_or_ref}/receipts": lambda _: {"json": {"signed_by": "A", "lines": [{"line": 1, "quantity_received": 4}]}},
    "POST /api/v1/deployments/{id_or_ref}/outcomes": lambda _: {"json": {"line": 1, "kind": "lost", "quantity": 1, "reason": "Flood"}},
    "POST /api/v1/deployments/{id_or_ref}/changes": lambda _: {"json": {"kind": "recall", "until": "2027-02-01T00:00:00Z", "reason": "Flood"}},
    "POST /api/v1/deployments/{id_or_ref}/changes/{no}/answer": lambda _: {"json": {"answer": "declined"}},
    "GET /deployments/new": lambda theirs: {"params": {"offer": theirs.ids["accepted"]}},
    "POST /deployments": lambda theirs: {"data": {"offer": theirs.ids["accepted"], "lines.1.quantity": "1"}},
    "POST /deployments/{id_or_ref}/receipt": lambda _: {"data": {"signed_by": "A", "lines.1.quantity_received": "4"}},
    "POST /deployments/{id_or_ref}/report/{what}": lambda theirs: {"data": {"what": "arrival", "kind": "estimated", "at.day": "2026-12-01",
                                                                            "version": theirs.versions["deployments"]}},
    "POST /api/v1/warnings": lambda _: {"json": mudflow()},
    "PATCH /api/v1/warnings/{id_or_ref}": lambda _: {"json": {"severity": "minor"}},
    "POST /api/v1/warnings/{id_or_ref}/issue": lambda _: {"json": {}},
    "POST /api/v1/warnings/{id_or_ref}/update": lambda _: {"json": {}},
    "POST /api/v1/warnings/{id_or_ref}/acknowledge": lambda _: {"json": {}},
    "POST /warnings": lambda _: {"data": WARNING_TYPED | {"key": uuid4().hex}},
    "POST /warnings/{id_or_ref}": lambda theirs: {"data": WARNING_TYPED | {"version": theirs.versions["warnings"]}},
    "GET /api/v1/events/duplicates": lambda _: {"params": {"hazard": "MS", "started_at": "2026-07-08T05:30:00Z"}},
    "GET /events/duplicates": lambda _: {"params": {"hazard": "MS", "started_at.day": "2026-07-08"}},
    "GET /search": lambda _: {"params": {"q": "team"}},
    "POST /api/v1/requests": lambda _: {"json": REQUEST_SAID},
    "PATCH /api/v1/requests/{id_or_ref}": lambda _: {"json": {"priority": "low"}},
    "POST /api/v1/requests/{id_or_ref}/transitions": lambda _: {"json": {"to": "cancelled", "reason": "It is over"}},
    "PUT /api/v1/requests/{id_or_ref}/appeal": lambda _: {"json": {"text": {"en": "Winter is coming."}}},
    "POST /requests": lambda _: {"data": REQUEST_TYPED | {"key": uuid4().hex}},
    "POST /requests/{id_or_ref}": lambda theirs: {"data": REQUEST_TYPED | {"version": theirs.versions["requests"]}},
    "POST /requests/{id_or_ref}/transitions": lambda theirs: {"data": {"to": "cancelled", "reason": "It is over",
                                                                       "version": theirs.versions["requests"]}},
    "POST /requests/{id_or_ref}/appeal": lambda theirs: {"data": {"text.en": "Winter is coming.", "version": theirs.versions["requests"]}},
    "POST /api/v1/offers": lambda theirs: {"json": ROPE | {"organisation": theirs.code}},
    "PATCH /api/v1/offers/{id_or_ref}": lambda _: {"json": {"financing": "Ours"}},
    "POST /api/v1/offers/{id_or_ref}/transitions": lambda _: {"json": {"to": "withdrawn", "reason": "It is over"}},
    "POST /api/v1/offers/{id_or_ref}/accept": lambda _: {"json": {}},
    "POST /api/v1/offers/{id_or_ref}/tie": lambda theirs: {"json": {"request": theirs.ids["requests"]}},
    "POST /offers": lambda theirs: {"data": ROPE_TYPED | {"organisation": theirs.code, "key": uuid4().hex}},
    "POST /offers/{id_or_ref}": lambda theirs: {"data": ROPE_TYPED | {"version": theirs.versions.get("offers", "")}},
    "POST /offers/{id_or_ref}/accept": lambda theirs: {"data": {"accepted.1": "1", "version": theirs.versions.get("offers", "")}},
    "POST /offers/{id_or_ref}/tie": lambda theirs: {"data": {"request": theirs.ids["requests"], "version": theirs.versions.get("offers", "")}},
    "POST /api/v1/entry-points": lambda _: {"json": CROSSING | {"code": f"KAZ-{uuid4().hex[:8]}"}},
    "PATCH /api/v1/entry-points/{id_or_ref}": lambda _: {"json": {"hours_to_cross": 3}},
    "POST /api/v1/entry-points/{id_or_ref}/reports": lambda _: {"json": {"status": "open", "said_by": "Border service"}},
    "POST /entry-points": lambda _: {"data": CROSSING_TYPED | {"code": f"KAZ-{uuid4().hex[:8]}", "key": uuid4().hex}},
    "POST /entry-points/{id_or_ref}": lambda theirs: {"data": CROSSING_TYPED | {"code": f"KAZ-{uuid4().hex[:8]}",
                                                                                "version": theirs.versions["entry-points"]}},
    "POST /entry-points/{id_or_ref}/report": lambda _: {"data": {"status": "open", "said_by": "Border service"}},
    "POST /api/v1/agreements": lambda _: {"json": AGREEMENT | {"code": f"A-{uuid4().hex[:8]}"}},
    "PATCH /api/v1/agreements/{id_or_ref}": lambda _: {"json": {"kind": "transit"}},
    "PUT /api/v1/host-nation-support/{country}/{section}": lambda _: {"json": DOGS},
    "POST /countries/{iso3}/host-nation-support/{section}": lambda _: {"data": DOGS_TYPED},
    "POST /api/v1/events": lambda _: {"json": MUDFLOW},
    "PATCH /api/v1/events/{id_or_ref}": lambda _: {"json": {"status": "closed"}},
    "POST /api/v1/events/{id_or_ref}/merge": lambda _: {"json": {"into": "EV-2008-0006", "reason": "Logged twice"}},
    "POST /events/{id_or_ref}/merge": lambda theirs: {"data": {"into": "EV-2008-0006", "reason": "Logged twice",
                                                               "version": theirs.versions["events"]}},
    "POST /api/v1/events/{id_or_ref}/relations": lambda _: {"json": {"kind": "related", "event": "EV-2008-0006"}},
    "POST /events/{id_or_ref}/relations": lambda theirs: {"data": {"kind": "related", "event": "EV-2008-0006",
                                                                   "version": theirs.versions["events"]}},
    "POST /api/v1/events/{id_or_ref}/relations/end": lambda _: {"json": {"event": "EV-2008-0006"}},
    "POST /events/{id_or_ref}/relations/end": lambda theirs: {"data": {"event": "EV-2008-0006",
                                                                       "version": theirs.versions["events"]}},
    "POST /api/v1/events/{id_or_ref}/documents": lambda _: {"content": PDF},
    "POST /events/{id_or_ref}/documents": lambda _: {"data": {"titles.en": "Map", "kind": "map"}, "files": {"file": ("a.pdf", PDF)}},
    "PATCH /api/v1/documents/{id_or_ref}": lambda _: {"json": {"kind": "photo"}},
    "POST /documents/{id_or_ref}": lambda theirs: {"data": {"titles.en": "Map", "kind": "photo", "visibility": "public",
                                                            "version": theirs.versions["documents"]}},
    "POST /api/v1/events/{id_or_ref}/situation-reports": lambda _: {"json": REPORT},
    "PATCH /api/v1/events/{id_or_ref}/situation-reports/{report}": lambda _: {"json": REPORT},
    "POST /api/v1/events/{id_or_ref}/situation-reports/{report}/publish": lambda _: {"json": {"change": ""}},
    "POST /events/{id_or_ref}/situation-reports": lambda _: {"data": {"sections.highlights.en": "Cut off.", "visibility": "public"}},
    "POST /api/v1/events/{id_or_ref}/figures": lambda _: {"json": {"indicator": "dead", "value": 3, "source": BULLETIN}},
    "POST /api/v1/events/{id_or_ref}/figures/{id:uuid}/supersede": lambda _: {"json": {"value": 3, "reason": "Misprint"}},
    "PUT /api/v1/events/{id_or_ref}/headlines/{indicator}": lambda theirs: {"json": {"figure": theirs.ids["figures"], "reason": "Seen"}},
    "POST /events/{id_or_ref}/figures": lambda _: {"data": {"source_name": "Bulletin", "source_kind": "un", "amount.dead": "3"}},
    "POST /events/{id_or_ref}/figures/{id:uuid}/correct": lambda _: {"data": {"amount": "3", "reason": "Misprint"}},
    "POST /events/{id_or_ref}/headlines/{indicator}": lambda theirs: {"data": {"figure": theirs.ids["figures"], "reason": "Seen"}},
    "POST /api/v1/equipment-profiles": lambda theirs: {"json": {"names": {"en": "Rescuers"}, "country": "KAZ", "organisation": theirs.code}},
    "PATCH /api/v1/equipment-profiles/{id_or_ref}": lambda _: {"json": {"note": {"en": "Mains fail."}}},
    "POST /equipment-profiles": lambda theirs: {"data": PROFILE_TYPED | {"organisation": theirs.code, "key": uuid4().hex}},
    "POST /equipment-profiles/{id_or_ref}": lambda theirs: {"data": PROFILE_TYPED | {"version": theirs.versions["equipment-profiles"]}},
    "POST /equipment-profiles/{id_or_ref}/withdraw": lambda theirs: {"data": {"reason": "Over", "version": theirs.versions["equipment-profiles"]}},
    "POST /equipment-profiles/{id_or_ref}/lines/{position}/remove": lambda theirs: {"data": {"version": theirs.versions["equipment-profiles"]}},
    "POST /equipment-profiles/{id_or_ref}/lines": lambda theirs: {"data": {"type": "usar", "version": theirs.versions["equipment-profiles"]}},
    "POST /equipment-profiles/{id_or_ref}/lines/{position}": lambda theirs: {"data": {"type": "usar", "version": theirs.versions["equipment-profiles"]}},
    "POST /api/v1/capacities": lambda theirs: {"json": TEAM | {"organisation": theirs.code}},
    "PATCH /api/v1/capacities/{id_or_ref}": lambda _: {"json": {"quantity": 3}},
    "POST /api/v1/capacities/verify": lambda theirs: {"json": {"refs": [theirs.ids["capacities"]]}},
    "POST /api/v1/contacts": lambda theirs: {"json": {"kind": "duty_officer", "name": "Desk", "phones": ["+000 555 0199"],
                                                      "organisation": theirs.code}},
    "PATCH /api/v1/contacts/{id}": lambda _: {"json": {"position": "Chief"}},
    "POST /events": lambda theirs: {"data": EVENT_TYPED | {"started_at.day": f"20{len(theirs.code):02}-01-15", "glide": "", "key": uuid4().hex}},
    "POST /events/{id_or_ref}": lambda theirs: {"data": EVENT_TYPED | {"version": theirs.versions["events"]}},
    "POST /capacities": lambda theirs: {"data": CAPACITY_TYPED | {"organisation": theirs.code}},
    "POST /capacities/{id_or_ref}": lambda theirs: {"data": CAPACITY_TYPED | {"version": theirs.versions["capacities"]}},
    "POST /capacities/verify": lambda theirs: {"data": {"refs": [theirs.ids["capacities"]]}},
    "POST /directory/new": lambda theirs: {"data": {"kind": "duty_officer", "name": "Desk", "phones": "+000 555 0199",
                                                    "organisation": theirs.code, "visibility": "centre", "key": "k"}},
    "POST /directory/{id}/edit": lambda theirs: {"data": {"name": "Desk", "phones": "+000 555 0199", "visibility": "centre",
                                                          "version": theirs.versions["contacts"]}},
    "POST /keys": lambda theirs: {"data": {"name": "Dispatch", "scopes": ["records:read-partners"], "expires_on": in_days(30),
                                           "organisation": theirs.code}},
    "POST /people/invite": lambda theirs: {"data": {"name": "New", "email": f"{uuid4().hex}@example.org", "language": "en",
                                                    "organisation": theirs.code, "roles": "reader"}},
    "POST /people/{id:uuid}/roles": lambda _: {"data": {"roles": "reader"}},
    "POST /api/v1/inbox/{id_or_ref}/event": lambda _: {"json": {"nevertheless": True}},
    "POST /api/v1/inbox/{id_or_ref}/join": lambda theirs: {"json": {"event": theirs.ids["events"]}},
    "POST /inbox/{id_or_ref}/event": lambda theirs: {"data": {"nevertheless": "yes", "version": theirs.versions["inbox"]}},
    "POST /inbox/{id_or_ref}/join": lambda theirs: {"data": {"event": theirs.ids["events"], "version": theirs.versions["inbox"]}},
    "POST /inbox/{id_or_ref}/edit": lambda theirs: {"data": EVENT_TYPED | {"nevertheless": "yes", "version": theirs.versions["inbox"]}},
    "POST /inbox/rules": lambda _: {"data": {"does": "keep"}},
    "POST /inbox/rules/{id}": lambda _: {"data": {"does": "keep"}},
    "POST /account": lambda _: {"data": {"name": "Aida", "language": "en"}},
    "POST /sign-in/passkey/options": lambda _: {"json": {}},
    "POST /sign-in": lambda _: {"data": {"email": "nobody@example.org", "password": "a long enough password"}},
    "POST /recover": lambda _: {"data": {"email": "nobody@example.org"}},
    "POST /intake": lambda _: {"data": {"name": "Weather", "code": f"w-{uuid4().hex[:8]}", "adapter": "cap", "every_minutes": "5",
                                        "url": "https://meteo.example.org/cap.atom"}},
    "POST /intake/{feed}": lambda _: {"data": {"name": "Quakes", "every_minutes": "5", "url": "https://quakes.example.org/",
                                               "is_enabled": "true"}},
    "POST /webhooks": lambda theirs: {"data": WEBHOOK | {"name": uuid4().hex, "organisation": theirs.code}},
    "POST /webhooks/{id}/edit": lambda _: {"data": WEBHOOK | {"name": uuid4().hex}},
    "POST /api/v1/webhooks": lambda theirs: {"json": WEBHOOK | {"name": uuid4().hex, "organisation": theirs.code}},
    "POST /api/v1/webhooks/{id}/replay": lambda _: {"json": {"since": "2026-01-01T00:00:00Z"}},
    "POST /subscriptions": lambda _: {"data": {"rhythm": "immediate", "hour": "8", "time_zone": "UTC"}},
    "GET /api/v1/stock/{id_or_ref}/proposal": lambda _: {"params": {"quantity": "1"}},
    "POST /api/v1/stock/movements": lambda theirs: {"json": {"kind": "issue", "quantity": 1, "lot": theirs.ids["lots"]}},
    "POST /api/v1/stock/{id_or_ref}/reservations": lambda _: {"json": TAKEN},
    "PUT /api/v1/stock/minimum-levels": lambda theirs: {"json": {"item": theirs.ids["items"], "warehouse": "WH-TEST", "quantity": 5}},
    "PUT /api/v1/stock/kits/{code}": lambda _: {"json": {"parts": []}},
    "POST /api/v1/stock/counts": lambda theirs: {"json": {"warehouse": "WH-TEST", "lines": [{"lot": theirs.ids["lots"], "counted": 19}]}},
    "POST /api/v1/stock/items": lambda _: {"json": {"code": f"i-{uuid4().hex[:8]}", "names": {"en": "New"}, "family": "shelter-relief",
                                                    "unit": "each"}},
    "POST /api/v1/stock/warehouses": lambda _: {"json": STORE | {"code": f"WH-{uuid4().hex[:8].upper()}",
                                                                 "geometry": {"coordinates": [76.9, 43.2]}}},
    "GET /stock/counts/new": lambda _: {"params": {"warehouse": "WH-TEST"}},
    "POST /stock/receive": lambda theirs: {"data": RECEIVED | {"item": theirs.ids["items"], "owner": theirs.code}},
    "POST /stock/{id_or_ref}/move/{kind}": lambda theirs: {"data": {"lot": theirs.ids["lots"], "quantity": "1"}},
    "POST /stock/{id_or_ref}/reserve": lambda _: {"data": {"quantity": "1", "reason": "For the exercise"}},
    "POST /stock/minimum-levels": lambda theirs: {"data": {"item": theirs.ids["items"], "warehouse": "WH-TEST", "quantity": "5"}},
    "POST /stock/kits/parts": lambda theirs: {"data": {"item": theirs.ids["items"]}},
    "POST /stock/kits/make": lambda theirs: {"data": RECEIVED | {"item": theirs.ids["items"]}},
    "POST /stock/counts": lambda theirs: {"data": {"warehouse": "WH-TEST", f"counted.{theirs.ids['lots']}": "19"}},
    "POST /stock/items/new": lambda _: {"data": {"code": f"i-{uuid4().hex[:8]}", "names.en": "New", "family": "shelter-relief",
                                                 "unit": "each"}},
    "POST /stock/warehouses/new": lambda _: {"data": {"code": f"WH-{uuid4().hex[:8].upper()}", "names.en": "New", "country": "KAZ",
                                                      "geometry": "43.2, 76.9"}},
    "POST /people/providers/{id}": lambda _: {"data": {"name": "Theirs", "client_id": "y", "enabled": "on"}},
}  # fmt: skip


def well_formed(door: str, theirs: Belongings) -> Request:
    """A request that only a want of rights could refuse, so far as one can be written without a ceremony of several steps."""
    method, path = door.split()
    if door in WELL_FORMED:
        request = WELL_FORMED[door](theirs)
    elif method == "GET":
        request = {}
    elif path.startswith("/api/"):
        request = {"json": {"reason": "It is over"}}
    else:
        request = {"data": {"reason": "It is over", "version": theirs.versions.get(noun_of(path), "")}}
    if path.startswith("/api/") and "/{" in path and method != "GET":
        request["headers"] = {"If-Match": "*"}
    return request


def noun_of(path: str) -> str:
    """What is written: of two that the address names the one below."""
    nouns = (
        "entry-points",
        "events",
        "capacities",
        "contacts",
        "directory",
        "inbox",
        "documents",
        "situation-reports",
        "warnings",
        "requests",
        "offers",
    )
    return next((part for part in reversed(path.split("/")) if part in nouns), "")


def answers(client: TestClient, db: Session, asker: str) -> dict[str, str]:
    """What an asker is answered at each door; `own|other` where it is not the same for both, or does not speak of either."""
    world, found = World(db, asker), {}
    db.execute(text("UPDATE organisations SET country_iso3 = 'KAZ' WHERE code = :centre"), {"centre": CENTRE})
    db.commit()
    for door in doors_of(client):
        own = world.ask(client, door, "own")
        other = world.ask(client, door, "other") if world.makes_a_difference(door) else own
        found[door] = own if own == other else f"{own}|{other}"
    return found
