"""The form of a document: what its fields are called, what stands in them, and what they say as a change."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.forms import Values, asked, by_language, in_languages, part
from app.languages import gettext as _
from app.web import listing, spoken

PLAIN = ("kind", "source", "published_on", "language", "visibility")


def labels() -> dict[str, str]:
    """What the page calls its fields, in their order."""
    return {
        **by_language("titles", _("Title")),
        "kind": _("Kind"),
        "source": _("Source"),
        "published_on": _("Date of the document"),
        "language": _("Language of the document"),
        "visibility": _("Who may see it"),
    }


def labels_of_new() -> dict[str, str]:
    return {**labels(), "file": _("File")}


def values_of(state: Mapping[str, Any]) -> dict[str, list[str]]:
    return in_languages("titles", state["titles"]) | {name: [state[name] or ""] for name in PLAIN}


def said(values: Values) -> dict[str, Any]:
    """The fields as the JSON of `DocumentIn`."""
    found = asked({name: texts for name, texts in values.items() if name != "file"})
    titles = {code: text for code, text in (found.get("titles") or {}).items() if text}
    return {**found, "titles": titles}


def change(values: Values, now: Values) -> dict[str, Any]:
    """As a merge patch, what the fields say otherwise than they do `now`."""
    new, patch = said(values), dict[str, Any]()
    for name in labels():
        if part(values, name) != part(now, name):
            outer, _dot, inner = name.partition(".")
            if inner:
                patch.setdefault(outer, {})[inner] = new["titles"].get(inner)
            else:
                patch[outer] = new.get(outer)
    return patch


def kinds() -> dict[str, str]:
    return {
        "map": _("Map"), "assessment": _("Assessment"), "report": _("Report"), "photo": _("Photograph"),
        "table": _("Table"), "data": _("Data"), "official": _("Official letter or order"), "other": _("Other"),
    }  # fmt: skip


def visibilities() -> dict[str, str]:
    return {
        "public": _("everybody"), "partners": _("partners who sign in"), "centre": _("the Centre"),
        "own": _("only the organisation that keeps it"),
    }  # fmt: skip


WORDS: Mapping[str, Callable[[], dict[str, str]]] = {"kind": kinds, "visibility": visibilities}


def in_words(name: str, texts: Sequence[str]) -> str:
    """The values of a field for a reader."""
    if name == "language":
        return spoken(text for text in texts if text)
    names = WORDS.get(name, dict)()
    return listing(names.get(text, text) for text in texts)
