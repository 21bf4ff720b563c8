"""What tests of requests share: a request as a program sends it, and the steps that it takes."""

from typing import Any

from starlette.testclient import TestClient

Headers = dict[str, str]

SAID: dict[str, Any] = {
    "titles": {"en": "Rescue teams for Almaty"},
    "country": "KAZ",
    "priority": "high",
    "deliver_to": {
        "place": {"en": "Boraldai airfield"},
        "geometry": {"type": "Point", "coordinates": [76.88, 43.35]},
        "contact": "+000 700 0001",
    },
    "lines": [
        {"kind": "type", "code": "usar-medium", "quantity": 2},
        {
            "kind": "item",
            "description": {"en": "Motor pumps"},
            "quantity": 4,
            "unit": "each",
            "unit_price": 900,
            "currency": "USD",
        },
    ],
}


def draft(client: TestClient, who: Headers, **changes: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/requests", json=SAID | changes, headers=who)
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


def step(client: TestClient, who: Headers, ref: str, to: str, reason: str = "", version: str = "*") -> Any:
    said = {"to": to, "reason": reason}
    return client.post(f"/api/v1/requests/{ref}/transitions", json=said, headers={**who, "If-Match": version})


def submitted(client: TestClient, who: Headers, **changes: Any) -> dict[str, Any]:
    answer = step(client, who, draft(client, who, **changes)["ref"], "submitted")
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]
