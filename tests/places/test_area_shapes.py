"""The committed shapes and tables of seed/places: borders shared, everything named, codes that ISO knows, disputes marked."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from app.cluster import OWNER, Cluster
from app.db import sqlalchemy_url
from seed.places.load import load_places
from seed.tables import read
from tests.conftest import clone

REGION = ["AFG", "AZE", "IND", "IRN", "KAZ", "KGZ", "PAK", "TJK", "TKM", "UZB"]
SLIVER = 1e-9  # square degrees: some ten square metres
# the one hole in the ten countries that is neither a lake nor another country's piece: Artsvashen, Armenia's exclave
ARTSVASHEN = (45.5, 40.6)


@pytest.fixture(scope="module")
def engine(cluster: Cluster) -> Iterator[Engine]:
    with clone(cluster, "reference") as name:
        engine = create_engine(sqlalchemy_url(cluster.url(name, OWNER)))
        yield engine
        engine.dispose()


@pytest.fixture
def reference(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session


def codes(db: Session, statement: str) -> list[str]:
    return list(db.scalars(text(statement)))


def test_the_ten_countries_have_their_areas(reference: Session) -> None:
    counted = dict(
        reference.execute(text("SELECT country_iso3, count(*) FROM areas_on_map WHERE level = 1 GROUP BY 1")).all()
    )
    assert counted == {
        "AFG": 34, "AZE": 77, "IND": 34, "IRN": 31, "KAZ": 16, "KGZ": 8, "PAK": 7, "TJK": 5, "TKM": 5, "UZB": 14,
    }  # fmt: skip


def test_every_shape_is_valid_and_has_its_label_inside(reference: Session) -> None:
    assert codes(reference, "SELECT code FROM areas WHERE NOT ST_IsValid(geometry)") == []
    assert codes(reference, "SELECT code FROM areas WHERE NOT ST_Contains(geometry, label_point)") == []
    assert codes(reference, "SELECT code FROM disputed_features WHERE NOT ST_IsValid(geometry)") == []


@pytest.mark.parametrize("level", [0, 1])
def test_no_two_areas_overlap(reference: Session, level: int) -> None:
    overlapping = f"""
        SELECT a.code || ' ' || b.code
        FROM areas_on_map a JOIN areas_on_map b ON a.level = b.level AND a.code < b.code AND a.geometry && b.geometry
        WHERE a.level = {level} AND ST_Area(ST_Intersection(a.geometry, b.geometry)) > {SLIVER}
    """
    assert codes(reference, overlapping) == []


def test_there_is_no_gap_between_areas(reference: Session) -> None:
    holes = """
        SELECT round(ST_X(ST_Centroid(hole))::numeric, 1)::float, round(ST_Y(ST_Centroid(hole))::numeric, 1)::float
        FROM (SELECT (ST_DumpRings((ST_Dump(ST_Union(geometry))).geom)).* FROM areas_on_map WHERE level = 1) AS rings (ring, hole)
        WHERE ring[1] > 0
    """
    assert {tuple(row) for row in reference.execute(text(holes))} == {ARTSVASHEN}


def test_there_is_no_gap_between_countries(reference: Session) -> None:
    """Two holes: the Caspian Sea, and the Siachen Glacier, which is no country's here but a disputed feature."""
    holes = """
        SELECT ST_Contains(hole, ST_SetSRID(ST_Point(51, 42), 4326)) AS is_caspian,
               ST_Area(ST_SymDifference(hole, (SELECT geometry FROM disputed_features WHERE code = 'DISP-SIACHEN'))) < 1e-9
        FROM (SELECT (ST_DumpRings((ST_Dump(ST_Union(geometry))).geom)).* FROM areas_on_map WHERE level = 0) AS rings (ring, hole)
        WHERE ring[1] > 0
    """
    assert sorted(map(tuple, reference.execute(text(holes)))) == [(False, True), (True, False)]


def test_a_country_is_exactly_the_sum_of_its_areas(reference: Session) -> None:
    different = f"""
        SELECT country.code
        FROM areas_on_map country
        JOIN (SELECT country_iso3, ST_Union(geometry) AS geometry FROM areas_on_map WHERE level = 1 GROUP BY 1) AS areas
             USING (country_iso3)
        WHERE country.level = 0 AND ST_Area(ST_SymDifference(country.geometry, areas.geometry)) > {SLIVER}
    """
    assert codes(reference, different) == []


def test_thinning_kept_the_size_of_countries(reference: Session) -> None:
    """Against what is commonly published, in 1000 km². The source draws Turkmenistan's Garabogazköl as sea, 3 % of it."""
    known = {"KAZ": 2725, "KGZ": 200, "TJK": 143, "UZB": 447, "TKM": 488, "AFG": 653, "IRN": 1629, "AZE": 87}
    measured = "SELECT country_iso3, ST_Area(geometry::geography) / 1e9 FROM areas_on_map WHERE level = 0"
    sizes = dict(reference.execute(text(measured)).all())
    assert {iso3: sizes[iso3] for iso3 in known} == pytest.approx(known, rel=0.04)


def test_everything_has_an_english_and_a_russian_name(reference: Session) -> None:
    for table in ("countries", "areas", "disputed_features", "places"):
        key = "iso3" if table == "countries" else "code"
        assert codes(reference, f"SELECT {key} FROM {table} WHERE NOT names ?& ARRAY['en', 'ru']") == [], table


def test_areas_are_named_in_their_countrys_own_languages(reference: Session) -> None:
    own = {
        "KAZ": "kk",
        "KGZ": "ky",
        "TJK": "tg",
        "UZB": "uz",
        "TKM": "tk",
        "PAK": "ur",
        "IRN": "fa",
        "IND": "hi",
        "AZE": "az",
    }
    for iso3, language in [*own.items(), ("AFG", "fa-AF"), ("AFG", "ps")]:
        unnamed = f"SELECT code FROM areas WHERE country_iso3 = '{iso3}' AND level = 1 AND NOT names ? '{language}'"
        assert codes(reference, unnamed) == []


def test_iso_codes_are_ones_that_iso_knows_and_belong_to_one_area(reference: Session) -> None:
    known = {row["code"] for row in read("places/iso_3166_2")}
    used = codes(reference, "SELECT iso FROM areas WHERE iso IS NOT NULL")
    assert set(used) <= known
    assert len(used) == len(set(used))
    wrong = "SELECT code FROM areas JOIN countries ON iso3 = country_iso3 WHERE left(iso, 2) <> iso2"
    assert codes(reference, wrong) == []


def test_an_ended_area_has_no_iso_code_and_says_what_came_after_it(reference: Session) -> None:
    assert (
        codes(reference, "SELECT code FROM areas WHERE valid_to IS NOT NULL AND (iso IS NOT NULL OR note IS NULL)")
        == []
    )
    assert codes(reference, "SELECT code FROM areas WHERE level = 1 AND (iso IS NULL) <> (valid_to IS NOT NULL)") == []


def test_areas_named_as_successors_are_ones_that_iso_knows() -> None:
    known = {row["code"] for row in read("places/iso_3166_2")}
    successors = {code for row in read("places/areas") for code in row["successors"].split(";") if code}
    assert successors <= known
    assert all(row["successors"] for row in read("places/areas") if row["valid_to"])


def test_every_row_says_its_source() -> None:
    for name in ("areas", "countries", "disputed", "places"):
        assert [row for row in read(f"places/{name}") if not row["source"]] == [], name


def test_names_are_not_given_twice_within_a_country(reference: Session) -> None:
    twice = """
        SELECT names ->> 'en' FROM areas_on_map WHERE level = 1 GROUP BY country_iso3, names ->> 'en' HAVING count(*) > 1
        UNION ALL
        SELECT names ->> 'ru' FROM areas_on_map WHERE level = 1 GROUP BY country_iso3, names ->> 'ru' HAVING count(*) > 1
    """
    assert codes(reference, twice) == []


def test_towns_lie_in_their_own_country_or_within_five_kilometres_of_it(reference: Session) -> None:
    astray = """
        SELECT town.code FROM places town
        JOIN areas_on_map country ON country.level = 0 AND country.country_iso3 = town.country_iso3
        WHERE NOT ST_DWithin(country.geometry::geography, town.location::geography, 5000)
    """
    assert codes(reference, astray) == []
    assert codes(reference, "SELECT code FROM places WHERE area_id IS NULL") == []


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (77.0, 35.4, "DISP-SIACHEN"),
        (79.3, 35.2, "DISP-AKSAI-CHIN"),
        (76.6, 36.0, "DISP-SHAKSGAM"),
        (74.3, 35.9, "DISP-GILGIT-BALTISTAN"),
        (73.47, 34.37, "DISP-AZAD-KASHMIR"),
        (74.8, 34.08, "DISP-JAMMU-KASHMIR"),
        (93.6, 27.1, "DISP-ARUNACHAL"),
    ],
)
def test_disputed_land_is_marked(reference: Session, lon: float, lat: float, code: str) -> None:
    found = (
        f"SELECT code FROM disputed_features WHERE ST_Intersects(geometry, ST_SetSRID(ST_Point({lon}, {lat}), 4326))"
    )
    assert codes(reference, found) == [code]


def test_disputed_lines_follow_the_borders_they_mark(reference: Session) -> None:
    away = """
        SELECT code FROM disputed_features
        WHERE code IN ('LINE-OF-CONTROL', 'LINE-DURAND', 'LINE-ACTUAL-CONTROL-WEST', 'LINE-ACTUAL-CONTROL-EAST')
          AND NOT ST_CoveredBy(geometry, (SELECT ST_Union(ST_Boundary(geometry)) FROM areas_on_map WHERE level = 0))
    """
    assert codes(reference, away) == []


def test_disputed_features_name_their_claimants_and_what_is_disputed(reference: Session) -> None:
    bare = "SELECT code FROM disputed_features WHERE claimants = '{}' OR note IS NULL OR NOT note ?& ARRAY['en', 'ru']"
    assert codes(reference, bare) == []


def test_lines_of_the_past_are_not_loaded(reference: Session) -> None:
    past = {row["code"] for row in read("places/disputed") if row["status"] == "past"}
    assert past
    assert not past & set(codes(reference, "SELECT code FROM disputed_features"))


def test_the_shapes_and_tables_are_small_enough_to_carry() -> None:
    folder = Path(__file__).parents[2] / "seed" / "places"
    assert sum(path.stat().st_size for path in folder.iterdir() if path.suffix in (".geojson", ".csv")) < 1_500_000


def test_no_row_has_a_cell_too_many() -> None:
    for name in ("areas", "countries", "disputed", "places", "iso_3166_2"):
        with (Path(__file__).parents[2] / "seed" / "places" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert len({len(row) for row in csv.reader(file)}) == 1, name


def test_loading_again_changes_nothing(db: Session) -> None:
    everything = "SELECT 'a', code, xmin::text FROM areas UNION ALL SELECT 'p', code, xmin::text FROM places"
    before = sorted(map(tuple, db.execute(text(everything))))
    load_places(db)
    assert sorted(map(tuple, db.execute(text(everything)))) == before


def test_a_merged_area_finds_what_happened_in_those_that_went_into_it(reference: Session) -> None:
    within = "SELECT code FROM areas WHERE id IN (SELECT areas_within(ARRAY['PK-KP'])) ORDER BY 1"
    assert codes(reference, within) == ["NE-PAK-PK01", "NE-PAK-PK03", "PK-KP"]
