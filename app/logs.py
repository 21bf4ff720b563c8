"""Structured log lines: one event a line, as JSON for machines or in columns for people."""

import sys
from typing import Any

import structlog


def configure(format: str) -> None:
    renderer = structlog.processors.JSONRenderer() if format == "json" else in_columns
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(20),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def in_columns(logger: Any, method: str, event: structlog.typing.EventDict) -> str:
    """`time [level] event name=value …`, and an exception below. Written for each request, so it is short."""
    head = f"{event.pop('timestamp')} [{event.pop('level')}] {event.pop('event'):<12}"
    exception = event.pop("exception", None)
    line = " ".join([head, *(f"{name}={plain(value)}" for name, value in event.items())])
    return f"{line}\n{exception}" if exception else line


def plain(value: object) -> str:
    """On one line, whatever a caller sent."""
    text = str(value)
    return text if text.isprintable() else repr(text)
