"""Code lists: complete in English and Russian, and sound as trees."""

import re

import pytest
from sqlalchemy import text

from seed.tables import read

NAMED = [
    *(("names", table) for table in ("hazards", "units", "resource_families", "resource_types", "indicators")),
    *(("names", table) for table in ("organisations", "meetings", "capacities", "items", "warehouses")),
    ("titles", "events"),
    ("place", "events"),
    ("summary", "events"),
    ("description", "resource_types"),
    ("place", "meetings"),
]
STANDARDS = {"INSARAG", "WHO EMT", "EU civil protection module", "FEMA NIMS", "Sphere", "WHO", "UNDAC", "IFRC ERU", "—"}
MODULES = "HCP WP MUSAR HUSAR FFFH FFFP AMP AMP-S FHOS MEVAC ETS CBRNDET CBRNUSAR GFFF GFFF-V FC FRB TAST"


@pytest.mark.parametrize(("column", "table"), NAMED)
def test_every_name_is_there_in_english_and_russian(seeded, column, table):
    lacking = f"SELECT {column} FROM {table} WHERE NOT {column} ?& ARRAY['en', 'ru'] OR {column} ->> 'ru' !~ '[а-яА-Я]'"
    assert seeded.scalars(text(lacking)).all() == []


def test_notes_speak_both_languages(seeded):
    for table in ("figures", "meetings", "stock_movements"):
        asked = f"SELECT note FROM {table} WHERE note IS NOT NULL AND NOT note ?& ARRAY['en', 'ru']"
        assert seeded.scalars(text(asked)).all() == []


def test_hazards_are_the_glide_codes_with_undrr_codes_of_2025(seeded):
    hazards = dict(seeded.execute(text("SELECT code, undrr_isc FROM hazards")).tuples().all())
    assert len(hazards) == 24
    assert hazards["EQ"] == "GH0101"
    assert all(re.fullmatch(r"(MH|GH|EN|TL|BI)\d{4}", code) for code in hazards.values() if code)


def test_every_resource_type_names_its_standard(seeded):
    standards = set(seeded.scalars(text("SELECT DISTINCT standard FROM resource_types")))
    assert standards <= STANDARDS | {"IFRC Emergency Items Catalogue"}


def test_all_european_modules_are_types(seeded):
    asked = "SELECT standard_ref FROM resource_types WHERE standard = 'EU civil protection module'"
    assert set(seeded.scalars(text(asked))) == set(MODULES.split())


def test_the_tree_of_types_stays_in_one_family_and_kind(seeded):
    asked = """
        SELECT child.code FROM resource_types child JOIN resource_types parent ON parent.code = child.parent_code
        WHERE (child.family_code, child.kind) <> (parent.family_code, parent.kind)"""
    assert seeded.scalars(text(asked)).all() == []


def test_codes_are_lower_case_with_dashes():
    codes = [row["code"] for row in read("reference/resource_types") + read("reference/resource_families")]
    assert [code for code in codes if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)] == []


def test_kazakhstan_and_kyrgyzstan_are_the_parties_and_afghanistan_is_acceding(seeded):
    asked = "SELECT relation, string_agg(code, ' ' ORDER BY code) FROM organisations WHERE relation IN ('party', 'acceding') GROUP BY 1"
    assert dict(seeded.execute(text(asked)).tuples().all()) == {"party": "KAZ-MES KGZ-MES", "acceding": "AFG-ANDMA"}
