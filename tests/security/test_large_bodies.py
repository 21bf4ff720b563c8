"""A body larger than any form or record is refused, whether it says its size or comes in pieces."""

import pytest
from starlette.testclient import TestClient

from app.delivery.guard import LARGEST_BODY


@pytest.mark.parametrize("path", ["/api/v1/events", "/events", "/nothing"])
def test_what_says_that_it_is_too_large_is_not_read_at_all(portal: TestClient, path: str) -> None:
    answer = portal.post(path, content=b"{}", headers={"Content-Length": str(LARGEST_BODY + 1)})
    assert answer.status_code == 413
    assert answer.json()["status"] == 413
    assert "content-security-policy" in answer.headers
