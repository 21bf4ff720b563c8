"""Offers in the reader's words: what states and sources are called, and whether something fits."""

from app.languages import gettext as _


def statuses() -> dict[str, str]:
    return {
        "draft": _("Draft"),
        "submitted": _("Submitted"),
        "accepted": _("Accepted"),
        "partly_accepted": _("Partly accepted"),
        "declined": _("Declined"),
        "withdrawn": _("Withdrawn"),
        "lapsed": _("Lapsed"),
    }


def sources() -> dict[str, str]:
    return {
        "capacity": _("from the register"),
        "stock": _("from the Centre’s stock"),
        "other": _("not registered here"),
    }


def verdicts() -> dict[str, str]:
    return {"fits": _("fits"), "not": _("does not fit"), "unknown": _("not known whether it fits")}


def words() -> dict[str, dict[str, str]]:
    """All of it, for templates."""
    return {"status": statuses(), "source": sources(), "verdict": verdicts()}
