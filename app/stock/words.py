"""What kinds of movements, reasons and conditions are called in the reader's language."""

from app.languages import gettext as _


def kinds() -> dict[str, str]:
    return {
        "receipt": _("Received"),
        "issue": _("Issued from stock"),
        "transfer_out": _("Transferred out"),
        "transfer_in": _("Transferred in"),
        "adjustment": _("Adjusted"),
        "kit_made": _("Made into kits"),
        "kit_broken": _("Kits taken apart"),
        "return": _("Came back"),
        "reversal": _("Reversed"),
    }


def reasons() -> dict[str, str]:
    return {
        "lost": _("Lost"),
        "found": _("Found"),
        "damaged": _("Damaged"),
        "expired": _("Expired in store"),
        "counted": _("Counted"),
        "correction": _("Correction of the ledger"),
    }


def conditions() -> dict[str, str]:
    return {"new": _("new"), "good": _("good"), "damaged": _("damaged"), "expired": _("expired")}


def titles() -> dict[str, str]:
    """What is done on the page of each entry."""
    return {
        "issue": _("Issue stock"),
        "transfer": _("Transfer to another warehouse"),
        "adjustment": _("Adjust what is on hand"),
        "kit_broken": _("Take kits apart"),
        "return": _("Put back what has returned"),
    }
