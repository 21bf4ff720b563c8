"""What is done with places: loading a newer file of administrative boundaries over the areas of its country."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.places import import_queries as queries
from app.places.importing import AreaLayer, IncomingArea, WrongAreaFile, read_area_file


@dataclass
class LevelResult:
    """What became of one level of one country; `warnings` are sentences for whoever loads the file."""

    country: str
    level: int
    valid_on: date
    added: int = 0
    replaced: int = 0
    corrected: int = 0
    unchanged: int = 0
    closed: int = 0
    warnings: list[str] = field(default_factory=list)

    @property
    def has_changed(self) -> bool:
        return bool(self.added or self.replaced or self.corrected or self.closed)

    def __str__(self) -> str:
        counts = ", ".join(f"{getattr(self, name)} {name}" for name in ("added", "replaced", "corrected", "unchanged"))
        return f"{self.country}, level {self.level}, valid on {self.valid_on}: {counts}; {self.closed} old ones ended."


@dataclass
class ImportResult:
    """One line a level, then the warnings."""

    levels: list[LevelResult]

    def __str__(self) -> str:
        return "\n".join([*map(str, self.levels), *(line for level in self.levels for line in level.warnings)])


def import_areas(
    db: Session, file: Path, *, country: str | None = None, valid_on: date | None = None, level: int | None = None
) -> ImportResult:
    """Load a COD-AB file in the caller's transaction; the same file again changes nothing.

    Old areas are ended, never deleted: events and capacities keep the area they were entered with. A unit that goes on
    keeps its code, and its old area gets the new p-code, so a filter by either finds what points at both.
    """
    layers = read_area_file(file, level)
    queries.lock_areas(db)
    results = [import_layer(db, layer, file.name, country, valid_on) for layer in layers]
    below = next((result for result in results if result.level == 1 and result.has_changed), None)
    if below and layers[0].level > 0:
        results.append(redraw_country(db, below, file.name))
    return ImportResult(results)


def import_layer(db: Session, layer: AreaLayer, file: str, country: str | None, valid_on: date | None) -> LevelResult:
    iso3, areas = areas_of_one_country(db, layer, country)
    result = LevelResult(iso3, layer.level, valid_on or layer.valid_on or datetime.now(UTC).date())
    stage_layer(db, layer, areas, result)
    refuse_strange_shapes(db, layer, iso3)
    write_level(db, result, f"OCHA COD-AB, {file}, valid on {result.valid_on}")
    return result


def redraw_country(db: Session, below: LevelResult, file: str) -> LevelResult:
    """A country is the sum of its areas, so that its border is theirs, point for point."""
    result = LevelResult(below.country, 0, below.valid_on)
    queries.stage_sum(db, below.country)
    write_level(db, result, f"Sum of the areas of OCHA COD-AB, {file}, valid on {below.valid_on}")
    return result


# -- whose areas these are


def areas_of_one_country(db: Session, layer: AreaLayer, asked: str | None) -> tuple[str, list[IncomingArea]]:
    """The country asked for, or else the only one of the layer, with its rows; a row that names none belongs to it."""
    said = {area.country for area in layer.areas if area.country}
    countries: dict[str | None, str] = {one: known_country(db, one) for one in said}
    wanted = known_country(db, asked) if asked else only_country(layer, set(countries.values()))
    return wanted, [area for area in layer.areas if countries.get(area.country, wanted) == wanted]


def only_country(layer: AreaLayer, found: set[str]) -> str:
    if not found:
        raise WrongAreaFile(f"Layer {layer.name} does not say its country: name it, for example --country KAZ.")
    if len(found) > 1:
        raise WrongAreaFile(
            f"Layer {layer.name} has several countries ({', '.join(sorted(found))}): name one with --country."
        )
    return found.pop()


def known_country(db: Session, said: str) -> str:
    iso3 = queries.country_with(db, said)
    if not iso3:
        raise WrongAreaFile(f"There is no country {said}: use its ISO code, for example KAZ.")
    return iso3


# -- one level


def stage_layer(db: Session, layer: AreaLayer, areas: list[IncomingArea], result: LevelResult) -> None:
    if not queries.knows_srid(db, layer.srid):
        raise WrongAreaFile(f"Coordinate system EPSG:{layer.srid} is unknown here: reproject the file to EPSG:4326.")
    if not areas:
        raise WrongAreaFile(f"Layer {layer.name} has no area of {result.country}.")
    queries.stage(db, [row_of(area, layer.level) for area in areas], layer.srid)
    if repaired := queries.staged_repaired(db):
        result.warnings.append(f"Crossing outlines were mended in {', '.join(repaired)}.")
    result.warnings += [
        f"The file takes {km2:,} km² that are drawn in {iso3}; disputed land stays marked as such."
        for iso3, km2 in queries.overlapped_countries(db, result.country)
    ]


def row_of(area: IncomingArea, level: int) -> dict[str, Any]:
    return {
        "pcode": area.pcode,
        # a country keeps the name that the United Nations give it
        "names": json.dumps(area.names if level else {}),
        "spellings": [*area.spellings, *(area.names.values() if not level else ())],
        "parent_pcode": area.parent_pcode,
        "population": area.population,
        "valid_to": area.valid_to,
        "shape": area.shape,
    }


def refuse_strange_shapes(db: Session, layer: AreaLayer, iso3: str) -> None:
    if empty := queries.staged_without_surface(db):
        raise WrongAreaFile(f"These have no surface: {', '.join(empty)}.")
    of_file, of_country = queries.shares_of_country(db, iso3)
    if of_file < 0.5:
        raise WrongAreaFile(
            f"Only {of_file:.0%} of the surface in layer {layer.name} lies in {iso3}: "
            "is it another country's file, or are longitude and latitude the wrong way round?"
        )
    if far := queries.staged_far_away(db, iso3):
        raise WrongAreaFile(f"These lie far outside {iso3}: {', '.join(far)}.")
    if of_country < 0.8:
        raise WrongAreaFile(
            f"Layer {layer.name} covers only {of_country:.0%} of {iso3}: all areas of a level are replaced together, "
            "so the file must have them all."
        )


def write_level(db: Session, result: LevelResult, source: str) -> None:
    """From the staged rows to the tables."""
    where = (result.country, result.level, result.valid_on)
    queries.match_units(db, *where)
    for state, many in queries.states(db).items():
        setattr(result, state, many)
    if younger := queries.youngest_in_force(db, *where):
        raise WrongAreaFile(
            f"{result.country} has areas of level {result.level} in force from {younger}, and this file would end them on "
            f"{result.valid_on}: load a newer file, or give the right day with --valid-on."
        )
    result.closed = len(queries.close_replaced(db, *where))
    queries.write_areas(db, *where, source)
    queries.link_predecessors(db)
    queries.adopt(db, result.country, result.level)
    if result.level == 1:
        queries.move_places(db, result.country)
