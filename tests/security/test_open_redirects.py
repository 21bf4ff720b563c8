"""Open redirects: no address of the portal sends a visitor to another site."""

from urllib.parse import quote, urljoin, urlsplit

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.accounts.signing_in import Browser, code, member
from tests.conftest import Cast
from tests.security.raw import ask
from tests.security.walking import address_of, doors, furnish

OURS = "http://portal.example"
ELSEWHERE = [
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example",
    "/\r\n/evil.example", "\t//evil.example", " //evil.example", "https:evil.example", "https:/evil.example",
    "https://evil.example", "HTTPS://evil.example", "javascript:alert(1)", "data:text/html,x", "//evil.example/%2f..",
    "/%09/evil.example", "%2f%2fevil.example", "%2F/evil.example", "//evil%E3%80%82example", "//portal.example@evil.example",
    "/..//evil.example", "/.//evil.example", "/events/..//evil.example", "//[::1]/", "evil.example", "?//evil.example", "#//evil",
    "/\u2028/evil.example", "/\x00/evil.example", "http://portal.example.evil.example", "/" + "/" * 50 + "evil.example",
]  # fmt: skip
HOSTS = ["evil.example:80"]


def leads_away(location: str) -> bool:
    """As a browser resolves it: tabs and line ends dropped, backslashes taken for slashes."""
    seen = "".join(sign for sign in location if sign not in "\t\r\n").strip().replace("\\", "/")
    target = urlsplit(urljoin(OURS + "/sign-in", seen))
    return target.netloc not in ("portal.example", "localhost:8000", "") or target.scheme not in ("http", "https")


def test_the_test_knows_what_leads_away() -> None:
    assert [leads_away(one) for one in ("/events", "//evil", "/\\evil", "https://evil.example", "/\t/evil")] == [
        False, True, True, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize("next", ELSEWHERE)
def test_signing_in_leads_on_within_the_portal_only(client: TestClient, db: Session, next: str) -> None:
    member(db, "reader")
    answer = Browser(client).sign_in(next=next)
    assert answer.status_code == 303
    assert not leads_away(answer.headers["location"])


@pytest.mark.parametrize("next", ELSEWHERE[:12])
def test_so_does_the_second_step(client: TestClient, db: Session, next: str) -> None:
    member(db, "operator", totp=True)
    browser = Browser(client)
    browser.sign_in(next=next)
    answer = browser.post("/sign-in/code", code=code())
    assert answer.status_code == 303
    assert not leads_away(answer.headers["location"])


@pytest.mark.parametrize("next", ELSEWHERE)
def test_the_page_of_signing_in_carries_no_other_address(portal: TestClient, next: str) -> None:
    answer = portal.get("/sign-in?next=" + quote(next, safe=""), follow_redirects=False)
    if answer.status_code == 200:
        assert 'name="next" value="/"' in answer.text or not leads_away(next)
    else:
        assert not leads_away(answer.headers.get("location", "/"))


@pytest.mark.parametrize("host", HOSTS)
def test_no_door_takes_the_host_that_was_named_for_ours(client: TestClient, db: Session, cast: Cast, host: str) -> None:
    furnish(db)
    me = cast.person("operator", "administrator")
    for door in doors(client):
        for address in (address_of(door, db), address_of(door, db) + "/"):
            for named in ({"Host": host}, {"X-Forwarded-Host": host}, {"Referer": f"https://{host}//evil.example"}):
                headers = me | named
                answer = client.request(door.method, address, headers=headers, follow_redirects=False)
                assert not leads_away(answer.headers.get("location", "/")), (door, named)
                assert "evil.example" not in answer.text, (door, named)


@pytest.mark.parametrize(
    "path", ["//evil.example", "//evil.example/events", "/\\evil.example", "//evil.example/%2e%2e", "/.//evil.example"]
)
@pytest.mark.parametrize("query", ["", "?q=", "?lang=ru&x=", "?next=/"])
def test_an_address_that_looks_like_another_site_is_not_a_redirect_to_it(
    portal: TestClient, path: str, query: str
) -> None:
    status, headers, _body = ask(portal, "GET", (path + query).encode())
    assert status in (303, 307, 404, 422)
    assert not leads_away(headers.get("location", "/"))
