"""Spreadsheets are archives of XML: which one it is, and that it holds no macro, no bomb and nothing beside itself."""

import re
import zipfile
from collections.abc import Iterator
from typing import IO

from app.documents.refusals import Unfit
from app.languages import gettext as _

MOST_PARTS = 10_000
MOST_UNPACKED = 300 << 20  # bytes
MOST_RATIO = 200  # of unpacked to packed, over all: tables of numbers shrink to a fiftieth
FREE = 10 << 20  # bytes that may be unpacked from however little
XLSX = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
ODS = b"application/vnd.oasis.opendocument.spreadsheet"
# Parts that run, or that carry other files
ACTIVE = re.compile(
    r"(^|/)(vbaproject\.bin|vbadata\.xml|activex|macrosheets|embeddings|ctrlprops|basic|scripts|customui)(/|$|\d*\.)",
    re.IGNORECASE,
)
DECLARED = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)  # entities can be made to grow without end

File = IO[bytes]


def broken() -> Unfit:
    return Unfit(_("This spreadsheet is not whole or is broken. Save it anew, and send that."))


def check_archive(file: File, size: int) -> None:
    """Raises Unfit for whatever is no plain archive: encrypted, with something before or behind, a bomb, broken."""
    try:
        with zipfile.ZipFile(file) as archive:
            check_frame(archive, file, size)
            check_parts(archive, size)
            unpack_all(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, MemoryError):
        raise broken() from None
    except Exception as error:
        if isinstance(error, Unfit):
            raise
        raise broken() from None  # zlib and lzma have errors of their own


def check_frame(archive: zipfile.ZipFile, file: File, size: int) -> None:
    file.seek(max(0, size - 22))
    if archive.comment or not file.read().startswith(b"PK\x05\x06"):
        raise Unfit(_("Something hangs behind the end of this spreadsheet. Save it anew, and send that."))


def check_parts(archive: zipfile.ZipFile, size: int) -> None:
    parts = archive.infolist()
    if len(parts) > MOST_PARTS or len({part.filename for part in parts}) < len(parts):
        raise broken()
    for part in parts:
        if part.flag_bits & 1:
            raise Unfit(_("This file has a password. Save it without one, and send that."))
        if part.filename.startswith("/") or ".." in part.filename.split("/") or "\\" in part.filename:
            raise broken()
        if ACTIVE.search(part.filename):
            raise Unfit(
                _("This spreadsheet holds macros or other files. Save it as a plain .xlsx or .ods, and send that.")
            )
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MOST_UNPACKED or unpacked > FREE + MOST_RATIO * size:
        raise too_large()


def too_large() -> Unfit:
    return Unfit(_("Unpacked, this spreadsheet would be far larger than it looks. Send it in several parts."))


def unpack_all(archive: zipfile.ZipFile) -> None:
    """Each part in pieces: it is as large as it says, and what it says it is."""
    for part in archive.infolist():
        is_xml = part.filename.lower().endswith((".xml", ".rels"))
        for piece in pieces_of(archive, part):
            if is_xml and DECLARED.search(piece):
                raise broken()


def pieces_of(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    before = b""
    with archive.open(part) as opened:
        while piece := opened.read(1 << 18):
            yield before + piece
            before = piece[-16:]


def format_of(file: File) -> str:
    """xlsx or ods. Raises Unfit for every other archive."""
    with zipfile.ZipFile(file) as archive:
        names = set(archive.namelist())
        if "[Content_Types].xml" in names and "xl/workbook.xml" in names:
            return of_office(start_of(archive, "[Content_Types].xml"))
        if "mimetype" in names and "content.xml" in names and start_of(archive, "mimetype") == ODS:
            return "ods"
    raise Unfit(
        _(
            "This archive is no spreadsheet. Send its files one by one: PDF, pictures, GeoJSON, .xlsx, .ods, .csv or text."
        )
    )


def of_office(types: bytes) -> str:
    if b"macroEnabled" in types or b"vbaProject" in types:
        raise Unfit(_("This spreadsheet holds macros or other files. Save it as a plain .xlsx or .ods, and send that."))
    if XLSX not in types:
        raise broken()
    return "xlsx"


def start_of(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        return part.read(1 << 20)
