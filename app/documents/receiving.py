"""Receiving a file: into a temporary one, piece by piece, no thread and no connection of the database waiting for it.

It comes as the body itself or as the field `file` of a form. Who sends too much, too slowly or breaks off is told so.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import IO
from urllib.parse import unquote

import structlog
from anyio import to_thread
from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from app.errors import AppError, Invalid, Overloaded
from app.languages import gettext as _

log = structlog.get_logger()

# The only addresses that take more than app/delivery/guard.py lets through elsewhere
DOORS = re.compile(r"/(api/v1/)?events/[^/]+/documents")
WHOLE_NAME = re.compile(r"filename\*\s*=\s*utf-8'[\w-]*'([^;\s]+)", re.IGNORECASE)
AT_ONCE = 16  # files on their way at a time in one process: a bound for the disk
PATIENCE_S = 60  # without a single byte
LONGEST_S = 3600  # 25 MB come over a line of 64 kbit/s in that time
FORM = 1 << 20  # bytes of a form beside its file
# A browser shows no answer before it has sent everything: of what is somewhat too large the rest is read and thrown away
POLITELY = 4  # times the largest

_under_way = 0


class TooLarge(AppError):
    status = 413
    headers = {"Connection": "close"}  # what is still to come is not read


class TooSlow(AppError):
    status = 408


class BrokenOff(AppError):
    """Nobody is left who could read it; the log does."""

    status = 400


class NoRoom(AppError):
    status = 507


@dataclass
class Received:
    """A file as it came, in a temporary one; and the other fields of its form."""

    file: IO[bytes] | None = None
    name: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    is_too_large: bool = False


def most_bytes(request: Request) -> int:
    return int(request.app.state.settings.largest_document_mb) << 20


def too_large(most: int) -> TooLarge:
    message = _("This file is too large: at most %(most)s MB.") % {"most": most >> 20}
    return TooLarge(message, [{"field": "file", "message": message}])


@asynccontextmanager
async def received(request: Request) -> AsyncIterator[Received]:
    """What was sent. Raises TooLarge (a form is handed over without its file instead), TooSlow, BrokenOff, NoRoom, Overloaded."""
    global _under_way
    if _under_way >= AT_ONCE:
        raise Overloaded(_("Too many files are on their way at once. Try again in a moment."))
    _under_way += 1
    got = Received()
    try:
        await receive(request, got)
        yield got
    finally:
        _under_way -= 1
        if got.file:
            got.file.close()


async def receive(request: Request, got: Received) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        async with asyncio.timeout(LONGEST_S):
            if kind == "multipart/form-data":
                await receive_form(request, got)
            else:
                await receive_body(request, got)
    except TimeoutError:
        raise TooSlow(_("The file came too slowly, or stopped coming. Send it again.")) from None
    except ClientDisconnect:
        raise BrokenOff(_("The file broke off on its way. Send it again.")) from None
    except MultiPartException:
        raise Invalid.field("file", _("This form cannot be read. Send it as multipart/form-data.")) from None
    except OSError as error:
        log.exception("a file could not be received", errno=error.errno)
        raise NoRoom(_("The portal has no room for this file now. Tell those who run it.")) from None


async def pieces(request: Request) -> AsyncGenerator[bytes, None]:
    """The body as it comes. Raises TimeoutError when nothing comes for a while."""
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(PATIENCE_S):
                piece = await anext(stream)
        except StopAsyncIteration:
            return
        yield piece


async def receive_body(request: Request, got: Received) -> None:
    most, size = most_bytes(request), 0
    got.file = TemporaryFile()  # noqa: SIM115  closed by `received`
    got.name = name_in(request)
    if int(request.headers.get("content-length", "0")) > most:
        raise too_large(most)
    async for piece in pieces(request):
        size += len(piece)
        if size > most:
            raise too_large(most)
        await to_thread.run_sync(got.file.write, piece)


def name_in(request: Request) -> str:
    """What Content-Disposition calls the file; `filename*` counts before `filename` (RFC 6266)."""
    said = request.headers.get("content-disposition", "")
    if whole := WHOLE_NAME.search(said):
        return unquote(whole[1], errors="replace")
    return parse_options_header(said)[1].get(b"filename", b"").decode("utf-8", "replace")


async def receive_form(request: Request, got: Received) -> None:
    """Fields that come before the file are kept when it is too large, so that the page can show them again."""
    parser = MultiPartParser(
        request.headers, until_too_large(request, got), max_files=1, max_fields=100, max_part_size=FORM // 2
    )
    try:
        form = await parser.parse()
    except (KeyError, UnicodeError) as error:
        raise MultiPartException(str(error)) from None
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            got.file, got.name = value.file, value.filename or ""
            got.is_too_large = got.is_too_large or (value.size or 0) > most_bytes(request)
        else:
            got.fields.append((name, value))


async def until_too_large(request: Request, got: Received) -> AsyncGenerator[bytes, None]:
    most, size = most_bytes(request) + FORM, 0
    async for piece in pieces(request):
        if not got.is_too_large:
            yield piece[: most - size]
        size += len(piece)
        got.is_too_large = size > most
        if size > most * POLITELY:
            return
