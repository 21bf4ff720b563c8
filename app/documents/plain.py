"""Text: whether it can be read, whether it is a table, and whether GeoJSON is GeoJSON (RFC 7946)."""

import codecs
import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import IO, Any

from app.documents.refusals import Unfit
from app.languages import gettext as _

MOST_GEOJSON = 5 << 20  # bytes: it is read whole
UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]")
# what a spreadsheet would run when the table is opened
FORMULA = re.compile(r"[=@]|[+\-][^|]*\|")
NUMBER_LIKE = re.compile(r"[+\-@=]?[\d\s.,()+-]*$")
WGS84 = re.compile(r"CRS:?84|EPSG:+4326", re.IGNORECASE)
# how deep positions lie in the coordinates of each kind of geometry
DEPTHS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}

File = IO[bytes]


def format_of(file: File, size: int, head: bytes, name: str) -> str:
    """geojson, csv or text. Raises Unfit for what is not UTF-8 or cannot be read."""
    check_letters(file, head)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        check_geojson(file, size)
        return "geojson"
    if name.lower().endswith((".csv", ".tsv")):
        check_table(file)
        return "csv"
    return "text"


def check_letters(file: File, head: bytes) -> None:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Unfit(_("This text is in UTF-16. Save it as UTF-8, and send that."))
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while piece := file.read(1 << 18):
            refuse_unreadable(decoder.decode(piece))
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise unknown(head) from None


def refuse_unreadable(text: str) -> None:
    if UNREADABLE.search(text):
        raise unknown(b"\0")


def unknown(head: bytes) -> Unfit:
    """Of text in another encoding most bytes are letters; of what is no text, some are zero."""
    if b"\0" in head:
        return Unfit(
            _(
                "The portal does not keep files of this kind. Send PDF, JPEG, PNG, WebP, TIFF, GeoJSON, .xlsx, .ods, .csv or text."
            )
        )
    return Unfit(_("This text is not in UTF-8, so its letters cannot be known. Save it as UTF-8, and send that."))


# -- tables


def check_table(file: File) -> None:
    """Rows that can be read, none of which a spreadsheet would run."""
    file.seek(0)
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    try:
        for row in csv.reader(text, dialect_of(text)):
            if any(is_formula(cell) for cell in row):
                raise Unfit(_("A cell of this table is a formula. Save the table with values only, and send that."))
    except csv.Error:
        raise Unfit(_("This table cannot be read: a cell is too long or not closed. Save it anew as CSV.")) from None
    finally:
        text.detach()


def dialect_of(text: io.TextIOWrapper) -> type[csv.Dialect]:
    sample = text.read(4096)
    text.seek(0)
    separator = max(",;\t|", key=sample.count)

    class Found(csv.excel):
        delimiter = separator

    return Found


def is_formula(cell: str) -> bool:
    return bool(FORMULA.match(cell.lstrip())) and not NUMBER_LIKE.match(cell.strip())


# -- GeoJSON


def check_geojson(file: File, size: int) -> None:
    if size > MOST_GEOJSON:
        raise Unfit(
            _("This GeoJSON is too large: at most 5 MB. Simplify its lines, or round its coordinates to six digits.")
        )
    file.seek(0)
    try:
        said = json.loads(file.read().decode("utf-8-sig"), parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        raise Unfit(_("This is not valid JSON. Save it anew as GeoJSON, and send that.")) from None
    if flaw := next(flaws(said), None):
        raise Unfit(_("This is not valid GeoJSON: %(flaw)s.") % {"flaw": flaw})


def refuse_constant(name: str) -> None:
    raise ValueError(name)


def flaws(said: Any) -> Iterator[str]:
    """What is wrong with it, in the words of RFC 7946."""
    kind = said.get("type") if isinstance(said, Mapping) else None
    if "crs" in (said if isinstance(said, Mapping) else {}) and not WGS84.search(json.dumps(said["crs"])):
        yield "crs must be WGS 84 (OGC:CRS84)"
    if kind == "FeatureCollection":
        yield from flaws_of_collection(said)
    elif kind == "Feature":
        yield from flaws_of_feature(said, "")
    else:
        yield from flaws_of_geometry(said, "")


def flaws_of_collection(said: Mapping[str, Any]) -> Iterator[str]:
    features = said.get("features")
    if not isinstance(features, list):
        yield "features must be a list"
        return
    for number, feature in enumerate(features):
        yield from flaws_of_feature(feature, f"features[{number}]")


def flaws_of_feature(said: Any, at: str) -> Iterator[str]:
    if not isinstance(said, Mapping) or said.get("type") != "Feature":
        yield f"{at} must be a Feature"
    elif not isinstance(said.get("properties", {}), Mapping | None):
        yield f"{at} properties must be an object"
    elif said.get("geometry") is not None:
        yield from flaws_of_geometry(said["geometry"], at)


def flaws_of_geometry(said: Any, at: str) -> Iterator[str]:
    kind = said.get("type") if isinstance(said, Mapping) else None
    if kind == "GeometryCollection" and isinstance(said.get("geometries"), list):
        for one in said["geometries"]:
            if isinstance(one, Mapping) and one.get("type") == "GeometryCollection":
                yield f"{at} a GeometryCollection lies in another"
            yield from flaws_of_geometry(one, at)
    elif kind not in DEPTHS:
        yield f"{at} type must be one of FeatureCollection, Feature, GeometryCollection, {', '.join(DEPTHS)}".strip()
    else:
        yield from flaws_of_coordinates(said.get("coordinates"), DEPTHS[str(kind)], at)
        if "Polygon" in str(kind):
            yield from flaws_of_rings(said["coordinates"], str(kind), at)


def flaws_of_coordinates(said: Any, depth: int, at: str) -> Iterator[str]:
    if not isinstance(said, list):
        yield f"{at} coordinates must be a list".strip()
    elif depth:
        for one in said:
            yield from flaws_of_coordinates(one, depth - 1, at)
    elif not is_position(said):
        yield f"{at} a position must be longitude, latitude in degrees".strip()


def is_position(said: list[Any]) -> bool:
    if not 2 <= len(said) <= 4 or not all(type(one) in (int, float) for one in said):
        return False
    return bool(abs(said[0]) <= 180 and abs(said[1]) <= 90)


def flaws_of_rings(said: Any, kind: str, at: str) -> Iterator[str]:
    polygons = said if kind == "MultiPolygon" else [said]
    for ring in (ring for polygon in polygons for ring in polygon):
        if len(ring) < 4 or ring[0] != ring[-1]:
            yield f"{at} a ring must be closed and have four positions".strip()
