"""A deployment as papers: what DEPLOYMENTS says of it in each language, put where it stands on the sheet.

`Told` is the record once for each language of the paper. What stands in no language ("" as its code) is the same in all:
numbers, dates, and what people typed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app import calendars, exercises
from app.deployments.words import conditions, differences, modes
from app.formats.paper import Column, Field, Paper, Said, Signature
from app.languages import DEFAULT, LANGUAGES, speaking
from app.papers import words

Record = dict[str, Any]
Told = Mapping[str, Record]

# What is spoken where; of several the first whose words the portal has
OF_COUNTRY = {
    "AFG": ("fa-AF", "ps"),
    "IRN": ("fa-AF",),
    "KAZ": ("kk", "ru"),
    "KGZ": ("ky", "ru"),
    "RUS": ("ru",),
    "TJK": ("ru",),
    "TKM": ("ru",),
    "UZB": ("ru",),
}


def languages_of(origin: str | None, destination: str | None) -> list[str]:
    """The sender's language, the receiver's, and English."""
    spoken = [next(filter(is_ready, OF_COUNTRY.get(country or "", ())), DEFAULT) for country in (origin, destination)]
    return list(dict.fromkeys([*spoken, DEFAULT]))


def is_ready(code: str) -> bool:
    """Whether the words of papers are there in this language: where they are not, English stands in."""
    with speaking(DEFAULT):
        english = words.titles()
    with speaking(code):
        return all(words.titles()[name] != title for name, title in english.items())


def waybill(told: Told, site: str) -> Paper:
    """What travels with a shipment. `site` is the portal's address."""
    record = any_of(told)
    return paper_of(
        told,
        site,
        name="waybill",
        number=record["ref"],
        fields=[*parties(told), *journey(told), field(told, "purpose", {"": record["purpose"]})],
        columns=columns(
            told, no=0.5, goods=4, lot=1.4, expires=1.5, packages=1.1, quantity=1.6, weight=1.4, volume=1.2
        ),
        rows=[sent_row(told, n) for n in range(len(record["lines"]))],
        totals=totals(told),
        signatures=[
            Signature(said(told, words.roles, "sender")),
            Signature(said(told, words.roles, "carrier"), record["driver"] or ""),
            Signature(said(told, words.roles, "receiver")),
        ],
    )


def goods_received(told: Told, site: str, no: int | None) -> Paper | None:
    """What arrived, as it was signed for: receipt `no`, or the last. Where nobody has signed yet, the form to be filled in
    by hand. None where there is no such receipt."""
    record = any_of(told)
    receipts = {receipt["no"]: receipt for receipt in record["receipts"]}
    receipt = receipts.get(no or max(receipts, default=0))
    if no and receipt is None:
        return None
    return paper_of(
        told,
        site,
        name="goods-received",
        number=f"{record['ref']}/{receipt['no']}" if receipt else record["ref"],
        fields=[*parties(told), *(arrival(told, receipt) if receipt else journey(told))],
        columns=columns(
            told, no=0.5, goods=4, lot=1.4, sent=1.4, received=1.4, missing=1.2, condition=1.6, difference=2.2
        ),
        rows=[received_row(told, n, receipt) for n in range(len(record["lines"]))],
        remarks=[field(told, "remarks", {"": receipt["note"] if receipt else ""})]
        if not receipt or receipt["note"]
        else [],
        signatures=[
            Signature(said(told, words.roles, "sender"), record["driver"] or ""),
            signed(told, receipt),
        ],
    )


def paper_of(told: Told, site: str, name: str, **parts: Any) -> Paper:
    record = any_of(told)
    changed_at = moment(record["updated_at"])
    parts["fields"] = [one for one in parts["fields"] if any(one.value.values())]
    return Paper(
        title=said(told, words.titles, name),
        version=f"{changed_at:%Y-%m-%d %H:%M:%S} UTC",
        address=f"{site}/deployments/{record['ref']}",
        languages=list(told),
        changed_at=changed_at,
        marks=marks(told),
        words={word: said(told, words.surroundings, word) for word in words.surroundings()} | {"unread": unread(told)},
        **parts,
    )


def marks(told: Told) -> list[Said]:
    record = any_of(told)
    exercise = [{code: exercises.WORDS[code] for code in told}] if record["exercise"] else []
    cancelled = [said(told, words.marks, "cancelled")] if record["status"] == "cancelled" else []
    invented = [said(told, words.marks, "demonstration")] if record["demonstration"] else []
    return [*exercise, *cancelled, *invented]


def unread(told: Told) -> Said:
    """English and Russian are complete and read; the others are told for what they are."""
    return {code: spoken(code, words.unread) for code in told if not LANGUAGES[code].is_complete and is_ready(code)}


# -- the parts of a sheet


def parties(told: Told) -> list[Field]:
    record = any_of(told)
    return [
        field(told, "from", named(told, lambda record: record["organisation"]["name"])),
        field(told, "to", named(told, lambda record: record["receiver"]["name"] if record["receiver"] else "")),
        field(told, "leaves_from", {"": where(told, "origin")}),
        field(told, "goes_to", {"": where(told, "destination")}),
        field(told, "request", subject(told) if record["request"] else {}),
    ]


def where(told: Told, side: str) -> str:
    """The place as it was typed, and its country in all languages on the same line."""
    countries = dict.fromkeys(record[side]["country"]["name"] for record in told.values() if record[side]["country"])
    return ", ".join(filter(None, [any_of(told)[side]["place"], " · ".join(countries)]))


def subject(told: Told) -> Said:
    return {**named(told, lambda record: record["request"]["title"] or ""), "": any_of(told)["request"]["ref"]}


def journey(told: Told) -> list[Field]:
    record = any_of(told)
    mode = record["mode"]
    return [
        field(told, "transport", {code: spoken(code, modes)[mode] for code in told} if mode else {}),
        field(told, "carrier", {"": record["carrier"]}),
        field(told, "vehicle", {"": record["vehicle"]}),
        field(told, "driver", {"": record["driver"] or ""}),
        field(told, "people", {"": str(record["people"] or "")}),
        field(told, "crossing", named(told, lambda record: (record["entry_point"] or {}).get("name", ""))),
        *known_times(told),
    ]


def known_times(told: Told) -> list[Field]:
    """When it left and arrived, or when it is expected to."""
    record = any_of(told)
    ends = (("departure", "left", "leaves", "origin"), ("arrival", "arrived", "arrives", "destination"))
    fields = []
    for what, done, expected, side in ends:
        times = record["times"][what]
        at, label = (times["actual"], done) if times["actual"] else (times["estimated"] or times["requested"], expected)
        fields.append(field(told, label, when(told, at, country_of(record[side]))))
    return fields


def arrival(told: Told, receipt: Record) -> list[Field]:
    country = country_of(any_of(told)["destination"])
    return [
        field(told, "waybill", {"": any_of(told)["ref"]}),
        field(told, "received_at", when(told, receipt["signed_at"], country)),
        field(told, "received_in", {"": receipt["place"]}),
    ]


def signed(told: Told, receipt: Record | None) -> Signature:
    role = said(told, words.roles, "receiver")
    if receipt is None:
        return Signature(role)
    at = when(told, receipt["signed_at"], country_of(any_of(told)["destination"]))
    return Signature(role, receipt["signed_by"] or "", at[""])


def columns(told: Told, **widths: float) -> list[Column]:
    numbers = ("no", "packages", "quantity", "weight", "volume", "sent", "received", "missing")
    return [Column(said(told, words.columns, name), width, name in numbers) for name, width in widths.items()]


def sent_row(told: Told, n: int) -> Sequence[Said]:
    line = any_of(told)["lines"][n]
    return [
        {"": str(line["no"])},
        goods(told, n),
        {"": line["lot"] or ""},
        {"": line["expires_on"] or ""},
        number(line["packages"]),
        amount(told, n, line["quantity"]),
        number(line["weight_kg"]),
        number(line["volume_m3"]),
    ]


def received_row(told: Told, n: int, receipt: Record | None) -> Sequence[Said]:
    line = any_of(told)["lines"][n]
    head = [{"": str(line["no"])}, goods(told, n), {"": line["lot"] or ""}, amount(told, n, line["quantity"])]
    got = next((one for one in receipt["lines"] if one["line"] == line["no"]), None) if receipt else None
    if got is None:
        return [*head, {}, {}, {}, {}]
    condition = {code: spoken(code, conditions)[got["condition"]] for code in told}
    return [*head, number(got["quantity_received"]), number(got["quantity_missing"] or None), condition, why(told, got)]


def why(told: Told, got: Record) -> Said:
    """Why less or more arrived than was sent, and what the receiver wrote beside."""
    if not got["difference"]:
        return {"": got["note"]}
    return {"": got["note"]} | {code: spoken(code, differences)[got["difference"]] for code in told}


def goods(told: Told, n: int) -> Said:
    """What it is called, and what was typed beside."""
    names = named(told, lambda record: record["lines"][n]["name"])
    typed = any_of(told)["lines"][n]["description"]
    return names if typed in names.values() else {**names, "": typed}


def amount(told: Told, n: int, quantity: float) -> Said:
    return named(told, lambda record: f"{plain(quantity)} {record['lines'][n]['unit_name']}")


def totals(told: Told) -> Sequence[Said]:
    """Of what can be added up: packages, weight and volume, where they are known."""
    lines = any_of(told)["lines"]
    sums = {name: total(line[name] for line in lines) for name in ("packages", "weight_kg", "volume_m3")}
    if not any(sums.values()):
        return ()
    packages, weight, volume = (number(each) for each in sums.values())
    return [{}, said(told, words.columns, "total"), {}, {}, packages, {}, weight, volume]


def total(values: Iterable[float | None]) -> float | None:
    """None where one is not known: a sum of some would be read as that of all."""
    known = list(values)
    return None if None in known else sum(value for value in known if value)


# -- words, names, times and numbers


def any_of(told: Told) -> Record:
    """The record, for what is the same in all languages."""
    return next(iter(told.values()))


def spoken(code: str, texts: Callable[[], Any]) -> Any:
    with speaking(code):
        return texts()


def said(told: Told, texts: Callable[[], Mapping[str, str]], name: str) -> Said:
    return {code: spoken(code, texts)[name] for code in told}


def named(told: Told, name: Callable[[Record], str]) -> Said:
    return {code: name(record) for code, record in told.items()}


def field(told: Told, label: str, value: Said) -> Field:
    return Field(said(told, words.labels, label), value)


def country_of(place: Record) -> str | None:
    return place["country"] and str(place["country"]["iso3"])


def moment(at: str) -> datetime:
    return datetime.fromisoformat(at).astimezone(UTC)


def when(told: Told, at: str | None, country: str | None) -> Said:
    """On the clock of the place and in UTC; beside it the Solar Hijri day to those who reckon by that."""
    if at is None:
        return {"": ""}
    there = moment(at).astimezone(calendars.zone_of(country) or UTC)
    local = f"{there:%Y-%m-%d %H:%M} {calendars.offset_of(there)} ({moment(at):%H:%M} UTC)"
    return {"": local} | {code: spoken(code, lambda: calendars.solar_hijri(there.date())) for code in told}


def number(value: float | None) -> Said:
    return {"": "" if value is None else plain(value)}


def plain(value: float) -> str:
    """12, 92.5: as it is written in every language."""
    return f"{value:.3f}".rstrip("0").rstrip(".")
