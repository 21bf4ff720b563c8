"""What a row of history is called when it is told outside: event.logged, figure.added, warning.issued …

A plain table. What another room does under a word that is not in it is told as <noun>.<word>, to those who did not choose
kinds of news; what is nobody's business outside is told to nobody.
"""

from collections.abc import Mapping

from app.events.models import ALERT_LEVELS
from app.languages import gettext as _

# noun in history → the first half of the kind
NOUNS = {
    "events": "event",
    "figures": "figure",
    "situation_reports": "report",
    "documents": "document",
    "warnings": "warning",
    "requests": "request",
}
# what is done under another word than it is told
TOLD_AS = {
    ("figures", "recorded"): "figure.added",
    ("figures", "superseded"): "figure.corrected",
}
# drafts, and how the Centre works: nobody's business outside
NEVER = {
    *(("situation_reports", action) for action in ("drafted", "logged", "added", "begun", "changed", "discarded")),
    *(
        ("warnings", action)
        for action in ("drafted", "changed", "discarded", "told", "opened", "acknowledged", "escalated")
    ),
}
NEVER |= {("requests", action) for action in ("drafted", "changed", "discarded")}
MESSAGES = {"update": "warning.updated", "cancel": "warning.cancelled"}
ANY_LEVEL = (None, *ALERT_LEVELS)


def kind_of(noun: str, action: str, before: Mapping[str, str | None], after: Mapping[str, str | None]) -> str | None:
    """The kind of news that a row of history is; None where it is none. `before` and `after` are what it says changed."""
    if (noun, action) in NEVER:
        return None
    if (noun, action) == ("warnings", "issued"):
        return MESSAGES.get(after.get("msg_type") or "", "warning.issued")
    if (noun, action) == ("events", "changed"):
        return change_of_event(before, after)
    return TOLD_AS.get((noun, action)) or f"{NOUNS[noun]}.{'_'.join(action.split())}"


def change_of_event(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> str:
    """The most urgent thing that a change says."""
    was, now = (ANY_LEVEL.index(state.get("alert_level")) for state in (before, after))
    if now != was:
        return "event.alert_raised" if now > was else "event.alert_lowered"
    if after.get("status") == "closed":
        return "event.closed"
    return "event.changed"


def words() -> dict[str, str]:
    """The kinds that can be chosen, in the reader's language, in the order of pages."""
    return {
        "event.logged": _("An event is logged"),
        "event.alert_raised": _("The alert level of an event is raised"),
        "event.alert_lowered": _("The alert level of an event is lowered"),
        "event.changed": _("Something else about an event changes"),
        "event.closed": _("An event is closed"),
        "event.withdrawn": _("An event is withdrawn"),
        "event.restored": _("An event is restored"),
        "event.merged": _("An event is merged with another one"),
        "figure.added": _("A figure is added"),
        "figure.corrected": _("A figure is corrected"),
        "figure.withdrawn": _("A figure is withdrawn"),
        "report.published": _("A situation report is published"),
        "report.corrected": _("A situation report is corrected"),
        "document.added": _("A document is added"),
        "warning.issued": _("A warning is issued"),
        "warning.updated": _("A warning is updated"),
        "warning.cancelled": _("A warning is cancelled"),
        "request.submitted": _("A request is submitted"),
        "request.approved": _("A request is approved"),
        "request.rejected": _("A request is rejected"),
        "request.closed": _("A request is closed"),
        "request.cancelled": _("A request is cancelled"),
        "request.appeal_published": _("A page for donors is published"),
    }


def words_of(kind: str) -> str:
    """Of any kind; one that cannot be chosen is told by its own name."""
    return words().get(kind) or kind.replace("_", " ").replace(".", ": ")
