"""Lines of the map: outlines of areas with every disputed stretch taken out of them, and the disputed lines by themselves.

A polygon's own outline would show a contested line as settled. So maps draw areas without outline, and these lines on top.
"""

from alembic import op

revision = "0010"
down_revision = "0008"

TABLES = r"""
CREATE TABLE border_lines (
    id            bigint   GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_border_lines PRIMARY KEY,
    level         smallint NOT NULL,
    country_iso3  text,
    disputed_code text,
    geometry      geometry(MultiLineString, 4326) NOT NULL,
    CONSTRAINT ck_border_lines_owner CHECK ((country_iso3 IS NULL) <> (disputed_code IS NULL)),
    CONSTRAINT fk_border_lines_country_iso3_countries FOREIGN KEY (country_iso3) REFERENCES countries (iso3),
    CONSTRAINT fk_border_lines_disputed_code_disputed_features
        FOREIGN KEY (disputed_code) REFERENCES disputed_features (code) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX idx_border_lines_geometry ON border_lines USING gist (geometry);
"""

FUNCTIONS = r"""
-- What stands on a map today: areas in force, and old ones whose successors have no shape yet
CREATE VIEW areas_on_map AS
    SELECT a.id, a.code, a.iso, a.level, a.country_iso3, a.parent_id, a.names, a.valid_to, a.geometry, a.label_point
    FROM areas a
    WHERE (a.valid_from IS NULL OR a.valid_from <= current_date)
      AND (a.valid_to IS NULL OR a.valid_to > current_date OR NOT EXISTS (
              SELECT FROM area_predecessors p WHERE p.predecessor_id = a.id
              UNION ALL
              SELECT FROM areas later WHERE later.code = a.code AND later.valid_from >= a.valid_to));

CREATE FUNCTION outline(geometry) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE ST_Dimension($1) WHEN 2 THEN ST_Boundary($1) ELSE ST_CollectionExtract($1, 2) END
$$;

-- 0.05 degrees, some 5 km: a disputed line and the outline that follows it were generalised apart from one another
CREATE FUNCTION draw_borders() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM border_lines;

    INSERT INTO border_lines (level, disputed_code, geometry)
    SELECT 0, code, ST_Multi(outline(geometry)) FROM disputed_features WHERE NOT ST_IsEmpty(outline(geometry));

    WITH contested AS (
             SELECT ST_Union(ST_Buffer(geometry, 0.05, 'quad_segs=2')) AS zone FROM border_lines
         ),
         outlines AS (
             SELECT level, country_iso3, ST_UnaryUnion(ST_Collect(ST_Boundary(geometry))) AS line
             FROM areas_on_map GROUP BY level, country_iso3
         ),
         settled AS (
             SELECT level, country_iso3, CASE WHEN ST_Intersects(line, zone) THEN ST_Difference(line, zone) ELSE line END AS line
             FROM outlines, contested
         ),
         -- an inner line is drawn on its own level only: the country's outline is not repeated under it
         inner_lines AS (
             SELECT s.level, s.country_iso3, coalesce(ST_Difference(s.line, above.line), s.line) AS line
             FROM settled s
             LEFT JOIN settled above ON above.country_iso3 = s.country_iso3 AND above.level = s.level - 1
         )
    INSERT INTO border_lines (level, country_iso3, geometry)
    SELECT level, country_iso3, ST_Multi(ST_LineMerge(ST_CollectionExtract(line, 2)))
    FROM inner_lines WHERE NOT ST_IsEmpty(ST_CollectionExtract(line, 2));
$$;

-- Lines are drawn once, when all areas of a transaction are in: the first deferred call draws, the others see the mark
CREATE FUNCTION redraw_borders() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF current_setting('portal.borders_drawn', true) IS DISTINCT FROM 'yes' THEN
        PERFORM draw_borders();
        PERFORM set_config('portal.borders_drawn', 'yes', true);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION mark_borders_undrawn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('portal.borders_drawn', 'no', true);
    RETURN NULL;
END $$;
"""

TRIGGERS = r"""
CREATE TRIGGER mark_borders AFTER INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION mark_borders_undrawn();
CREATE CONSTRAINT TRIGGER redraw_borders AFTER INSERT OR DELETE OR UPDATE OF {columns} ON {table}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION redraw_borders();
"""

WATCHED = (
    ("areas", "level, country_iso3, geometry, valid_from, valid_to"),
    ("disputed_features", "code, kind, geometry"),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)
    op.execute(FUNCTIONS)
    for table, columns in WATCHED:
        op.execute(TRIGGERS.format(table=table, columns=columns))
    op.execute("SELECT draw_borders()")


def downgrade() -> None:
    for table, _ in WATCHED:
        op.execute(f"DROP TRIGGER mark_borders ON {table}; DROP TRIGGER redraw_borders ON {table};")
    op.execute("""
        DROP FUNCTION redraw_borders(), mark_borders_undrawn(), draw_borders();
        DROP VIEW areas_on_map;
        DROP TABLE border_lines;
        DROP FUNCTION outline(geometry);
    """)
