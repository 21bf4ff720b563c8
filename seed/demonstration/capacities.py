"""About four hundred capacities: every resource type, over all ten countries, held by the authorities of each."""

import math
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.capacities.models import Capacity
from app.people.models import Organisation
from app.places.models import Country, Place
from app.reference.models import ResourceType
from seed.tables import Row, Values, add_missing, ids, listed, point, read

# nothing is invented where states disagree whose land it is
LEFT_OUT = ("PAK-GILGIT", "PAK-MUZAFFARABAD", "IND-SRINAGAR", "IND-JAMMU", "IND-LEH", "AZE-KHANKENDI", "KAZ-BAIKONUR")
ALPINE_TYPES = ("mountain-rescue", "avalanche-rescue", "snow-plough", "expert-avalanche", "expert-mudflow")
ALPINE_PLACES = {
    "KAZ": ("KAZ-ALMATY", "KAZ-OSKEMEN", "KAZ-TALDYKORGAN"),
    "UZB": ("UZB-TASHKENT",),
    "TKM": ("TKM-ASHGABAT",),
    "AFG": ("AFG-FAIZABAD", "AFG-BAMYAN", "AFG-KABUL"),
    "PAK": ("PAK-ISLAMABAD", "PAK-PESHAWAR"),
    "IRN": ("IRN-TEHRAN", "IRN-TABRIZ"),
    "IND": ("IND-DEHRADUN",),
    "AZE": ("AZE-SHAKI",),
}
WIDESPREAD = (
    *("tent-family", "blanket", "tarpaulin", "generator"),
    *("ambulance", "fire-engine", "helicopter-transport", "excavator"),
)
WIDESPREAD_STANDARDS = ("INSARAG", "WHO EMT")
RELIEF = ("shelter-relief", "water-sanitation", "medical")
CLASSIFIERS = {"INSARAG": "INSARAG", "WHO EMT": "WHO"}
MARK = {"en": "Demonstration record, not a real holding.", "ru": "Демонстрационная запись, не настоящий ресурс."}


class Spot(NamedTuple):
    """A town and where it lies."""

    code: str
    names: dict[str, str]
    area_id: Any
    longitude: float
    latitude: float


class Known(NamedTuple):
    """What capacities are put together from."""

    today: date
    profiles: dict[str, Row]
    spots: dict[str, list[Spot]]
    countries: dict[str, dict[str, str]]
    organisations: dict[str, Any]


def load_capacities(db: Session) -> int:
    known = _known(db)
    types = db.scalars(select(ResourceType).order_by(ResourceType.position)).all()
    holders = read("demonstration/holders")
    pairs = [(kind, holder) for kind in types for holder in _holders(kind, holders)]
    return add_missing(db, Capacity, [_capacity(n, *pair, known) for n, pair in enumerate(pairs, 1)])


def _known(db: Session) -> Known:
    return Known(
        today=datetime.now(UTC).date(),
        profiles={row["key"]: row for row in read("demonstration/profiles")},
        spots=_spots(db),
        countries=dict(db.execute(select(Country.iso3, Country.names)).tuples().all()),
        organisations=ids(db, Organisation),
    )


def _spots(db: Session) -> dict[str, list[Spot]]:
    at = (func.ST_X(Place.location), func.ST_Y(Place.location))
    found: dict[str, list[Spot]] = {}
    for country, *spot in db.execute(
        select(Place.country_iso3, Place.code, Place.names, Place.area_id, *at).order_by(Place.code)
    ):
        if spot[0] not in LEFT_OUT:
            found.setdefault(country, []).append(Spot(*spot))
    return found


def _holders(kind: ResourceType, holders: list[Row]) -> list[Row]:
    """The countries that have this type: three, or five for what is found everywhere; bigger shares are drawn more often."""
    chance = Random(f"countries of {kind.code}")
    wide = kind.code in WIDESPREAD or kind.standard in WIDESPREAD_STANDARDS
    drawn = sorted(holders, key=lambda row: chance.random() ** (1 / int(row["share"])), reverse=True)
    return drawn[: 5 if wide else 3]


def _capacity(number: int, kind: ResourceType, holder: Row, known: Known) -> Values:
    chance = Random(f"{kind.code} of {holder['country']}")
    profile = known.profiles.get(kind.code) or known.profiles[kind.kind]
    quantity = _quantity(chance, profile)
    keeper = _keeper(chance, kind, holder)
    return {
        "ref": f"CA-{number:07}",
        "demonstration": True,
        "description": MARK,
        "type_code": kind.code,
        "kind": kind.kind,
        "unit_code": kind.unit_code,
        "country_iso3": holder["country"],
        "organisation_id": known.organisations[keeper],
        **_base(chance, kind, holder["country"], known),
        **_state(chance, kind, quantity),
        **_readiness(chance),
        **_reach(chance, kind, profile, quantity),
        **_classification(chance, kind, known.today),
        "languages": _languages(chance, kind, holder),
        **_verified(chance, keeper, known.today),
    }


def _quantity(chance: Random, profile: Row) -> int:
    """Small amounts are likelier than large ones; two digits count, the rest are noughts."""
    low, high = int(profile["low"]), int(profile["high"])
    drawn = low * (high / low) ** chance.random()
    digits = 1 - math.floor(math.log10(drawn))
    return int(round(drawn, min(digits, 0)))


def _keeper(chance: Random, kind: ResourceType, holder: Row) -> str:
    is_red = kind.standard == "IFRC ERU" or (kind.family_code in RELIEF and chance.random() < 0.5)
    return holder["society"] if is_red else holder["authority"]


def _base(chance: Random, kind: ResourceType, country: str, known: Known) -> Values:
    """Where it is kept, near a town; of one in twenty the place is not known."""
    spots = known.spots[country]
    if kind.code in ALPINE_TYPES and country in ALPINE_PLACES:
        spots = [spot for spot in spots if spot.code in ALPINE_PLACES[country]]
    spot = chance.choice(spots)
    east, north = (chance.uniform(-0.04, 0.04) for _ in range(2))
    if chance.random() < 0.05:
        return _named(kind, known.countries[country]) | {"base_area_id": None, "base_place": None, "location": None}
    at = point(round(spot.latitude + north, 4), round(spot.longitude + east, 4))
    return _named(kind, spot.names) | {"base_area_id": spot.area_id, "base_place": spot.names, "location": at}


def _named(kind: ResourceType, place: dict[str, str]) -> Values:
    return {"names": {lang: f"{kind.names[lang]}, {place.get(lang, place['en'])}" for lang in ("en", "ru")}}


def _state(chance: Random, kind: ResourceType, quantity: int) -> Values:
    away = 0 if kind.kind == "facility" else 8
    status = chance.choices(("available", "committed", "deployed", "unavailable"), weights=(74, 12, away, 6))[0]
    part = {
        "available": chance.uniform(0.6, 1),
        "committed": chance.uniform(0, 0.5),
        "deployed": 0.0,
        "unavailable": 0.0,
    }
    left = part[status] * quantity
    available = math.ceil(left) if status == "available" else math.floor(left)
    return {"status": status, "quantity": quantity, "quantity_available": available}


def _readiness(chance: Random) -> Values:
    words = chance.choices(("ready", "partial", "none", None), weights=(62, 24, 8, 6), k=3)
    return dict(zip(("readiness_equipment", "readiness_people", "readiness_funding"), words, strict=True))


def _reach(chance: Random, kind: ResourceType, profile: Row, quantity: int) -> Values:
    """How soon and with what it can travel; a facility stays where it is."""
    hours = range(int(profile["hours_low"] or 0), int(profile["hours_high"] or 0) + 1)
    weight, volume = (float(profile[name]) * quantity if profile[name] else None for name in ("weight_kg", "volume_m3"))
    return {
        "mobilisation_hours": chance.choice(hours) if profile["hours_low"] and chance.random() < 0.92 else None,
        "self_sufficiency_days": int(profile["days"]) if profile["days"] else None,
        "transport_weight_kg": round(weight, 1) if weight else None,
        "transport_volume_m3": round(volume, 2) if volume else None,
        "transport_modes": listed(profile["modes"]),
    }


def _classification(chance: Random, kind: ResourceType, today: date) -> Values:
    """Six in ten teams of a classified type are classified; a few classifications have run out."""
    body = CLASSIFIERS.get(kind.standard) if kind.parent_code in ("usar", "emt") else None
    if body is None or kind.code.startswith("search-") or chance.random() > 0.6:
        return {"classification_body": None, "classification_level": None, "classification_valid_until": None}
    until = today + timedelta(days=chance.randint(-200, 1500))
    return {"classification_body": body, "classification_level": kind.standard_ref, "classification_valid_until": until}


def _languages(chance: Random, kind: ResourceType, holder: Row) -> list[str]:
    if kind.kind not in ("team", "expert"):
        return []
    spoken = listed(holder["languages"])
    return spoken + (["en"] if "en" not in spoken and chance.random() < 0.5 else [])


def _verified(chance: Random, keeper: str, today: date) -> Values:
    """Most were looked at in the last half year, some long ago, some never."""
    days = chance.choices((chance.randint(3, 170), chance.randint(400, 900), None), weights=(60, 25, 15))[0]
    if days is None:
        return {"verified_at": None, "verified_by": None}
    return {"verified_at": datetime.combine(today - timedelta(days=days), time(8), UTC), "verified_by": keeper}
