"""What a subscriber is mailed: each event with its news, why it came, how to change it, and how to stop it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from babel.dates import format_datetime

from app import languages
from app.announcements import actions as announcements
from app.announcements import kinds
from app.exercises import marked
from app.languages import gettext as _
from app.languages import ngettext
from app.secrets import believed, signed
from app.subscriptions.models import Subscription

PURPOSE = "unsubscribe"
MOST_LINES = 50


@dataclass(frozen=True)
class Story:
    """An event, or a warning without one, with its news."""

    title: str
    about: str
    path: str
    exercise: bool
    lines: Sequence[str]


def subject(stories: Sequence[Story], kind: str, rhythm: str) -> str:
    """One event by its name, with what is new where that is one thing. An exercise is marked, not to be taken for real."""
    if len(stories) > 1:
        said = ngettext("News of %(n)s event", "News of %(n)s events", len(stories)) % {"n": len(stories)}
    else:
        said = f"{stories[0].title}: {kinds.words_of(kind)}" if kind else stories[0].title
    if rhythm == "daily":
        said = _("Daily digest: %(text)s") % {"text": said}
    return marked(said, all(story.exercise for story in stories))


def body(stories: Sequence[Story], subscription: Subscription, conditions: Sequence[tuple[str, str]], site: str) -> str:
    told = "\n\n".join(told_of(story, site) for story in stories)
    wanted = "\n".join(f"  {what}: {which}" for what, which in conditions)
    return f"{told}\n\n--\n{why(subscription)}\n{wanted}\n\n" + _(
        "Change it: %(change)s\nStop these mails, without signing in: %(stop)s"
    ) % {"change": f"{site}/subscriptions/{subscription.id}", "stop": address(subscription.id, site)}


def why(subscription: Subscription) -> str:
    if subscription.rhythm == "daily":
        return _("You get this mail once a day, if there is news, because you subscribed to:")
    return _("You get this mail because you subscribed to:")


def told_of(story: Story, site: str) -> str:
    shown = [f"- {line}" for line in story.lines[:MOST_LINES]]
    if more := len(story.lines) - len(shown):
        shown.append("- " + ngettext("and %(n)s more", "and %(n)s more", more) % {"n": more})
    head = [marked(apart(story.title), story.exercise), story.about, *shown, f"{site}{story.path}"]
    return "\n".join(line for line in head if line)


def line(one: Mapping[str, Any], record: Mapping[str, Any] | None) -> str:
    """One piece of news: when, what, and what the record says in short."""
    detail = detail_of(one["noun"], record or {})
    said = kinds.words_of(one["kind"]) + (f": {apart(detail)}" if detail else "")
    return f"{moment(one['at'])}: {said}"


def detail_of(noun: str, record: Mapping[str, Any]) -> str:
    if noun == "figures" and record:
        name, source = (record.get(part) or {} for part in ("indicator", "source"))
        return f"{name.get('name', '')} {amount(record)} ({source.get('name', '')})"
    return str(record.get("title") or record.get("headline") or "") if noun != "events" else ""


def amount(record: Mapping[str, Any]) -> str:
    if record.get("value") is not None:
        return f"{record['value']:g}"
    return f"{record.get('low') or 0:g}–{record.get('high') or 0:g}"


def about(event: Mapping[str, Any]) -> str:
    """Hazard, countries, status and alert level on one line."""
    comma = "، " if languages.current().direction == "rtl" else ", "
    words = [event["hazard"], comma.join(event["countries"]), announcements.statuses()[event["status"]]]
    if event["alert_level"]:
        words.append(_("Alert level: %(level)s") % {"level": announcements.levels()[event["alert_level"]]})
    return " · ".join(words)


def moment(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), "d MMM, HH:mm", locale=languages.locale()) + " UTC"


def apart(text: str) -> str:
    """A title keeps its own direction in a text that runs to the left."""
    return f"\u2068{text}\u2069" if languages.current().direction == "rtl" else text


# -- stopping


def address(subscription: UUID, site: str) -> str:
    """Where the mails are stopped; the token serves for that alone."""
    query = {"token": signed(PURPOSE, str(subscription)), "lang": languages.current().code}
    return f"{site}/unsubscribe?{urlencode(query)}"


def subscription_of(token: str) -> UUID | None:
    text = believed(PURPOSE, token)
    return UUID(text) if text else None


def headers(subscription: UUID, site: str) -> dict[str, str]:
    """RFC 8058: mail programs show a button that stops the mails by one request."""
    return {
        "List-Unsubscribe": f"<{address(subscription, site)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
