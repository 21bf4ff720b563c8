"""A file goes out as a download and never as a page: under a safe name, whole or in part, and not again where it is known."""

from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.documents.models import CHUNK
from app.documents.names import cleaned, disposition
from tests.conftest import Cast
from tests.documents import files
from tests.make import make_event

Kept = dict[str, Any]
CONTENT = files.of_size(2 * CHUNK + 100)


@pytest.fixture
def kept(client: TestClient, cast: Cast, db: Session) -> Kept:
    return keep(client, cast, db, CONTENT)


def keep(client: TestClient, cast: Cast, db: Session, content: bytes, **changes: Any) -> Kept:
    event = make_event(db, **changes)
    db.commit()
    address = f"/api/v1/events/{event.ref}/documents"
    answer = client.post(
        address, content=content, headers=cast.program("events:write"), params={"filename": "Нура.csv"}
    )
    assert answer.status_code == 201, answer.text
    found: Kept = answer.json()
    return found


@pytest.mark.parametrize("content", [files.PDF, files.JPEG, files.CSV, files.geojson(), files.xlsx(), files.TEXT])
def test_no_browser_shows_a_file_as_part_of_the_portal(
    client: TestClient, cast: Cast, db: Session, content: bytes
) -> None:
    said = keep(client, cast, db, content)
    for address in (said["content"], f"/documents/{said['ref']}/file"):
        answer = client.get(address)
        assert answer.content == content
        assert answer.headers["content-disposition"].startswith("attachment; ")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers.get_list("content-security-policy") == [
            "sandbox; default-src 'none'; frame-ancestors 'none'"
        ]
        assert answer.headers["content-type"] == said["media_type"]


def test_what_is_known_already_is_not_sent_again(client: TestClient, kept: Kept) -> None:
    tag = client.get(kept["content"]).headers["etag"]
    assert not tag.startswith("W/")
    answer = client.get(kept["content"], headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")
    assert client.get(kept["content"], headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    ("asked", "begin", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        (f"bytes={CHUNK - 1}-{CHUNK}", CHUNK - 1, CHUNK + 1),
        (f"bytes={CHUNK}-", CHUNK, len(CONTENT)),
        ("bytes=-10", len(CONTENT) - 10, len(CONTENT)),
        ("bytes=5-999999999999", 5, len(CONTENT)),
    ],
)
def test_a_download_that_broke_off_is_gone_on_with(
    client: TestClient, kept: Kept, asked: str, begin: int, end: int
) -> None:
    tag = client.get(kept["content"]).headers["etag"]
    answer = client.get(kept["content"], headers={"Range": asked, "If-Range": tag})
    assert answer.status_code == 206
    assert answer.content == CONTENT[begin:end]
    assert answer.headers["content-range"] == f"bytes {begin}-{end - 1}/{len(CONTENT)}"
    assert answer.headers["content-length"] == str(end - begin)


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "bytes=5-1", "lines=1-2", "bytes=-", "bytes=a-b", ""])
def test_a_range_that_is_none_is_answered_by_the_whole(client: TestClient, kept: Kept, asked: str) -> None:
    answer = client.get(kept["content"], headers={"Range": asked})
    assert (answer.status_code, len(answer.content)) == (200, len(CONTENT))


def test_a_range_of_another_version_is_answered_by_the_whole(client: TestClient, kept: Kept) -> None:
    assert client.get(kept["content"], headers={"Range": "bytes=0-5", "If-Range": '"other"'}).status_code == 200


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(client: TestClient, kept: Kept, asked: str) -> None:
    answer = client.get(kept["content"], headers={"Range": asked})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(CONTENT)}"


def test_head_tells_all_and_sends_nothing(client: TestClient, kept: Kept) -> None:
    answer = client.head(kept["content"])
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(CONTENT))


def test_text_that_is_compressed_on_its_way_has_a_weak_tag(client: TestClient, cast: Cast, db: Session) -> None:
    said = keep(client, cast, db, files.CSV * 100)
    answer = client.get(said["content"], headers={"Accept-Encoding": "gzip"})
    assert answer.headers["etag"].startswith("W/")
    assert answer.content == files.CSV * 100
    assert client.get(said["content"], headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_the_file_of_an_exercise_is_named_so(client: TestClient, cast: Cast, db: Session) -> None:
    said = keep(client, cast, db, files.PDF, exercise=True)
    assert said["title"].startswith("EXERCISE: ")
    header = client.get(said["content"]).headers["content-disposition"]
    assert header.startswith(f"attachment; filename=\"EXERCISE-{said['ref']}.pdf\"; filename*=UTF-8''EXERCISE%20")
    russian = client.get(said["content"], headers={"Accept-Language": "ru"}).headers["content-disposition"]
    assert "%D0%A3%D0%A7%D0%95%D0%9D%D0%98%D0%95" in russian


@pytest.mark.parametrize(
    ("name", "format", "clean"),
    [
        ("report.pdf", "pdf", "report.pdf"),
        ("../../etc/passwd", "text", "passwd.txt"),
        ("C:\\Users\\a\\План.PDF", "pdf", "План.pdf"),
        ("photo.jpeg", "jpeg", "photo.jpg"),
        ("holiday.exe", "pdf", "holiday.exe.pdf"),
        ('a"; filename="b.exe', "pdf", "a ; filename= b.exe.pdf"),
        ("line\r\nSet-Cookie: a=b", "pdf", "line Set-Cookie a=b.pdf"),
        ("gpj\u202efdp.exe", "pdf", "gpj fdp.exe.pdf"),
        ("CON", "text", "file CON.txt"),
        ("...", "csv", "file.csv"),
        ("", "png", "file.png"),
        ("د نقشه.geojson", "geojson", "د نقشه.geojson"),
        ("x" * 500, "pdf", "x" * 120 + ".pdf"),
        ("и\u0306", "text", "й.txt"),
    ],
)
def test_a_name_is_cleaned(name: str, format: str, clean: str) -> None:
    assert cleaned(name, format) == clean


@pytest.mark.parametrize("name", ["Нура.pdf", "نقشه.pdf", "Қызыл жар.pdf", "Ысык-Көл.pdf", "د سیلاب.pdf", "plan.pdf"])
def test_names_of_six_alphabets_fit_into_a_header(name: str) -> None:
    header = disposition(name, "DO-000001", False)
    assert header.isascii()
    assert header.startswith("attachment; filename=")
    assert "\n" not in header
