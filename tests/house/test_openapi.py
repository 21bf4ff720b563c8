"""The OpenAPI document is valid, tells all, and what it promises holds: asked anything it allows, nothing breaks."""

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core import NotSet
from starlette.testclient import TestClient

from tests.conftest import Cast

PATHS = (
    "events", "events/facets", "events/duplicates", "events/{id_or_ref}", "events/{id_or_ref}/figures", "events/{id_or_ref}/figures/series",
    "events/{id_or_ref}/figures/{id}", "events/{id_or_ref}/headlines", "events/{id_or_ref}/history",
    "events/{id_or_ref}/documents", "documents/{id_or_ref}", "documents/{id_or_ref}/history",
    *(f"events/{{id_or_ref}}/situation-reports{door}" for door in ("", "/{report}", "/{report}/versions", "/{report}/history")),
    "events/{id_or_ref}/alert-levels", "events/{id_or_ref}/relations",
    "requests/{id_or_ref}/matches",
    "equipment-profiles", "equipment-profiles/{id_or_ref}", "equipment-profiles/{id_or_ref}/history",
    "requests", "requests/facets", "requests/{id_or_ref}", "requests/{id_or_ref}/appeal", "requests/{id_or_ref}/history",
    "offers", "offers/{id_or_ref}", "offers/{id_or_ref}/fit", "offers/{id_or_ref}/history",
    *(f"{noun}/{{id_or_ref}}/edxl-rm" for noun in ("requests", "offers", "deployments")),
    "entry-points", "entry-points/facets", "entry-points/{id_or_ref}", "entry-points/{id_or_ref}/reports", "entry-points/{id_or_ref}/history",
    "agreements", "agreements/{id_or_ref}", "host-nation-support", "host-nation-support/{id_or_ref}",
    "capacities", "capacities/facets", "inbox", "inbox/facets", "inbox/{id_or_ref}", "inbox/{id_or_ref}/items",
    "capacities/{id_or_ref}", "capacities/{id_or_ref}/history", "history", "history/heads", "webhooks", "webhooks/{id}", "webhooks/{id}/deliveries", "stock", "stock/facets", "stock/{id_or_ref}", "stock/{id_or_ref}/proposal", "stock/{id_or_ref}/reservations",
    *(f"stock/{name}" for name in (
        "movements", "movements/{id}/reverse", "reservations/{id}/release", "minimum-levels", "kits", "kits/{code}", "counts", "counts/{ref}",
        "items", "warehouses",
    )),
    "areas", "areas/{id_or_code}", "reference",
    *(f"reference/{name}" for name in (
        "hazards", "resource-types", "resource-families", "units", "organisations", "indicators", "countries",
        "disputed-features", "meetings", "languages", "sources",
    )),
)  # fmt: skip


@pytest.fixture(scope="module")
def document(portal: TestClient) -> dict[str, Any]:
    answer = portal.get("/api/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_every_public_resource_is_described(document: dict[str, Any]) -> None:
    assert {f"/api/v1/{path}" for path in PATHS} <= set(document["paths"])


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    schemathesis.openapi.from_dict(document).validate()


def test_every_route_says_what_it_is_and_how_it_refuses(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["description"].endswith((".", "…")), path
            if path.startswith("/api/v1"):
                assert "application/problem+json" in operation["responses"]["422"]["content"], path
                done = operation["responses"].get("200") or operation["responses"]["201"]
                assert path.endswith(("/content", "/edxl-rm")) or done["content"]["application/json"]["schema"], path


def test_every_parameter_says_what_it_means(document: dict[str, Any]) -> None:
    for path in PATHS:
        for parameter in document["paths"][f"/api/v1/{path}"].get("get", {}).get("parameters", ()):
            if parameter["in"] == "query":
                assert parameter.get("description"), (path, parameter["name"])


def test_lists_come_in_all_their_formats(document: dict[str, Any]) -> None:
    content = document["paths"]["/api/v1/events"]["get"]["responses"]["200"]["content"]
    assert {"application/json", "application/geo+json", "text/csv"} <= set(content)
    assert (
        "application/geo+json" not in document["paths"]["/api/v1/reference/units"]["get"]["responses"]["200"]["content"]
    )


def test_records_have_examples(document: dict[str, Any]) -> None:
    for name in ("EventOut", "CapacityOut", "StockOut", "AreaOut", "HazardOut", "OrganisationOut"):
        assert "examples" in json.dumps(document["components"]["schemas"][name]), name


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)
@given(data=st.data())
def test_nothing_that_the_document_allows_breaks_the_portal(
    portal: TestClient, document: dict[str, Any], data: Any
) -> None:
    """Schemathesis makes up requests from the document; none may end in a 5xx, and refusals are problem documents."""
    operations = [one.ok() for one in schemathesis.openapi.from_dict(document).get_all_operations()]
    public = [one for one in operations if one.path.startswith("/api/v1")]
    case = data.draw(data.draw(st.sampled_from(public)).as_strategy())
    answer = portal.request(case.method, case.formatted_path, params=case.query or None)
    assert answer.status_code in (200, 401, 404, 414, 422), (case.formatted_path, case.query, answer.text)
    assert answer.status_code == 401 or case.method == "GET", (case.method, case.formatted_path)
    if answer.status_code != 200:
        assert answer.headers["content-type"] == "application/problem+json"


@settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)
@given(data=st.data())
def test_nothing_that_the_document_allows_to_be_written_breaks_the_portal(
    client: TestClient, cast: Cast, document: dict[str, Any], data: Any
) -> None:
    """The same with bodies and a key that may write."""
    operations = [one.ok() for one in schemathesis.openapi.from_dict(document).get_all_operations()]
    writes = [
        one
        for one in operations
        if one.method != "get" and one.path.startswith(("/api/v1/events", "/api/v1/documents", "/api/v1/capacities"))
    ]
    case = data.draw(data.draw(st.sampled_from(writes)).as_strategy())
    headers = cast.program("events:write", "capacities:write", "records:read-centre") | {"If-Match": "*"}
    body = None if isinstance(case.body, NotSet) else case.body
    sent = {"content": body} if isinstance(body, bytes) else {"json": body}
    answer = client.request(case.method, case.formatted_path, headers=headers, **sent)
    assert answer.status_code in (200, 201, 403, 404, 409, 412, 422), (case.formatted_path, case.body, answer.text)
    if answer.status_code > 201:
        assert answer.headers["content-type"] == "application/problem+json"
