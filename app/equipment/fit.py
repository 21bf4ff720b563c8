"""Whether what is offered fits what is asked for, and what the rescuers there use: field by field, in the reader's words.

What was asked for counts first. Where nothing was asked, what is in use there counts: of tools of the same kind all of it,
of other tools only what belongs to the place (mains, plugs, couplings, languages), and only if the offer speaks of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from babel.dates import format_date

from app import languages
from app.equipment import words
from app.equipment.schemas import Specification, Use
from app.languages import gettext as _
from app.languages import ngettext
from app.web import listing

Verdict = Literal["fits", "not", "unknown"]
OF_THE_PLACE = ("voltage_v", "frequency_hz", "plug", "thread", "manual_languages")
NOMINAL = 0.1  # 220 V and 230 V are one mains: IEC 60038 allows ten per cent
# A plug of type C goes into the sockets of E and F, and into each other those of Europe's round pins
GOES_INTO: Mapping[str, frozenset[str]] = {"C": frozenset("CEFJKLNO"), "E": frozenset("EF"), "F": frozenset("EF")}


@dataclass(frozen=True)
class Fit:
    """What was looked at (a field of the specification, or `crews`), how it came out, and why."""

    what: str
    verdict: Verdict
    sentence: str


@dataclass(frozen=True)
class Wanted:
    """The values that are right, and who says so."""

    values: Sequence[Any]
    was_asked: bool
    counts_silence: bool = True  # whether it has to be said of what is offered


def fit(
    asked: Specification,
    uses: Sequence[Use],
    offered: Specification,
    item_code: str | None = None,
    resource_type_code: str | None = None,
) -> list[Fit]:
    """How an offer fits. `item_code` and `resource_type_code` say what it is, so that tools of its kind are known among `uses`."""
    alike = of_its_kind(uses, item_code, resource_type_code)
    looked = [of_field(name, wanted(name, asked, alike, uses), offered) for name in words.names()]
    return [one for one in (*looked, *of_crews(alike)) if one]


def verdict_of(fits: Sequence[Fit]) -> Verdict:
    """One word for all: nothing that does not fit, and something that does."""
    verdicts = {one.verdict for one in fits}
    if "not" in verdicts:
        return "not"
    return "fits" if verdicts == {"fits"} else "unknown"


def of_its_kind(uses: Sequence[Use], item: str | None, type: str | None) -> list[Use]:
    """The same item if it is in use, else tools of the same type; all where it is not said what is offered."""
    if item is None and type is None:
        return list(uses)
    same = [one for one in uses if item and one.item_code == item]
    return same or [one for one in uses if type and one.resource_type_code == type]


def wanted(name: str, asked: Specification, alike: Sequence[Use], uses: Sequence[Use]) -> Wanted | None:
    if (value := getattr(asked, name)) not in (None, "", []):
        return Wanted([value], was_asked=True)
    if name in ("weight_kg", "model"):
        return None  # of what is in use they say nothing about what could be used
    if used := values_of(name, alike):
        return Wanted(used, was_asked=False)
    around = values_of(name, uses) if name in OF_THE_PLACE else []
    return Wanted(around, was_asked=False, counts_silence=False) if around else None


def values_of(name: str, uses: Sequence[Use]) -> list[Any]:
    """The different values that lines say of a field, in their order."""
    found: list[Any] = []
    for one in uses:
        value = getattr(one.specification, name)
        if value not in (None, "", []) and value not in found:
            found.append(value)
    return found


def of_field(name: str, right: Wanted | None, offered: Specification) -> Fit | None:
    has = getattr(offered, name)
    if right is None or (not right.counts_silence and has in (None, "", [])):
        return None
    said = {
        "what": words.names()[name],
        "offered": words.said(name, has),
        "wanted": listing(dict.fromkeys(words.said(name, value) for value in right.values)),
    }
    if has in (None, "", []):
        return Fit(name, "unknown", silent(right) % said)
    if any(matches(name, value, has) for value in right.values):
        return Fit(name, "fits", agreeing(right) % said)
    return Fit(name, unlike(name, right), differing(name, right) % said)


def unlike(name: str, right: Wanted) -> Verdict:
    """Another make than the one in use may serve as well; nobody but the rescuers can say."""
    return "unknown" if name == "make" and not right.was_asked else "not"


def silent(right: Wanted) -> str:
    if right.was_asked:
        return _("%(what)s: not said; asked for is %(wanted)s.")
    return _("%(what)s: not said; the rescuers use %(wanted)s.")


def agreeing(right: Wanted) -> str:
    if right.was_asked:
        return _("%(what)s: %(offered)s, as asked for.")
    return _("%(what)s: %(offered)s, as the rescuers use.")


def differing(name: str, right: Wanted) -> str:
    if name == "weight_kg":
        return _("%(what)s: %(offered)s; it may weigh %(wanted)s at most.")
    if right.was_asked:
        return _("%(what)s: %(offered)s; asked for is %(wanted)s.")
    return _("%(what)s: %(offered)s; the rescuers use %(wanted)s.")


# -- what goes with what


def matches(name: str, value: Any, has: Any) -> bool:
    """Whether what is offered serves where `value` is right."""
    return MATCHES.get(name, same)(value, has)


def same(value: Any, has: Any) -> bool:
    return bool(value.casefold() == has.casefold() if isinstance(value, str) else value == has)


def same_mains(value: int, has: int) -> bool:
    return abs(value - has) <= NOMINAL * value


def goes_into(value: str, has: str) -> bool:
    return value in GOES_INTO.get(has, {has})


def one_of_them(value: Sequence[str], has: Sequence[str]) -> bool:
    return not set(value).isdisjoint(has)


def no_heavier(value: float, has: float) -> bool:
    return has <= value


MATCHES: Mapping[str, Callable[[Any, Any], bool]] = {
    "voltage_v": same_mains, "plug": goes_into, "manual_languages": one_of_them, "weight_kg": no_heavier,
}  # fmt: skip


# -- who can work with it


def of_crews(alike: Sequence[Use]) -> list[Fit]:
    """Whether crews there are trained on tools of this kind; nothing where no such tool is in use."""
    if not alike:
        return []
    known = [one for one in alike if one.trained_crews is not None]
    if not known:
        return [Fit("crews", "unknown", _("Crews: not known whether any is trained on it."))]
    count = max(one.trained_crews or 0 for one in known)
    if count == 0:
        return [Fit("crews", "not", _("Crews: none is trained on it."))]
    sentence = ngettext("Crews: %(count)s is trained on it.", "Crews: %(count)s are trained on it.", count)
    return [Fit("crews", "fits", " ".join([sentence % {"count": count}, *last_training(known)]))]


def last_training(known: Sequence[Use]) -> list[str]:
    days = [one.last_training_on for one in known if one.last_training_on]
    if not days:
        return []
    return [_("Last training: %(day)s.") % {"day": format_date(max(days), "d MMM y", locale=languages.locale())}]
