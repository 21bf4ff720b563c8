"""The four formats hold the same records: JSON, GeoJSON, CSV as RFC 4180 says, and Excel."""

import csv
import io
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.make import make_capacity

LISTS = ("events", "capacities", "stock", "areas")
TABLES = (*LISTS, "reference/hazards", "reference/organisations", "reference/meetings", "events/EV-2008-0006/figures")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def table(client: TestClient, name: str, **params: Any) -> list[list[str]]:
    answer = client.get(f"/api/v1/{name}", params={"format": "csv", **params})
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.text, newline=""), strict=True))


def sheet(client: TestClient, name: str, **params: Any) -> list[list[Any]]:
    answer = client.get(f"/api/v1/{name}", params={"format": "xlsx", **params})
    assert answer.status_code == 200, answer.text
    rows: list[list[Any]] = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    return rows


@pytest.mark.parametrize("name", TABLES)
def test_csv_and_xlsx_hold_every_row_of_the_list(portal: TestClient, name: str) -> None:
    count = portal.get(f"/api/v1/{name}", params={"limit": 1}).json()["count"]
    head, *rows = table(portal, name)
    assert len(rows) == count > 0
    assert {len(row) for row in rows} == {len(head)}
    in_excel = sheet(portal, name)
    assert in_excel[0] == head
    assert len(in_excel) == count + 1


@pytest.mark.parametrize("name", TABLES)
def test_a_limit_leaves_the_first_rows_in_the_order_of_the_list(portal: TestClient, name: str) -> None:
    listed = portal.get(f"/api/v1/{name}", params={"limit": 3}).json()["results"]
    head, *rows = table(portal, name, limit=3)
    key = "id" if "id" in head else "code"
    assert [row[head.index(key)] for row in rows] == [str(one[key]) for one in listed]


@pytest.mark.parametrize("name", TABLES)
def test_every_column_has_its_own_name_and_an_hxl_tag(portal: TestClient, name: str) -> None:
    head, tags = table(portal, name, hxl=1, limit=1)[:2]
    assert len(set(head)) == len(head)
    assert all(tag.startswith("#") for tag in tags), dict(zip(head, tags, strict=True))
    assert sheet(portal, name, hxl=1, limit=1)[1] == tags


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("events", {"hazard": "FL"}),
        ("events", {"q": "earthquake"}),
        ("capacities", {"country": "KAZ,KGZ", "kind": "team"}),
        ("capacities", {"q": "water"}),
        ("capacities", {"near": "76.9,43.2", "within_km": 300}),
        ("stock", {"warehouse": "WH-OSH"}),
        ("areas", {"parent": "KGZ"}),
    ],
)
def test_files_honour_the_same_filters(portal: TestClient, name: str, params: dict[str, Any]) -> None:
    listed = portal.get(f"/api/v1/{name}", params={"limit": 1000, **params}).json()
    head, *rows = table(portal, name, **params)
    assert [row[head.index("id")] for row in rows] == [one["id"] for one in listed["results"]]
    assert len(rows) == listed["count"] > 0


def test_lines_end_with_crlf_and_text_is_quoted_where_needed(client: TestClient, db: Session) -> None:
    awkward = 'Pump, "large"\r\nwith hose'
    make_capacity(db, awkward)
    db.commit()
    raw = client.get("/api/v1/capacities", params={"format": "csv"}).content
    assert b'"Pump, ""large""\r\nwith hose"' in raw
    assert raw.endswith(b"\r\n")
    assert raw.decode()
    head, row = table(client, "capacities")
    assert row[head.index("name")] == awkward


@pytest.mark.parametrize("text", ["=1+1", "+7 727 255", "-5 °C room", "@cmd", "\tTab", "\rReturn"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe_and_numbers_never(
    client: TestClient, db: Session, text: str
) -> None:
    make_capacity(db, text, lon=-70.25, lat=-1.5)
    db.commit()
    head, row = table(client, "capacities")
    assert row[head.index("name")] == "'" + text
    assert row[head.index("geometry_coordinates_0")] == "-70.25"
    in_excel = dict(zip(*sheet(client, "capacities"), strict=True))
    assert in_excel["geometry_coordinates_0"] == -70.25
    assert str(in_excel["name"]).strip() == text.strip()


def test_excel_keeps_numbers_and_truth_as_such(portal: TestClient) -> None:
    head, first, *_rest = sheet(portal, "capacities", limit=1)
    row = dict(zip(head, first, strict=True))
    assert isinstance(row["quantity"], float)
    assert row["demonstration"] is True


def test_several_values_share_a_cell(portal: TestClient) -> None:
    head, *rows = table(portal, "events", country="KGZ,TJK")
    assert any("; " in row[head.index("countries_iso3")] for row in rows)


@pytest.mark.parametrize("name", LISTS)
def test_geojson_is_paged_as_json_is(portal: TestClient, name: str) -> None:
    plain = portal.get(f"/api/v1/{name}", params={"limit": 20}).json()
    drawn = portal.get(f"/api/v1/{name}", params={"limit": 20, "format": "geojson"}).json()
    assert drawn["type"] == "FeatureCollection"
    assert (drawn["count"], bool(drawn["next"])) == (plain["count"], bool(plain["next"]))
    assert [one["id"] for one in drawn["features"]] == [one["id"] for one in plain["results"]]
    second = portal.get(drawn["next"]).json()
    assert second["type"] == "FeatureCollection"
    assert not {one["id"] for one in second["features"]} & {one["id"] for one in drawn["features"]}


@pytest.mark.parametrize("name", LISTS)
def test_a_feature_has_a_geometry_or_null_and_the_record_as_its_properties(portal: TestClient, name: str) -> None:
    for feature in portal.get(f"/api/v1/{name}", params={"limit": 100, "format": "geojson"}).json()["features"]:
        assert set(feature) == {"type", "id", "geometry", "properties"}
        assert feature["type"] == "Feature"
        assert feature["properties"]["id"] == feature["id"]
        assert "geometry" not in feature["properties"]
        for lon, lat in positions(feature["geometry"]):
            assert -180 <= lon <= 180
            assert -90 <= lat <= 90


def positions(geometry: dict[str, Any] | None) -> list[list[float]]:
    found, left = [], [geometry["coordinates"]] if geometry else []
    while left:
        part = left.pop()
        if isinstance(part[0], int | float):
            found.append(part)
        else:
            left += part
    return found


def test_one_record_comes_as_a_feature_too(portal: TestClient) -> None:
    feature = portal.get("/api/v1/events/EV-2008-0006", params={"format": "geojson"})
    assert feature.headers["content-type"] == "application/geo+json"
    assert feature.json()["geometry"]["type"] == "Point"
    assert feature.json()["properties"]["ref"] == "EV-2008-0006"


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("application/json", "application/json"),
        ("application/geo+json", "application/geo+json"),
        ("text/csv", "text/csv; charset=utf-8"),
        (XLSX, XLSX),
        ("text/html, application/geo+json;q=0.9", "application/geo+json"),
        ("text/csv;q=0.1, application/json;q=0.9", "application/json"),
        ("*/*", "application/json"),
        ("image/png", "application/json"),
    ],
)
def test_accept_chooses_where_format_does_not(portal: TestClient, accept: str, media: str) -> None:
    answer = portal.get("/api/v1/events", params={"limit": 1}, headers={"Accept": accept})
    assert answer.headers["content-type"] == media
    said = portal.get("/api/v1/events", params={"limit": 1, "format": "json"}, headers={"Accept": accept})
    assert said.headers["content-type"] == "application/json"


def test_files_are_named_and_marked_for_caches(portal: TestClient) -> None:
    answer = portal.get("/api/v1/stock", params={"format": "csv"})
    assert answer.headers["content-disposition"] == 'attachment; filename="stock.csv"'
    assert "etag" not in answer.headers
    assert "Accept-Language" in answer.headers["vary"]


def test_hxl_goes_with_tables_only(portal: TestClient) -> None:
    answer = portal.get("/api/v1/events", params={"hxl": 1})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "hxl"
