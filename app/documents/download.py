"""A file on its way out: always a download, never shown by a browser as part of the portal; whole, or the range asked for.

It goes out piece by piece. Between two pieces neither a connection of the database nor a thread waits for a slow reader.
"""

import re
from collections.abc import AsyncIterator
from typing import NamedTuple
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from app.answers import not_found
from app.delivery.cache import knows
from app.documents import queries
from app.documents.models import CHUNK
from app.documents.names import disposition
from app.documents.schemas import MEDIA
from app.errors import AppError
from app.languages import gettext as _
from app.reading import Reader

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
COMPRESSED = ("geojson", "csv", "text")  # by the layer outside, so the same tag stands for other bytes: a weak one
SAFELY = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Accept-Ranges": "bytes",
}


class File(NamedTuple):
    """What `queries.file_of` finds."""

    id: UUID
    ref: str
    name: str
    format: str
    size: int
    sha256: bytes
    is_exercise: bool

    @property
    def tag(self) -> str:
        return f'{"W/" if self.format in COMPRESSED else ""}"{self.sha256.hex()[:32]}"'


class NoSuchRange(AppError):
    """The file ends before the range begins."""

    status = 416

    def __init__(self, size: int) -> None:
        super().__init__(_("The file has %(size)s bytes.") % {"size": size})
        self.headers = {"Content-Range": f"bytes */{size}"}


async def answer_file(request: Request, id_or_ref: str, db: Reader) -> Response:
    """The file of a document. Raises NotFound, NoSuchRange."""
    found = await db.row(queries.file_of(id_or_ref))
    if found is None:
        raise not_found(id_or_ref)
    file = File(*found)
    headers = SAFELY | {"ETag": file.tag, "Content-Disposition": disposition(file.name, file.ref, file.is_exercise)}
    if knows(request.headers.getlist("if-none-match"), file.tag.removeprefix("W/")):
        return Response(status_code=304, headers=headers)
    begin, end = wanted(request, file)
    is_part = (begin, end) != (0, file.size)
    if is_part:
        headers["Content-Range"] = f"bytes {begin}-{end - 1}/{file.size}"
    headers["Content-Length"] = str(end - begin)
    is_head = request.scope.get("portal.is_head", False)
    body = nothing() if is_head else pieces(db, file.id, begin, end)
    return StreamingResponse(body, 206 if is_part else 200, headers, MEDIA[file.format])


def wanted(request: Request, file: File) -> tuple[int, int]:
    """From which byte to before which one. Several ranges at once, and those of another version, are answered by the whole."""
    asked = RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    only_if = request.headers.get("if-range")
    if asked is None or not any(asked.groups()) or (only_if is not None and only_if != file.tag):
        return 0, file.size
    first, last = asked.groups()
    begin = int(first) if first else max(0, file.size - int(last))
    end = min(int(last) + 1, file.size) if first and last else file.size
    if begin >= file.size or (not first and not int(last)):
        raise NoSuchRange(file.size)
    return (begin, end) if begin < end else (0, file.size)


async def pieces(db: Reader, id: UUID, begin: int, end: int) -> AsyncIterator[bytes]:
    for position in range(begin // CHUNK, (end - 1) // CHUNK + 1):
        row = await db.row(queries.piece(id, position))
        assert row is not None  # deleted meanwhile: the connection breaks, so nobody takes a part for the whole
        offset = position * CHUNK
        yield bytes(row[0][max(0, begin - offset) : end - offset])


async def nothing() -> AsyncIterator[bytes]:
    """HEAD asks for no bytes."""
    return
    yield b""
