"""The form of a situation report: what its fields are called, what stands in them, and what they say as a change."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.documents.form import visibilities
from app.forms import Values, asked, by_language, in_languages, moment, part
from app.languages import gettext as _
from app.situation_reports.models import SECTIONS
from app.web import listing

MOMENTS = ("covers_from", "covers_until")


def sections() -> dict[str, str]:
    """What the sections are called, in their order."""
    return {
        "highlights": _("Highlights"),
        "overview": _("Situation overview"),
        "impact": _("Impact"),
        "needs": _("Needs"),
        "response": _("Response"),
        "gaps": _("Gaps and constraints"),
        "coordination": _("Coordination"),
        "outlook": _("Outlook"),
        "contacts": _("Contacts"),
    }


def labels() -> dict[str, str]:
    """What the page calls its fields, in their order."""
    told = [by_language(f"sections.{name}", label) for name, label in sections().items()]
    return {
        **by_language("titles", _("Title")),
        "covers_from": _("Covers the time from"),
        "covers_until": _("Covers the time until"),
        **{name: label for section in told for name, label in section.items()},
        "documents": _("Documents"),
        "visibility": _("Who may see it"),
    }


def names() -> dict[str, str]:
    """The same, for errors: those of a whole section too."""
    whole = {f"sections.{name}": label for name, label in sections().items()}
    return {**labels(), **whole, "titles": _("Title"), "sections": _("Highlights")}


def values_of(state: Mapping[str, Any]) -> dict[str, list[str]]:
    """What stands in the fields for a draft that says this."""
    values = in_languages("titles", state["titles"])
    for name in MOMENTS:
        day, _t, time = (state[name] or "").partition("T")
        values |= {f"{name}.day": [day], f"{name}.time": [time.removesuffix("Z")[:5]]}
    for name in SECTIONS:
        values |= in_languages(f"sections.{name}", state["sections"].get(name))
    return values | {"documents": list(state["documents"]), "visibility": [state["visibility"]]}


def said(values: Values) -> dict[str, Any]:
    """The fields as the JSON of `ReportIn`."""
    found = asked({name: texts for name, texts in values.items() if not is_of_moment(name)}, ("documents",))
    titles = {code: text for code, text in (found.get("titles") or {}).items() if text}
    told = {
        name: {code: text for code, text in texts.items() if text}
        for name, texts in (found.get("sections") or {}).items()
        if isinstance(texts, Mapping)
    }
    times = {name: moment(values, name) for name in MOMENTS}
    return {**found, "titles": titles, "sections": told, "documents": found.get("documents") or [], **times}


def is_of_moment(name: str) -> bool:
    return name.partition(".")[0] in MOMENTS


def change(values: Values, now: Values) -> dict[str, Any]:
    """As a merge patch, what the fields say otherwise than they do `now`: nothing else of the draft is touched."""
    new = said(values)
    patch: dict[str, Any] = {}
    for name in labels():
        if part(values, name) != part(now, name):
            lay(patch, name.split("."), new)
    return patch


def lay(patch: dict[str, Any], path: Sequence[str], new: Any) -> None:
    """Put what `new` says at this path into a patch; null where it says nothing."""
    *outer, last = path
    for step in outer:
        patch, new = patch.setdefault(step, {}), (new or {}).get(step)
    patch[last] = (new or {}).get(last)


WORDS: Mapping[str, Callable[[], dict[str, str]]] = {"visibility": visibilities}


def in_words(name: str, texts: Sequence[str]) -> str:
    """The values of a field for a reader."""
    words = WORDS.get(name, dict)()
    if is_of_moment(name):
        return " ".join(texts)
    return listing(words.get(text, text) for text in texts)
