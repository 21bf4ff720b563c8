"""Pictures: whether one is whole and no larger than a screen of a wall. Only their frame is read, never the pixels."""

import struct
from typing import IO

from app.documents.refusals import Unfit
from app.languages import gettext as _

MOST_PIXELS = 400_000_000  # a map of the region on paper of two metres; more would stop the computers that open it
ANY_SEGMENT = range(0xC0, 0xFF)
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the markers of JPEG that say how large the picture is
WIDTH, HEIGHT = 256, 257

File = IO[bytes]


def broken() -> Unfit:
    return Unfit(_("This picture is not whole or is broken. Save it anew, and send that."))


def check_size(width: int, height: int) -> None:
    if not width or not height:
        raise broken()
    if width * height > MOST_PIXELS:
        raise Unfit(_("This picture has too many pixels to be opened everywhere. Make it smaller."))


def read(file: File, count: int) -> bytes:
    got = file.read(count)
    if len(got) < count:
        raise broken()
    return got


def check_jpeg(file: File, size: int) -> None:
    """Segment by segment to the beginning of the pixels; telephones put more behind their end."""
    file.seek(2)
    while True:
        lead, marker = read(file, 2)
        while marker == 0xFF:
            marker = read(file, 1)[0]
        if lead != 0xFF or marker not in ANY_SEGMENT:
            raise broken()
        length = struct.unpack(">H", read(file, 2))[0]
        if marker in FRAMES:
            _depth, height, width = struct.unpack(">BHH", read(file, 5))
            check_size(width, height)
            return check_jpeg_end(file, size)
        file.seek(length - 2, 1)


def check_jpeg_end(file: File, size: int) -> None:
    file.seek(max(0, size - 262_144))
    if b"\xff\xd9" not in file.read():
        raise broken()


def check_png(file: File, size: int) -> None:
    """Chunk by chunk; after the last one nothing may follow."""
    file.seek(8)
    first = True
    while True:
        length, kind = struct.unpack(">I4s", read(file, 8))
        if first:
            if kind != b"IHDR":
                raise broken()
            check_size(*struct.unpack(">II", read(file, 8)))
            length, first = length - 8, False
        if length < 0 or file.tell() + length + 4 > size:
            raise broken()
        file.seek(length + 4, 1)
        if kind == b"IEND":
            break
    if file.tell() != size:
        raise Unfit(_("Something hangs behind the end of this picture. Save it anew, and send that."))


def check_webp(file: File, size: int) -> None:
    file.seek(0)
    _riff, length, _webp, kind = struct.unpack("<4sI4s4s", read(file, 16))
    if length + 8 not in (size, size - 1) or kind not in (b"VP8 ", b"VP8L", b"VP8X"):
        raise broken()


def check_tiff(file: File, size: int) -> None:
    """The first directory lies inside the file and says how large the picture is. GeoTIFF is TIFF."""
    file.seek(0)
    order = "<" if read(file, 2) == b"II" else ">"
    _magic, offset = struct.unpack(f"{order}HI", read(file, 6))
    if not 8 <= offset < size:
        raise broken()
    file.seek(offset)
    entries = struct.unpack(f"{order}H", read(file, 2))[0]
    found = dict(tiff_entry(read(file, 12), order) for _entry in range(entries))
    check_size(found.get(WIDTH, 0), found.get(HEIGHT, 0))


def tiff_entry(raw: bytes, order: str) -> tuple[int, int]:
    """The tag and its value, where that is one number of two or four bytes."""
    tag, kind = struct.unpack(f"{order}HH", raw[:4])
    value = struct.unpack(f"{order}H", raw[8:10]) if kind == 3 else struct.unpack(f"{order}I", raw[8:12])
    return tag, value[0]
