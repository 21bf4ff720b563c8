"""What people read on the page of matches."""

from app.languages import gettext as _


def can_be_met() -> dict[str, str]:
    return {"yes": _("Can be met"), "partly": _("Partly"), "late": _("Only too late"), "no": _("Not yet")}


def verdicts() -> dict[str, str]:
    return {"fits": _("Fits"), "not": _("Does not fit"), "unknown": _("Ask whether it fits")}


def parts() -> dict[str, str]:
    """The parts of the score."""
    return {
        "fit": _("Fit"),
        "hours": _("When it comes"),
        "quantity": _("How much"),
        "verified": _("How sure"),
        "expiry": _("How long it keeps"),
        "earmark": _("Whom it is meant for"),
        "agreement": _("Agreement"),
    }
