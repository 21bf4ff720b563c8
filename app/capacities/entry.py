"""An entry of the register: from what was said to its row, from the row back to what can be said, and what history is told.

Where the base may be seen by fewer than the record, place and point lie in `exact_place` and `exact_location`, and nowhere
else: queries of those who may not see them never touch these columns.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app import codes, history
from app.capacities import writing_queries as queries
from app.capacities.models import Capacity
from app.capacities.schemas import CapacityIn
from app.errors import Invalid
from app.languages import gettext as _
from app.places.queries import is_far_from
from app.records import VISIBILITY
from app.writing import PointIn

State = Mapping[str, Any]  # queries.state_of(); empty of a record that is new
Problem = dict[str, str]

FAR_DEGREES = 0.5  # about 50 km: outlines are simplified, swapped coordinates are thousands of kilometres off

PLAIN = (
    "quantity", "status", "mobilisation_hours", "self_sufficiency_days", "languages", "visibility",
)  # fmt: skip


def fill(
    db: Session, capacity: Capacity, new: CapacityIn, before: State, change: State = {}, sees_base: bool = True
) -> None:
    """Put what was said into the row. Raises Invalid that names by its field all that cannot be."""
    wrong = [
        *wrong_codes(db, new), *contradictions(new, change), *promised(capacity, new), *wrong_places(db, new, before, sees_base),
    ]  # fmt: skip
    refuse(wrong)
    kind = queries.type_with_code(db, new.type)
    assert kind is not None  # wrong_codes has looked
    unit = new.unit or kind.unit_code
    refuse(other_unit(capacity, unit))
    for name, value in columns(new, kind.kind, unit).items():
        setattr(capacity, name, value)
    if sees_base:
        place_base(db, capacity, new, before)
    sort_base(capacity)


def refuse(wrong: list[Problem]) -> None:
    if wrong:
        raise Invalid(" ".join(one["message"] for one in wrong), wrong)


def columns(new: CapacityIn, kind: str, unit: str) -> dict[str, Any]:
    """The columns of a row, all but those of its base."""
    said, transport = new.classification, new.transport
    left = new.quantity if new.quantity_available is None else new.quantity_available
    return {
        **{name: getattr(new, name) for name in PLAIN},
        **{f"readiness_{name}": value for name, value in new.readiness.model_dump().items()},
        **{f"transport_{name}": value for name, value in transport.model_dump().items()},
        "names": new.names,
        "description": new.description or None,
        "type_code": new.type,
        "kind": kind,
        "specification": new.specification.kept,
        "country_iso3": new.country,
        "unit_code": unit,
        "quantity_available": left,
        "classification_body": said.body if said else None,
        "classification_level": said.level if said else None,
        "classification_valid_until": said.valid_until if said else None,
    }


# -- what cannot be


def promised(capacity: Capacity, new: CapacityIn) -> Iterator[Problem]:
    """What is committed to a request stays so, whatever its owner has besides."""
    committed = capacity.quantity_committed or Decimal(0)
    left = new.quantity if new.quantity_available is None else new.quantity_available
    words = {"committed": f"{committed.normalize():f}", "left": f"{(new.quantity - committed).normalize():f}"}
    if new.quantity < committed:
        message = _("%(committed)s of these are committed: the quantity cannot be less.") % words
        yield {"field": "quantity", "message": message}
    elif committed and left + committed > new.quantity:
        message = _("%(committed)s of these are committed: at most %(left)s can be available.") % words
        yield {"field": "quantity_available", "message": message}


def other_unit(capacity: Capacity, unit: str) -> list[Problem]:
    """What is committed was counted in a unit, and comes back in it."""
    if not capacity.quantity_committed or capacity.unit_code == unit:
        return []
    return [{"field": "unit", "message": _("This is counted in “%(unit)s”.") % {"unit": capacity.unit_code}}]


def wrong_codes(db: Session, new: CapacityIn) -> Iterator[Problem]:
    for field, list_name in (("type", "types"), ("country", "countries"), ("unit", "units")):
        code = getattr(new, field)
        possible = queries.possible(db, list_name)
        if code is not None and code not in possible:
            yield {"field": field, "message": codes.unknown(field, code, possible)}


def contradictions(new: CapacityIn, change: State = {}) -> Iterator[Problem]:
    """What goes against itself. A base that was narrowed earlier may stay so, whatever the record's visibility becomes."""
    if new.quantity_available is not None and new.quantity_available > new.quantity:
        yield {"field": "quantity_available", "message": _("More cannot be available than there is in all.")}
    if (said := new.classification) and not said.body and (said.level or said.valid_until):
        yield {"field": "classification.body", "message": _("Say who classified it.")}
    is_said = not change or "visibility" in (change.get("base") or {})
    if is_said and new.base.visibility and history.narrower(new.base.visibility, new.visibility) != new.base.visibility:
        message = _(
            "More people would see the exact base than the record. Choose the same as for the record, or fewer."
        )
        yield {"field": "base.visibility", "message": message}


def wrong_places(db: Session, new: CapacityIn, before: State, sees_base: bool) -> Iterator[Problem]:
    """What is not in the country. Of a base that the writer may not see nothing is told."""
    base, moved = new.base, before.get("country_iso3") != new.country
    if base.area and (moved or base.area != before.get("area")):
        area = queries.area_with_code(db, base.area, new.country)
        if area is None:
            yield {
                "field": "base.area",
                "message": codes.unknown("base.area", base.area, queries.possible(db, "areas")),
            }
        elif area.country != new.country:
            words = {"area": base.area, "country": new.country}
            yield {"field": "base.area", "message": _("%(area)s is not in %(country)s.") % words}
    if sees_base and base.geometry and is_far_from(db, [new.country], base.geometry.model_dump_json(), FAR_DEGREES):
        message = _("This point is far from %(country)s. Are longitude and latitude in the right order?")
        yield {"field": "base.geometry", "message": message % {"country": new.country}}


# -- the base


def place_base(db: Session, capacity: Capacity, new: CapacityIn, before: State) -> None:
    """Put the base where everybody would see it who sees the record; sort_base() moves it if they may not."""
    base = new.base
    if base.area != before.get("area"):
        area = queries.area_with_code(db, base.area, new.country) if base.area else None
        capacity.base_area_id = area.id if area else None
    point = base.geometry.ewkt if base.geometry else None
    held = capacity.location if capacity.location is not None else capacity.exact_location
    capacity.location = held if point == point_of(before) else point  # type: ignore[assignment]
    capacity.base_place, capacity.exact_place, capacity.exact_location = base.place or None, None, None
    capacity.base_visibility = base.visibility or "public"


def sort_base(capacity: Capacity) -> None:
    """Place and point lie where those read who may see them."""
    place, point = (
        capacity.base_place or capacity.exact_place,
        capacity.exact_location if capacity.location is None else capacity.location,
    )
    hidden = is_narrower(capacity.base_visibility, capacity.visibility)
    capacity.base_place, capacity.exact_place = (None, place) if hidden else (place, None)
    capacity.location, capacity.exact_location = (None, point) if hidden else (point, None)


def is_narrower(base: str, record: str) -> bool:
    """Whether fewer may see the base than the record. `public` is as the record."""
    return VISIBILITY.index(base) > VISIBILITY.index(record)


def point_of(state: State) -> str | None:
    geometry = state.get("location") or state.get("exact_location")
    return PointIn.model_validate({"coordinates": geometry["coordinates"]}).ewkt if geometry else None


# -- the way back


def as_written(state: State) -> dict[str, Any]:
    """A record as CapacityIn would have it, for a change to be laid over."""
    point = state["location"] or state["exact_location"]
    geometry = {"type": "Point", "coordinates": point["coordinates"]} if point else None
    base = {
        "area": state["area"],
        "place": state["base_place"] or state["exact_place"],
        "geometry": geometry,
        "visibility": None if state["base_visibility"] == "public" else state["base_visibility"],
    }
    found = {
        **{
            name: state[name] for name in (*PLAIN, "names", "description", "type", "organisation", "quantity_available")
        },
        "specification": state["specification"],
        "country": state["country_iso3"],
        "unit": state["unit_code"],
        "readiness": below(state, "readiness"),
        "classification": below(state, "classification"),
        "transport": below(state, "transport"),
        "base": base,
    }
    return {name: value for name, value in found.items() if value is not None}


def below(state: State, name: str) -> dict[str, Any]:
    """The columns `readiness_equipment`, `readiness_people` … as an object."""
    return {one.removeprefix(f"{name}_"): value for one, value in state.items() if one.startswith(f"{name}_")}


# -- what history is told


def told(before: State, after: State) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields that differ. A base that is narrower than its record, before or after, stands under its own names."""
    is_hidden = any(state and is_narrower(state["base_visibility"], state["visibility"]) for state in (before, after))
    was, now = (hidden(state) if is_hidden else state for state in (before, after))
    old, new = history.changes(was, now)
    names = [name for name in old if not (says_nothing(old[name]) and says_nothing(new[name]))]
    return {name: old[name] for name in names}, {name: new[name] for name in names}


def says_nothing(value: object) -> bool:
    return value is None or value in ([], {})


def hidden(state: State) -> dict[str, Any]:
    place, point = (state.get(name) for name in ("base_place", "location"))
    moved = {"exact_place": state.get("exact_place") or place, "exact_location": state.get("exact_location") or point}
    return {name: value for name, value in state.items() if name not in ("base_place", "location")} | moved
