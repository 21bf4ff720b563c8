"""What a file is, found in its content and never in its name; what is none of ours, or two things at once, is refused.

Files are read in pieces. Every refusal is a sentence that says what to do.
"""

import os
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import IO, NoReturn

from app.documents import pictures, plain, spreadsheets
from app.documents.refusals import Unfit
from app.errors import Invalid
from app.languages import gettext as _

PIECE = 1 << 20
TAIL = 2048
LONGEST_MARK = 64
MARKUP = re.compile(rb"<(script|html|svg|iframe|!doctype\s+html|\?php)\b|<\?php", re.IGNORECASE)
# A program inside a PDF; a name may be written with #xx for its letters
PROGRAM = re.compile(rb"/(JavaScript|Launch|RichMedia)(?![A-Za-z])")
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")

File = IO[bytes]


def examine(file: File, name: str = "") -> str:
    """The format of a file, one of models.FORMATS. Raises Invalid that names the field `file`.

    `name` serves only to tell a table of text (.csv) from other text.
    """
    try:
        return examined(file, name)
    except Unfit as unfit:
        raise Invalid.field("file", str(unfit)) from None
    finally:
        file.seek(0)


def examined(file: File, name: str) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(4096)
    if not size:
        raise Unfit(_("This file is empty."))
    for begins, (format, check) in BY_BEGINNING.items():
        if head.startswith(begins):
            check(file, size)
            if format != "zip":
                refuse_two_in_one(file)
            return spreadsheets.format_of(file) if format == "zip" else format
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        pictures.check_webp(file, size)
        refuse_two_in_one(file)
        return "webp"
    return of_text(file, size, head, name)


def of_text(file: File, size: int, head: bytes, name: str) -> str:
    """GeoJSON, a table or plain text. Whatever else a file may be is none of the kinds that are kept."""
    refuse_by_kind(head)
    format = plain.format_of(file, size, head, name)
    refuse_two_in_one(file)
    return format


def refuse_by_kind(head: bytes) -> None:
    """What people send in good faith and that cannot be kept, each with its way out."""
    begin = head[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unfit(_("Old Office files may hold programs. Save it as .xlsx or as PDF, and send that."))
    if head[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif"):
        raise Unfit(_("Not every computer can show this picture. Save it as JPEG, and send that."))
    if begin.startswith((b"<", b"{\\rtf")) or MARKUP.search(head):
        raise Unfit(
            _("This is a web page or a drawing that can hold programs. Save it as PDF, PNG or text, and send that.")
        )
    if head.startswith((b"MZ", b"\x7fELF", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"#!")):
        raise Unfit(_("This is a program. Programs are not kept."))


def pieces(file: File, overlap: int = LONGEST_MARK) -> Iterator[bytes]:
    """All of a file, piece by piece, each beginning with the end of the one before."""
    file.seek(0)
    before = b""
    while piece := file.read(PIECE):
        yield before + piece
        before = piece[-overlap:]


def refuse_two_in_one(file: File) -> None:
    """A picture or a text that some program would open as an archive or as a web page is meant to deceive."""
    file.seek(0)
    if zipfile.is_zipfile(file):
        refuse_deception()
    if any(MARKUP.search(piece) for piece in pieces(file)):
        raise Unfit(_("There is a web page or a program hidden in this file. Save it anew, and send that."))


def refuse_deception() -> NoReturn:
    raise Unfit(_("This file is two things at once. Save it anew in the program that made it, and send that."))


def check_pdf(file: File, size: int) -> None:
    """A PDF ends with its own end, so nothing hangs behind it, and runs no program when it is opened."""
    file.seek(max(0, size - TAIL))
    end = file.read()
    mark = end.rfind(b"%%EOF")
    if mark < 0 or b"startxref" not in end:
        raise Unfit(_("This PDF is not whole: its end is missing. Save it anew, and send that."))
    if end[mark + 5 :].strip(b"\r\n\t \0"):
        refuse_deception()
    if any(PROGRAM.search(ESCAPED.sub(unescaped, piece)) for piece in pieces(file)):
        raise Unfit(_("This PDF holds a program. Print it to a new PDF, and send that."))


def unescaped(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 16)])


BY_BEGINNING: dict[bytes, tuple[str, Callable[[File, int], None]]] = {
    b"%PDF-": ("pdf", check_pdf),
    b"\xff\xd8\xff": ("jpeg", pictures.check_jpeg),
    b"\x89PNG\r\n\x1a\n": ("png", pictures.check_png),
    b"II*\x00": ("tiff", pictures.check_tiff),
    b"MM\x00*": ("tiff", pictures.check_tiff),
    b"PK\x03\x04": ("zip", spreadsheets.check_archive),
}
