"""Which figure is the headline: official bodies first, then the latest day; whole events only, totals only, never a sum."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.events.models import Event
from app.figures.models import Figure, HeadlineChoice
from tests.make import add, make_event, make_figure, make_source

KINDS = {"OCHA": "un", "ANDMA": "government", "IFRC": "red_cross_red_crescent", "PRESS": "media", "CHARTER": "other"}


@pytest.fixture
def event(db: Session) -> Event:
    return make_event(db, "Flood", "AFG", hazard_code="FL")


def told(db: Session, event: Event, source: str, value: int | None, as_of: str | None = None, **changes: Any) -> Figure:
    found = make_source(db, source, kind=KINDS[source])
    return make_figure(db, event, "dead", value, source_id=found.id, as_of=as_of, **changes)


def headline(db: Session, event: Event) -> Figure | None:
    """By the flag; and the rule asked of today says the same."""
    db.flush()
    flagged = db.scalars(text("SELECT id FROM figures WHERE event_id = :id AND is_headline"), {"id": event.id}).all()
    asked = db.scalars(
        text("SELECT figure_id FROM headlines_as_of(:id, now() + interval '1 minute')"), {"id": event.id}
    )
    assert flagged == asked.all()
    return db.get(Figure, flagged[0]) if flagged else None


def test_the_latest_official_figure_is_the_headline(db: Session, event: Event) -> None:
    told(db, event, "OCHA", 1023, "2023-10-08")
    latest = told(db, event, "OCHA", 1480, "2023-10-24")
    told(db, event, "ANDMA", 2400, "2023-10-09", qualifier="at_least")
    assert headline(db, event) == latest


def test_the_press_gives_way_to_an_official_source_even_when_it_is_later(db: Session, event: Event) -> None:
    official = told(db, event, "IFRC", 16, "2010-05-08")
    told(db, event, "PRESS", 40, "2010-05-19")
    told(db, event, "ANDMA", 50, "2010-05-20", method="media")
    assert headline(db, event) == official


def test_a_figure_without_a_day_gives_way_to_one_that_has_a_day(db: Session, event: Event) -> None:
    told(db, event, "ANDMA", 2000, method="official")
    dated = told(db, event, "OCHA", 1294, "2023-10-10", method="estimate")
    assert headline(db, event) == dated


def test_on_one_day_the_method_decides_then_the_kind_of_source_then_who_spoke_last(db: Session, event: Event) -> None:
    told(db, event, "ANDMA", 10, "2023-10-10", method="estimate")
    assert headline(db, event).value == 10
    told(db, event, "OCHA", 11, "2023-10-10", method="official")
    assert headline(db, event).value == 11
    told(db, event, "ANDMA", 12, "2023-10-10", method="official", reported_at="2023-10-10T08:00:00Z")
    assert headline(db, event).value == 12
    told(db, event, "ANDMA", 13, "2023-10-10", method="official", reported_at="2023-10-10T09:00:00Z")
    assert headline(db, event).value == 13


@pytest.mark.parametrize("part", [{"country_iso3": "AFG"}, {"is_part": True}])
def test_a_figure_for_a_part_of_the_event_is_not_the_headline(db: Session, event: Event, part: dict[str, Any]) -> None:
    told(db, event, "OCHA", 503, "2014-05-12", **part)
    told(db, event, "IFRC", 100, "2014-05-12", **part)
    assert headline(db, event) is None


def test_new_since_the_last_report_is_never_the_headline(db: Session, event: Event) -> None:
    total = told(db, event, "OCHA", 503, "2014-05-12")
    told(db, event, "OCHA", 20, "2014-05-13", counting="new")
    assert headline(db, event) == total


def test_where_nobody_official_spoke_the_press_may_be_the_headline(db: Session, event: Event) -> None:
    press = told(db, event, "PRESS", 2200, qualifier="at_least")
    assert headline(db, event) == press


def test_a_corrected_figure_gives_way_to_its_correction_and_a_withdrawn_one_to_the_next(
    db: Session, event: Event
) -> None:
    other = told(db, event, "OCHA", 9, "2023-10-08")
    wrong = told(db, event, "ANDMA", 1200, "2023-10-09")
    right = told(db, event, "ANDMA", 120, "2023-10-09", supersedes_id=wrong.id)
    assert headline(db, event) == right
    right.withdrawn_at = right.created_at
    assert headline(db, event) == wrong
    wrong.withdrawn_at = right.created_at
    assert headline(db, event) == other


def test_what_an_operator_chose_goes_before_the_rule_until_it_no_longer_stands(db: Session, event: Event) -> None:
    by_rule = told(db, event, "ANDMA", 2400, "2023-10-09")
    chosen = told(db, event, "PRESS", 1000, "2023-10-08", country_iso3="AFG")
    values = {"event_id": event.id, "indicator_code": "dead", "figure_id": chosen.id, "reason": "Counted by us"}
    add(db, HeadlineChoice(**values))
    assert headline(db, event) == chosen
    chosen.withdrawn_at = chosen.created_at
    assert headline(db, event) == by_rule


def test_a_source_of_another_kind_weighs_otherwise(db: Session, event: Event) -> None:
    told(db, event, "PRESS", 40, "2010-05-19")
    other = told(db, event, "CHARTER", 16, "2010-05-08")
    make_source(db, "CHARTER").kind = "un"
    assert headline(db, event) == other
