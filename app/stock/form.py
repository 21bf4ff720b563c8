"""The forms of stock: their fields in order, and what was typed as an entry, a reservation, a count."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel

from app import languages
from app.errors import Invalid
from app.forms import Values, asked, by_language, first, moment, plain_number, read
from app.geo import spoken_point
from app.languages import gettext as _
from app.stock import words
from app.stock.batches import Batch, plain
from app.stock.ledger_schemas import (
    NEEDS,
    CountIn,
    ItemIn,
    KitIn,
    LevelIn,
    MovementIn,
    ReservationIn,
    WarehouseIn,
)  # fmt: skip

Pairs = Sequence[tuple[str, str]]
Offered = Mapping[str, Any]
Schema = TypeVar("Schema", bound=BaseModel)
KIT_ROWS = 12


@dataclass(frozen=True)
class Field:
    """A field of a page: `widget` is text, number, choice, several, date, moment, languages or coordinates."""

    name: str
    label: str
    widget: str = "text"
    choices: Pairs = ()
    hint: str = ""
    required: bool = False


def labels_of(fields: Iterable[Field]) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in fields:
        found |= by_language(field.name, field.label) if field.widget == "languages" else {}
        found[field.name] = field.label
    return found


# -- fields


def of_receipt(offered: Offered) -> list[Field]:
    return [
        choice("item", _("Item"), offered["items"], required=True),
        choice("warehouse", _("Warehouse"), offered["warehouses"], required=True),
        Field("number", _("Lot"), hint=_("As on the boxes."), required=True),
        Field("quantity", _("Quantity"), "number", hint=_("In the unit of the item."), required=True),
        choice("condition", _("Condition"), list(words.conditions().items()), required=True),
        Field("expires_on", _("Expires"), "date", hint=_("Leave it empty where it does not expire.")),
        *of_owner(offered),
        *of_moment(),
    ]


def of_owner(offered: Offered) -> list[Field]:
    return [
        choice("owner", _("Owner"), offered["organisations"], hint=_("The Centre, unless another is chosen.")),
        choice("donor", _("Donor"), offered["organisations"]),
        Field("earmark", _("What the donor gave it for")),
        Field("earmark_countries", _("It may only go to"), "several", offered["countries"]),
    ]


def of_moment() -> list[Field]:
    return [
        Field("moved_at", _("When"), "moment", hint=_("Empty: now.")),
        Field("note", _("Note")),
    ]


def of_kit(offered: Offered) -> list[Field]:
    return [
        choice("item", _("Kit"), offered["kits"], required=True),
        choice("warehouse", _("Warehouse"), offered["warehouses"], required=True),
        Field("number", _("Lot"), hint=_("What the new kits are to be called."), required=True),
        Field("quantity", _("How many kits"), "number", required=True),
        choice("owner", _("Owner"), offered["organisations"], hint=_("The Centre, unless another is chosen.")),
        *of_moment(),
    ]


def of_entry(kind: str, batches: Sequence[Batch], offered: Offered) -> list[Field]:
    """The fields of an entry about a lot of one position."""
    lot = choice("lot", _("Lot"), [(str(one.lot_id), lot_in_words(one)) for one in batches], required=True)
    between = {
        "transfer": [choice("to_warehouse", _("Into the warehouse"), offered["warehouses"], required=True)],
        "adjustment": [
            choice(
                "reason", _("Reason"), [one for one in words.reasons().items() if one[0] != "counted"], required=True
            ),
            choice(
                "direction",
                _("Of a correction"),
                [("in", _("the ledger had too little")), ("out", _("the ledger had too much"))],
            ),
        ],
        "return": [choice("condition", _("Condition"), list(words.conditions().items()), required=True)],
    }
    return [lot, *between.get(kind, []), Field("quantity", _("Quantity"), "number", required=True), *of_moment()]


def lot_in_words(batch: Batch) -> str:
    left = _("%(left)s of %(on_hand)s free") % {"left": plain(batch.available), "on_hand": plain(batch.on_hand)}
    ends = batch.expires_on.isoformat() if batch.expires_on else ""
    return " · ".join(filter(None, [batch.number, left, words.conditions()[batch.condition], ends]))


def of_reservation(offered: Offered) -> list[Field]:
    return [
        Field("quantity", _("Quantity"), "number", required=True),
        Field("lasts_until", _("Needed on"), "date", hint=_("What expires before that day is passed over.")),
        choice(
            "country",
            _("Goes to"),
            offered["countries"],
            hint=_("What is earmarked for other countries is passed over."),
        ),
        Field("reason", _("What it is reserved for"), required=True),
    ]


def of_level(offered: Offered) -> list[Field]:
    return [
        choice("item", _("Item"), offered["items"], required=True),
        choice("warehouse", _("Warehouse"), offered["warehouses"], required=True),
        Field("quantity", _("Minimum"), "number", hint=_("0 takes the level away."), required=True),
    ]


def of_parts(offered: Offered, rows: int) -> list[Field]:
    parts = [
        field
        for n in range(rows)
        for field in (
            choice(f"parts.{n}.item", _("Part %(n)s") % {"n": n + 1}, offered["items"]),
            Field(f"parts.{n}.quantity", _("How many in one kit"), "number"),
        )
    ]
    return [choice("item", _("Kit"), offered["items"], required=True), *parts]


def of_item(offered: Offered) -> list[Field]:
    return [
        Field(
            "code",
            _("Code"),
            hint=_("Small letters and digits, such as boat-inflatable. It never changes."),
            required=True,
        ),
        Field("names", _("Name"), "languages", required=True),
        choice("family", _("Field of work"), offered["families"], required=True),
        choice("type", _("Type"), offered["types"]),
        choice("unit", _("Unit"), offered["units"], required=True),
        Field("weight_kg", _("Weight of one, kg"), "number"),
        Field("volume_m3", _("Volume of one, m³"), "number"),
    ]


def of_warehouse(offered: Offered) -> list[Field]:
    return [
        Field(
            "code", _("Code"), hint=_("Capital letters and digits, such as WH-ALMATY. It never changes."), required=True
        ),
        Field("names", _("Name"), "languages", required=True),
        choice("country", _("Country"), offered["countries"], required=True),
        Field("place", _("Place"), "languages"),
        Field("geometry", _("Coordinates"), "coordinates", required=True),
    ]


def choice(name: str, label: str, choices: Pairs, hint: str = "", required: bool = False) -> Field:
    return Field(name, label, "choice", [("", "—"), *map(tuple, choices)], hint, required)  # type: ignore[list-item]


# -- what was typed

NUMBERS = ("quantity", "weight_kg", "volume_m3", "counted")


def typed(values: Values, several: Sequence[str] = ()) -> dict[str, Any]:
    """The fields as JSON, numbers as programs write them, without what is empty."""
    told = {
        name: [plain_number(text) for text in texts]
        if name.rpartition(".")[2] in NUMBERS or name.startswith("lots.")
        else texts
        for name, texts in values.items()
    }
    return {name: value for name, value in asked(told, several).items() if value not in (None, {}, [])}


def in_own_language(said: dict[str, Any], *names: str) -> dict[str, Any]:
    """A text typed in one field is in the language of the page."""
    own = languages.current().code
    return said | {name: {own: said[name]} for name in names if said.get(name)}


def movement_in(kind: str, values: Values, fields: Sequence[Field]) -> MovementIn:
    """Raises Invalid, naming every field by what stands on the page."""
    said = in_own_language(typed(values, ("earmark_countries",)), "note", "earmark")
    said |= {"kind": kind, "moved_at": moment(values, "moved_at")}
    return said_as(MovementIn, said, fields, ("quantity", *NEEDS[kind]))


def reservation_in(values: Values, fields: Sequence[Field]) -> ReservationIn:
    said = in_own_language(typed(values), "reason")
    said["lots"] = {name: value for name, value in (said.get("lots") or {}).items() if value} or None
    return said_as(ReservationIn, said, fields, ("reason",))


def level_in(values: Values, fields: Sequence[Field]) -> LevelIn:
    return said_as(LevelIn, typed(values), fields, ("item", "warehouse", "quantity"))


def parts_in(values: Values, fields: Sequence[Field]) -> KitIn:
    rows = typed(values).get("parts", {})
    said = [row for _n, row in sorted(rows.items(), key=lambda one: one[0].zfill(3)) if any(row.values())]
    return said_as(KitIn, {"parts": said}, fields)


def item_in(values: Values, fields: Sequence[Field]) -> ItemIn:
    return said_as(ItemIn, typed(values), fields, ("code", "names", "family", "unit"))


def warehouse_in(values: Values, fields: Sequence[Field]) -> WarehouseIn:
    said = typed(values)
    if point := first(values, "geometry").strip():
        try:
            said["geometry"] = {"coordinates": list(spoken_point(point))}
        except ValueError as error:
            raise Invalid.field("geometry", str(error)) from None
    return said_as(WarehouseIn, said, fields, ("code", "names", "country", "geometry"))


def count_in(warehouse: str, values: Values) -> CountIn:
    """A sheet: `counted.<lot>` and `reason.<lot>`; lots without a number were not counted. Raises Invalid."""
    said = in_own_language(typed(values), "note")
    reasons = said.pop("reason", None) or {}
    lines = [
        {"lot": lot, "counted": counted, "reason": reasons.get(lot)}
        for lot, counted in (said.pop("counted", None) or {}).items()
        if counted
    ]
    if not lines:
        raise Invalid(_("Nothing was counted yet: type a number beside one lot at least."))
    found = {
        "warehouse": warehouse,
        "lines": lines,
        "note": said.get("note"),
        "counted_at": moment(values, "counted_at"),
    }
    return read(CountIn, found, {"lines": _("Counted")})


def said_as(
    schema: type[Schema], said: Mapping[str, Any], fields: Sequence[Field], needed: Sequence[str] = ()
) -> Schema:
    names = labels_of(fields)
    wrong = [
        {"field": name, "message": _("%(name)s is missing.") % {"name": f"“{names[name]}”"}}
        for name in needed
        if not said.get(name) and name in names
    ]
    if wrong:
        raise Invalid(" ".join(one["message"] for one in wrong), wrong)
    return read(schema, {name: value for name, value in said.items() if value is not None}, names)
