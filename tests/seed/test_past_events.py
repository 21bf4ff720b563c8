"""The forty past events: what is known of them and who said it."""

from collections import Counter

from sqlalchemy import text

from seed.tables import listed, read

# in print these were seen without a GLIDE number: one found here would be invented
WITHOUT_GLIDE = {
    "Sardoba dam break",
    "Kazakhstan snowmelt floods",
    "Tup mudflows",
    "Paktika and Khost earthquake, M5.9",
    "Herat earthquakes, M6.3",
    "Kunar and Nangarhar earthquake, M6.0",
    "Orenburg and Orsk floods",
    "Namangan and Aksy mudflows",
}
PAST = "FROM events WHERE NOT demonstration"


def figures_of(db, title, indicator):
    asked = """
        SELECT source.code, coalesce(value::text, low || '-' || high), qualifier, is_headline
        FROM figures JOIN events ON events.id = event_id JOIN sources source ON source.id = source_id
        WHERE titles ->> 'en' = :title AND indicator_code = :indicator"""
    return {tuple(row) for row in db.execute(text(asked), {"title": title, "indicator": indicator})}


def test_there_are_forty_and_all_are_over(seeded):
    assert seeded.execute(text(f"SELECT count(*), count(*) FILTER (WHERE status = 'closed') {PAST}")).one() == (40, 40)


def test_no_glide_number_is_invented(seeded):
    written = {(row["ref"], glide) for row in read("events") for glide in listed(row["glides"])}
    held = {
        tuple(row) for row in seeded.execute(text("SELECT ref, glide FROM event_glides JOIN events ON id = event_id"))
    }
    assert held == written
    assert {row["title_en"] for row in read("events") if not row["glides"]} == WITHOUT_GLIDE


def test_one_event_keeps_all_its_numbers(seeded):
    asked = "SELECT glide FROM event_glides JOIN events ON id = event_id WHERE titles ->> 'en' LIKE 'Hindu Kush%'"
    assert set(seeded.scalars(text(asked))) == {f"EQ-2015-000147-{iso3}" for iso3 in ("AFG", "PAK", "IND")}


def test_every_figure_of_the_file_is_there_once_with_its_source(seeded):
    rows = read("figures")
    told = Counter(
        (row["event"], row["indicator"], row["source"], row["country"], row["as_of"], row["printed"]) for row in rows
    )
    assert max(told.values()) == 1
    assert {row["source"] for row in rows} <= {row["code"] for row in read("sources")}
    assert seeded.scalar(text(f"SELECT count(*) FROM figures WHERE event_id IN (SELECT id {PAST})")) == len(rows)


def test_every_source_is_used_and_named(seeded):
    assert {row["code"] for row in read("sources")} == {row["source"] for row in read("figures")}
    assert all(row["name"] for row in read("sources"))


def test_contradicting_tolls_of_herat_stand_side_by_side(seeded):
    told = figures_of(seeded, "Herat earthquakes, M6.3", "dead")
    assert ("OCHA-AFG-HERAT-1", "1480", "exact", True) in told
    assert ("ANDMA-HERAT-PRESS", "2400", "at_least", False) in told
    assert ("MOPH-HERAT-PRESS", "1000", "at_least", False) in told
    assert ("OCHA-AFG-HERAT-PRESS", "1294", "exact", False) in told


def test_a_range_stays_a_range(seeded):
    assert ("IFRC-MDRTJ010", "40-50", "range", True) in figures_of(seeded, "Kulob floods and mudflows", "missing")


def test_only_the_month_is_claimed_where_only_the_month_is_known(seeded):
    asked = f"SELECT titles ->> 'en' {PAST} AND started_precision = 'month'"
    by_month = {row["title_en"] for row in read("events") if len(row["started"]) == len("2010-02")}
    assert set(seeded.scalars(text(asked))) == by_month


def test_printed_coordinates_are_told_from_approximate_ones(seeded):
    asked = f"SELECT titles ->> 'en' {PAST} AND geometry_precision = 'printed' ORDER BY started_at"
    assert [title.split()[0] for title in seeded.scalars(text(asked))] == ["Nura", "Paktika", "Kahramanmaraş", "Herat"]


def test_an_event_touches_the_areas_of_its_time(seeded):
    asked = """
        SELECT events.ref, areas.code FROM event_areas
        JOIN events ON events.id = event_id JOIN areas ON areas.id = area_id WHERE NOT demonstration"""
    held = {tuple(row) for row in seeded.execute(text(asked))}
    assert held == {(row["ref"], code) for row in read("events") for code in listed(row["areas"])}
