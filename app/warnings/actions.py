"""What is done with warnings: drafted, changed, discarded, issued, updated, cancelled. Each with its line of history.

Whoever writes needs the right in every country that the warning is for. What was issued never changes: an update and a
cancellation are messages of their own, which end the one before.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from app import history
from app.answers import not_found, refuse_stale
from app.errors import Conflict, Forbidden, Invalid
from app.events import writing_queries as events
from app.events.models import Event
from app.languages import gettext as _
from app.languages import label, speaking
from app.permissions import By, Permission
from app.warnings import messages, telling
from app.warnings import writing_queries as queries
from app.warnings.letters import Told
from app.warnings.models import Warning
from app.warnings.schemas import WarningIn
from app.writing import merged, understood

NOUN = "warnings"
COLUMNS = (
    "status", "audience", "categories", "responses", "urgency", "severity", "certainty", "effective_at", "onset_at",
    "expires_at", "headlines", "descriptions", "instructions", "area_descriptions", "contact",
)  # fmt: skip


class Issued(Conflict):
    """Only a draft can be changed, discarded or issued."""


class NotInForce(Conflict):
    """Only what is in force can be updated or cancelled."""


# -- drafts


def draft_warning(db: Session, by: By, new: WarningIn, replaces: Warning | None = None) -> Warning:
    """Begin a warning of the writer's organisation; nobody is told. Raises Forbidden, Invalid."""
    demand_right(by, new.countries)
    if by.organisation_id is None:
        raise Forbidden(_("A warning is issued by an organisation, and you belong to none."))
    warning = Warning(organisation_id=by.organisation_id, msg_type="update" if replaces else "alert")
    warning.demonstration = by.demonstration or bool(replaces and replaces.demonstration)
    warning.replaces_id = replaces.id if replaces else None
    after = write(db, by, warning, {}, new)
    history.record(db, by, "drafted", NOUN, warning.id, ref=warning.ref, after=after, visibility="centre")
    return warning


def change_draft(db: Session, by: By, id_or_ref: str, change: Mapping[str, Any], version: str) -> Warning:
    """Lay a change (a merge patch) over a draft. Raises NotFound, Forbidden, Stale, Issued, Invalid."""
    warning, before = take_draft(db, by, id_or_ref, version)
    new = understood(WarningIn, merged(before, change))
    demand_right(by, new.countries)
    after = write(db, by, warning, before, new)
    if before != after:
        was, now = history.changes(before, after)
        history.record(db, by, "changed", NOUN, warning.id, ref=warning.ref, before=was, after=now, visibility="centre")
    return warning


def discard_draft(db: Session, by: By, id_or_ref: str, version: str, reason: str = "") -> Warning:
    """Raises NotFound, Forbidden, Stale, Issued."""
    warning, _state = take_draft(db, by, id_or_ref, version)
    warning.withdrawn_at = datetime.now(UTC)
    db.flush()
    history.record(db, by, "discarded", NOUN, warning.id, ref=warning.ref, reason=reason, visibility="centre")
    db.refresh(warning)
    return warning


def draft_update(db: Session, by: By, id_or_ref: str, change: Mapping[str, Any]) -> Warning:
    """Begin a message that will update one in force: what it says, with a change laid over. Raises NotFound, Forbidden, NotInForce."""
    warning, before = take(db, by, id_or_ref, "*")
    demand_in_force(db, warning)
    state = merged(before | {"effective_at": None}, change)
    return draft_warning(db, by, understood(WarningIn, state), warning)


# -- issued


def issue_warning(
    db: Session, by: By, id_or_ref: str, recipients: Sequence[str] | None, version: str, site: str
) -> Warning:
    """Send a draft out, to these organisations or to those that are proposed. Raises as `change_draft`, and NotInForce."""
    warning, state = take_draft(db, by, id_or_ref, version)
    check(db, by, warning, understood(WarningIn, state))
    if warning.expires_at <= datetime.now(UTC):
        raise Invalid.field("expires_at", _("This time is over: say until when the warning is in force."))
    codes = proposed(db, warning, state) if recipients is None else recipients
    replaced = lock_replaced(db, warning)
    send(db, by, warning, codes, site, replaced)
    return warning


def cancel_warning(db: Session, by: By, id_or_ref: str, reason: str, version: str, site: str) -> Warning:
    """Send out that a warning no longer holds, to all who were told of it. Raises NotFound, Forbidden, Stale, NotInForce."""
    warning, state = take(db, by, id_or_ref, version)
    demand_in_force(db, warning)
    said = state | {"descriptions": {}, "instructions": {}, "responses": [], "effective_at": None}
    cancel = Warning(
        organisation_id=warning.organisation_id, msg_type="cancel", replaces_id=warning.id, note=reason,
        demonstration=warning.demonstration,
    )  # fmt: skip
    event = db.get(Event, warning.event_id) if warning.event_id else None  # whatever has become of it meanwhile
    fill(db, cancel, {}, understood(WarningIn, said | {"headlines": cancelled(warning.headlines)}), event)
    send(db, by, cancel, queries.recipients_of(db, warning.id), site, warning)
    return cancel


def cancelled(headlines: Mapping[str, str]) -> dict[str, str]:
    said = {}
    for language, headline in headlines.items():
        with speaking(language):
            said[language] = _("Cancelled: %(headline)s")[:200] % {"headline": headline[:170]}
    return said


def lock_replaced(db: Session, warning: Warning) -> Warning | None:
    """The message that a draft replaces, locked and in force yet."""
    if warning.replaces_id is None:
        return None
    replaced = db.get_one(Warning, warning.replaces_id, with_for_update=True, populate_existing=True)
    demand_in_force(db, replaced)
    return replaced


def send(db: Session, by: By, warning: Warning, codes: Sequence[str], site: str, replaced: Warning | None) -> None:
    """Make the message, keep it as it is, end the one before, and tell everybody."""
    warning.issued_at = datetime.now(UTC).replace(microsecond=0)
    facts, earlier = queries.facts_of(db, warning.id), queries.chain_of(db, warning.replaces_id)
    warning.cap = messages.message(warning, facts, earlier, codes, site)
    warning.visibility = warning.audience
    db.flush()
    if replaced:
        replaced.ended_at, replaced.ended_as = (
            warning.issued_at,
            "cancelled" if warning.msg_type == "cancel" else "updated",
        )
        db.flush()
        queries.drop_steps(db, replaced.id, "ended")
    telling.tell(db, Told(warning, facts, site), codes)
    note_issue(db, by, warning, codes, replaced)
    db.refresh(warning)


def note_issue(db: Session, by: By, warning: Warning, codes: Sequence[str], replaced: Warning | None) -> None:
    """For whoever may see the warning that it was issued; for the Centre whom it was told to."""
    said = {name: getattr(warning, name) for name in ("msg_type", "status", "severity", "headlines")}
    said |= {"expires_at": warning.expires_at.isoformat()} | ({"replaces": replaced.ref} if replaced else {})
    seen = warning.visibility
    history.record(
        db, by, "issued", NOUN, warning.id, ref=warning.ref, after=said, reason=warning.note, visibility=seen
    )
    told = {"recipients": list(codes)}
    history.record(
        db, by, "told", NOUN, warning.id, ref=warning.ref, after=told, visibility=history.narrower(seen, "centre")
    )


def proposed(db: Session, warning: Warning, state: queries.State) -> list[str]:
    """Who is told unless somebody says otherwise: of an update whoever was told before, and whoever is concerned now."""
    before = queries.recipients_of(db, warning.replaces_id) if warning.replaces_id else []
    return list(dict.fromkeys([*before, *queries.proposed(db, warning, state["countries"])]))


# -- what they share


def take(db: Session, by: By, id_or_ref: str, version: str) -> tuple[Warning, queries.State]:
    """The warning, locked, and what it says, for somebody who may write it. Raises NotFound, Forbidden, Stale."""
    warning = queries.lock_warning(db, by, id_or_ref)
    if warning is None:
        raise not_found(id_or_ref)
    state = queries.state_of(db, warning.id)
    refuse_stranger(by, warning, state["countries"])
    refuse_stale(version, warning.updated_at)
    return warning, state


def take_draft(db: Session, by: By, id_or_ref: str, version: str) -> tuple[Warning, queries.State]:
    """Raises Issued besides."""
    warning, state = take(db, by, id_or_ref, "*")
    refuse_issued(warning)
    refuse_stale(version, warning.updated_at)
    return warning, state


def refuse_issued(warning: Warning) -> None:
    if warning.issued_at:
        raise Issued(_("This warning was issued, so it never changes. Update or cancel it."))


def refuse_stranger(by: By, warning: Warning, countries: Sequence[str]) -> None:
    if not may_write(by, warning, countries):
        raise Forbidden(_("Only whoever has issued a warning, or the Centre, can change what becomes of it."))


def may_write(by: By, warning: Warning, countries: Sequence[str]) -> bool:
    is_own = warning.organisation_id == by.organisation_id or by.may(Permission.READ_CENTRE)
    return is_own and may_warn(by, countries)


def may_warn(by: By, countries: Sequence[str]) -> bool:
    """Whether `by` may issue a warning for all these countries."""
    limit = by.rights.get(Permission.WARNING_ISSUE, frozenset())
    return limit is None or (bool(countries) and limit.issuperset(countries))


def demand_right(by: By, countries: Sequence[str]) -> None:
    if not may_warn(by, countries):
        own = by.rights.get(Permission.WARNING_ISSUE) or frozenset()
        words = {"countries": ", ".join(sorted(own)) or "—"}
        raise Forbidden(_("You may warn of what touches no other countries than these: %(countries)s.") % words)


def demand_in_force(db: Session, warning: Warning) -> None:
    if not queries.is_in_force(db, warning.id):
        raise NotInForce(_("This warning is not in force, so it can be neither updated nor cancelled."))


def write(db: Session, by: By, warning: Warning, before: queries.State, new: WarningIn) -> queries.State:
    """Put a draft into its rows. Answers the state after. Raises Invalid where its writer could not see it."""
    after = fill(db, warning, before, new, check(db, by, warning, new))
    if queries.warning_seen(db, by, warning.ref) is None:
        raise Forbidden(_("Then you could not see it yourself. Choose who may see it so that you can."))
    return after


def fill(db: Session, warning: Warning, before: queries.State, new: WarningIn, event: Event | None) -> queries.State:
    """Put into the rows what differs from before. Answers the state after."""
    said = new.model_dump(mode="json")
    differs = {name for name in said if name not in before or said[name] != before[name]}
    for name in differs.intersection(COLUMNS):
        setattr(warning, name, getattr(new, name))
    warning.hazard_code, warning.circles, warning.parameters = new.hazard, said["circles"], said["parameters"]
    warning.event_id = event.id if event else None
    warning.demonstration = warning.demonstration or bool(event and event.demonstration)
    if "geometry" in differs:
        warning.geometry = events.as_geometry(said["geometry"])
    db.add(warning)
    db.flush()
    queries.set_countries(db, warning.id, new.countries)
    areas = events.areas_named(db, new.areas, datetime.now(UTC).date().isoformat())
    queries.set_areas(db, warning.id, [area for area, _country in areas.values()])
    db.refresh(warning)
    return queries.state_of(db, warning.id)


def check(db: Session, by: By, warning: Warning, new: WarningIn) -> Event | None:
    """What only the database knows. Answers the event. Raises Invalid, naming every field that is wrong."""
    event = events.event_seen(db, by, new.event) if new.event else None
    wrong = [*unknown_codes(db, new), *wrong_event(new, event), *wrong_status(db, warning, new, event)]
    flaw = events.flaw_of(db, new.geometry.model_dump()) if new.geometry else None
    if flaw:
        wrong.append({"field": "geometry", "message": _("This shape cannot be: %(flaw)s.") % {"flaw": flaw}})
    if wrong:
        raise Invalid(" ".join(one["message"] for one in wrong), wrong)
    return event


def wrong_event(new: WarningIn, event: Event | None) -> list[dict[str, str]]:
    if new.event and (event is None or event.withdrawn_at):
        message = _("There is no record %(ref)s here.") % {"ref": new.event[:60]}
        return [{"field": "event", "message": message}]
    return []


def wrong_status(db: Session, warning: Warning, new: WarningIn, event: Event | None) -> list[dict[str, str]]:
    if event and event.exercise and new.status != "exercise":
        return [{"field": "status", "message": _("The event is an exercise, so what warns of it is an exercise, too.")}]
    before = db.get(Warning, warning.replaces_id) if warning.replaces_id else None
    if before and before.status != new.status:
        return [{"field": "status", "message": _("An update has the status of what it updates.")}]
    return []


def unknown_codes(db: Session, new: WarningIn) -> list[dict[str, str]]:
    wrong = []
    if not events.is_hazard(db, new.hazard):
        text = _("There is no hazard “%(code)s”; the codes are at /api/v1/reference/hazards.")
        wrong.append(told("hazard", text, new.hazard))
    known = events.known_countries(db, new.countries)
    text = _("There is no country “%(code)s”: write ISO 3166-1 alpha-3, such as KAZ.")
    wrong += [told("countries", text, code) for code in new.countries if code not in known]
    areas = events.areas_named(db, new.areas, datetime.now(UTC).date().isoformat())
    for code in new.areas:
        if code not in areas:
            wrong.append(told("areas", _("There is no area “%(code)s”; the codes are at /api/v1/areas."), code))
        elif areas[code][1] not in new.countries:
            wrong.append(told("areas", _("The area “%(code)s” lies in none of the warning’s countries."), code))
    return wrong


def told(field: str, message: str, code: str) -> dict[str, str]:
    return {"field": field, "message": message % {"code": code}}


def title_of(warning: Warning) -> str:
    return label(warning.headlines)
