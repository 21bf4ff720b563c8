"""What the owners of a webhook are written when it stops."""

from sqlalchemy.orm import Session

from app.languages import gettext as _
from app.languages import speaking
from app.mail import actions as mail
from app.webhooks import queries
from app.webhooks.models import Webhook


def stopped(db: Session, webhook: Webhook, site: str) -> None:
    """To each of its owners, in their language: it is paused because it failed for days, or ended by its receiver."""
    for owner in queries.owners(db, webhook):
        with speaking(owner.language):
            words = {"name": webhook.name, "url": webhook.url, "address": f"{site}/webhooks/{webhook.id}"}
            mail.post(db, owner.email or "", subject_of(webhook) % words, text_of(webhook) % words)


def subject_of(webhook: Webhook) -> str:
    return _("Webhook “%(name)s” has ended") if webhook.state == "ended" else _("Webhook “%(name)s” is paused")


def text_of(webhook: Webhook) -> str:
    if webhook.state == "ended":
        return _(
            "The receiver of the webhook “%(name)s” answered that it is gone for good:\n\n%(url)s\n\n"
            "Nothing is sent there any more. If that is wrong, make another webhook:\n\n%(address)s"
        )
    return _(
        "The receiver of the webhook “%(name)s” has failed for days, so nothing is sent there any more:\n\n%(url)s\n\n"
        "What it misses is kept for 30 days. Once it answers again, resume the webhook and it is sent:\n\n%(address)s"
    )
