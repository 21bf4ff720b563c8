"""Loading twice is loading once."""

from sqlalchemy import select, text
from sqlalchemy.orm import Session

import seed
from app import history
from app.events.models import Event
from app.permissions import By

# rows by table, with their times of change; the bookkeeping of caches and words is not data
CONTENT = """
    SELECT string_agg(digest, ' ' ORDER BY name) FROM (
        SELECT relname AS name,
               (xpath('/row/d/text()', query_to_xml(
                   format('SELECT md5(string_agg(t::text, %L ORDER BY t::text)) AS d FROM %I t', ',', relname),
                   true, true, '')))[1]::text AS digest
        FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = 'public' AND relkind = 'r' AND relname NOT IN ('layer_changes', 'search_words')
          AND relname NOT LIKE '%cells%' AND relname NOT LIKE 'spatial_ref_sys'
    ) AS tables"""


def content(engine):
    with engine.connect() as db:
        return db.scalar(text(CONTENT))


def test_the_comparison_below_sees_a_change(own_demo):
    before = content(own_demo)
    with own_demo.begin() as db:
        db.execute(text("UPDATE figures SET updated_at = now() WHERE is_headline"))
    assert content(own_demo) != before


def test_a_second_load_changes_no_row_and_no_time_of_change(own_demo):
    before = content(own_demo)
    seed.load_all(True, own_demo)
    assert content(own_demo) == before


def test_loading_without_the_demonstration_leaves_one_that_is_there(own_demo):
    before = content(own_demo)
    seed.load_all(False, own_demo)
    assert content(own_demo) == before


def test_the_demonstration_comes_back_the_same_after_it_was_removed(own_demo):
    asked = text(
        "SELECT md5(string_agg(concat_ws(' ', ref, names, quantity, location), ',' ORDER BY ref)) FROM capacities"
    )
    with own_demo.connect() as db:
        before = db.scalar(asked)
    seed.remove_demo(own_demo)
    seed.load_all(True, own_demo)
    with own_demo.connect() as db:
        assert db.scalar(asked) == before


def test_a_record_of_the_demonstration_is_not_moved_by_a_later_load(own_demo):
    with own_demo.begin() as db:
        db.execute(
            text(
                "UPDATE events SET started_at = started_at - interval '400 days', ref = overlay(ref PLACING '2001' FROM 4) WHERE demonstration"
            )
        )
        db.execute(text("UPDATE capacities SET quantity = quantity + 1 WHERE ref = 'CA-0000001'"))
    before = content(own_demo)
    seed.load_all(True, own_demo)
    assert content(own_demo) == before


def test_a_headline_that_people_chose_stays(own_demo):
    herat = "event_id = (SELECT id FROM events WHERE titles ->> 'en' LIKE 'Herat%') AND indicator_code = 'dead'"
    with own_demo.begin() as db:
        db.execute(
            text(
                "INSERT INTO headline_choices (event_id, indicator_code, figure_id, reason)"
                f" SELECT event_id, indicator_code, id, 'Checked' FROM figures WHERE value = 1294 AND {herat}"
            )
        )
    before = content(own_demo)
    seed.load_all(True, own_demo)
    assert content(own_demo) == before


def test_a_past_event_that_people_have_changed_is_left_as_they_left_it(own_demo):
    with Session(own_demo) as db, db.begin():
        changed, untouched = db.scalars(select(Event).where(~Event.demonstration).order_by(Event.ref).limit(2)).all()
        changed.titles, untouched.titles = {"en": "As people call it"}, {"en": "Not recorded by anybody"}
        db.execute(text("DELETE FROM event_countries WHERE event_id = :id"), {"id": changed.id})
        db.execute(text("DELETE FROM figures WHERE event_id = :id"), {"id": changed.id})
        history.record(db, By("person"), "changed", "events", changed.id, ref=changed.ref)
        refs = changed.ref, untouched.ref
    seed.load_all(False, own_demo)
    with Session(own_demo) as db:
        changed, untouched = (db.scalars(select(Event).where(Event.ref == ref)).one() for ref in refs)
        assert changed.titles == {"en": "As people call it"}
        assert untouched.titles != {"en": "Not recorded by anybody"}
        hanging = "SELECT count(*) FROM event_countries FULL JOIN figures USING (event_id) WHERE event_id = :id"
        assert db.scalar(text(hanging), {"id": changed.id}) == 0
