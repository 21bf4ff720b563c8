"""People ask, decide and read on pages, without JavaScript too."""

import re
from typing import Any

from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.requests.asked import Headers, draft, step, submitted

TYPED: dict[str, Any] = {
    "titles.en": "Rescue teams for Almaty",
    "country": "KAZ",
    "priority": "high",
    "audience": "partners",
    "needed_by.day": "",
    "lines.0.what": "type:usar-medium",
    "lines.0.quantity": "2",
    "lines.2.description.en": "Motor pumps",
    "lines.2.quantity": "4",
    "lines.2.unit": "each",
    "lines.2.specification.fuel": "diesel",
    "deliver_to.geometry": "43.35, 76.88",
    "deliver_to.contact": "+000 700 0001",
}


def version_in(page: str) -> str:
    found = re.search(r'name="version" value="([^"]+)"', page)
    assert found
    return found[1]


def asked(client: TestClient, who: Headers, **changes: Any) -> str:
    """A draft made on the page; the address that it leads to."""
    answer = client.post("/requests", data=TYPED | changes, headers=who, follow_redirects=False)
    assert answer.status_code == 303, re.sub(r"<[^>]+>", " ", answer.text)[:3000]
    return str(answer.headers["location"])


def test_the_form_makes_the_request_that_it_describes(client: TestClient, cast: Cast) -> None:
    who = cast.person("requester", organisation="TEST-ORG")
    ref = asked(client, who).rpartition("/")[2]
    found = client.get(f"/api/v1/requests/{ref}", headers=who).json()
    assert [(line["no"], line["resource"]["name"], line["quantity"]) for line in found["lines"]] == [
        (1, "Medium USAR team", 2),
        (2, "Motor pumps", 4),
    ]
    assert found["lines"][1]["specification"] == {"fuel": "diesel"}
    assert found["geometry"]["coordinates"] == [76.88, 43.35]
    page = client.get(f"/requests/{ref}", headers=who).text
    assert "Motor pumps" in page
    assert "+000 700 0001" in page


def test_more_lines_are_added_without_losing_what_was_typed(client: TestClient, cast: Cast) -> None:
    who = cast.person("requester", organisation="TEST-ORG")
    first = client.get("/requests/new", headers=who).text
    assert 'name="lines.2.what"' in first
    assert 'name="lines.3.what"' not in first
    more = client.post("/requests", data=TYPED | {"more": "1"}, headers=who).text
    assert 'name="lines.5.what"' in more
    assert 'value="Rescue teams for Almaty"' in more
    assert client.get("/api/v1/requests", headers=who).json()["count"] == 0


def test_a_request_of_two_hundred_lines_has_a_form(client: TestClient, cast: Cast) -> None:
    who = cast.person("requester", organisation="TEST-ORG")
    names = ("what", "description.en", "quantity", "unit", "priority", "needed_by.day", "needed_by.time", "unit_price")
    said = ("", "Motor pumps", "4", "each", "", "", "", "")
    rows = {f"lines.{row}.{name}": value for row in range(200) for name, value in zip(names, said, strict=True)}
    ref = asked(client, who, **rows, **{"lines.2.specification.fuel": ""}).rpartition("/")[2]
    assert len(client.get(f"/api/v1/requests/{ref}", headers=who).json()["lines"]) == 200
    assert 'name="lines.199.what"' in client.get(f"/requests/{ref}/edit", headers=who).text


def test_what_is_wrong_is_said_at_its_row(client: TestClient, cast: Cast) -> None:
    who = cast.person("requester", organisation="TEST-ORG")
    wrong = TYPED | {"lines.0.quantity": "0", "lines.2.unit": ""}
    answer = client.post("/requests", data=wrong, headers=who)
    assert answer.status_code == 422
    assert 'href="#field-lines.0.quantity"' in answer.text
    again = client.post("/requests", data=TYPED | {"lines.2.unit": ""}, headers=who)
    assert 'href="#field-lines.2.unit"' in again.text
    assert "Motor pumps" in again.text


def test_a_form_sent_twice_makes_one_request(client: TestClient, cast: Cast) -> None:
    who = cast.person("requester", organisation="TEST-ORG")
    assert asked(client, who, key="the-same") == asked(client, who, key="the-same")


def test_a_change_on_the_page_touches_nothing_else(client: TestClient, cast: Cast) -> None:
    who = cast.person("requester", organisation="TEST-ORG")
    found = draft(client, who)
    path = f"/requests/{found['ref']}"
    page = client.get(f"{path}/edit", headers=who).text
    values = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page))
    values |= {"country": "KAZ", "priority": "critical", "audience": "partners", "lines.0.what": "type:usar-medium",
               "lines.1.description.en": "Motor pumps", "lines.1.unit": "each", "lines.0.unit": "team", "version": version_in(page)}  # fmt: skip
    values = {name: value for name, value in values.items() if name not in ("was", "more", "q", "exercise")}
    answer = client.post(path, data=values, headers=who, follow_redirects=False)
    assert answer.status_code == 303, re.sub(r"<[^>]+>", " ", answer.text)[:3000]
    after = client.get(f"/api/v1{path}", headers=who).json()
    assert after["priority"] == "critical"
    same = ("title", "requester", "deliver_to", "geometry", "status")
    assert {name: after[name] for name in same} == {name: found[name] for name in same}
    assert [(line["id"], line["quantity"]) for line in after["lines"]] == [
        (line["id"], line["quantity"]) for line in found["lines"]
    ]


def test_two_who_change_the_same_request_see_both_versions(client: TestClient, cast: Cast) -> None:
    who = cast.person("requester", organisation="TEST-ORG")
    ref = draft(client, who)["ref"]
    opened = version_in(client.get(f"/requests/{ref}/edit", headers=who).text)
    client.patch(f"/api/v1/requests/{ref}", json={"priority": "low"}, headers={**who, "If-Match": "*"})
    answer = client.post(f"/requests/{ref}", data=TYPED | {"version": opened, "was": "{}"}, headers=who)
    assert answer.status_code == 409
    assert "Two versions" in answer.text


def test_a_request_is_submitted_and_approved_on_pages(client: TestClient, cast: Cast) -> None:
    who, operator = cast.person("requester", organisation="TEST-ORG"), cast.person("operator")
    path = asked(client, who)
    for person, to in ((who, "submitted"), (operator, "approved")):
        page = client.get(f"{path}/decide", headers=person).text
        assert f'value="{to}"' in page
        said = {"to": to, "reason": "agreed", "version": version_in(page)}
        assert client.post(f"{path}/transitions", data=said, headers=person, follow_redirects=False).status_code == 303
    assert "Approved" in client.get(path, headers=who).text


def test_a_rejection_without_a_reason_comes_back(client: TestClient, cast: Cast) -> None:
    operator, ref = cast.person("operator"), submitted(client, cast.person("requester", organisation="TEST-ORG"))["ref"]
    page = client.get(f"/requests/{ref}/decide", headers=operator).text
    said = {"to": "rejected", "version": version_in(page)}
    answer = client.post(f"/requests/{ref}/transitions", data=said, headers=operator)
    assert answer.status_code == 422
    assert "Say why." in answer.text


def test_the_board_is_filtered_by_what_one_looks_for(client: TestClient, cast: Cast) -> None:
    who, operator = cast.person("requester", organisation="TEST-ORG"), cast.person("operator")
    urgent = submitted(client, who, titles={"en": "Boats"}, priority="critical")["ref"]
    done = submitted(client, who, titles={"en": "Tents"}, priority="low")["ref"]
    step(client, operator, done, "rejected", "Not now")
    for query, seen, hidden in (("open=true", urgent, done), ("status=rejected", done, urgent), ("priority=critical", urgent, done),
                                ("progress=committed:none&q=boats", urgent, done), ("q=tents", done, urgent)):  # fmt: skip
        page = client.get(f"/requests?{query}", headers=operator).text
        assert f"/requests/{seen}" in page, query
        assert f"/requests/{hidden}" not in page, query


def test_the_time_is_told_on_the_clock_of_the_country(client: TestClient, cast: Cast) -> None:
    who = cast.person("requester", organisation="TEST-ORG")
    ref = submitted(client, who, country="AFG", needed_by="2027-01-01T06:00:00Z")["ref"]
    assert "+04:30" in client.get(f"/requests/{ref}", headers=who).text
    assert "1405" in client.get(f"/requests/{ref}?lang=fa-AF", headers=who).text
