"""The codes of entry points, agreements and host nation support in the reader's words."""

from app.languages import gettext as _

Words = dict[str, str]


def kinds() -> Words:
    return {
        "road": _("Road crossing"), "rail": _("Railway crossing"), "airport": _("Airport"), "seaport": _("Seaport"),
        "river_port": _("River port"), "ferry": _("Ferry port"),
    }  # fmt: skip


def statuses() -> Words:
    return {
        "open": _("Open"), "limited": _("Open with limits"), "closed": _("Shut"), "unknown": _("Not known"),
    }  # fmt: skip


def passes() -> Words:
    return {
        "people": _("People"), "goods": _("Goods"), "vehicles": _("Vehicles"), "heavy_vehicles": _("Heavy lorries"),
        "rail_wagons": _("Railway wagons"), "dangerous_goods": _("Dangerous goods"), "animals": _("Animals, search dogs too"),
        "helicopters": _("Helicopters"), "light_aircraft": _("Light aircraft"), "transport_aircraft": _("Transport aircraft"),
        "heavy_aircraft": _("Heavy transport aircraft"),
    }  # fmt: skip


def evidence() -> Words:
    return {
        "confirmed": _("Confirmed by the authorities"),
        "cited": _("From the source named"),
        "general_knowledge": _("General knowledge, to be verified"),
    }


def agreement_kinds() -> Words:
    return {
        "mutual_aid": _("Mutual aid"), "transit": _("Transit"), "customs": _("Customs"),
        "recognition": _("Recognition of licences"),
    }  # fmt: skip


def sections() -> Words:
    return {
        "contact": _("Whom to call"), "entry": _("Entry of people"), "customs": _("Customs for relief goods"),
        "medical": _("Medical licences"), "telecoms": _("Radio and satellite telephones"), "money": _("Money"),
        "drones": _("Drones"), "dogs": _("Search dogs"), "air": _("Overflight and landing"),
    }  # fmt: skip


def words() -> dict[str, Words]:
    """{field: {code: word}}, for templates."""
    return {
        "kind": kinds(), "status": statuses(), "passes": passes(), "evidence": evidence(), "agreement": agreement_kinds(),
        "section": sections(), "passable": {"true": _("One gets through"), "false": _("One does not get through")},
    }  # fmt: skip
