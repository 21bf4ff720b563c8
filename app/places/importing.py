"""Reads a file of administrative boundaries as OCHA publishes them (COD-AB): which column means what. No database here.

Two generations of columns are known: ADM1_PCODE, ADM1_EN, ADM1_RU, ADM1_REF, ADM1ALT1EN, date, validOn, validTo; and
adm1_pcode, adm1_name, adm1_name1 with lang, lang1, iso3, valid_on, valid_to. A level is what its deepest p-code says.
"""

import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError
from pyogrio.raw import read

from app.errors import Invalid

INSIDE_ZIP = (".shp", ".gpkg", ".geojson", ".json")
KNOWN = (*INSIDE_ZIP, ".zip")
DEEPEST = 4
WGS84 = 4326
# OCHA's endings of name columns → our languages; Dari has had three
LANGUAGES = {"da": "fa-AF", "prs": "fa-AF", "dr": "fa-AF", "kz": "kk"}
OURS = {"en", "ru", "kk", "ky", "tg", "uz", "tk", "fa-AF", "ps", "ur", "fa", "az", "hi"}
POPULATION = ("population", "pop_total", "total_pop", "t_tl", "pop")
COUNTRY = ("iso3", "adm0_pcode", "iso2", "adm0_en", "adm0_name")

Columns = dict[str, list[Any]]


class WrongAreaFile(Invalid):
    """The file cannot be loaded; the message says what is wrong with it and what to do."""


@dataclass(frozen=True)
class IncomingArea:
    """One row of the file."""

    pcode: str
    country: str | None
    names: dict[str, str]
    spellings: list[str]
    parent_pcode: str | None
    population: int | None
    valid_to: date | None
    shape: bytes = field(repr=False)


@dataclass(frozen=True)
class AreaLayer:
    """All rows of one level; `valid_on` is the latest day the file names."""

    name: str
    level: int
    srid: int
    valid_on: date | None
    areas: list[IncomingArea]


def read_area_file(path: Path, level: int | None = None) -> list[AreaLayer]:
    """The file's layers with p-codes, the highest level first; all of them, or the one of `level`."""
    if not path.is_file():
        raise WrongAreaFile(f"There is no file {path}.")
    if path.suffix.lower() not in KNOWN:
        raise WrongAreaFile(f"{path.name} is not a GeoJSON, GeoPackage or zipped Shapefile.")
    found = [layer for source in sources(path) for layer in layers_with_pcodes(source)]
    if not found:
        raise WrongAreaFile(f"{path.name} has no layer of areas with a column of p-codes (ADM1_PCODE or adm1_pcode).")
    wanted = sorted(one for one in found if level in (None, one[0]))
    if not wanted:
        raise WrongAreaFile(
            f"{path.name} has no layer of level {level}; it has {', '.join(str(n) for n, *_ in found)}."
        )
    refuse_twins(wanted, path)
    return [read_layer(source, name, depth) for depth, source, name in wanted]


def refuse_twins(layers: list[tuple[int, str, str]], path: Path) -> None:
    times = Counter(level for level, *_ in layers)
    if twice := [level for level, many in times.items() if many > 1]:
        names = ", ".join(name for level, _, name in layers if level == twice[0])
        raise WrongAreaFile(
            f"{path.name} has several layers of level {twice[0]} ({names}): put the one you mean in a file."
        )


# -- files and layers, as GDAL names them


def sources(path: Path) -> list[str]:
    if path.suffix.lower() != ".zip":
        return [str(path)]
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [
                name for name in archive.namelist() if name.lower().endswith(INSIDE_ZIP) and "__MACOSX" not in name
            ]
    except zipfile.BadZipFile:
        raise WrongAreaFile(f"{path.name} is damaged: it cannot be unpacked.") from None
    if not inside:
        raise WrongAreaFile(f"{path.name} holds no .shp, .gpkg or .geojson.")
    return [f"/vsizip/{{{path.absolute()}}}/{name}" for name in inside]


def layers_with_pcodes(source: str) -> Iterator[tuple[int, str, str]]:
    """Level, source, name. COD-AB files have points and lines beside the areas; those are passed over."""
    for name, kind in opened(pyogrio.list_layers, source):
        if kind and ("Polygon" in kind or kind in ("Unknown", "GeometryCollection")):
            columns = {str(column).lower() for column in opened(pyogrio.read_info, source, layer=name)["fields"]}
            levels = [n for n in range(DEEPEST + 1) if f"adm{n}_pcode" in columns]
            if levels:
                yield levels[-1], source, str(name)


def opened(function: Any, source: str, **options: Any) -> Any:
    try:
        return function(source, **options)
    except (DataSourceError, DataLayerError, UnicodeDecodeError) as error:
        raise WrongAreaFile(f"{Path(source).name} cannot be read: {error}") from None


def read_layer(source: str, name: str, level: int) -> AreaLayer:
    meta, _, shapes, values = opened(read, source, layer=name, force_2d=True, datetime_as_string=True)
    columns = {
        str(column).lower(): [plain(one) for one in data.tolist()]
        for column, data in zip(meta["fields"], values, strict=True)
    }
    if not len(shapes):
        raise WrongAreaFile(f"Layer {name} is empty.")
    areas = [area_of(columns, row, level, shape) for row, shape in enumerate(shapes)]
    refuse_doubles(areas, name)
    return AreaLayer(name, level, srid_of(meta["crs"], name), valid_on(columns), areas)


def refuse_doubles(areas: list[IncomingArea], name: str) -> None:
    times = Counter(area.pcode for area in areas)
    if doubles := sorted(pcode for pcode, many in times.items() if many > 1):
        raise WrongAreaFile(f"Layer {name} has these p-codes more than once: {', '.join(doubles[:10])}.")


def srid_of(crs: str | None, name: str) -> int:
    """The EPSG number of the layer's coordinates."""
    if not crs:
        raise WrongAreaFile(f"Layer {name} does not say its coordinate system (a Shapefile needs its .prj).")
    if crs.upper() in ("OGC:CRS84", "EPSG:4979"):
        return WGS84
    known = re.fullmatch(r"EPSG:(\d+)", crs, re.IGNORECASE)
    if not known:
        raise WrongAreaFile(
            f"Layer {name} is in a coordinate system without an EPSG number: reproject it to EPSG:4326."
        )
    return int(known[1])


# -- one row


def area_of(columns: Columns, row: int, level: int, shape: bytes | None) -> IncomingArea:
    def cell(name: str) -> Any:
        return columns[name][row] if name in columns else None

    pcode = text(cell(f"adm{level}_pcode"))
    if not pcode:
        raise WrongAreaFile(f"Row {row + 1} has no p-code.")
    if shape is None:
        raise WrongAreaFile(f"{pcode} has no geometry.")
    country = next((text(cell(name)) for name in COUNTRY if cell(name)), None)
    names = names_of(columns, row, level, country)
    if not names:
        raise WrongAreaFile(
            f"{pcode} has no name: there is no column ADM{level}_EN or adm{level}_name, or it is empty there."
        )
    return IncomingArea(
        pcode=pcode,
        country=country,
        names={"en": next(iter(names.values()))} | names,
        spellings=[one for one in spellings_of(columns, row, level) if one not in names.values()],
        parent_pcode=text(cell(f"adm{level - 1}_pcode")) if level > 1 else None,
        population=population_of(columns, row),
        valid_to=day(cell("validto") or cell("valid_to")),
        shape=shape,
    )


def names_of(columns: Columns, row: int, level: int, country: str | None) -> dict[str, str]:
    """By language: of ADM1_EN, ADM1_RU …, and of adm1_name, adm1_name1 … whose languages stand in lang, lang1 …"""
    found = {}
    for column, values in columns.items():
        classic = re.fullmatch(rf"adm{level}_([a-z]{{2,3}})", column)
        newer = re.fullmatch(rf"adm{level}_name(\d?)", column)
        if classic:
            suffix: str | None = classic[1]
        elif newer:
            suffix = text(columns[f"lang{newer[1]}"][row]) if f"lang{newer[1]}" in columns else "" if newer[1] else "en"
        else:
            continue
        language = language_of(suffix or "", country)
        if language and text(values[row]):
            found[language] = text(values[row]) or ""
    return found


def language_of(suffix: str, country: str | None) -> str | None:
    code = LANGUAGES.get(suffix.lower(), suffix.lower())
    if code == "fa" and country in ("AF", "AFG", "Afghanistan"):
        return "fa-AF"
    return next((one for one in OURS if one.lower() == code.lower()), None)


def spellings_of(columns: Columns, row: int, level: int) -> list[str]:
    pattern = re.compile(rf"adm{level}(_ref|_ref_name|alt\d[a-z]{{2}}|_alt\d?)")
    cells = [text(values[row]) for column, values in columns.items() if pattern.fullmatch(column)]
    return list(dict.fromkeys(one for one in cells if one))


def population_of(columns: Columns, row: int) -> int | None:
    """A number, or a text that is one; anything else is nothing."""
    for name in POPULATION:
        if name in columns and columns[name][row] is not None:
            said = str(columns[name][row]).replace(" ", "").replace(",", "")
            return round(float(said)) if re.fullmatch(r"\d+(\.\d*)?", said) else None
    return None


def valid_on(columns: Columns) -> date | None:
    """The day the boundaries are valid on, or else the day of their source."""
    for name in ("validon", "valid_on", "date"):
        days = [one for one in map(day, columns.get(name, [])) if one]
        if days:
            return max(days)
    return None


# -- one cell


def plain(value: Any) -> Any:
    """Not-a-number and GDAL's ways of saying nothing become None."""
    return None if value is None or value != value or value == "" else value  # noqa: PLR0124 (NaN differs from itself)


def text(value: Any) -> str | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return (str(value).strip() or None) if value is not None else None


def day(value: Any) -> date | None:
    """2023-05-01, 2023/05/01, with or without a time; anything else is no date."""
    if isinstance(value, datetime):
        return value.date()
    known = re.match(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", str(value)) if value is not None else None
    try:
        return date(*map(int, known.groups())) if known else None
    except ValueError:
        return None
