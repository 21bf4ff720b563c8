"""What a row of history is called outside."""

import pytest

from app.announcements import kinds


@pytest.mark.parametrize(
    ("noun", "action", "before", "after", "kind"),
    [
        ("events", "logged", {}, {}, "event.logged"),
        ("events", "changed", {"alert_level": None}, {"alert_level": "green"}, "event.alert_raised"),
        ("events", "changed", {"alert_level": "red"}, {"alert_level": None}, "event.alert_lowered"),
        ("events", "changed", {"status": "ongoing"}, {"status": "closed"}, "event.closed"),
        ("events", "changed", {}, {}, "event.changed"),
        ("events", "merged", {}, {}, "event.merged"),
        ("figures", "recorded", {}, {}, "figure.added"),
        ("figures", "superseded", {}, {}, "figure.corrected"),
        ("figures", "withdrawn", {}, {}, "figure.withdrawn"),
        ("situation_reports", "published", {}, {}, "report.published"),
        ("situation_reports", "drafted", {}, {}, None),
        ("documents", "added", {}, {}, "document.added"),
        ("warnings", "issued", {}, {"msg_type": "alert"}, "warning.issued"),
        ("warnings", "issued", {}, {"msg_type": "update"}, "warning.updated"),
        ("warnings", "issued", {}, {"msg_type": "cancel"}, "warning.cancelled"),
        ("warnings", "drafted", {}, {}, None),
        ("warnings", "acknowledged", {}, {}, None),
        ("events", "painted blue", {}, {}, "event.painted_blue"),
    ],
)
def test_by_the_table_and_an_unknown_action_by_its_own_name(
    noun: str, action: str, before: dict[str, str | None], after: dict[str, str | None], kind: str | None
) -> None:
    assert kinds.kind_of(noun, action, before, after) == kind


def test_every_kind_has_words() -> None:
    assert all(kinds.words().values())
    assert kinds.words_of("event.painted_blue") == "event: painted blue"
