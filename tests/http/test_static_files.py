"""The built front end: for ever under its own name, compressed ahead, and nothing else of the disk."""

import pytest
from starlette.testclient import TestClient

from app.static_files import accepted_encodings, static_url


def test_a_file_is_kept_for_ever_under_the_name_of_its_content(portal: TestClient) -> None:
    answer = portal.get(static_url("css/portal.css"))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"


@pytest.mark.parametrize(
    ("accepts", "encoding"), [("gzip, br", "br"), ("gzip", "gzip"), ("identity", None), ("br;q=0, gzip;q=0.5", "gzip")]
)
def test_each_encoding_was_made_ahead_and_has_its_own_tag(
    portal: TestClient, accepts: str, encoding: str | None
) -> None:
    plain = portal.get(static_url("js/map.js"), headers={"Accept-Encoding": "identity"})
    answer = portal.get(static_url("js/map.js"), headers={"Accept-Encoding": accepts})
    assert answer.headers.get("content-encoding") == encoding
    assert answer.content == plain.content
    assert (answer.headers["etag"] == plain.headers["etag"]) == (encoding is None)
    again = portal.get(
        static_url("js/map.js"), headers={"Accept-Encoding": accepts, "If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304


def test_head_has_the_length_and_no_body(portal: TestClient) -> None:
    answer = portal.head(static_url("vendor/htmx.js"), headers={"Accept-Encoding": "br"})
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) > 1000


@pytest.mark.parametrize(
    "path",
    ["manifest.json", "../package.json", "%2e%2e/package.json", "css/portal.css", "css/", "", "js/map.js.br", "no"],
)
def test_what_was_not_built_under_that_name_is_not_there(portal: TestClient, path: str) -> None:
    assert portal.get(f"/static/{path}").status_code == 404


def test_nothing_can_be_written_there(portal: TestClient) -> None:
    assert portal.post(static_url("css/portal.css")).status_code == 405


def test_a_coding_with_no_weight_is_refused() -> None:
    assert accepted_encodings("br;q=0, gzip , zstd;q=0.1") == {"gzip", "zstd"}
    assert accepted_encodings("") == set()
