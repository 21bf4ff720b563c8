"""The name of a file: cleaned when it comes, and put into a header that every browser understands when it goes (RFC 6266)."""

import re
import unicodedata
from urllib.parse import quote

from app.exercises import marked

ENDINGS = {
    "pdf": "pdf", "jpeg": "jpg", "png": "png", "webp": "webp", "tiff": "tif", "geojson": "geojson", "xlsx": "xlsx",
    "ods": "ods", "csv": "csv", "text": "txt",
}  # fmt: skip
SAME = {"jpg": "jpeg", "tif": "tiff", "txt": "text", "json": "geojson"}
LONGEST = 120
# What some system reads as a path, a device or a command, and what turns the direction of the letters round
FORBIDDEN = re.compile(r'[<>:"/\\|?*%\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff0-\uffff]')
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def cleaned(name: str, format: str) -> str:
    """A name without its path and without anything that could do harm; its ending is that of what the file is."""
    stem = stem_of(name.replace("\\", "/").rpartition("/")[2], format)
    stem = " ".join(FORBIDDEN.sub(" ", unicodedata.normalize("NFC", stem)).split()).strip(". ")[:LONGEST].rstrip(". ")
    if not stem or RESERVED.fullmatch(stem):
        stem = f"file {stem}".strip()
    return f"{stem}.{ENDINGS[format]}"


def stem_of(name: str, format: str) -> str:
    """The name without the ending that we put there ourselves."""
    stem, dot, ending = name.rpartition(".")
    own = ending.lower() in (ENDINGS[format], format) or SAME.get(ending.lower()) == format
    return stem if dot and own else name


def disposition(name: str, ref: str, is_exercise: bool) -> str:
    """The header that has a browser save a file under its name; one that knows Latin letters only takes the ref."""
    stem, _dot, ending = name.rpartition(".")
    whole = f"{' '.join(FORBIDDEN.sub(' ', marked(stem, is_exercise)).split())}.{ending}"
    plain = f"{'EXERCISE-' if is_exercise else ''}{ref}.{ending}"
    if whole.isascii():
        return f'attachment; filename="{whole}"'
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(whole, safe='')}"
