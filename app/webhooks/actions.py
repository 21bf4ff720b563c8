"""What is done with webhooks: made, changed, tested, paused, resumed, ended; a new secret; sending again what failed."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app import history, languages
from app.announcements import actions as announcements
from app.errors import Conflict, Invalid, NotFound
from app.keys import actions as keys
from app.languages import gettext as _
from app.people.models import Organisation
from app.permissions import By, Permission
from app.secrets import encrypt
from app.settings import settings
from app.webhooks import addresses, delivering, queries, signatures
from app.webhooks.models import Delivery, Webhook
from app.webhooks.schemas import WebhookChange, WebhookIn

NOUN = "webhooks"
A_LITTLE_BEFORE = timedelta(hours=1)  # what failed first was made before it failed
BOTH_SERVE = timedelta(hours=24)


class Ended(Conflict):
    """A webhook that has ended stays so."""


def make(db: Session, by: By, new: WebhookIn) -> tuple[Webhook, str]:
    """The webhook, and its secret, which nobody can ask for again. Raises NotFound, Forbidden, Invalid."""
    organisation = keys.organisation_to_manage(db, by, new.organisation or by.organisation_code, lock=True)
    check(db, by, organisation, new)
    secret = signatures.new_secret()
    webhook = Webhook(
        organisation_id=organisation.id,
        secret=encrypt(secret),
        created_by_id=by.user_id,
        limited_to=limit_of(by, organisation),
    )
    write(webhook, new)
    db.add(webhook)
    db.flush()
    told = said(webhook) | {"organisation": organisation.code}
    history.record(db, by, "made", NOUN, webhook.id, ref=webhook.name, after=told)
    return webhook, secret


def change(db: Session, by: By, id: UUID, new: WebhookChange) -> Webhook:
    """Raises NotFound, Ended, Invalid."""
    webhook, organisation = take(db, by, id)
    check(db, by, organisation, new, webhook)
    before = said(webhook)
    write(webhook, new)
    db.flush()
    was, now = history.changes(before, said(webhook))
    if was != now:
        history.record(db, by, "changed", NOUN, webhook.id, ref=webhook.name, before=was, after=now)
    return webhook


def renew_secret(db: Session, by: By, id: UUID) -> tuple[Webhook, str]:
    """A new secret; the one before serves beside it for a day, so that a receiver can change over. Raises NotFound, Ended."""
    webhook, _organisation = take(db, by, id)
    secret = signatures.new_secret()
    webhook.former_secret, webhook.former_until = webhook.secret, datetime.now(UTC) + BOTH_SERVE
    webhook.secret = encrypt(secret)
    history.record(db, by, "secret renewed", NOUN, webhook.id, ref=webhook.name)
    return webhook, secret


def test(db: Session, by: By, id: UUID) -> Webhook:
    """Have a test sent, even while it is paused. Raises NotFound, Ended."""
    webhook, _organisation = take(db, by, id)
    db.add(Delivery(webhook_id=webhook.id))
    db.flush()
    delivering.ask_for(db, webhook.id, is_failing=webhook.failures > 0)
    return webhook


def pause(db: Session, by: By, id: UUID) -> Webhook:
    """What happens meanwhile is kept. Raises NotFound, Ended."""
    webhook, _organisation = take(db, by, id)
    if webhook.state == "active":
        webhook.state, webhook.because = "paused", "owner"
        history.record(db, by, "paused", NOUN, webhook.id, ref=webhook.name)
    return webhook


def resume(db: Session, by: By, id: UUID, with_missed: bool) -> Webhook:
    """Go on, with what it missed or only with what happens from now on. Raises NotFound, Ended."""
    webhook, _organisation = take(db, by, id)
    if webhook.state == "active":
        return webhook
    now, since = datetime.now(UTC), webhook.failing_since
    webhook.state, webhook.because, webhook.failures, webhook.failing_since = "active", None, 0, None
    if with_missed:
        if since:
            queries.send_again(db, webhook.id, now, now + delivering.PATIENCE, since - A_LITTLE_BEFORE)
        queries.be_patient_anew(db, webhook.id, now, now + delivering.PATIENCE)
        delivering.ask_for(db, webhook.id)
    else:
        queries.skip(db, webhook.id, now)
    history.record(db, by, "resumed", NOUN, webhook.id, ref=webhook.name, after={"with_missed": with_missed})
    return webhook


def end(db: Session, by: By, id: UUID) -> Webhook:
    """For good. Its log is kept for 30 days. Raises NotFound, Ended."""
    webhook, _organisation = take(db, by, id)
    webhook.state, webhook.because = "ended", "owner"
    queries.skip(db, webhook.id, datetime.now(UTC))
    history.record(db, by, "ended", NOUN, webhook.id, ref=webhook.name, before=said(webhook))
    return webhook


def send_again(db: Session, by: By, id: UUID, since: datetime | None = None, delivery: UUID | None = None) -> int:
    """One delivery, or all that failed since a time, under their own ids. How many. Raises NotFound, Ended."""
    webhook, _organisation = take(db, by, id)
    now = datetime.now(UTC)
    count = queries.send_again(db, webhook.id, now, now + delivering.PATIENCE, since, delivery)
    if delivery and not count:
        raise NotFound(_("There is no such delivery."))
    delivering.ask_for(db, webhook.id, is_failing=webhook.failures > 0)
    return count


# -- what they share


def told_of(db: Session, by: By, id: UUID) -> dict[str, Any]:
    """What is shown of a webhook that one manages. Raises NotFound."""
    found = queries.webhooks_of(db, by.organisation_id, keys.elsewhere(by), languages.current().code, id)
    if not found or not by.may(Permission.KEY_MANAGE):
        raise NotFound(_("There is no such webhook among those that you manage."))
    return found[0]


def take(db: Session, by: By, id: UUID, *, locked: bool = True) -> tuple[Webhook, Organisation]:
    """A webhook that one manages. Not locked where it is only looked at. Raises NotFound, Ended."""
    found = queries.webhook_of(db, id, locked=locked)
    if found is None or not keys.manages(by, found[1]):
        raise NotFound(_("There is no such webhook among those that you manage."))
    if found[0].state == "ended":
        raise Ended(_("This webhook has ended. Make another one."))
    return found


def write(webhook: Webhook, new: WebhookChange) -> None:
    announcements.set_conditions(webhook, new)
    webhook.name, webhook.url, webhook.sees = new.name, new.url, new.sees


def said(webhook: Webhook) -> dict[str, object]:
    """What history says of a webhook: never its secret."""
    return {"name": webhook.name, "url": webhook.url, "sees": webhook.sees, **announcements.conditions_of(webhook)}


def limit_of(by: By, organisation: Organisation) -> list[str]:
    """The countries to which the rights of whoever makes it are limited."""
    is_own = organisation.id == by.organisation_id and by.may(Permission.KEY_MANAGE)
    return sorted((by.rights[Permission.KEY_MANAGE] if is_own else keys.elsewhere(by)) or ())


def audiences_for(by: By, organisation: Organisation) -> list[str]:
    """Whose eyes a webhook of this organisation may be given by somebody."""
    is_centre = Permission.READ_CENTRE in keys.scopes_for(by, organisation)
    return ["public", "partners", "centre"] if is_centre else ["public", "partners"]


def check(db: Session, by: By, organisation: Organisation, new: WebhookChange, webhook: Webhook | None = None) -> None:
    """Raises Invalid, naming every field that is wrong."""
    wrong = {}
    if flaw := addresses.flaw_of(new.url, settings().allow_private_addresses):
        wrong["url"] = flaw
    if queries.has_webhook_named(db, organisation.id, new.name, webhook.id if webhook else None):
        wrong["name"] = _("A webhook of that name serves already.")
    if new.sees not in audiences_for(by, organisation) and (webhook is None or webhook.sees != new.sees):
        wrong["sees"] = _("You cannot let this organisation’s webhooks see that.")
    errors = [{"field": field, "message": message} for field, message in wrong.items()]
    if errors:
        raise Invalid(" ".join(one["message"] for one in errors), errors)
    announcements.check_conditions(db, new)
