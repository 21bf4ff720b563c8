"""Synthetic capacities, many: every type, over the ten countries, around real towns, in the shape real ones have.

They are inserted as real ones are, with the triggers at work (words, cells of the map, versions), so what is measured is
what a portal of that size would have. Only the indexes and the search documents are made another way, for that is faster.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg
from psycopg import sql

Statement = tuple[str, Mapping[str, int]]

FIRST = 1_000_000  # number of the first ref, so that all refs have the same length
AT_ONCE = 10_000
PROCESSORS = os.cpu_count() or 1

ORGANISATIONS = """
INSERT INTO organisations (code, names, kind, country_iso3, source)
SELECT country.iso3 || '-BENCH-' || n,
       jsonb_build_object(
           'en', town.names ->> 'en' || ' ' || (ARRAY['fire service', 'civil protection', 'health department', 'rescue society'])[1 + n %% 4] || ' ' || n,
           'ru', (ARRAY['Пожарная служба', 'Гражданская защита', 'Управление здравоохранения', 'Общество спасения'])[1 + n %% 4]
                 || ' ' || n || ' ' || coalesce(town.names ->> 'ru', town.names ->> 'en')),
       (ARRAY['authority', 'authority', 'ministry', 'ngo'])[1 + n %% 4], country.iso3, 'made up for measuring'
FROM (SELECT * FROM countries WHERE region) country
CROSS JOIN generate_series(1, 40) n
CROSS JOIN LATERAL (SELECT names FROM places WHERE country_iso3 = country.iso3 ORDER BY code OFFSET n %% 8 LIMIT 1) town
"""

# What rows are drawn from, numbered so that a random number finds one; each with its words as search folds them, for the
# trigger that does so row by row takes 2 ms a row. `checks.documents` holds that it would have written the same
LISTS = """
CREATE TABLE bench_types AS
    SELECT row_number() OVER (ORDER BY md5(type.code)) - 1 AS no, type.code, kind, unit_code, type.names,
           fold(type.names ->> 'en') AS en, fold(type.names ->> 'ru') AS ru,
           fold(concat_ws(' ', all_names(type.names), standard_ref, all_names(family.names))) AS words
    FROM resource_types type JOIN resource_families family ON family.code = type.family_code;
CREATE TABLE bench_towns AS
    SELECT row_number() OVER (ORDER BY town.rank, md5(town.code)) - 1 AS no, town.country_iso3, town.area_id, town.names, town.location,
           fold(town.names ->> 'en') AS en, fold(town.names ->> 'ru') AS ru, fold(concat_ws(' ', all_names(country.names),
               all_names(area.names), array_to_string(area.spellings, ' '), all_names(town.names))) AS words
    FROM places town JOIN countries country ON country.iso3 = town.country_iso3 LEFT JOIN areas area ON area.id = town.area_id
    WHERE country.region AND town.names ? 'ru';
CREATE TABLE bench_owners AS
    SELECT row_number() OVER (PARTITION BY country_iso3 ORDER BY md5(code)) - 1 AS no, count(*) OVER (PARTITION BY country_iso3) AS many,
           id, country_iso3, fold(concat_ws(' ', code, all_names(names), array_to_string(aliases, ' '))) AS words
    FROM organisations;
CREATE TABLE bench_remarks AS
    SELECT no, names, fold(all_names(names)) AS words
    FROM (VALUES (0, '{"en": "Trained for floods and mudflows", "ru": "Обучены работе при паводках и селях"}'::jsonb),
                 (1, '{"en": "Winter equipment in store", "ru": "Зимнее снаряжение на складе"}'),
                 (2, '{"en": "Works at night and at altitude", "ru": "Работают ночью и на высоте"}'),
                 (3, '{"en": "Interpreters on call", "ru": "Переводчики на связи"}'),
                 (4, '{"en": "Exercised with neighbours across the border", "ru": "Учения с соседями через границу"}')) AS said (no, names);
ALTER TABLE bench_types ADD COLUMN en_bones text, ADD COLUMN ru_bones text, ADD COLUMN bones text;
ALTER TABLE bench_towns ADD COLUMN en_bones text, ADD COLUMN ru_bones text, ADD COLUMN bones text;
ALTER TABLE bench_owners ADD COLUMN bones text;
UPDATE bench_types SET bones = skeletons(words), en_bones = skeletons(en), ru_bones = skeletons(ru);
UPDATE bench_towns SET bones = skeletons(words), en_bones = skeletons(en), ru_bones = skeletons(ru);
UPDATE bench_owners SET bones = skeletons(words);
"""

# Common types and large towns come more often (the powers); capacities scatter around their town; 3 % have no position
CAPACITIES = """
WITH drawn AS MATERIALIZED (
    SELECT n, 1 + n %% 997 AS number, random() AS a, random() AS b, random() AS c, random() AS d, random() AS e, random() AS f,
           floor(random() ^ 1.3 * (SELECT count(*) FROM bench_types)) AS type_no,
           floor(random() ^ 1.3 * (SELECT count(*) FROM bench_towns)) AS town_no,
           sqrt(-2 * ln(1 - random())) * 0.8 AS far, random() * 2 * pi() AS towards
    FROM generate_series(%(first)s::int, %(last)s::int) n
)
INSERT INTO capacities (
    ref, names, description, type_code, kind, organisation_id, country_iso3, quantity, unit_code, quantity_available,
    readiness_equipment, readiness_people, readiness_funding, status, mobilisation_hours, self_sufficiency_days,
    base_area_id, base_place, location, transport_weight_kg, transport_volume_m3, transport_modes, languages,
    verified_at, verified_by, visibility, search)
SELECT 'CA-' || n,
       jsonb_build_object('en', format('%%s, %%s %%s', type.names ->> 'en', town.names ->> 'en', number),
                          'ru', format('%%s, %%s %%s', type.names ->> 'ru', town.names ->> 'ru', number)),
       remark.names, type.code, type.kind, owner.id, town.country_iso3,
       1 + floor(c * 40), type.unit_code, CASE WHEN d < 0.2 THEN 0 ELSE floor(c * 40) END,
       (ARRAY['ready', 'ready', 'partial', 'none'])[1 + floor(d * 4)], (ARRAY['ready', 'partial', NULL])[1 + floor(e * 3)],
       (ARRAY['ready', 'partial', 'none', NULL])[1 + floor(f * 4)],
       CASE WHEN e < 0.7 THEN 'available' WHEN e < 0.85 THEN 'committed' WHEN e < 0.95 THEN 'deployed' ELSE 'unavailable' END,
       CASE WHEN f < 0.9 THEN (ARRAY[1, 2, 6, 12, 24, 48, 72])[1 + floor(a * 7)] END, floor(b * 15),
       town.area_id, town.names,
       CASE WHEN b < 0.97 THEN ST_SetSRID(ST_MakePoint(ST_X(town.location) + far * cos(towards),
                                                       ST_Y(town.location) + far * sin(towards)), 4326) END,
       round((c * 5000)::numeric, 1), round((c * 20)::numeric, 2),
       (ARRAY['{road}', '{road,rail}', '{road,air}', '{road,rail,air}'])[1 + floor(d * 4)]::text[], '{en,ru}',
       CASE WHEN e < 0.8 THEN now() - a * interval '400 days' END, CASE WHEN e < 0.8 THEN 'Duty officer' END,
       CASE WHEN f < 0.95 THEN 'public' ELSE 'partners' END,
       setweight(to_tsvector('simple', concat_ws(' ', 'ca', n, type.en, town.en, number, type.ru, town.ru, number)), 'A')
       || setweight(to_tsvector('simple', concat_ws(' ', type.words, owner.words, town.words)), 'B')
       || setweight(to_tsvector('simple', coalesce(remark.words, '')), 'C')
       || setweight(to_tsvector('simple', concat_ws(' ', type.en_bones, town.en_bones, type.ru_bones, town.ru_bones,
                                                    type.bones, owner.bones, town.bones)), 'D')
FROM drawn
JOIN bench_types type ON type.no = type_no
JOIN bench_towns town ON town.no = town_no
JOIN bench_owners owner ON owner.country_iso3 = town.country_iso3 AND owner.no = floor(c * owner.many)
LEFT JOIN bench_remarks remark ON remark.no = floor(a * 12)
"""

INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = 'capacities'::regclass AND NOT indisunique
"""


def fill(url: str, rows: int) -> None:
    """Fill an empty register with `rows` capacities."""
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(ORGANISATIONS, {})
        db.execute(LISTS)
        db.execute("ALTER TABLE capacities DISABLE TRIGGER document")
        indexes = db.execute(INDEXES).fetchall()
        for name, _ in indexes:
            db.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        in_parallel(url, [(CAPACITIES, numbers) for numbers in chunks(rows)])
        in_parallel(url, [(definition, {}) for _, definition in indexes])
        db.execute("ALTER TABLE capacities ENABLE TRIGGER document")
        db.execute("SELECT compact_capacity_cells(), compact_layer_changes()")
        db.execute("VACUUM ANALYZE")


def chunks(rows: int) -> Iterator[dict[str, int]]:
    for first in range(FIRST, FIRST + rows, AT_ONCE):
        yield {"first": first, "last": min(first + AT_ONCE, FIRST + rows) - 1}


def in_parallel(url: str, statements: Sequence[Statement]) -> None:
    """Each statement by itself, as many at a time as there are processors."""

    def execute(statement: Statement) -> None:
        with psycopg.connect(url, autocommit=True) as db:
            text, values = statement
            db.execute("SELECT setseed(%s)", [values.get("first", 0) / 10_000_000])
            db.execute(text.encode(), values)

    with ThreadPoolExecutor(PROCESSORS) as threads:
        list(threads.map(execute, statements))
