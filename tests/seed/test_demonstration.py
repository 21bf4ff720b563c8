"""The demonstration: complete, marked, plausible, and gone without a trace when asked."""

from sqlalchemy import text
from sqlalchemy.orm import Session

import seed
from tests.make import make_user, make_webhook

MARKED = (
    *("events", "capacities", "contacts", "items", "warehouses"),
    *("stock_positions", "stock_movements", "stock_reservations", "minimum_levels"),
)
REGION = {"KAZ", "KGZ", "TJK", "TKM", "UZB", "AFG", "AZE", "IRN", "PAK", "IND"}


def count(db, what):
    return db.scalar(text(f"SELECT count(*) FROM {what}"))


def test_every_resource_type_has_a_capacity(seeded):
    assert count(seeded, "resource_types WHERE code NOT IN (SELECT type_code FROM capacities)") == 0


def test_about_four_hundred_capacities_lie_in_all_ten_countries(seeded):
    assert 380 <= count(seeded, "capacities") <= 420
    assert set(seeded.scalars(text("SELECT DISTINCT country_iso3 FROM capacities"))) == REGION


def test_a_capacity_is_held_in_its_own_country_and_named_once(seeded):
    assert (
        count(
            seeded,
            "capacities JOIN organisations o ON o.id = organisation_id WHERE o.country_iso3 <> capacities.country_iso3",
        )
        == 0
    )
    assert count(seeded, "(SELECT names ->> 'en' FROM capacities GROUP BY 1 HAVING count(*) > 1) twice") == 0


def test_some_are_stale_some_never_verified_and_some_nowhere(seeded):
    assert count(seeded, "capacities WHERE verified_at < now() - interval '1 year'") > 20
    assert count(seeded, "capacities WHERE verified_at IS NULL") > 20
    assert count(seeded, "capacities WHERE location IS NULL AND base_area_id IS NULL") > 5


def test_a_based_capacity_lies_in_its_own_country(seeded):
    outside = """capacities JOIN areas ON areas.code = capacities.country_iso3 AND level = 0
                 WHERE ST_Distance(location, geometry) > 0.2"""
    assert count(seeded, outside) == 0


def test_what_is_not_available_has_nothing_available(seeded):
    assert count(seeded, "capacities WHERE status IN ('deployed', 'unavailable') AND quantity_available > 0") == 0
    assert count(seeded, "capacities WHERE status = 'available' AND quantity_available = 0") == 0


def test_no_building_is_deployed(seeded):
    assert count(seeded, "capacities WHERE kind = 'facility' AND status = 'deployed'") == 0


def test_sixty_stock_positions_lie_in_three_warehouses(seeded):
    assert count(seeded, "stock_positions") == 60
    assert count(seeded, "warehouses") == 3
    assert count(seeded, "items WHERE code NOT IN (SELECT item_code FROM stock_positions)") == 0


def test_nothing_is_reserved_that_is_not_on_hand(seeded):
    on_hand = (
        "SELECT sum(m.quantity) FROM lots JOIN stock_movements m ON m.lot_id = lots.id WHERE position_id = position.id"
    )
    reserved = "SELECT sum(r.quantity) FROM lots JOIN stock_reservations r ON r.lot_id = lots.id WHERE position_id = position.id"
    assert count(seeded, "stock_reservations") > 5
    assert count(seeded, f"stock_positions position WHERE ({on_hand}) < coalesce(({reserved}), 0)") == 0


def test_some_stock_is_earmarked_some_below_its_minimum_and_a_kit_has_parts(seeded):
    assert (
        count(seeded, "stock_positions WHERE earmark_countries <> '{}' AND earmark ->> 'ru' LIKE '%(демонстрация)%'")
        >= 3
    )
    assert count(seeded, "minimum_levels") >= 5
    assert count(seeded, "item_parts") == 3


def test_the_ledger_shows_every_kind_of_movement(seeded):
    kinds = set(seeded.scalars(text("SELECT DISTINCT kind FROM stock_movements")))
    assert kinds == {"receipt", "issue", "adjustment", "reversal"}


def test_three_events_are_going_on_with_an_open_alert_and_sources_that_disagree(seeded):
    asked = "SELECT status, alert_level, exercise FROM events WHERE demonstration"
    events = seeded.execute(text(asked)).all()
    assert sorted(event.status for event in events) == ["alert", "ongoing", "ongoing"]
    assert all(event.alert_level and not event.exercise for event in events)
    twice = """(SELECT event_id, indicator_code FROM figures JOIN events ON events.id = event_id WHERE demonstration
                GROUP BY 1, 2 HAVING count(DISTINCT value) > 1) AS contradicted"""
    assert count(seeded, twice) >= 3


def test_invented_events_and_sources_say_so_in_words(seeded):
    assert count(seeded, "events WHERE demonstration AND titles ->> 'ru' NOT LIKE '%(демонстрация)%'") == 0
    assert count(seeded, "sources WHERE code LIKE 'DEMO-%' AND name NOT LIKE 'Demonstration%(fictional)'") == 0


def test_only_the_demonstration_is_marked(seeded):
    assert count(seeded, "events WHERE NOT demonstration") == 40
    assert sum(count(seeded, f"{table} WHERE NOT demonstration") for table in MARKED if table != "events") == 0


def test_every_authority_can_be_called_day_and_night_at_a_number_that_nobody_has(seeded):
    assert count(seeded, "contacts WHERE kind = 'duty_officer' AND is_24h") == len(REGION) + 1
    assert count(seeded, "contacts WHERE kind = 'capacity'") > 10
    assert count(seeded, "contacts WHERE email NOT LIKE '%@demo.invalid'") == 0
    assert count(seeded, "contacts, unnest(phones) phone WHERE phone NOT LIKE '+000 %'") == 0
    assert count(seeded, "contacts WHERE NOT demonstration OR position NOT LIKE 'Demonstration%'") == 0
    assert count(seeded, "contacts WHERE visibility = 'public'") == 1


def test_removing_takes_all_of_it_and_nothing_else(own_demo):
    with own_demo.begin() as db:
        before = {
            table: count(db, table) for table in ("areas", "organisations", "resource_types", "figures", "sources")
        }
    gone = seed.remove_demo(own_demo)
    with own_demo.begin() as db:
        assert [table for table in MARKED if count(db, f"{table} WHERE demonstration")] == []
        after = {table: count(db, table) + gone.get(table, 0) for table in before}
        assert after == before
        assert (count(db, "events"), count(db, "lots"), count(db, "sources WHERE code LIKE 'DEMO-%'")) == (40, 0, 0)


def test_what_people_put_beside_the_demonstration_stays(own_demo):
    with own_demo.begin() as db:
        lot = db.scalar(text("SELECT id FROM lots ORDER BY id LIMIT 1"))
        db.execute(
            text("INSERT INTO stock_movements (lot_id, kind, quantity, moved_at) VALUES (:lot, 'receipt', 9, now())"),
            {"lot": lot},
        )
    seed.remove_demo(own_demo)
    with own_demo.begin() as db:
        assert db.execute(text("SELECT quantity, demonstration FROM stock_movements")).all() == [(9, False)]
        assert (
            count(db, "lots JOIN stock_positions ON stock_positions.id = position_id JOIN items ON code = item_code")
            == 1
        )


def test_without_demonstration_nothing_is_marked(db):
    assert [table for table in MARKED if count(db, f"{table} WHERE demonstration")] == []


def test_what_accounts_of_the_demonstration_made_goes_with_them(own_demo):
    with Session(own_demo) as db:
        user = make_user(db, "approver", organisation="KAZ-MES", demonstration=True)
        make_webhook(db, organisation="KAZ-MES", created_by_id=user.id)
        make_webhook(db, organisation="KAZ-MES")
        db.commit()
    seed.remove_demo(own_demo)
    with own_demo.begin() as db:
        assert (count(db, "webhooks"), count(db, "users WHERE demonstration")) == (1, 0)
