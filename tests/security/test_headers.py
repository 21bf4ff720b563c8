"""What every answer tells the browser, whatever was asked and however it went."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

ANSWERS = [
    ("GET", "/", 200),
    ("GET", "/events", 200),
    ("GET", "/map", 200),
    ("GET", "/nothing", 404),
    ("GET", "/events?limit=0", 422),
    ("GET", "/events/", 307),
    ("GET", "/api/v1/events", 200),
    ("GET", "/api/v1/events?format=csv", 200),
    ("GET", "/api/v1/nothing", 404),
    ("GET", "/api/openapi.json", 200),
    ("GET", "/tiles/places/3/5/3.mvt", 200),
    ("GET", "/health/live", 200),
    ("GET", "/static/nothing.css", 404),
    ("GET", "/api/v1/events?q=%FF", 422),
    ("DELETE", "/events", 405),
    ("OPTIONS", "/api/v1/events", 204),
]


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_forbids_framing_sniffing_and_foreign_content(
    portal: TestClient, method: str, path: str, status: int
) -> None:
    answer = portal.request(method, path, follow_redirects=False)
    assert answer.status_code == status
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] in ("strict-origin-when-cross-origin", "no-referrer", "same-origin")
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"


def test_https_is_remembered_by_browsers_for_a_year_where_the_portal_has_it(
    new_portal: Callable[..., TestClient],
) -> None:
    secure = new_portal(public_url="https://portal.example.org").get("/health/live")
    assert secure.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    plain = new_portal(public_url="http://localhost:8000").get("/health/live")
    assert "strict-transport-security" not in plain.headers


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PROPFIND", "DEBUG"])
@pytest.mark.parametrize("path", ["/", "/events", "/api/v1/events", "/static/nothing.css"])
def test_methods_that_nobody_needs_are_refused_and_echo_nothing(portal: TestClient, method: str, path: str) -> None:
    answer = portal.request(method, path, headers={"X-Secret": "never-to-be-seen"})
    assert answer.status_code in (404, 405)
    assert "never-to-be-seen" not in answer.text


@pytest.mark.parametrize("path", ["/", "/events", "/api/v1/events", "/nothing", "/static/nothing.css"])
def test_an_answer_tells_nothing_of_what_it_is_made_with(portal: TestClient, path: str) -> None:
    headers = portal.get(path).headers
    assert not {"server", "x-powered-by", "x-aspnet-version", "via"} & set(headers)


@pytest.mark.parametrize(
    "injected", ["a%0d%0aSet-Cookie:%20session=stolen", "a%0aX-Evil:%201", "a\u010d\u010aSet-Cookie: session=stolen"]
)
@pytest.mark.parametrize("path", ["/events/{}", "/api/v1/events?q={}", "/events?q={}&limit=", "/api/v1/events?lang={}"])
def test_a_line_break_in_the_address_makes_no_header(portal: TestClient, path: str, injected: str) -> None:
    answer = portal.get(path.format(injected), follow_redirects=False)
    assert "x-evil" not in answer.headers
    assert "stolen" not in answer.headers.get("set-cookie", "")
    assert not any("\r" in value or "\n" in value for value in answer.headers.values())
