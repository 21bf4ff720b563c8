"""The entry points of the seed stand where they say, and loading them again changes nothing of anybody."""

from sqlalchemy import select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.entry_points.models import EntryPoint
from seed.entry_points import load_entry_points
from tests.conftest import Cast

FAR = 0.25  # degrees; outlines are coarse, and positions are known to some kilometres

STRAY = text("""
    SELECT p.code, c.iso3 FROM entry_points p
    CROSS JOIN LATERAL (VALUES (p.country_iso3), (p.across_iso3)) c (iso3)
    WHERE c.iso3 IS NOT NULL AND NOT EXISTS (
        SELECT FROM areas a WHERE a.country_iso3 = c.iso3 AND a.level = 0 AND ST_DWithin(a.geometry, p.location, :far))""")


def test_each_lies_at_the_border_of_both_its_countries(db: Session) -> None:
    assert db.execute(STRAY, {"far": FAR}).all() == []


def test_each_says_where_it_is_known_from_and_none_says_more_than_is_known(db: Session) -> None:
    points = db.scalars(select(EntryPoint)).all()
    assert len(points) > 70
    assert {point.evidence for point in points} == {"general_knowledge"}
    assert all("to be verified" in point.source for point in points)
    assert not any(point.hours or point.customs_contact_id for point in points)
    assert db.execute(text("SELECT count(*) FROM entry_point_reports")).scalar() == 0


def test_every_country_of_the_region_can_be_entered_by_road_and_by_air(db: Session) -> None:
    region = set(db.scalars(text("SELECT iso3 FROM countries WHERE region")))
    for kind in ("road", "airport"):
        points = db.scalars(select(EntryPoint).where(EntryPoint.kind == kind))
        assert region <= {iso3 for point in points for iso3 in (point.country_iso3, point.across_iso3)}


def test_a_second_load_changes_nothing(db: Session) -> None:
    assert load_entry_points(db) == 0


def test_what_people_have_changed_is_theirs(client: TestClient, cast: Cast, db: Session) -> None:
    operator = cast.person("operator") | {"If-Match": "*"}
    said = {"names": {"en": "Kordai"}}
    assert client.patch("/api/v1/entry-points/KAZ-KORDAY", json=said, headers=operator).status_code == 200
    assert load_entry_points(db) == 0
    assert db.scalars(select(EntryPoint.names).where(EntryPoint.code == "KAZ-KORDAY")).one()["en"] == "Kordai"
