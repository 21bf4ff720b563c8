"""What a candidate is called, plainly, from what is known of it: the title and summary of the event that it may become.

They are data, not texts of a page: written in English and Russian at once, whoever reads them.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

NEAR_KM, FAR_KM = 3, 300
LONGEST = 200
POINTS = {
    "en": ("N", "NE", "E", "SE", "S", "SW", "W", "NW"),
    "ru": (
        "к северу", "к северо-востоку", "к востоку", "к юго-востоку",
        "к югу", "к юго-западу", "к западу", "к северо-западу",
    ),
}  # fmt: skip
AWAY = {"en": "%(km)s km %(point)s of %(town)s", "ru": "%(km)s км %(point)s от г. %(town)s"}
CLOSE = {"en": "near %(town)s", "ru": "вблизи г. %(town)s"}
SAID_BY = {"en": "%(feed)s: %(values)s.", "ru": "%(feed)s: %(values)s."}
DEPTH = {"en": "depth %(km)s km", "ru": "глубина %(km)s км"}
ALERT = {
    "en": {"green": "green alert", "orange": "orange alert", "red": "red alert"},
    "ru": {"green": "зелёный уровень", "orange": "оранжевый уровень", "red": "красный уровень"},
}
PEOPLE = {"en": "%(n)s people exposed", "ru": "в зоне воздействия %(n)s человек"}

Names = Mapping[str, str]


def in_language(names: Names, lang: str) -> str:
    return names.get(lang) or names.get("en") or next(iter(names.values()), "")


def decimal(value: float, lang: str) -> str:
    text = f"{value:.1f}"
    return text.replace(".", ",") if lang == "ru" else text


def titles(
    hazard: Names | None, magnitude: float | None, town: Mapping[str, Any] | None, places: Sequence[Names], told: str
) -> dict[str, str]:
    """{language: title}: “Earthquake M 5.8, 22 km N of Isfara”. Where the hazard is not known, what the feed says itself."""
    if hazard is None:
        return {"en": told[:LONGEST]}
    return {lang: title(lang, hazard, magnitude, town, places) for lang in POINTS}


def title(
    lang: str, hazard: Names, magnitude: float | None, town: Mapping[str, Any] | None, places: Sequence[Names]
) -> str:
    strength = f" M {decimal(magnitude, lang)}" if magnitude is not None else ""
    where = beside(lang, town) if town else ", ".join(in_language(one, lang) for one in places)
    return ", ".join(filter(None, (in_language(hazard, lang) + strength, where)))[:LONGEST]


def beside(lang: str, town: Mapping[str, Any]) -> str:
    name = in_language(town["names"], lang)
    if town["km"] < NEAR_KM:
        return CLOSE[lang] % {"town": name}
    return AWAY[lang] % {"km": round(town["km"]), "point": POINTS[lang][compass(town["azimuth"])], "town": name}


def compass(azimuth: float) -> int:
    """Which of the eight points a bearing in degrees from north is nearest to."""
    return round(azimuth / 45) % 8


def summaries(said: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, str]:
    """{language: what each feed says}, a line for each that says a number; `said` are (name of the feed, what it says)."""
    found = {}
    for lang in POINTS:
        lines = [(feed, values(lang, one)) for feed, one in said]
        text = "\n".join(SAID_BY[lang] % {"feed": feed, "values": line} for feed, line in lines if line)
        if text:
            found[lang] = text[:5000]
    return found


def values(lang: str, said: Mapping[str, Any]) -> str:
    parts = []
    if said.get("magnitude") is not None:
        kind = f" ({said['magnitude_type']})" if said.get("magnitude_type") else ""
        parts.append(f"M {decimal(said['magnitude'], lang)}{kind}")
    if said.get("depth_km") is not None:
        parts.append(DEPTH[lang] % {"km": decimal(said["depth_km"], lang)})
    if said.get("alert_level"):
        parts.append(ALERT[lang][said["alert_level"]])
    if said.get("population"):
        parts.append(PEOPLE[lang] % {"n": f"{said['population']:,}".replace(",", " ")})
    if parts and said.get("started_at"):
        parts.append(f"{datetime.fromisoformat(said['started_at']).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC")
    return ", ".join(parts)
