"""The forms of equipment profiles: of the profile, of one line, and the fields of a specification, which other forms hold too."""

from collections.abc import Mapping
from typing import Any

from app.equipment import words
from app.equipment.schemas import LineIn, ProfileIn
from app.forms import Values, asked, by_language, in_languages, plain_number, read
from app.languages import gettext as _

NUMBERS = ("voltage_v", "hose_mm", "weight_kg")
OF_LINE = ("type", "item", "quantity", "trained_crews", "last_training_on", "source", "verified_on")


# -- a specification, in any form


def specification_values(said: Mapping[str, Any] | None, prefix: str = "specification.") -> dict[str, list[str]]:
    """What stands in its fields for a specification as it is kept."""
    said = said or {}
    plain = {f"{prefix}{name}": [str(said.get(name) or "")] for name in words.names() if name != "manual_languages"}
    return plain | {f"{prefix}manual_languages": list(said.get("manual_languages") or ())}


def specification_asked(values: Values, prefix: str = "specification.") -> dict[str, Any]:
    """What its fields say, for `Specification`: those left empty are left out."""
    of_it = {name.removeprefix(prefix): texts for name, texts in values.items() if name.startswith(prefix)}
    plain = {name: [plain_number(one) for one in texts] if name in NUMBERS else texts for name, texts in of_it.items()}
    found = asked(plain, ("manual_languages",))
    return {name: value for name, value in found.items() if value not in (None, "", [])}


# -- the profile


def labels(for_any: bool) -> dict[str, str]:
    """What the page calls its fields, in their order; whose it is only for who may write any."""
    whose: dict[str, str] = {"organisation": _("Organisation")} if for_any else {}
    return {
        **by_language("names", _("Name")),
        **whose,
        "country": _("Country"),
        **by_language("note", _("Note")),
        "visibility": _("Who may see it"),
    }


def values_of(state: Mapping[str, Any]) -> dict[str, list[str]]:
    texts = in_languages("names", state.get("names")) | in_languages("note", state.get("note"))
    return texts | {name: [state.get(name) or ""] for name in ("organisation", "country", "visibility")}


def profile_said(values: Values, names: Mapping[str, str], state: Mapping[str, Any]) -> dict[str, Any]:
    """The profile with what the fields say laid over its state. Raises Invalid."""
    said = asked(values)
    told: dict[str, Any] = {
        name: said.get(name) for name in ("names", "note", "country", "visibility", "organisation") if name in said
    }
    whole: dict[str, Any] = {**state, **told}
    for name in ("names", "note"):
        whole[name] = {code: text for code, text in (whole.get(name) or {}).items() if text}
    given = {name: value for name, value in whole.items() if value is not None}
    return read(ProfileIn, given, names).model_dump(mode="json")


# -- a line


def line_labels() -> dict[str, str]:
    return {
        "type": _("Type"),
        "item": _("Item of the Centre’s stock"),
        **by_language("description", _("Description")),
        "quantity": _("Quantity"),
        **words.labels(),
        "trained_crews": _("Crews trained on it"),
        "last_training_on": _("Last training"),
        "source": _("Source"),
        "verified_on": _("Confirmed"),
    }


def line_values(line: Mapping[str, Any]) -> dict[str, list[str]]:
    plain = {name: [str(line[name]) if line.get(name) is not None else ""] for name in OF_LINE}
    return (
        plain | in_languages("description", line.get("description")) | specification_values(line.get("specification"))
    )


def line_said(values: Values) -> dict[str, Any]:
    """One line, as the fields say it. Raises Invalid."""
    said = asked({name: texts for name, texts in values.items() if not name.startswith("specification.")})
    for name in ("quantity", "trained_crews"):
        said[name] = plain_number(said[name]) if said.get(name) else None
    said["description"] = {code: text for code, text in (said.get("description") or {}).items() if text} or None
    said["specification"] = specification_asked(values)
    return read(LineIn, said, line_labels()).model_dump(mode="json", exclude_none=True)
