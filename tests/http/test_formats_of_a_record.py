"""One record as GeoJSON: where it stands on a map; of what stands nowhere the refusal says what there is."""

import pytest
from starlette.testclient import TestClient


@pytest.mark.parametrize("noun", ["documents", "offers", "deployments", "equipment-profiles"])
def test_what_stands_nowhere_has_no_geojson(portal: TestClient, noun: str) -> None:
    answer = portal.get(f"/api/v1/{noun}/XX-1?format=geojson")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"] == "“geojson” is not one of: json."
    accepted = portal.get(f"/api/v1/{noun}/XX-1", headers={"Accept": "application/geo+json"})
    assert accepted.status_code == 404


def test_what_stands_on_a_map_has(portal: TestClient) -> None:
    ref = portal.get("/api/v1/capacities?limit=1").json()["results"][0]["ref"]
    assert portal.get(f"/api/v1/capacities/{ref}?format=geojson").json()["type"] == "Feature"
