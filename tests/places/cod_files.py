"""Small files in the ways OCHA publishes them, made of the areas that the reference data hold."""

import zipfile
from pathlib import Path
from typing import Any

import numpy
from pyogrio.raw import write
from sqlalchemy import text
from sqlalchemy.orm import Session

DRIVERS = {".geojson": "GeoJSON", ".gpkg": "GPKG", ".shp": "ESRI Shapefile"}

# what each code of the reference data is called in the file below
KGZ = {
    "KG-B": ("KG01", "Batken"),
    "KG-C": ("KG02", "Chuy"),
    "KG-GB": ("KG03", "Bishkek"),
    "KG-J": ("KG04", "Jalal-Abad"),
    "KG-N": ("KG05", "Naryn"),
    "KG-O": ("KG06", "Osh"),
    "KG-T": ("KG07", "Talas"),
    "KG-Y": ("KG08", "Issyk-Kul"),
}
OSH_CITY = "ST_Buffer(ST_SetSRID(ST_Point(72.80, 40.53), 4326), 0.05, 2)"


def shape(db: Session, sql: str) -> bytes:
    """A geometry of the reference data, as the bytes that files are written from."""
    return bytes(db.scalar(text(f"SELECT ST_AsBinary(({sql}))")))


def area(db: Session, code: str, change: str = "geometry") -> bytes:
    return shape(db, f"SELECT {change} FROM areas WHERE code = '{code}' AND valid_to IS NULL")


def kyrgyz_rows(db: Session, **changes: Any) -> list[dict[str, Any]]:
    """The eight areas as they are; each of `changes` (by p-code) is merged over its row, or takes it out when None."""
    rows = []
    for code, (pcode, name) in KGZ.items():
        given = changes.get(pcode, {})
        if given is not None:
            rows.append(kyrgyz_row(area(db, code), pcode, name) | given)
    return rows


def kyrgyz_row(shape: bytes, pcode: str, name: str) -> dict[str, Any]:
    return {
        "shape": shape,
        "ADM1_EN": name,
        "ADM1_RU": f"{name} (ru)",
        "ADM1_PCODE": pcode,
        "ADM0_EN": "Kyrgyzstan",
        "ADM0_PCODE": "KG",
        "date": "2023-01-15",
        "validOn": "2024-03-01",
        "validTo": None,
    }


def with_osh_city(db: Session) -> list[dict[str, Any]]:
    """Osh Region split into the city and the rest."""
    rest = {"shape": area(db, "KG-O", f"ST_Difference(geometry, {OSH_CITY})")}
    return [*kyrgyz_rows(db, KG06=rest), kyrgyz_row(shape(db, f"SELECT {OSH_CITY}"), "KG09", "Osh (city)")]


def newer_columns(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same rows with the columns of the newer files."""
    return [
        {
            "shape": row["shape"],
            "adm1_name": row["ADM1_EN"],
            "adm1_name1": row["ADM1_RU"],
            "adm1_pcode": row["ADM1_PCODE"],
            "adm0_name": "Kyrgyzstan",
            "adm0_pcode": "KG",
            "iso3": "KGZ",
            "lang": "en",
            "lang1": "ru",
            "valid_on": row["validOn"],
            "valid_to": row["validTo"],
        }
        for row in rows
    ]


def save(path: Path, rows: list[dict[str, Any]], crs: str | None = "EPSG:4326", **options: Any) -> Path:
    """Written as its ending says; `.zip` is a Shapefile in a folder of the archive."""
    if path.suffix == ".zip":
        return zipped(path, save(path.with_suffix(".shp"), rows, crs))
    columns = [name for name in rows[0] if name != "shape"]
    values = [numpy.array([row[name] for row in rows], dtype=object) for name in columns]
    shapes = numpy.array([row["shape"] for row in rows], dtype=object)
    write(
        path, shapes, values, columns, driver=DRIVERS[path.suffix], crs=crs, encoding="UTF-8",
        geometry_type=options.pop("geometry_type", "Unknown" if path.suffix != ".shp" else "MultiPolygon"), **options,
    )  # fmt: skip
    return path


def zipped(path: Path, shapefile: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for part in shapefile.parent.glob(f"{shapefile.stem}.*"):
            if part.suffix != ".zip":
                archive.write(part, f"boundaries/{part.name}")
    return path
