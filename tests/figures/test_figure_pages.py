"""Figures on pages: a section with headlines, charts and table; forms that work without JavaScript."""

import re
from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.events.models import Event
from app.figures.models import Figure
from tests.conftest import Cast
from tests.make import make_event, make_figure, make_source


@pytest.fixture
def event(db: Session) -> Event:
    event = make_event(db, "Flood on two sides", "TJK", "KGZ", hazard_code="FL")
    ministry = make_source(db, "MINISTRY", name="Ministry bulletin").id
    agency = make_source(db, "AGENCY", name="Agency <report>", kind="un").id
    for n, day in enumerate(("2026-07-09", "2026-07-10", "2026-07-12")):
        make_figure(db, event, "dead", 5 + 3 * n, source_id=ministry, as_of=day, reported_at=f"{day}T12:00:00Z")
    at = {"as_of": "2026-07-11", "reported_at": "2026-07-11T12:00:00Z"}
    make_figure(db, event, "dead", None, low=9, high=20, qualifier="range", source_id=agency, **at)
    make_figure(db, event, "dead", 4, counting="new", source_id=agency, **at)
    db.commit()
    return event


@pytest.fixture
def operator(cast: Cast) -> dict[str, str]:
    return cast.person("operator")


def page(client: TestClient, address: str, headers: dict[str, str] | None = None, status: int = 200) -> str:
    answer = client.get(address, headers=headers or {})
    assert answer.status_code == status, answer.text
    return answer.text


def send(client: TestClient, address: str, headers: dict[str, str], **fields: Any) -> Any:
    return client.post(address, data=fields, headers=headers, follow_redirects=False)


def test_the_event_shows_headline_rule_chart_and_table(client: TestClient, event: Event) -> None:
    html = page(client, f"/events/{event.ref}")
    assert "latest official figure" in html
    assert "the sources contradict each other" in html
    assert html.count('<figure class="chart">') == 1
    assert (
        html.count('class="series__mark"') == 4 + 2
    )  # the points and the legend; what is new since a report is no total
    assert "<title>Ministry bulletin: 11, " in html
    assert "new since the last report" in html
    assert "Agency &lt;report&gt;" in html
    assert "Agency <report>" not in html


def test_the_page_of_a_day_shows_what_was_known_then(client: TestClient, event: Event) -> None:
    html = page(client, f"/events/{event.ref}/figures?as_of=2026-07-10")
    assert "2 figures" in html
    assert "As known on" in html
    section = page(client, f"/events/{event.ref}?as_of=2026-07-10")
    assert ">8</bdi>" in section
    assert ">11</bdi>" not in section


def test_an_event_without_figures_says_so(client: TestClient, db: Session) -> None:
    empty = make_event(db, "Nothing said yet")
    db.commit()
    assert "No source has given figures yet." in page(client, f"/events/{empty.ref}")
    assert "No source has given figures yet." in page(client, f"/events/{empty.ref}/figures")


def test_only_those_who_may_write_are_offered_it(client: TestClient, cast: Cast, event: Event) -> None:
    assert "Add figures" not in page(client, f"/events/{event.ref}")
    assert "Add figures" in page(client, f"/events/{event.ref}", cast.person("operator"))
    elsewhere = cast.person("operator", countries=("TJK",))
    page(client, f"/events/{event.ref}/figures/new", elsewhere, 403)


def test_several_figures_of_one_source_are_added_at_once(
    client: TestClient, db: Session, event: Event, operator: dict[str, str]
) -> None:
    assert "Ministry bulletin" in page(client, f"/events/{event.ref}/figures/new", operator)
    fields = {
        "source": "", "source_name": "Red Crescent, update 2", "source_kind": "red_cross_red_crescent", "method": "estimate",
        "amount.dead": "> 1 200", "amount.injured": "~900", "amount.missing": "26–28", "amount.affected": "12",
        "new": "affected", "as_of": "2026-07-13", "reported_at.day": "2026-07-13", "reported_at.time": "09:30",
        "place": "KGZ", "note.en": "One bank only", "key": "k1",
    }  # fmt: skip
    answer = send(client, f"/events/{event.ref}/figures", operator, **fields)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == f"/events/{event.ref}#harm"
    again = send(client, f"/events/{event.ref}/figures", operator, **fields)
    assert again.status_code == 303
    asked = {"country": "KGZ", "ordering": "indicator"}
    found = client.get(f"/api/v1/events/{event.ref}/figures", params=asked).json()["results"]
    assert [(one["indicator"]["code"], one["value"], one["low"], one["high"], one["qualifier"]) for one in found] == [
        ("dead", 1200, None, None, "at_least"), ("missing", None, 26, 28, "range"), ("injured", 900, None, None, "about"),
        ("affected", 12, None, None, "exact"),
    ]  # fmt: skip
    assert {one["reported_at"][:16] for one in found} == {"2026-07-13T09:30"}
    assert [one["counting"] for one in found] == ["cumulative", "cumulative", "cumulative", "new"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount.dead": "many"}, "“many” is no amount"),
        ({"amount.dead": ""}, "Write at least one amount."),
        ({"amount.dead": "9-5"}, "low end of the range"),
        ({"source": "", "source_name": ""}, "source"),
        ({"source_name": "A new one", "source_kind": ""}, "source"),
        ({"as_of": "2025-01-01"}, "long before the event began"),
        ({"place": "KAZ"}, "does not touch"),
    ],
)
def test_what_is_refused_comes_back_with_all_that_was_typed(
    client: TestClient, event: Event, operator: dict[str, str], changes: dict[str, str], words: str
) -> None:
    fields = {"source": "MINISTRY", "amount.dead": "12", "amount.injured": "77", "key": "k2"} | changes
    if words == "Write at least one amount.":
        fields["amount.injured"] = ""
    answer = send(client, f"/events/{event.ref}/figures", operator, **fields)
    assert answer.status_code == 422, answer.text
    assert words in answer.text
    assert "Error: " in answer.text
    if fields["amount.injured"]:
        assert 'value="77"' in answer.text
    listed = client.get(f"/api/v1/events/{event.ref}/figures", params={"indicator": "injured"}, headers=operator)
    assert listed.json()["count"] == 0


def headline_of(client: TestClient, event: Event, operator: dict[str, str]) -> Any:
    return client.get(f"/api/v1/events/{event.ref}/headlines", headers=operator).json()["results"][0]


def test_a_figure_is_corrected_and_a_second_correction_is_told_by_what(
    client: TestClient, event: Event, operator: dict[str, str]
) -> None:
    id = headline_of(client, event, operator)["figure"]["id"]
    address = f"/events/{event.ref}/figures/{id}/correct"
    assert 'value="11"' in page(client, address, operator)
    fields = {"amount": "~12", "as_of": "2026-07-12", "method": "official", "reason": "Misprint"}
    assert send(client, address, operator, **fields, key="a").status_code == 303
    figure = headline_of(client, event, operator)["figure"]
    assert (figure["value"], figure["qualifier"], figure["supersedes"]) == (12, "about", id)
    second = send(client, address, operator, **fields, key="b")
    assert second.status_code == 409
    assert "corrected already, by 12 from Ministry bulletin" in second.text
    assert send(client, address, operator, amount="x", reason="Misprint", key="c").status_code == 422


def test_a_figure_is_withdrawn_and_restored(client: TestClient, event: Event, operator: dict[str, str]) -> None:
    id = headline_of(client, event, operator)["figure"]["id"]
    address = f"/events/{event.ref}/figures/{id}/withdraw"
    page(client, address, operator)
    assert send(client, address, operator, reason="", key="a").status_code == 422
    done = send(client, address, operator, reason="Another flood", key="b")
    assert done.status_code == 303
    listed = page(client, done.headers["location"], operator)
    key = re.findall(r'name="key" value="([^"]+)"', listed)[0]
    assert headline_of(client, event, operator)["figure"]["low"] == 9
    assert send(client, f"/events/{event.ref}/figures/{id}/restore", operator, key=key).status_code == 303
    assert headline_of(client, event, operator)["figure"]["id"] == id


def test_a_headline_is_chosen_with_a_reason_and_given_back_to_the_rule(
    client: TestClient, db: Session, event: Event, operator: dict[str, str]
) -> None:
    other = db.query(Figure).filter(Figure.low == 9).one()
    html = page(client, f"/events/{event.ref}/headlines", operator)
    assert str(other.id) in html
    address = f"/events/{event.ref}/headlines/dead"
    refused = send(client, address, operator, figure=str(other.id), reason="", key="a")
    assert refused.status_code == 422
    assert f'value="{other.id}" checked' in refused.text
    assert send(client, address, operator, figure=str(other.id), reason="Seen by <us>", key="b").status_code == 303
    shown = page(client, f"/events/{event.ref}", operator)
    assert "chosen by an operator:" in shown
    assert "Seen by &lt;us&gt;" in shown
    assert send(client, address, operator, figure="rule", reason="", key="c").status_code == 303
    assert headline_of(client, event, operator)["because"] == "latest_official"
    assert send(client, address, operator, figure="rule", reason="", key="d").status_code == 303
