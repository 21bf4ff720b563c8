"""The codes of deployments in the reader's words."""

from app.languages import gettext as _

Words = dict[str, str]


def statuses() -> Words:
    return {
        "planned": _("Planned"), "mobilising": _("Getting ready"), "in_transit": _("On the way"), "at_border": _("At the border"),
        "on_site": _("There"), "released": _("Free to go home"), "returned": _("Returned"), "lost": _("Lost"), "consumed": _("Used up"),
        "cancelled": _("Cancelled"),
    }  # fmt: skip


def steps() -> Words:
    """The buttons that lead to each state."""
    return {
        "mobilising": _("It is getting ready"), "in_transit": _("It is on the way"), "at_border": _("It is at the border"),
        "on_site": _("It is there"), "released": _("It is released"), "returned": _("All of it is back"),
        "consumed": _("All of it is used up"), "lost": _("All of it is lost"), "cancelled": _("Cancel it"),
    }  # fmt: skip


def kinds() -> Words:
    return {"team": _("Team"), "goods": _("Goods")}


def modes() -> Words:
    return {
        "road": _("by road"), "rail": _("by rail"), "air": _("by air"), "sea": _("by sea"), "river": _("by river"),
    }  # fmt: skip


def whats() -> Words:
    return {
        "departure": _("Departure"), "border": _("At the border"), "arrival": _("Arrival"),
        "return_departure": _("Departure home"), "return_arrival": _("Back home"),
    }  # fmt: skip


def time_kinds() -> Words:
    return {"requested": _("Asked for"), "estimated": _("Estimated"), "actual": _("As it was")}


def conditions() -> Words:
    return {
        "good": _("good"), "damaged": _("damaged"), "expired": _("expired"), "wrong": _("not what was asked for"),
        "new": _("new"),
    }  # fmt: skip


def differences() -> Words:
    return {
        "later": _("the rest comes later"), "missing": _("missing"), "damaged": _("damaged, not accepted"),
        "refused": _("refused, goes back"), "more": _("more came than was sent"), "other": _("another reason"),
    }  # fmt: skip


def outcomes() -> Words:
    return {
        "consumed": _("Used up"), "donated": _("Given for good"), "returned": _("Returned"), "lost": _("Lost"),
        "damaged": _("Damaged beyond use"),
    }  # fmt: skip


def changes() -> Words:
    return {"extension": _("Extension"), "recall": _("Recall")}


def answers() -> Words:
    return {"accepted": _("Accepted"), "declined": _("Declined")}


def words() -> dict[str, Words]:
    return {
        "status": statuses(), "step": steps(), "kind": kinds(), "mode": modes(), "what": whats(), "time": time_kinds(),
        "condition": conditions(), "difference": differences(), "outcome": outcomes(), "change": changes(), "answer": answers(),
    }  # fmt: skip
