"""Candidates and rules in the reader's words: what feeds say side by side, what they came to say otherwise, what a rule does."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.inbox.told import is_nothing
from app.languages import gettext as _
from app.web import NOT_KNOWN, coordinates, instant, listing, number

Item = Mapping[str, Any]
Named = Mapping[str, Mapping[str, str]]  # {list: {code: name}}


def labels() -> dict[str, str]:
    """What the fields of an item are called, in the order in which they are compared."""
    return {
        "hazard": _("Hazard"),
        "magnitude": _("Magnitude"),
        "depth_km": _("Depth, km"),
        "alert_level": _("Alert level"),
        "severity_text": _("Severity"),
        "population": _("People exposed"),
        "started_at": _("Began"),
        "ended_at": _("Ended"),
        "expires_at": _("Valid until"),
        "geometry": _("Coordinates"),
        "countries": _("Countries named"),
        "glides": "GLIDE",
        "is_cancelled": _("Taken back"),
        "is_exercise": _("Exercise"),
        "is_test": _("Test"),
        "title": _("Title"),
        "magnitude_type": _("Scale"),
        "cancelled": _("Taken back"),
    }


def called(names: Iterable[str]) -> list[str]:
    words = labels()
    return [words.get(name, name) for name in names]


def value(name: str, said: Any) -> str:
    """What a feed says, as people read it; nothing is —."""
    if is_nothing(said):
        return NOT_KNOWN
    if isinstance(said, bool):
        return _("yes")
    if isinstance(said, list):
        return listing(map(str, said))
    return number(said) if isinstance(said, int | float) else of_field(name, said)


def of_field(name: str, said: Any) -> str:
    if name.endswith("_at"):
        return instant(said, "minute")
    if name == "alert_level":
        return {"green": _("Green"), "orange": _("Orange"), "red": _("Red")}.get(said, str(said))
    if name == "geometry":
        return coordinates(said) if said["type"] == "Point" else str(said["type"])
    return str(said)


def with_scale(said: Item) -> str:
    """A magnitude with the scale it is of."""
    told = value("magnitude", said.get("magnitude"))
    return f"{told} {said['magnitude_type']}" if told != NOT_KNOWN and said.get("magnitude_type") else told


SIDE_BY_SIDE = (
    "magnitude", "depth_km", "alert_level", "severity_text", "population", "started_at", "ended_at", "expires_at", "geometry",
    "countries", "glides", "is_cancelled", "is_exercise", "is_test",
)  # fmt: skip


def compared(items: Sequence[Item], chosen: Mapping[str, str]) -> list[dict[str, Any]]:
    """A row for each field that a feed says: {label, values: [(words, is shown above)], differs}."""
    words, rows = labels(), []
    for name in SIDE_BY_SIDE:
        told = [with_scale(one["said"]) if name == "magnitude" else value(name, one["said"].get(name)) for one in items]
        if any(one != NOT_KNOWN for one in told):
            values = [
                (said, len(items) > 1 and chosen.get(name) == one["feed"])
                for said, one in zip(told, items, strict=True)
            ]
            known = {one for one in told if one != NOT_KNOWN}
            rows.append({"label": words[name], "values": values, "differs": len(known) > 1})
    return rows


def told_changes(changes: Sequence[Item]) -> list[dict[str, Any]]:
    """What feeds came to say otherwise: {name, at, revision, lines: [{field, was, is_now}]}."""
    words = labels()
    return [
        {
            **change,
            "lines": [
                {
                    "field": words.get(name, name),
                    "was": value(name, change["was"].get(name)),
                    "is_now": value(name, change["is_now"].get(name)),
                }
                for name in change["is_now"]
            ],
        }
        for change in changes
    ]


def region_words(region: str) -> str:
    """Why a candidate counts as of the region, or not."""
    return {
        "inside": _("in the region"),
        "near": _("near a country of the region"),
        "said": _("a feed names a country of the region"),
        "unknown": _("place not known"),
        "outside": _("outside the region"),
    }[region]


# -- rules


def deeds() -> dict[str, str]:
    """What a rule does, as it begins a sentence."""
    return {
        "drop": _("Drop"),
        "keep": _("Keep"),
        "urgent": _("Mark as urgent"),
        "publish": _("Log as an event at once"),
    }


def conditions(rule: Mapping[str, Any], names: Named) -> list[str]:
    """What a candidate must fulfil, each in words."""
    return [
        *whose(rule, names),
        *how_strong(rule),
        *([_("the title has “%(words)s”") % {"words": rule["words"]}] if rule["words"] else []),
    ]


def whose(rule: Mapping[str, Any], names: Named) -> list[str]:
    found = []
    for field, words in (
        ("hazards", "%(names)s"), ("feeds", _("told by %(names)s")), ("countries", _("in %(names)s")),
    ):  # fmt: skip
        if rule[field]:
            found.append(words % {"names": listing(names[field].get(code, code) for code in rule[field])})
    if rule["area"]:
        found.append(_("in %(names)s") % {"names": rule["area_name"] or rule["area"]})
    return [*found, _("anywhere") if rule["anywhere"] else _("in the region, or where the place is not known")]


def how_strong(rule: Mapping[str, Any]) -> list[str]:
    levels = {"green": _("Green"), "orange": _("Orange"), "red": _("Red")}
    told = (
        ("magnitude_from", _("magnitude %(value)s or more")),
        ("magnitude_below", _("magnitude below %(value)s")),
        ("depth_from_km", _("%(value)s km deep or more")),
        ("depth_to_km", _("at most %(value)s km deep")),
        ("alert_from", _("alert level %(value)s or graver")),
        ("alert_to", _("alert level %(value)s or less")),
    )
    return [
        words % {"value": levels.get(rule[name]) or number(rule[name])}
        for name, words in told
        if rule[name] is not None
    ]
