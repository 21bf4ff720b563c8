"""What the portal writes to people, each in their own language. `site` is the portal's address."""

from datetime import UTC, datetime, timedelta

from babel.dates import format_datetime
from sqlalchemy.orm import Session

from app import languages
from app.accounts import links
from app.languages import gettext as _
from app.languages import speaking
from app.mail import actions as mail
from app.people.models import Organisation, User


def invite(db: Session, person: User, organisation: Organisation, inviter: str, token: str, site: str) -> None:
    with speaking(person.language):
        text = _(
            "Hello %(name)s,\n\n"
            "%(inviter)s has made an account for you at the portal of the Almaty Centre, for %(organisation)s.\n"
            "Open this address to choose a password:\n\n"
            "%(address)s\n\n"
            "It serves once, until %(until)s UTC. If you did not expect this mail, do nothing."
        ) % {
            "name": apart(person.name),
            "inviter": apart(inviter),
            "organisation": apart(languages.label(organisation.names)),
            "address": links.address(site, links.INVITATION, token, person.language),
            "until": until(links.INVITATION),
        }
        post(db, person, _("Your account at the portal of the Almaty Centre"), text)


def recovery(db: Session, person: User, token: str, site: str) -> None:
    with speaking(person.language):
        text = _(
            "Hello %(name)s,\n\n"
            "somebody asked for a new password for your account at the portal of the Almaty Centre.\n"
            "If it was you, open this address to choose one:\n\n"
            "%(address)s\n\n"
            "It serves once, until %(until)s UTC. If it was not you, do nothing: your password stays as it is."
        ) % {
            "name": apart(person.name),
            "address": links.address(site, links.RECOVERY, token, person.language),
            "until": until(links.RECOVERY),
        }
        post(db, person, _("A new password for the portal of the Almaty Centre"), text)


def password_changed(db: Session, person: User, site: str) -> None:
    with speaking(person.language):
        text = _(
            "Hello %(name)s,\n\n"
            "the password of your account at the portal of the Almaty Centre was changed on %(at)s UTC.\n"
            "If it was not you, choose a new one at once and tell an administrator of the Centre:\n\n"
            "%(address)s"
        ) % {"name": apart(person.name), "at": said(datetime.now(UTC)), "address": f"{site}/recover"}
        post(db, person, _("Your password was changed"), text)


def second_factor_changed(db: Session, person: User, site: str) -> None:
    """The app was set up, replaced or removed, by whoever is signed in."""
    with speaking(person.language):
        text = _(
            "Hello %(name)s,\n\n"
            "the app for codes of your account at the portal of the Almaty Centre was set up or removed on %(at)s UTC.\n"
            "If it was not you, choose a new password at once and tell an administrator of the Centre:\n\n"
            "%(address)s"
        ) % {"name": apart(person.name), "at": said(datetime.now(UTC)), "address": f"{site}/recover"}
        post(db, person, _("Your second factor was changed"), text)


def second_factor_reset(db: Session, person: User, site: str) -> None:
    with speaking(person.language):
        text = _(
            "Hello %(name)s,\n\n"
            "an administrator has removed the second factor and the passkeys of your account at the portal of the Almaty "
            "Centre.\n"
            "Sign in with your password to set up a new one:\n\n"
            "%(address)s\n\n"
            "If you did not ask for this, tell an administrator of the Centre at once."
        ) % {"name": apart(person.name), "address": f"{site}/sign-in"}
        post(db, person, _("Your second factor was removed"), text)


def post(db: Session, person: User, subject: str, text: str) -> None:
    """Those without an address, erased or never given one, get nothing."""
    if person.email:
        mail.post(db, person.email, subject, text)


def until(purpose: str) -> str:
    return said(datetime.now(UTC) + timedelta(hours=links.HOURS[purpose]))


def said(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), "d MMMM y, HH:mm", locale=languages.locale())


def apart(name: str) -> str:
    """A name keeps its own direction in a text that runs to the left."""
    return f"\u2068{name}\u2069" if languages.current().direction == "rtl" else name
