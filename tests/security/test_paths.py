"""No address reaches a file that is not meant to be read."""

import pytest
from starlette.testclient import TestClient

from app import static_files
from tests.security.raw import ask

SECRETS = [
    b".env",
    b".git/config",
    b".portal/secret-key",
    b"app/settings.py",
    b"pyproject.toml",
    b"etc/passwd",
    b"SECURITY.md",
]
WAYS_UP = [
    b"", b"../", b"../../../", b"../../../../../../../../", b"..%2f..%2f..%2f", b"%2e%2e/%2e%2e/%2e%2e/", b"..\\..\\..\\",
    b"..%5c..%5c..%5c", b"....//....//....//", b"%252e%252e%252f%252e%252e%252f", b"..;/..;/..;/", b"css/../../../../",
    b"%c0%ae%c0%ae/", b"/", b"//", b"file:///", b"~/", b"C:\\",
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS_UP)
@pytest.mark.parametrize("root", [b"/static/", b"/", b"/tiles/", b"/places/", b"/events/"])
def test_no_way_up_leads_to_a_file(portal: TestClient, root: bytes, way: bytes) -> None:
    for secret in SECRETS:
        status, _headers, body = ask(portal, "GET", root + way + secret)
        assert status in (404, 422, 303, 307), (root + way + secret, status)
        assert b"root:" not in body
        assert b"[core]" not in body
        assert b"[project]" not in body


def names_in(page: str) -> set[str]:
    """The files of the front end that a page speaks of."""
    return {name for name in static_files.manifest().values() if name in page}


@pytest.mark.parametrize("path", ["/static", "/static/", "/static/css", "/static/css/", "/static/js/", "/static/."])
def test_folders_are_not_listed(portal: TestClient, path: str) -> None:
    answer = portal.get(path, follow_redirects=False)
    assert answer.status_code in (307, 404)
    assert names_in(answer.text) <= names_in(portal.get("/nothing").text)


@pytest.mark.parametrize("path", ["/static/manifest.json", "/static/css/base.css", "/static/css/base.css.br"])
def test_what_the_build_left_for_us_is_not_served(portal: TestClient, path: str) -> None:
    assert portal.get(path).status_code == 404
