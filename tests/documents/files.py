"""Files for tests, made here: honest ones of each format, and such as try to deceive."""

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\n"
    b"trailer<</Root 1 0 R/Size 3>>\nstartxref\n9\n%%EOF\n"
)
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc0\x00\x0b\x08\x00\x10\x00\x10\x01\x01\x11\x00\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
    + b"\x55" * 20
    + b"\xff\xd9"
)
WEBP = b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8L" + struct.pack("<I", 10) + b"\x2f" + b"\0" * 9
TEXT = "Дороги перекрыты выше посёлка.\n".encode()
CSV = "settlement,houses\nНура,74\nИркештам,-3\n".encode()


def of_size(size: int) -> bytes:
    """A PDF of so many bytes."""
    begin, end = PDF.split(b"trailer")
    end = b"trailer" + end
    return begin + b"% " + b"x" * (size - len(begin) - len(end) - 3) + b"\n" + end


def png(width: int = 4, height: int = 4) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 20)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def tiff(width: int = 4, height: int = 4) -> bytes:
    entries = [struct.pack("<HHII", 256, 4, 1, width), struct.pack("<HHII", 257, 4, 1, height)]
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 2) + b"".join(entries) + b"\0\0\0\0"


def archive(parts: Mapping[str, bytes], **how: Any) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, **how) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return made.getvalue()


SHEET = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
PARTS = {
    "[Content_Types].xml": b'<Types><Override PartName="/xl/workbook.xml" ContentType="' + SHEET + b'"/></Types>',
    "xl/workbook.xml": b"<workbook/>",
    "xl/worksheets/sheet1.xml": b"<worksheet/>",
}


def xlsx(**more: bytes) -> bytes:
    return archive(PARTS | {name.replace("__", "/").replace("_dot_", "."): content for name, content in more.items()})


def xlsx_with(parts: Mapping[str, bytes]) -> bytes:
    return archive({**PARTS, **parts})


def ods(**parts: bytes) -> bytes:
    return archive(
        {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<content/>", **parts}
    )


def geojson(**changes: Any) -> bytes:
    flooded = {"type": "Polygon", "coordinates": [[[70.1, 40.1], [70.2, 40.1], [70.2, 40.2], [70.1, 40.1]]]}
    said = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {"name": "Нура"}, "geometry": flooded}],
    }
    return json.dumps(said | changes, ensure_ascii=False).encode()
