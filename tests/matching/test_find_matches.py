"""What can meet a request: ranked and explained for those who decide, whether or not for those who ask."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete

from app.entry_points.models import Agreement, AgreementCountry, EntryPoint
from app.matching.schemas import MatchesOut
from app.stock.models import StockReservation
from tests.make import (
    add,
    make_capacity,
    make_lot,
    make_organisation,
    make_position,
    make_request,
    make_request_line,
    make_warehouse,
)
from tests.waiting import soon

BISHKEK = "SRID=4326;POINT(74.6 42.87)"


@pytest.fixture
def request_(db):
    """Bishkek needs three medium teams within five days; the tests say themselves which crossings and agreements there are."""
    db.execute(delete(EntryPoint))
    db.execute(delete(Agreement))
    asker = make_organisation(db, "KGZ-MES", country_iso3="KGZ")
    needed_by = datetime.now(UTC) + timedelta(days=5)
    made = make_request(
        db,
        organisation_id=asker.id,
        country_iso3="KGZ",
        status="approved",
        deliver_location=BISHKEK,
        needed_by=needed_by,
    )
    make_request_line(db, made, quantity=3)
    return made


def crossing(db, code="KAZ-KORDAY", lon=74.7, lat=43.04, country="KAZ", across="KGZ", **changes):
    values = {
        "names": {"en": code.split("-")[1].title()},
        "kind": "road",
        "source": "test",
        "evidence": "cited",
    } | changes
    return add(
        db,
        EntryPoint(
            code=code, country_iso3=country, across_iso3=across, location=f"SRID=4326;POINT({lon} {lat})", **values
        ),
    )


@pytest.fixture
def matches(db, client, cast, request_):
    """What the API answers about the request, to an operator unless said otherwise."""

    def ask(headers=None, status=200, limit=10):
        db.commit()
        headers = headers or cast.person("operator")
        address = f"/api/v1/requests/{request_.ref}/matches?limit={limit}"
        answer = soon(lambda: client.get(address, headers=headers), lambda answer: answer.status_code == status)
        assert answer.status_code == status, answer.text
        if status == 200:
            MatchesOut.model_validate(answer.json())
        return answer.json()

    return ask


def refs(found, line=0):
    return [one["ref"] for one in found["lines"][line]["matches"]]


def names(found, line=0):
    return [one["name"] for one in found["lines"][line]["matches"]]


def test_who_decides_sees_what_there_is_and_who_asks_whether_it_can_be_met(db, matches, cast):
    crossing(db)
    team = make_capacity(db, quantity=4, quantity_available=4, mobilisation_hours=6)
    found = matches()
    assert refs(found) == [team.ref]
    assert found["lines"][0]["can_be_met"] == "yes"
    asked = matches(cast.person("requester", organisation="KGZ-MES"))
    assert asked["lines"][0]["can_be_met"] == "yes"
    assert asked["lines"][0]["matches"] is None
    assert asked["lines"][0]["found"] is None
    assert asked["plan"] is None


def test_nobody_else_is_told_anything(db, matches, client, request_, cast):
    make_capacity(db)
    db.commit()
    assert client.get(f"/api/v1/requests/{request_.ref}/matches").status_code == 401
    request_.audience = request_.visibility = "own"
    matches(cast.person("requester", organisation="KAZ-MES"), status=404)


def test_one_s_own_teams_those_of_another_kind_or_unit_and_what_is_not_there_do_not_count(db, matches, request_):
    make_capacity(db, "Own", organisation_id=request_.organisation_id)
    make_capacity(db, "Light", type_code="usar-light")
    make_capacity(db, "People", unit_code="person")
    make_capacity(db, "Nothing left", quantity_available=0)
    make_capacity(db, "Unavailable", status="unavailable")
    make_capacity(db, "Withdrawn", withdrawn_at="2026-01-01T00:00:00Z")
    make_capacity(db, "Invented", demonstration=True)
    found = matches()
    assert names(found) == []
    assert found["lines"][0]["can_be_met"] == "no"


def test_a_type_is_met_by_those_below_it_and_by_what_is_named_as_an_alternative(db, matches, request_):
    crossing(db)
    make_request_line(db, request_, 2, resource_type_code="usar")
    make_request_line(db, request_, 3, resource_type_code="usar-heavy", alternatives=["usar-medium"])
    make_capacity(db)
    found = matches()
    assert len(refs(found, 1)) == 1
    said = found["lines"][2]["matches"][0]["reasons"][0]
    assert (said["what"], said["points"], said["of"]) == ("fit", 20, 25)
    assert "alternative" in said["sentence"]


def test_lots_that_are_expired_damaged_promised_or_meant_for_others_are_left_out(db, matches, request_):
    crossing(db)
    make_request_line(db, request_, 2, kind="item", item_code=None, description={"en": "Blankets"}, unit_code="each",
                      quantity=10, resource_type_code=None, alternatives=["blanket"])  # fmt: skip
    position = make_position(db)
    make_lot(db, position, "good", 30)
    make_lot(db, position, "damaged", 30, condition="damaged")
    make_lot(db, position, "expired", 30, expires_on="2026-01-01")
    make_lot(db, position, "soon", 30, expires_on=(datetime.now(UTC) + timedelta(days=1)).date())
    promised = make_lot(db, position, "promised", 30)
    add(db, StockReservation(lot_id=promised.id, quantity=30, reason={"en": "test"}))
    other = make_position(db, warehouse="WH-OTHER", earmark_countries=["TJK"])
    make_lot(db, other, "for Tajikistan", 30)
    own = make_position(db, warehouse="WH-OWN", earmark_countries=["KGZ"])
    make_lot(db, own, "for Kyrgyzstan", 30)
    lots = [one["lot"] for one in matches()["lines"][1]["matches"]]
    assert sorted(lots) == ["for Kyrgyzstan", "good", "soon"]
    assert lots[0] == "for Kyrgyzstan"


def test_only_what_nobody_has_committed_is_looked_for(db, matches, request_):
    crossing(db)
    make_capacity(db, quantity=2, quantity_available=2)
    line = make_request_line(db, request_, 2, quantity=2)
    db.flush()
    line.quantity_committed = 2
    found = matches()
    assert [line["no"] for line in found["lines"]] == [1]
    assert found["lines"][0]["can_be_met"] == "partly"


def test_the_hours_are_those_of_the_quickest_way_and_said_in_words(db, matches):
    crossing(db)
    crossing(db, "KAZ-KARKARA", 79.2, 42.8)
    make_capacity(db, mobilisation_hours=6)
    (match,) = matches()["lines"][0]["matches"]
    assert [one["name"] for one in match["route"]["over"]] == ["Korday"]
    assert match["hours"] == pytest.approx(match["route"]["hours"] + 6, abs=0.1)
    sentence = next(one["sentence"] for one in match["reasons"] if one["what"] == "hours")
    assert "over Korday" in sentence
    assert "6 h until it can leave" in sentence


def test_the_way_that_is_told_takes_as_long_as_the_statement_reckons(db, matches):
    """Twice the same arithmetic, once in the database to rank by and once to explain."""
    crossing(db)
    make_capacity(db, mobilisation_hours=0)
    make_capacity(db, "West", 50.2, 50.3, mobilisation_hours=0, transport_modes=["road", "rail", "air"])
    crossing(db, "KAZ-AIRPORT", 50.1, 50.2, across=None, kind="airport")
    crossing(db, "KGZ-AIRPORT", 74.5, 43.0, country="KGZ", across=None, kind="airport")
    found = matches()["lines"][0]["matches"]
    assert {one["route"]["mode"] for one in found} == {"road", "air"}
    for one in found:
        sentence = next(reason["sentence"] for reason in one["reasons"] if reason["what"] == "hours")
        assert f"{round(one['route']['hours']) if one['hours'] >= 10 else one['hours']:g} h by" in sentence


def test_where_the_border_is_closed_no_way_is_known_and_it_is_not_planned_with(db, matches):
    crossing(db, winter_from="01-01", winter_to="12-31")
    make_capacity(db)
    found = matches()
    assert found["lines"][0]["matches"][0]["hours"] is None
    assert found["lines"][0]["can_be_met"] == "no"
    assert found["plan"]["consignments"] == []


def test_a_hidden_base_counts_only_for_whom_it_is_told(db, matches, cast):
    crossing(db)
    secret = {"location": None, "exact_location": "SRID=4326;POINT(76.9 43.2)", "base_visibility": "centre"}
    make_capacity(db, **secret)
    assert matches()["lines"][0]["matches"][0]["hours"] is not None
    assert matches(cast.person("approver", organisation="UZB-MES"))["lines"][0]["matches"][0]["hours"] is None


def test_what_fits_stands_before_what_does_not(db, matches, request_):
    crossing(db)
    make_request_line(db, request_, 2, resource_type_code="usar-medium", specification={"voltage_v": 230})
    make_capacity(db, "Other mains", specification={"voltage_v": 110})
    make_capacity(db, "Not said")
    make_capacity(db, "Same mains", specification={"voltage_v": 220})
    found = matches()
    assert names(found, 1) == ["Same mains", "Not said", "Other mains"]
    assert [one["verdict"] for one in found["lines"][1]["matches"]] == ["fits", "unknown", "not"]
    assert "110" in found["lines"][1]["matches"][2]["reasons"][0]["sentence"]


def test_what_does_not_fit_is_not_planned_with(db, matches, request_):
    crossing(db)
    make_request_line(db, request_, 2, resource_type_code="usar-heavy", specification={"voltage_v": 230})
    make_capacity(db, type_code="usar-heavy", specification={"voltage_v": 110})
    assert matches()["lines"][1]["can_be_met"] == "no"


def test_the_points_of_the_reasons_add_up_to_the_score(db, matches):
    crossing(db)
    make_capacity(db, verified_at=datetime.now(UTC) - timedelta(days=36))
    (match,) = matches()["lines"][0]["matches"]
    said = sum(one["points"] for one in match["reasons"])
    silent = 5 + 2.5  # of what does not expire and is not earmarked nothing is said
    assert said + silent == pytest.approx(match["score"], abs=0.3)


def test_an_agreement_in_force_counts_and_is_named(db, matches):
    crossing(db)
    pact = add(db, Agreement(code="TEST-PACT", titles={"en": "Test pact"}, kind="mutual_aid", in_force_from="2020-01-01",
                             source="test", evidence="cited"))  # fmt: skip
    db.add_all(AgreementCountry(agreement_id=pact.id, country_iso3=iso3) for iso3 in ("KAZ", "KGZ"))
    make_capacity(db)
    reason = matches()["lines"][0]["matches"][0]["reasons"][-1]
    assert (reason["what"], reason["points"]) == ("agreement", 5)
    assert reason["sentence"] == "Agreement in force: Test pact."


def test_the_plan_takes_few_consignments_in_time(db, matches, request_):
    crossing(db)
    make_request_line(db, request_, 2, resource_type_code="usar-heavy")
    other = make_organisation(db, "OTHER-ORG")
    make_capacity(db, quantity=3, quantity_available=3)
    make_capacity(db, "Heavy", type_code="usar-heavy")
    make_capacity(db, "Alone", quantity=3, quantity_available=3, organisation_id=other.id, lon=75)
    plan = matches()["plan"]
    (consignment,) = plan["consignments"]
    assert consignment["sender"]["code"] == "TEST-ORG"
    assert [(one["no"], one["quantity"]) for one in consignment["takes"]] == [(1, 3), (2, 1)]
    assert plan["is_fewest"]
    assert plan["missing"] == []


def test_the_best_can_be_offered_from_where_it_stands(db, matches, cast, request_):
    crossing(db)
    team = make_capacity(db)
    offered = matches()["lines"][0]["matches"][0]["offer"]
    assert offered == f"/offers/new?request={request_.ref}&line=1&capacity={team.ref}&quantity=1"
    assert matches(cast.person("approver", organisation="UZB-MES"))["lines"][0]["matches"][0]["offer"] is None


def test_an_agreement_on_customs_counts_for_half(db, matches):
    crossing(db)
    pact = add(db, Agreement(code="TEST-CUSTOMS", titles={"en": "Customs pact"}, kind="customs", in_force_from="2020-01-01",
                             source="test", evidence="cited"))  # fmt: skip
    db.add_all(AgreementCountry(agreement_id=pact.id, country_iso3=iso3) for iso3 in ("KAZ", "KGZ"))
    make_capacity(db)
    assert matches()["lines"][0]["matches"][0]["reasons"][-1]["points"] == 2.5


def test_what_an_organisation_keeps_to_itself_or_tells_the_centre_only_promises_nothing_to_who_asks(db, matches, cast):
    crossing(db)
    make_capacity(db, quantity=4, quantity_available=4, visibility="centre")
    assert matches()["lines"][0]["can_be_met"] == "yes"
    assert matches(cast.person("requester", organisation="KGZ-MES"))["lines"][0]["can_be_met"] == "no"


def test_what_would_come_too_late_is_said_to_be_late(db, matches, request_):
    crossing(db)
    make_capacity(db, quantity=3, quantity_available=3, mobilisation_hours=500)
    found = matches()
    assert found["lines"][0]["can_be_met"] == "late"
    assert found["plan"]["consignments"][0]["is_late"]


def test_what_several_own_in_a_warehouse_is_one_consignment_of_its_keeper(db, matches, request_):
    crossing(db)
    for no, item in ((2, "blanket"), (3, "tarpaulin")):
        make_position_of(db, item)
        make_request_line(db, request_, no, kind="item", item_code=item, resource_type_code=None, quantity=10, unit_code="each")  # fmt: skip
    (consignment,) = matches()["plan"]["consignments"]
    assert consignment["sender"]["code"] == "CESDRR"
    assert [(one["no"], one["quantity"]) for one in consignment["takes"]] == [(2, 10), (3, 10)]


def make_position_of(db, item):
    """Of an owner of its own, all in one warehouse of the Centre."""
    make_warehouse(db, organisation_id=make_organisation(db, "CESDRR").id)
    make_lot(db, make_position(db, item, owner_id=make_organisation(db, f"OWNER-OF-{item}").id), "L1", 30)


def test_what_is_invented_is_matched_with_invented_requests(db, matches, request_):
    crossing(db)
    request_.demonstration = True
    make_capacity(db, demonstration=True)
    assert len(refs(matches())) == 1


def test_an_aircraft_brings_itself_whatever_the_crossings(db, matches, request_):
    make_request_line(db, request_, 2, resource_type_code="helicopter-transport", unit_code="each")
    make_capacity(db, type_code="helicopter-transport", unit_code="each", mobilisation_hours=2)
    (match,) = matches()["lines"][1]["matches"]
    assert match["route"] is None
    assert match["hours"] < 15
    assert "flies there by itself" in match["reasons"][1]["sentence"]
