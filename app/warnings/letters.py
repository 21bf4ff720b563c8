"""What people are written about a warning, each in their own language, one recipient a mail.

The link in a mail opens this warning for this person, without a password, until a day after the warning ends. Looking at it
acknowledges nothing, since mail programs look ahead; sending its form does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from babel.dates import format_datetime
from sqlalchemy.orm import Session

from app import languages
from app.languages import gettext as _
from app.languages import speaking
from app.mail import actions as mail
from app.secrets import new_token, token_hash
from app.warnings import messages, words
from app.warnings.models import Warning, WarningLetter

SERVES_AFTER = timedelta(days=1)  # late answers are answers


@dataclass(frozen=True)
class Told:
    """A warning as letters tell of it: its row, and the names in all languages (writing_queries.facts_of)."""

    warning: Warning
    facts: Mapping[str, Any]
    site: str


@dataclass(frozen=True)
class Reader:
    """Whom a letter goes to."""

    id: UUID
    email: str
    language: str


def tell(db: Session, told: Told, reader: Reader) -> None:
    """The first letter."""
    with speaking(reader.language):
        write(db, told, reader, "told", subject(told.warning), [])


def remind(db: Session, told: Told, reader: Reader, kind: str, minutes: int) -> None:
    """Again (kind `reminded`), or to whoever comes next (`told`): nobody of the organisation has acknowledged it yet."""
    with speaking(reader.language):
        late = _("Nobody of your organisation has acknowledged this warning in %(minutes)s minutes.")
        write(db, told, reader, kind, late_subject(told.warning), [late % {"minutes": minutes}])


def tell_centre(
    db: Session, told: Told, email: str, language: str, organisation: Mapping[str, str], minutes: int
) -> None:
    """To the Centre's operators: who is late, so that somebody calls them."""
    with speaking(language):
        whose = {"organisation": languages.label(dict(organisation)), "minutes": minutes}
        text = _("%(organisation)s has not acknowledged this warning in %(minutes)s minutes. Call them.") % whose
        address = f"{told.site}/warnings/{told.warning.ref}/board"
        mail.post(db, email, late_subject(told.warning), "\n\n".join([text, messages.headline(told.warning), address]))


def write(db: Session, told: Told, reader: Reader, kind: str, about: str, first: list[str]) -> None:
    """A letter with a link of its own; the token itself is kept nowhere."""
    token, ends = new_token(), max(told.warning.expires_at, datetime.now(UTC)) + SERVES_AFTER
    text = [*first, *body(told), _("Open the warning and acknowledge it. The link is for you alone:")]
    post = mail.post(db, reader.email, about, "\n\n".join([*text, address(told, token, reader.language)]))
    hash = token_hash(token)
    db.add(WarningLetter(reader_id=reader.id, kind=kind, mail_id=post.id, token_hash=hash, expires_at=ends))
    db.flush()


def address(told: Told, token: str, language: str) -> str:
    query = urlencode({"token": token, "lang": language})
    return f"{told.site}/warnings/{told.warning.ref}/read?{query}"


def subject(warning: Warning) -> str:
    return messages.meant(warning, heading(warning))


def late_subject(warning: Warning) -> str:
    return messages.meant(warning, _("Not acknowledged yet: %(subject)s") % {"subject": heading(warning)})


def heading(warning: Warning) -> str:
    """What kind of message it is, and its headline."""
    text = {"headline": languages.label(warning.headlines)}
    if warning.msg_type == "update":
        return _("Warning, updated: %(headline)s") % text
    return text["headline"] if warning.msg_type == "cancel" else _("Warning: %(headline)s") % text


def body(told: Told) -> list[str]:
    """What the warning says, paragraph by paragraph; nothing where nothing is said."""
    warning, language = told.warning, languages.current().code
    paragraphs = [
        messages.headline(warning),
        _("This is an exercise. It did not happen.") if warning.status == "exercise" else "",
        scales(warning) if warning.msg_type != "cancel" else "",
        _("Where: %(where)s") % {"where": messages.where(warning, told.facts)},
        _("In force until: %(until)s UTC") % {"until": said(warning.expires_at)}
        if warning.msg_type != "cancel"
        else "",
        warning.descriptions.get(language, "") or languages.label(warning.descriptions),
        warning.instructions.get(language, "") or languages.label(warning.instructions),
        warning.note if warning.msg_type == "cancel" else "",
        _("Contact: %(contact)s") % {"contact": warning.contact} if warning.contact else "",
    ]
    return [paragraph for paragraph in paragraphs if paragraph]


def scales(warning: Warning) -> str:
    """How grave, how soon, how sure."""
    names = words.words()
    said = ((_("Severity"), "severity"), (_("Urgency"), "urgency"), (_("Certainty"), "certainty"))
    return "\n".join(f"{label}: {names[field][getattr(warning, field)]}" for label, field in said)


def said(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), "d MMMM y, HH:mm", locale=languages.locale())
