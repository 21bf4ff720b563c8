"""What somebody of the demonstration records is marked as invented, so that it goes when the demonstration goes."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.conftest import Cast

EVENT = {
    "titles": {"en": "Trial"},
    "hazard": "EQ",
    "status": "ongoing",
    "started_at": "2026-11-20T06:00:00Z",
    "countries": ["KAZ"],
}
CAPACITY = {
    "names": {"en": "Trial team"}, "type": "usar-medium", "country": "KAZ", "quantity": 1, "unit": "team",
    "quantity_available": 1, "status": "available",
}  # fmt: skip


@pytest.mark.parametrize(("address", "record"), [("events", EVENT), ("capacities", CAPACITY)])
@pytest.mark.parametrize("invented", [True, False])
def test_records_of_demonstration_accounts_are_marked(
    client: TestClient, cast: Cast, address: str, record: dict[str, Any], invented: bool
) -> None:
    operator = cast.person("operator", demonstration=invented)
    answer = client.post(f"/api/v1/{address}", json=record, headers=operator)
    assert answer.status_code == 201, answer.text
    assert answer.json()["demonstration"] is invented
