"""From a list to its HTTP answer: the envelope of JSON and GeoJSON, streamed csv and xlsx, the single record.

Nothing here knows a noun; `Listing` says what is asked, `Reader` asks it, app/delivery adds ETag, 304 and compression.
"""

import json
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from anyio import to_thread
from fastapi import Header, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app import codes, languages
from app.errors import Invalid, NeedsVersion, NotFound, Stale
from app.facets import Facet, count_facets
from app.filters import OneFilter, TableFilter
from app.formats import csv
from app.formats.flat import Cell, cell
from app.formats.xlsx import Workbook
from app.idempotency import once
from app.languages import gettext as _
from app.listing import Column, Listing, page_of
from app.paging import Page, link
from app.permissions import By, asking, layers_seen
from app.reading import Reader
from app.records import Record, version_of
from app.sql import Sql

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA = {
    "json": "application/json",
    "geojson": "application/geo+json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": XLSX,
}
OF_A_LIST = {"ordering", "limit", "cursor", "format", "hxl"}
BY_ACCEPT = {"application/json": "json", "application/geo+json": "geojson", "text/csv": "csv", XLSX: "xlsx"}


def format_asked(request: Request, explicit: str | None, offered: Sequence[str]) -> str:
    """`format=`, or what Accept wants most of what is offered here, or JSON."""
    if explicit:
        return explicit
    for media in languages.by_weight(request.headers.get("accept", "")):
        name = BY_ACCEPT.get(media.lower(), "")
        if name in offered:
            return name
    return "json"


def depends_on(request: Request, *layers: str) -> None:
    """The answer may be kept until one of these layers changes: see app/delivery/cache.py."""
    frame = request.scope.get("portal.notes", {}).get("frame", ())
    note(request, layers=layers_seen(asking(), dict.fromkeys((*layers, *frame))))


def note(request: Request, **notes: Any) -> None:
    """What app/delivery should know of the answer; the request's own notebook, laid out there."""
    request.scope.setdefault("portal.notes", {}).update(notes)


async def find_page(listing: Listing, where: TableFilter, db: Reader, format: str = "json") -> Page:
    """One page of a list in the language of the request. Raises Invalid for codes that do not exist."""
    await check(where, db)
    at = listing.turn(where, lang := languages.current().code)
    return page_of(await db.row(listing.page(where, lang, at, format)), at)


async def answer_facets(
    request: Request, listing: Listing, facets: Mapping[str, Facet], where: TableFilter, db: Reader
) -> Response:
    """How many records each value of the facets would leave."""
    check_once(request, where)
    refuse_paging(where)
    depends_on(request, *listing.layers)
    await check(where, db)
    row = await db.row(count_facets(listing, facets, where, languages.current().code))
    return Response(row and row[0], media_type=MEDIA["json"])


async def check(where: TableFilter, db: Reader) -> None:
    """Raise Invalid for parameters that do not go together and for codes that do not exist."""
    where.check_together()
    await codes.check(where, db)


def check_once(request: Request, where: BaseModel) -> None:
    """Only filters that take several values may be repeated: of two limits, neither is right."""
    given = [name for name, _value in request.query_params.multi_items()]
    for name in set(given):
        if given.count(name) > 1 and not isinstance(getattr(where, name, None), list):
            raise Invalid.field(name, _("%(name)s was given twice: once is enough.") % {"name": name})


def refuse_paging(where: TableFilter) -> None:
    """Counts have no pages, no order and one format."""
    possible = ", ".join(name for name in type(where).model_fields if name not in OF_A_LIST)
    for name in sorted(where.given & OF_A_LIST):
        if getattr(where, name) != "json":
            words = {"name": name, "possible": possible}
            raise Invalid.field(name, _("There is no parameter “%(name)s” here. Possible: %(possible)s.") % words)


async def answer_list(request: Request, listing: Listing, where: TableFilter, db: Reader) -> Response:
    """A list in the format asked for."""
    check_once(request, where)
    format = format_asked(request, where.format, listing.formats)
    if where.hxl and format not in ("csv", "xlsx"):
        raise Invalid.field("hxl", _("hxl=1 goes with format=csv or format=xlsx."))
    if format in ("csv", "xlsx"):
        return await answer_export(listing, where, db, format)
    synced_to = (await db.snapshot()).synced_to(layers_seen(asking(), listing.layers))
    depends_on(request, *listing.layers)
    page = await find_page(listing, where, db, format)
    gone = await find_gone(listing, where, db)
    return Response(envelope(request, page, synced_to, format, gone), media_type=MEDIA[format])


async def find_gone(listing: Listing, where: TableFilter, db: Reader) -> bytes | None:
    """With the first page of what has changed: what whoever asks can no longer see, a JSON array."""
    if not (where.follows_changes and listing.withdrawable) or where.cursor:
        return None
    row = await db.row(listing.gone(where))
    return bytes(row[0]) if row else None


def envelope(request: Request, page: Page, synced_to: datetime | None, format: str, gone: bytes | None = None) -> bytes:
    """The records as PostgreSQL wrote them, with count, links and synced_to around."""
    query = request.query_params.multi_items()
    around: dict[str, Any] = {"type": "FeatureCollection"} if format == "geojson" else {}
    around |= page.counted
    around["next"] = link(request.url.path, query, page.cursor_next())
    around["previous"] = link(request.url.path, query, page.cursor_previous())
    around["synced_to"] = f"{synced_to:%Y-%m-%dT%H:%M:%S.%fZ}" if synced_to else None
    member = "features" if format == "geojson" else "results"
    left = b', "gone": %s' % gone if gone is not None else b""
    return b'%s%s, "%s": %s}' % (json.dumps(around).encode()[:-1], left, member.encode(), page.results)


async def answer_one(request: Request, listing: Listing, id_or_ref: str, asked: OneFilter, db: Reader) -> Response:
    """One record, dated by its own last change. Raises NotFound."""
    check_once(request, asked)
    offered = [name for name in ("json", "geojson") if name in listing.formats]
    format = format_asked(request, asked.format, offered)
    if format not in offered:
        words = {"value": format, "possible": ", ".join(offered)}
        raise Invalid.field("format", _("“%(value)s” is not one of: %(possible)s.") % words)
    depends_on(request, *listing.layers)
    record, updated_at = await find_record(listing, id_or_ref, db, format)
    note(request, updated_at=updated_at)
    return Response(record, media_type=MEDIA[format])


async def find_record(listing: Listing, id_or_ref: str, db: Reader, format: str = "json") -> tuple[bytes, datetime]:
    """One record as JSON and when it last changed. Raises NotFound."""
    found = await db.row(listing.one(id_or_ref, languages.current().code, format))
    if found is None:
        raise not_found(id_or_ref)
    record, updated_at = found
    return record, updated_at


async def find_id(listing: Listing, id_or_ref: str, db: Reader) -> UUID:
    """The id of a record, for what stands below it. Raises NotFound."""
    found = await db.row(listing.id_of(id_or_ref))
    if found is None:
        raise not_found(id_or_ref)
    id: UUID = found[0]
    return id


IfMatch = Annotated[
    str | None, Header(description="the ETag of the record as you read it, so that nobody's work is overwritten unseen")
]


def expected_version(if_match: str | None) -> str:
    """The version that `If-Match: "<version>-…"` or a form names. Raises NeedsVersion, Stale for a tag that is not ours."""
    if not if_match:
        raise NeedsVersion(
            _("Send If-Match with the ETag of the record that you read, so that nobody's work is overwritten.")
        )
    if if_match.strip() == "*":
        return "*"
    return if_match.strip().removeprefix("W/").strip('"').partition("-")[0]


def refuse_stale(expected: str, updated_at: datetime) -> None:
    """Raises Stale unless the locked record still has the version that the caller read."""
    if expected not in ("*", version_of(updated_at)):
        raise Stale(_("Somebody has changed this record since you read it: read it again and decide what to keep."))


def answer_written(db: Session, listing: Listing, id: UUID, status: int = 200, location: str = "") -> Response:
    """A record just written, as its writer sees it, out of the transaction that wrote it."""
    statement = listing.one(str(id), languages.current().code)
    record, updated_at = db.connection().exec_driver_sql(statement.text, statement.values).one()
    headers = {"ETag": f'"{version_of(updated_at)}"'} | ({"Location": location.format(**record)} if location else {})
    return Response(
        json.dumps(record, ensure_ascii=False, default=str).encode(), status, headers, media_type=MEDIA["json"]
    )


def answer_withdrawn(record: Record) -> Response:
    """What is left to say of a record that was just withdrawn. Its tag serves to restore it."""
    assert record.withdrawn_at is not None
    stub = {"id": str(record.id), "ref": record.ref, "withdrawn_at": record.withdrawn_at.isoformat()}
    return JSONResponse(stub, headers={"ETag": f'"{version_of(record.updated_at)}"'})


def done_once(
    request: Request,
    db: Session,
    by: By,
    key: str | None,
    question: Mapping[str, Any],
    listing: Listing,
    do: Callable[[], Record],
) -> Response:
    """What became of the record that `do` wrote; sent again with the same key it is not done again."""

    def answer() -> Response:
        record = do()
        return answer_withdrawn(record) if record.withdrawn_at else answer_written(db, listing, record.id)

    return once(db, by, request, key, question, answer)


def not_found(id_or_ref: str) -> NotFound:
    return NotFound(_("There is no record %(ref)s here.") % {"ref": id_or_ref[:60]})


async def answer_export(listing: Listing, where: TableFilter, db: Reader, format: str) -> Response:
    """All that matches, or the first `limit`, as a file that streams."""
    await check(where, db)
    at = listing.turn(where, lang := languages.current().code)
    records = exported(listing, where, db, listing.rows(where, lang, at))
    columns = [*listing.columns, *([Column("withdrawn_at")] if where.follows_changes and listing.withdrawable else [])]
    header: list[Sequence[Cell]] = [[column.name for column in columns]]
    if where.hxl:
        header.append([column.hxl for column in columns])
    rows = ([cell(record, column.path) for column in columns] async for record in records)
    body = csv_chunks(header, rows) if format == "csv" else xlsx_chunks(listing.name, header, rows)
    first = await anext(body)  # what is wrong shows before the status line leaves
    disposition = {"Content-Disposition": f'attachment; filename="{listing.name}.{format}"'}
    return StreamingResponse(chained(first, body), media_type=MEDIA[format], headers=disposition)


async def exported(listing: Listing, where: TableFilter, db: Reader, statement: Sql) -> AsyncIterator[Any]:
    """The records of a file; one of all changes ends with what is gone."""
    async for (record,) in db.stream(statement):
        yield json.loads(record)
    gone = None if where.limit else await find_gone(listing, where, db)
    for stub in json.loads(gone or b"[]"):
        yield stub


async def chained(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


async def csv_chunks(
    header: Sequence[Sequence[Cell]], rows: AsyncIterator[Sequence[Cell]], at_a_time: int = 500
) -> AsyncIterator[bytes]:
    batch = [*header]
    async for row in rows:
        batch.append(row)
        if len(batch) >= at_a_time:
            yield csv.lines(batch)
            batch = []
    yield csv.lines(batch)


async def xlsx_chunks(
    title: str, header: Sequence[Sequence[Cell]], rows: AsyncIterator[Sequence[Cell]]
) -> AsyncIterator[bytes]:
    """A workbook can only be sent when it is whole: it grows in a temporary file."""
    with tempfile.TemporaryFile() as file:
        book = Workbook(file, title, header)
        async for row in rows:
            book.add(row)
        await to_thread.run_sync(book.close)
        file.seek(0)
        while chunk := file.read(65536):
            yield chunk
