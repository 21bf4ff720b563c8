"""The form of a rule: what its fields are called, and what stands in them."""

from app.forms import Values, asked, is_ticked, read
from app.inbox.models import InboxRule
from app.inbox.schemas import RuleIn
from app.languages import gettext as _

SEVERAL = ("feeds", "hazards", "countries")
NUMBERS = ("magnitude_from", "magnitude_below", "depth_from_km", "depth_to_km")
TICKED = ("anywhere", "is_enabled")
NEW = {"does": ["drop"], "event_status": ["ongoing"], "event_visibility": ["public"]}


def labels() -> dict[str, str]:
    """What the page calls its fields, in their order."""
    return {
        "does": _("What it does"),
        "reason": _("Reason"),
        "hazards": _("Hazard"),
        "feeds": _("Feeds"),
        "anywhere": _("Also outside the region"),
        "countries": _("Countries"),
        "area": _("Area"),
        "magnitude_from": _("Magnitude at least"),
        "magnitude_below": _("Magnitude below"),
        "depth_from_km": _("Depth at least, km"),
        "depth_to_km": _("Depth at most, km"),
        "alert_from": _("Alert level at least"),
        "alert_to": _("Alert level at most"),
        "words": _("Words in the title"),
        "event_status": _("Status of the event"),
        "event_visibility": _("Who may see the event"),
        "is_enabled": _("In use"),
    }


def values_of(rule: InboxRule) -> dict[str, list[str]]:
    """What stands in the fields for a rule."""
    values = {name: list(getattr(rule, name)) for name in SEVERAL}
    values |= {name: ["true"] for name in TICKED if getattr(rule, name)}
    plain = ("does", "reason", "area", "alert_from", "alert_to", "words", "event_status", "event_visibility")
    values |= {name: [getattr(rule, name) or ""] for name in plain}
    return values | {name: [written(getattr(rule, name))] for name in NUMBERS}


def written(number: float | None) -> str:
    return "" if number is None else f"{number:g}"


def rule_in(values: Values) -> RuleIn:
    """The rule that the fields describe. Raises Invalid, naming the fields that are wrong."""
    said = asked({name: texts for name, texts in values.items() if name not in TICKED}, SEVERAL)
    said |= {name: str(said[name]).replace(",", ".") for name in NUMBERS if said.get(name)}
    told = {name: value for name, value in said.items() if value is not None}
    return read(RuleIn, told | {name: is_ticked(values, name) for name in TICKED}, labels())
