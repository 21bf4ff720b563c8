"""Nobody writes lines of their own into the log."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from starlette.testclient import TestClient

from app import logs
from app.delivery import guard
from tests.conftest import Cast

FORGED = "/nothing%0A2026-11-23T06:00:00Z [info] request id=forged path=/sign-in status=200%0D%1B[31m%E2%80%A8x"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], io.StringIO]]:
    """What the guard writes from now on, in a format of the log."""

    def begin(format: str) -> io.StringIO:
        file = io.StringIO()
        logs.configure(format)
        log = structlog.wrap_logger(structlog.PrintLogger(file), processors=structlog.get_config()["processors"])
        monkeypatch.setattr(guard, "log", log)
        return file

    yield begin
    logs.configure("console")


@pytest.mark.parametrize("format", ["console", "json"])
def test_a_line_break_in_the_address_makes_no_line(portal: TestClient, format: str, written: Any) -> None:
    log = written(format)
    portal.get(FORGED)
    (line,) = log.getvalue().splitlines()
    assert "id=forged" in line
    assert line.isprintable()


def test_what_was_asked_for_is_not_logged_with_its_values(portal: TestClient, written: Any) -> None:
    log = written("console")
    portal.get("/api/v1/events?q=secret-question", headers={"Authorization": "Bearer secret-key", "Cookie": "a=secret"})
    assert "path=/api/v1/events" in log.getvalue()
    assert "secret" not in log.getvalue()


def test_the_log_says_who_was_refused_and_from_where_and_of_others_only_who(
    client: TestClient, cast: Cast, written: Any
) -> None:
    log = written("console")
    client.get("/people", headers=cast.person("reader"))
    client.get("/api/v1/events", headers=cast.program())
    client.get("/api/v1/events", headers={"Authorization": "Bearer apk_wrong"})
    client.get("/events")
    refused, program, unknown, visitor = log.getvalue().splitlines()
    assert "status=403" in refused and "by=person" in refused and "address=testclient" in refused  # noqa: PT018
    assert "status=200" in program and "by=key" in program and "address" not in program  # noqa: PT018
    assert "status=401" in unknown and "by=" not in unknown and "address=testclient" in unknown  # noqa: PT018
    assert "by=" not in visitor
    assert "address" not in visitor
