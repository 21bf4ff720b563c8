"""Requests in the reader's words: what states, priorities and steps are called."""

from app.languages import gettext as _
from app.languages import pgettext
from app.requests.models import STEPS


def statuses() -> dict[str, str]:
    return {
        "draft": _("Draft"),
        "submitted": _("Submitted"),
        "approved": _("Approved"),
        "rejected": _("Rejected"),
        "closed": _("Closed"),
        "cancelled": _("Cancelled"),
    }


def priorities() -> dict[str, str]:
    return {"low": _("Low"), "medium": _("Medium"), "high": _("High"), "critical": _("Critical")}


def line_statuses() -> dict[str, str]:
    return {
        "open": _("nothing offered yet"),
        "offered": _("offered"),
        "partly_committed": _("partly committed"),
        "committed": _("committed"),
        "fulfilled": _("received"),
        "cancelled": _("no longer needed"),
    }


def steps() -> dict[str, str]:
    """The steps of the progress, in their order."""
    return {
        "offered": _("Offered"),
        "committed": _("Committed"),
        "in_transit": _("On the way"),
        "delivered": _("Delivered"),
    }


def come() -> dict[str, str]:
    return {"none": pgettext("how much has come", "none"), "partial": _("in part"), "complete": _("all of it")}


def progress() -> dict[str, str]:
    """What the filter of the board offers: how far requests have come, as `step:how far`."""
    return {f"{step}:{far}": f"{steps()[step]}: {said}" for step in STEPS for far, said in come().items()}


def transitions() -> dict[str, str]:
    """What the buttons say that take a request a step on."""
    return {
        "submitted": _("Submit"),
        "approved": _("Approve"),
        "rejected": _("Reject"),
        "closed": _("Close"),
        "cancelled": _("Cancel the request"),
    }


def audiences() -> dict[str, str]:
    return {
        "partners": _("partners who sign in"),
        "centre": _("the Centre"),
        "own": _("only my organisation and the Centre’s approvers"),
        "public": _("everybody"),
    }


def words() -> dict[str, dict[str, str]]:
    """All of it, for templates."""
    return {
        "status": statuses(), "priority": priorities(), "line": line_statuses(), "step": steps(), "come": come(),
        "transition": transitions(), "progress": progress(), "audience": audiences(),
    }  # fmt: skip
