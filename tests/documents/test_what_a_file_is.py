"""What a file is stands in its content; its name and what the sender calls it do not count. What deceives is refused."""

import io
import json
import re
import zipfile
from contextlib import suppress

import pytest

from app.documents.examination import examine
from app.errors import Invalid
from tests.documents import files

HONEST = {
    "pdf": files.PDF, "jpeg": files.JPEG, "png": files.png(), "webp": files.WEBP, "tiff": files.tiff(),
    "geojson": files.geojson(), "xlsx": files.xlsx(), "ods": files.ods(), "text": files.TEXT,
}  # fmt: skip


@pytest.mark.parametrize(("format", "content"), HONEST.items())
def test_each_format_is_known_by_its_content_whatever_the_name_says(format: str, content: bytes) -> None:
    assert examine(io.BytesIO(content), "holiday.exe") == format


def test_a_table_of_text_is_one_where_its_name_says_so() -> None:
    assert examine(io.BytesIO(files.CSV), "houses.csv") == "csv"
    assert examine(io.BytesIO(files.CSV), "houses.txt") == "text"


def test_a_mark_of_byte_order_before_utf_8_does_no_harm() -> None:
    assert examine(io.BytesIO(b"\xef\xbb\xbf" + files.CSV), "houses.csv") == "csv"
    assert examine(io.BytesIO(b"\xef\xbb\xbf" + files.geojson()), "") == "geojson"


def test_a_photograph_with_what_telephones_put_behind_it_is_kept() -> None:
    assert examine(io.BytesIO(files.JPEG + b"SEFT\x00\x01" + b"\0" * 900), "") == "jpeg"


def test_a_pdf_that_was_changed_and_saved_again_is_kept() -> None:
    assert examine(io.BytesIO(files.PDF + b"trailer<</Prev 9>>\nstartxref\n120\n%%EOF\r\n"), "") == "pdf"


HTML = b"<html><script>alert(1)</script></html>"
PROGRAM = b"MZ\x90\x00" + b"\x00" * 200
MACRO_TYPES = files.PARTS["[Content_Types].xml"].replace(
    b"openxmlformats-officedocument.spreadsheetml.sheet", b"ms-excel.sheet.macroEnabled"
)
GIF_OF_JAVA = b"GIF89a" + b"\x00" * 30

HOSTILE = {
    "nothing at all": (b"", "empty"),
    "a page named as a PDF": (HTML, "web page"),
    "a page behind blank lines": (b"\n\n  <!DOCTYPE html><html>", "web page"),
    "a drawing that can hold scripts": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "web page"),
    "a page in the middle of a text": (files.TEXT * 300 + HTML, "hidden"),
    "a program": (PROGRAM, "program"),
    "a script": (b"#!/bin/sh\nrm -rf /\n", "program"),
    "rich text": (b"{\\rtf1 hello}", "web page"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "Old Office"),
    "a picture of a telephone": (b"\0\0\0\x18ftypheic" + b"\0" * 50, "JPEG"),
    "a format nobody asked for": (GIF_OF_JAVA, "does not keep"),
    "a PDF with a page behind it": (files.PDF + HTML, "two things"),
    "a PDF with an archive behind it": (files.PDF + files.xlsx(), "two things|end is missing"),
    "a PDF inside the comment of an archive": (files.PDF.replace(b"%%EOF", b"") + files.xlsx() + b"startxref 1 %%EOF", "two things"),
    "a PDF that does not begin as one": (b"\n" + files.PDF + HTML, "web page|hidden"),
    "a PDF that broke off": (files.PDF[:-30], "not whole"),
    "a PDF that runs a program": (files.PDF.replace(b"/Pages 2 0 R", b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>"), "holds a program"),
    "a PDF that hides how it calls its program": (files.PDF.replace(b"/Pages 2 0 R", b"/AA<</S/J#61vaScript>>"), "holds a program"),
    "a PDF that starts another program": (files.PDF.replace(b"/Pages 2 0 R", b"/OpenAction<</S/Launch/F(cmd.exe)>>"), "holds a program"),
    "half a photograph": (files.JPEG[:-2], "not whole"),
    "a photograph with a page in it": (files.JPEG[:20] + b"\xff\xfe\x00\x28" + HTML.ljust(38) + files.JPEG[20:], "hidden"),
    "a photograph that is an archive, too": (files.JPEG + files.xlsx(), "two things"),
    "a picture of too many pixels": (files.png(60_000, 60_000), "too many pixels"),
    "a picture without any": (files.png(0, 4), "not whole"),
    "a picture with a page behind it": (files.png() + HTML, "behind the end"),
    "half a picture": (files.png()[:-6], "not whole"),
    "a picture of another length than it says": (files.WEBP + b"\0\0\0", "not whole"),
    "a scan whose directory lies elsewhere": (b"II*\0\xff\xff\xff\x7f" + b"\0" * 20, "not whole"),
    "a workbook with macros": (files.xlsx_with({"xl/vbaProject.bin": b"x"}), "macros"),
    "a workbook that says so": (files.archive({**files.PARTS, "[Content_Types].xml": MACRO_TYPES}), "macros"),
    "a workbook with old macros": (files.xlsx_with({"xl/macrosheets/sheet1.xml": b"<x/>"}), "macros"),
    "a workbook with another file inside": (files.xlsx_with({"xl/embeddings/a.exe": PROGRAM}), "macros"),
    "a table with a program": (files.ods(**{"Basic/Standard/a.xml": b"<x/>"}), "macros"),
    "a bomb": (files.xlsx_with({"xl/worksheets/sheet2.xml": b"0" * (60 << 20)}), "far larger"),
    "a workbook that grows by itself": (files.xlsx_with({"xl/sharedStrings.xml": b'<!DOCTYPE a [<!ENTITY b "cc">]><a>&b;</a>'}), "broken"),
    "a path out of the archive": (files.xlsx_with({"../../etc/passwd": b"x"}), "broken"),
    "a workbook with something behind it": (files.xlsx() + b"extra", "behind the end"),
    "half a workbook": (files.xlsx()[:-40], "broken"),
    "an archive of anything": (files.archive({"a.txt": b"a"}), "no spreadsheet"),
    "a text in another encoding": ("Дороги перекрыты".encode("cp1251"), "UTF-8"),
    "a text in UTF-16": ("Дороги".encode("utf-16"), "UTF-16"),
    "a text with a NUL": (b"a\0b", "does not keep"),
    "a text that rings a bell": (b"a\x1b[2Jb", "does not keep"),
    "JSON that is none": (b'{"type": ', "not valid JSON"),
    "JSON of a different kind": (b'{"name": "Almaty"}', "not valid GeoJSON"),
    "JSON with what is no number": (files.geojson().replace(b"70.1", b"NaN"), "not valid JSON"),
    "a place that is nowhere": (files.geojson().replace(b"70.1", b"700.1"), "degrees"),
    "a place beyond all numbers": (files.geojson().replace(b"70.1", b"1e999"), "degrees"),
    "a place of a thousand digits": (files.geojson().replace(b"70.1", b"9" * 1000), "degrees"),
    "a ring that stays open": (files.geojson().replace(b"[70.1, 40.1]]]", b"[70.3, 40.1]]]"), "closed"),
    "metres instead of degrees": (files.geojson(crs={"type": "name", "properties": {"name": "EPSG:3857"}}), "WGS 84"),
    "a list without end": (b"[" * 200_000, "not valid JSON"),
    "too much GeoJSON": (files.geojson() + b" " * (5 << 20), "too large"),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_hostile_or_broken_is_refused_with_a_sentence(what: str) -> None:
    content, said = HOSTILE[what]
    with pytest.raises(Invalid) as refusal:
        examine(io.BytesIO(content), "plan.pdf")
    assert [one["field"] for one in refusal.value.errors] == ["file"]
    assert re.search(said, refusal.value.detail), refusal.value.detail


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "@SUM(A1)", "-2+3+cmd|' /C calc'!A0", " =1+1+A1"])
def test_a_table_with_a_formula_is_refused(cell: str) -> None:
    with pytest.raises(Invalid, match="formula"):
        examine(io.BytesIO(f'settlement;note\nNura;"{cell}"\n'.encode()), "houses.csv")


@pytest.mark.parametrize("cell", ["-3", "+7 727 123-45-67", "- none -", "@", "n/a"])
def test_a_table_with_numbers_below_zero_and_telephones_is_kept(cell: str) -> None:
    assert examine(io.BytesIO(f"settlement,note\nNura,{cell}\n".encode()), "houses.csv") == "csv"


def test_a_workbook_with_a_password_is_refused() -> None:
    locked = bytearray(files.xlsx())
    for at in [m.start() for m in re.finditer(b"PK\x01\x02", locked)]:
        locked[at + 8] |= 1
    with pytest.raises(Invalid, match="password"):
        examine(io.BytesIO(bytes(locked)), "")


def test_a_part_that_is_larger_than_it_says_is_refused() -> None:
    lying = bytearray(files.xlsx_with({"xl/worksheets/sheet2.xml": b"0" * 100_000}))
    found = zipfile.ZipFile(io.BytesIO(bytes(lying))).getinfo("xl/worksheets/sheet2.xml")
    at = lying.rfind(b"PK\x01\x02", 0, lying.rfind(found.filename.encode()))
    lying[at + 24 : at + 28] = (10).to_bytes(4, "little")
    with pytest.raises(Invalid, match="broken"):
        examine(io.BytesIO(bytes(lying)), "")


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [70, 40]},
        {"type": "MultiLineString", "coordinates": [[[70, 40], [71, 41, 900.5]]]},
        {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [70, 40]}]},
        {"type": "Feature", "geometry": None, "properties": None},
    ],
)
def test_every_kind_of_geojson_is_known(geometry: object) -> None:
    assert examine(io.BytesIO(json.dumps(geometry).encode()), "") == "geojson"


@pytest.mark.parametrize("content", [files.JPEG, files.png(), files.PDF, files.xlsx(), files.tiff(), files.WEBP])
def test_no_beginning_of_a_file_crashes_the_examination(content: bytes) -> None:
    for length in range(1, len(content), 7):
        for broken in (content[:length], content[:length] + b"\xff" * 9 + content[length:]):
            with suppress(Invalid):
                examine(io.BytesIO(broken), "a.csv")
