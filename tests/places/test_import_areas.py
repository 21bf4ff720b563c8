"""Loading an OCHA COD-AB file over the areas: what is read, what is ended, what still points where, what is refused."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.events.models import EventArea
from app.places.actions import import_areas, import_layer
from app.places.importing import WrongAreaFile, read_area_file
from app.places.models import Area
from seed.places.load import load_places
from tests.make import make_capacity, make_event
from tests.places.cod_files import area, kyrgyz_rows, newer_columns, save, shape, with_osh_city


def in_force(db: Session, country: str = "KGZ", level: int = 1) -> dict[str, Area]:
    found = select(Area).where(Area.country_iso3 == country, Area.level == level, Area.valid_to.is_(None))
    return {area.code: area for area in db.scalars(found.execution_options(populate_existing=True))}


def everything(db: Session) -> list[tuple[Any, ...]]:
    rows = "SELECT id, xmin::text FROM areas UNION ALL SELECT area_id, predecessor_id::text FROM area_predecessors"
    return sorted(map(tuple, db.execute(text(rows))))


def within(db: Session, *codes: str) -> set[Any]:
    return set(db.scalars(text("SELECT areas_within(:codes)"), {"codes": list(codes)}))


def drawn_rows(db: Session, country: str, but: str) -> list[dict[str, Any]]:
    """What the map shows of a country now, with p-codes made up for the test."""
    drawn = f"SELECT code, names ->> 'en', ST_AsBinary(geometry) FROM areas_on_map WHERE country_iso3 = '{country}' AND level = 1"
    found = [(code, name, bytes(shape)) for code, name, shape in db.execute(text(drawn)) if code != but]
    return [{"shape": shape, "ADM1_EN": name, "ADM1_PCODE": f"T{n:02}"} for n, (_, name, shape) in enumerate(found)]


def district_rows(db: Session) -> list[dict[str, Any]]:
    """One district to a region, as large as it."""
    return [
        {"shape": row["shape"], "ADM2_EN": row["ADM1_EN"], "ADM2_PCODE": f"{row['ADM1_PCODE']}01"}
        | {name: row[name] for name in ("ADM1_PCODE", "ADM0_PCODE")}
        for row in kyrgyz_rows(db)
    ]


class TestReading:
    @pytest.mark.parametrize("ending", [".geojson", ".gpkg", ".zip"])
    @pytest.mark.parametrize("columns", [list, newer_columns])
    def test_three_formats_and_two_generations_of_columns_say_the_same(
        self, db: Session, tmp_path: Path, ending: str, columns: Any
    ) -> None:
        (layer,) = read_area_file(save(tmp_path / f"kgz{ending}", columns(kyrgyz_rows(db))))
        assert (layer.level, layer.srid, layer.valid_on, len(layer.areas)) == (1, 4326, date(2024, 3, 1), 8)
        osh = next(area for area in layer.areas if area.pcode == "KG06")
        assert osh.names == {"en": "Osh", "ru": "Osh (ru)"}
        assert osh.country in ("KG", "KGZ")

    def test_dari_and_pashto_columns_become_our_languages(self, db: Session, tmp_path: Path) -> None:
        row = {
            "shape": area(db, "AF-KDZ"),
            "ADM1_EN": "Kunduz",
            "ADM1_DA": "کندز",
            "ADM1_PS": "کندوز",
            "ADM1_PCODE": "AF19",
        }
        (layer,) = read_area_file(save(tmp_path / "afg.geojson", [row | {"ADM0_PCODE": "AF"}]))
        assert layer.areas[0].names == {"en": "Kunduz", "fa-AF": "کندز", "ps": "کندوز"}

    def test_other_spellings_parent_population_and_end_are_read(self, db: Session, tmp_path: Path) -> None:
        row = {
            "shape": area(db, "KG-O"), "ADM2_EN": "Alay", "ADM2_REF": "Alai", "ADM2ALT1EN": "Alaj", "ADM2_PCODE": "KG0601",
            "ADM1_PCODE": "KG06", "ADM0_PCODE": "KG", "T_TL": 81_000.0, "validTo": "2025/12/31",
        }  # fmt: skip
        (layer,) = read_area_file(save(tmp_path / "kgz.gpkg", [row]))
        alay = layer.areas[0]
        assert (alay.spellings, alay.parent_pcode, alay.population) == (["Alai", "Alaj"], "KG06", 81_000)
        assert alay.valid_to == date(2025, 12, 31)

    def test_lines_and_points_beside_the_areas_are_passed_over(self, db: Session, tmp_path: Path) -> None:
        file = save(tmp_path / "kgz.gpkg", kyrgyz_rows(db), layer="kgz_admin1")
        point = {"shape": shape(db, "SELECT ST_Point(72, 41)"), "ADM1_PCODE": "KG06"}
        save(file, [point], layer="kgz_points", append=True, geometry_type="Point")
        assert [layer.name for layer in read_area_file(file)] == ["kgz_admin1"]

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"ADM1_PCODE": None}, "Row 1 has no p-code"),
            ({"ADM1_PCODE": "KG02"}, "p-codes more than once: KG02"),
            ({"ADM1_EN": None, "ADM1_RU": None}, "KG01 has no name"),
            ({"shape": None}, "KG01 has no geometry"),
        ],
    )
    def test_a_bad_row_is_named(self, db: Session, tmp_path: Path, change: dict[str, Any], said: str) -> None:
        file = save(tmp_path / "kgz.gpkg", kyrgyz_rows(db, KG01=change))
        with pytest.raises(WrongAreaFile, match=said):
            read_area_file(file)

    def test_a_file_without_p_codes_is_refused(self, db: Session, tmp_path: Path) -> None:
        file = save(tmp_path / "kgz.geojson", [{"shape": area(db, "KG-O"), "NAME_1": "Osh"}])
        with pytest.raises(
            WrongAreaFile, match=r"no layer of areas with a column of p-codes \(ADM1_PCODE or adm1_pcode\)"
        ):
            read_area_file(file)

    def test_a_shapefile_without_its_coordinate_system_is_refused(self, db: Session, tmp_path: Path) -> None:
        save(tmp_path / "kgz.zip", kyrgyz_rows(db))
        (tmp_path / "kgz.prj").unlink()
        with pytest.raises(WrongAreaFile, match=r"does not say its coordinate system"):
            read_area_file(tmp_path / "kgz.shp")

    def test_an_empty_layer_is_refused(self, tmp_path: Path) -> None:
        file = tmp_path / "kgz.geojson"
        file.write_text('{"type": "FeatureCollection", "features": []}')
        with pytest.raises(WrongAreaFile):
            read_area_file(file)

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("missing.gpkg", None, "There is no file"),
            ("areas.csv", b"a,b", "is not a GeoJSON, GeoPackage or zipped Shapefile"),
            ("areas.zip", b"PK\x03\x04 cut off", "is damaged"),
            ("areas.gpkg", b"nothing of the kind", "cannot be read"),
            ("areas.geojson", b'{"type": "Feat', "cannot be read"),
        ],
    )
    def test_what_is_no_such_file_is_refused(self, tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(WrongAreaFile, match=said):
            read_area_file(tmp_path / name)

    def test_a_level_that_the_file_does_not_have_is_refused(self, db: Session, tmp_path: Path) -> None:
        file = save(tmp_path / "kgz.gpkg", kyrgyz_rows(db))
        with pytest.raises(WrongAreaFile, match="has no layer of level 2; it has 1"):
            read_area_file(file, level=2)


class TestLoading:
    @pytest.mark.parametrize("ending", [".geojson", ".gpkg", ".zip"])
    def test_areas_are_ended_and_new_ones_begin_on_the_files_day(
        self, db: Session, tmp_path: Path, ending: str
    ) -> None:
        result = import_areas(db, save(tmp_path / f"kgz{ending}", with_osh_city(db)))
        first = result.levels[0]
        assert (first.level, first.added, first.replaced, first.closed) == (1, 1, 8, 8)
        areas = in_force(db)
        assert sorted(areas) == sorted(["KG-B", "KG-C", "KG-GB", "KG-J", "KG-N", "KG-O", "KG-T", "KG-Y", "KG09"])
        assert {area.valid_from for area in areas.values()} == {date(2024, 3, 1)}
        ended = db.scalars(select(Area).where(Area.country_iso3 == "KGZ", Area.valid_to.is_not(None))).all()
        assert {area.valid_to for area in ended} == {date(2024, 3, 1)}

    def test_a_unit_that_goes_on_keeps_its_codes_and_our_names(self, db: Session, tmp_path: Path) -> None:
        import_areas(db, save(tmp_path / "kgz.gpkg", kyrgyz_rows(db)))
        osh = in_force(db)["KG-O"]
        assert (osh.iso, osh.pcode) == ("KG-O", "KG06")
        assert osh.names == {"en": "Osh", "ru": "Osh (ru)", "ky": "Ош облусу"}
        assert {"Osh Region", "Ошская область"} <= set(osh.spellings)
        assert osh.source == "OCHA COD-AB, kgz.gpkg, valid on 2024-03-01"

    def test_a_split_area_is_the_predecessor_of_its_parts_with_its_share(self, db: Session, tmp_path: Path) -> None:
        old = in_force(db)["KG-O"]
        import_areas(db, save(tmp_path / "kgz.gpkg", with_osh_city(db)))
        shares = """
            SELECT area.code, round(share::numeric, 2) FROM area_predecessors JOIN areas area ON area.id = area_id
            WHERE predecessor_id = :old
        """
        linked = {code: float(share) for code, share in db.execute(text(shares), {"old": old.id})}
        assert sorted(linked) == ["KG-O", "KG09"]
        assert sum(linked.values()) == pytest.approx(1, abs=0.02)

    def test_an_area_that_ended_long_ago_leaves_the_map_when_its_parts_come(self, db: Session, tmp_path: Path) -> None:
        old = "SELECT geometry FROM areas WHERE code = 'NE-KAZ-KZ01'"
        cut = "ST_SetSRID(ST_MakeEnvelope(70, 44.6, 90, 50), 4326)"
        rows = [
            *drawn_rows(db, "KAZ", but="NE-KAZ-KZ01"),
            {"shape": shape(db, f"SELECT ST_Intersection(({old}), {cut})"), "ADM1_EN": "Jetisu", "ADM1_PCODE": "KZ33"},
            {
                "shape": shape(db, f"SELECT ST_Difference(({old}), {cut})"),
                "ADM1_EN": "Almaty Region",
                "ADM1_PCODE": "KZ19",
            },
        ]
        import_areas(db, save(tmp_path / "kaz.gpkg", rows), country="KAZ", valid_on=date(2023, 5, 1))
        drawn = set(db.scalars(text("SELECT code FROM areas_on_map WHERE country_iso3 = 'KAZ' AND level = 1")))
        assert {"KZ19", "KZ33", "KZ-75"} <= drawn
        assert not [code for code in drawn if code.startswith("NE-")]
        assert db.scalar(select(Area.valid_to).where(Area.code == "NE-KAZ-KZ01")) == date(2022, 6, 8)

    def test_events_and_capacities_keep_their_area_and_are_found_by_either_code(
        self, db: Session, tmp_path: Path
    ) -> None:
        old = in_force(db)["KG-O"]
        event = make_event(db, "Mudflow above Osh", "KGZ")
        db.add(EventArea(event_id=event.id, area_id=old.id))
        capacity = make_capacity(db, country_iso3="KGZ", base_area_id=old.id)
        import_areas(db, save(tmp_path / "kgz.gpkg", with_osh_city(db)))
        db.refresh(capacity)
        assert capacity.base_area_id == old.id
        new = in_force(db)["KG-O"]
        for code in ("KG-O", "KG06", "KGZ"):
            assert {old.id, new.id} <= within(db, code), code

    def test_the_same_file_again_changes_nothing(self, db: Session, tmp_path: Path) -> None:
        file = save(tmp_path / "kgz.gpkg", with_osh_city(db))
        import_areas(db, file)
        db.commit()
        before = everything(db)
        result = import_areas(db, file)
        db.commit()
        assert [(one.level, one.unchanged, one.has_changed) for one in result.levels] == [(1, 9, False)]
        assert everything(db) == before

    def test_the_seed_loaded_again_leaves_imported_areas_alone(self, db: Session, tmp_path: Path) -> None:
        import_areas(db, save(tmp_path / "kgz.gpkg", with_osh_city(db)))
        db.commit()
        before = everything(db)
        load_places(db)
        db.commit()
        assert everything(db) == before

    def test_a_newer_file_ends_only_what_it_changes(self, db: Session, tmp_path: Path) -> None:
        import_areas(db, save(tmp_path / "kgz.gpkg", kyrgyz_rows(db)))
        later = kyrgyz_rows(db, KG07={"ADM1_EN": "Talas Region"})
        result = import_areas(db, save(tmp_path / "later.gpkg", later), valid_on=date(2025, 1, 1))
        assert (result.levels[0].replaced, result.levels[0].unchanged, result.levels[0].closed) == (1, 7, 1)
        assert in_force(db)["KG-T"].valid_from == date(2025, 1, 1)
        assert in_force(db)["KG-N"].valid_from == date(2024, 3, 1)

    def test_a_corrected_file_of_the_same_day_is_written_over(self, db: Session, tmp_path: Path) -> None:
        import_areas(db, save(tmp_path / "kgz.gpkg", kyrgyz_rows(db)))
        before = in_force(db)["KG-T"].id
        result = import_areas(db, save(tmp_path / "fixed.gpkg", kyrgyz_rows(db, KG07={"ADM1_RU": "Таласская"})))
        assert (result.levels[0].corrected, result.levels[0].unchanged, result.levels[0].closed) == (1, 7, 0)
        talas = in_force(db)["KG-T"]
        assert (talas.id, talas.names["ru"]) == (before, "Таласская")

    def test_districts_find_the_parent_that_the_file_names(self, db: Session, tmp_path: Path) -> None:
        import_areas(db, save(tmp_path / "kgz.gpkg", kyrgyz_rows(db)))
        import_areas(db, save(tmp_path / "districts.gpkg", district_rows(db)), valid_on=date(2024, 3, 1))
        district = in_force(db, level=2)["KG0701"]
        assert district.parent_id == in_force(db)["KG-T"].id
        assert district.id in within(db, "KG07")

    def test_districts_move_to_the_new_area_they_lie_in(self, db: Session, tmp_path: Path) -> None:
        import_areas(db, save(tmp_path / "districts.gpkg", district_rows(db)), valid_on=date(2023, 1, 1))
        import_areas(db, save(tmp_path / "kgz.gpkg", kyrgyz_rows(db)))
        assert in_force(db, level=2)["KG0701"].parent_id == in_force(db)["KG-T"].id

    def test_all_layers_of_a_file_come_in_highest_level_first(self, db: Session, tmp_path: Path) -> None:
        file = save(tmp_path / "kgz.gpkg", kyrgyz_rows(db), layer="b_admin1")
        country = {"shape": area(db, "KGZ"), "ADM0_EN": "Kyrgyz Republic", "ADM0_PCODE": "KG", "validOn": "2024-03-01"}
        save(file, [country], layer="c_admin0", append=True)
        result = import_areas(db, file)
        assert [one.level for one in result.levels] == [0, 1]
        whole = in_force(db, level=0)["KGZ"]
        assert (whole.names["en"], whole.pcode) == ("Kyrgyzstan", "KG")
        assert "Kyrgyz Republic" in whole.spellings
        assert {area.parent_id for area in in_force(db).values()} == {whole.id}

    def test_a_country_stays_the_sum_of_its_areas(self, db: Session, tmp_path: Path) -> None:
        smaller = {"shape": area(db, "KG-T", "ST_Intersection(geometry, ST_Buffer(label_point, 0.6, 2))")}
        import_areas(db, save(tmp_path / "kgz.gpkg", kyrgyz_rows(db, KG07=smaller)))
        different = """
            SELECT ST_Area(ST_SymDifference(country.geometry, (
                SELECT ST_Union(geometry) FROM areas WHERE country_iso3 = 'KGZ' AND level = 1 AND valid_to IS NULL)))
            FROM areas country WHERE code = 'KGZ' AND valid_to IS NULL
        """
        assert db.scalar(text(different)) == pytest.approx(0, abs=1e-9)

    def test_towns_follow_to_the_new_areas(self, db: Session, tmp_path: Path) -> None:
        import_areas(db, save(tmp_path / "kgz.gpkg", with_osh_city(db)))
        town = "SELECT area.code FROM places JOIN areas area ON area.id = area_id WHERE places.code = 'KGZ-OSH'"
        assert db.scalar(text(town)) == "KG09"

    def test_other_coordinate_systems_are_turned_into_degrees(self, db: Session, tmp_path: Path) -> None:
        rows = [row | {"shape": shape(db, f"SELECT ST_Transform(geometry, 3857) FROM areas WHERE code = '{code}'")}
                for row, code in zip(kyrgyz_rows(db), ("KG-B", "KG-C", "KG-GB", "KG-J", "KG-N", "KG-O", "KG-T", "KG-Y"), strict=True)]  # fmt: skip
        result = import_areas(db, save(tmp_path / "kgz.zip", rows, crs="EPSG:3857"))
        assert result.levels[0].replaced == 8

    def test_crossing_outlines_are_mended_and_named(self, db: Session, tmp_path: Path) -> None:
        bow_tie = "ST_GeomFromText('POLYGON((72 42.2, 72.6 42.8, 72.6 42.2, 72 42.8, 72 42.2))', 4326)"
        result = import_areas(
            db, save(tmp_path / "kgz.gpkg", kyrgyz_rows(db, KG07={"shape": shape(db, f"SELECT {bow_tie}")}))
        )
        assert result.levels[0].warnings == ["Crossing outlines were mended in KG07."]
        assert db.scalar(text("SELECT bool_and(ST_IsValid(geometry)) FROM areas"))

    def test_population_comes_with_its_day_and_stays_when_a_later_file_has_none(
        self, db: Session, tmp_path: Path
    ) -> None:
        counted = [row | {"population": 270_000} for row in kyrgyz_rows(db)]
        import_areas(db, save(tmp_path / "kgz.gpkg", counted))
        assert in_force(db)["KG-T"].population == 270_000
        later = kyrgyz_rows(db, KG07={"ADM1_EN": "Talas Region"})
        import_areas(db, save(tmp_path / "later.gpkg", later), valid_on=date(2025, 1, 1))
        talas = in_force(db)["KG-T"]
        assert (talas.population, talas.population_on) == (270_000, date(2024, 3, 1))

    def test_the_day_given_by_hand_counts_more_than_the_files(self, db: Session, tmp_path: Path) -> None:
        import_areas(db, save(tmp_path / "kgz.gpkg", kyrgyz_rows(db)), valid_on=date(2023, 6, 1))
        assert in_force(db)["KG-T"].valid_from == date(2023, 6, 1)

    def test_land_drawn_in_another_country_is_said(self, db: Session, tmp_path: Path) -> None:
        wider = {"shape": area(db, "KG-B", "ST_Union(geometry, (SELECT geometry FROM areas WHERE code = 'TJ-SU'))")}
        result = import_areas(db, save(tmp_path / "kgz.gpkg", kyrgyz_rows(db, KG01=wider)))
        assert any("drawn in TJK" in line for line in result.levels[0].warnings)


class TestRefusing:
    def test_an_older_file_does_not_end_newer_areas(self, db: Session, tmp_path: Path) -> None:
        file = save(tmp_path / "kgz.gpkg", kyrgyz_rows(db))
        import_areas(db, file)
        older = save(tmp_path / "older.gpkg", kyrgyz_rows(db, KG07={"ADM1_EN": "Talas oblast"}))
        with pytest.raises(WrongAreaFile, match="in force from 2024-03-01, and this file would end them on 2021-01-01"):
            import_areas(db, older, valid_on=date(2021, 1, 1))

    def test_another_countrys_file_is_refused(self, db: Session, tmp_path: Path) -> None:
        file = save(
            tmp_path / "kgz.gpkg", [row | {"ADM0_PCODE": "TJ", "ADM0_EN": "Tajikistan"} for row in kyrgyz_rows(db)]
        )
        with pytest.raises(WrongAreaFile, match=r"Only \d+% of the surface in layer kgz lies in TJK"):
            import_areas(db, file)

    def test_longitude_and_latitude_the_wrong_way_round_are_refused(self, db: Session, tmp_path: Path) -> None:
        turned = [row | {"shape": area(db, "KG-O", "ST_FlipCoordinates(geometry)"), "ADM1_PCODE": f"KG{n}"}
                  for n, row in enumerate(kyrgyz_rows(db)[:1])]  # fmt: skip
        with pytest.raises(WrongAreaFile, match="longitude and latitude the wrong way round"):
            import_areas(db, save(tmp_path / "kgz.gpkg", turned))

    def test_a_file_of_one_part_of_the_country_is_refused(self, db: Session, tmp_path: Path) -> None:
        with pytest.raises(WrongAreaFile, match=r"covers only \d+% of KGZ"):
            import_areas(db, save(tmp_path / "kgz.gpkg", kyrgyz_rows(db)[:3]))

    def test_one_row_far_away_is_named(self, db: Session, tmp_path: Path) -> None:
        away = {"shape": area(db, "KG-GB", "ST_Translate(geometry, 20, 0)")}
        with pytest.raises(WrongAreaFile, match="These lie far outside KGZ: KG03"):
            import_areas(db, save(tmp_path / "kgz.gpkg", kyrgyz_rows(db, KG03=away)))

    def test_a_row_without_surface_is_named(self, db: Session, tmp_path: Path) -> None:
        flat = {"shape": shape(db, "SELECT ST_GeomFromText('POLYGON((72 42, 73 42, 72 42, 72 42))')")}
        with pytest.raises(WrongAreaFile, match="These have no surface: KG07"):
            import_areas(db, save(tmp_path / "kgz.gpkg", kyrgyz_rows(db, KG07=flat)))

    def test_a_country_that_nobody_knows_is_refused(self, db: Session, tmp_path: Path) -> None:
        file = save(tmp_path / "kgz.gpkg", kyrgyz_rows(db))
        with pytest.raises(WrongAreaFile, match="There is no country Atlantis"):
            import_areas(db, file, country="Atlantis")

    def test_a_file_that_does_not_say_its_country_asks_for_it(self, db: Session, tmp_path: Path) -> None:
        rows = [{"shape": area(db, "KG-T"), "ADM1_EN": "Talas", "ADM1_PCODE": "KG07"}]
        file = save(tmp_path / "kgz.gpkg", rows)
        with pytest.raises(WrongAreaFile, match="does not say its country"):
            import_areas(db, file)

    def test_a_file_of_several_countries_asks_which(self, db: Session, tmp_path: Path) -> None:
        file = save(tmp_path / "two.gpkg", kyrgyz_rows(db, KG07={"ADM0_PCODE": "KZ"}))
        with pytest.raises(WrongAreaFile, match=r"has several countries \(KAZ, KGZ\)"):
            import_areas(db, file)
        assert import_areas(db, file, country="kgz").levels[0].replaced == 7

    def test_an_unknown_coordinate_system_is_refused(self, db: Session, tmp_path: Path) -> None:
        (layer,) = read_area_file(save(tmp_path / "kgz.gpkg", kyrgyz_rows(db)))
        with pytest.raises(WrongAreaFile, match="EPSG:998999 is unknown here"):
            import_layer(db, replace(layer, srid=998999), "kgz.gpkg", None, None)

    def test_a_refused_file_leaves_everything_as_it_was(self, db: Session, tmp_path: Path) -> None:
        before = everything(db)
        away = {"shape": area(db, "KG-GB", "ST_Translate(geometry, 20, 0)")}
        file = save(tmp_path / "kgz.gpkg", kyrgyz_rows(db, KG03=away))
        with pytest.raises(WrongAreaFile):
            import_areas(db, file)
        assert everything(db) == before
