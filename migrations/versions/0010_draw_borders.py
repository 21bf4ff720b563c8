"""Lines of the map: outlines of areas with every disputed stretch taken out of them, and the disputed lines by themselves.

A polygon's own outline would show a contested line as settled. So maps draw areas without outline, and these lines on top.
"""

from alembic import op

revision = "0010"
down_revision = "0009"

TABLES = r"""
CREATE TABLE border_lines (
    id            bigint   GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_border_lines PRIMARY KEY,
    level         smallint NOT NULL,
    country_iso3  text,
    disputed_code text,
    geometry      geometry(LineString, 4326) NOT NULL,
    CONSTRAINT ck_border_lines_owner CHECK (country_iso3 IS NULL OR disputed_code IS NULL),
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

CREATE FUNCTION single_lines(geometry) RETURNS SETOF geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (ST_Dump(ST_LineMerge(ST_CollectionExtract($1, 2)))).geom
$$;

-- A border between two units is one line from junction to junction: drawn once, and thinned the same way for both.
-- 0.02 degrees, some 2 km: a disputed line and the outline that follows it may have been thinned apart from one another
CREATE FUNCTION draw_borders() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM border_lines;

    -- features share stretches (an area's outline, a line of control): each is drawn once, else the dashes fill each
    -- other's gaps. A stretch bears the code of a line rather than that of an area
    WITH stretches AS (
             SELECT (ST_Dump(ST_UnaryUnion(ST_Collect(outline(geometry))))).geom AS line FROM disputed_features
         ),
         named AS (
             SELECT line, (SELECT code FROM disputed_features
                           WHERE ST_DWithin(outline(geometry), ST_LineInterpolatePoint(line, 0.5), 1e-6)
                           ORDER BY kind DESC, code LIMIT 1) AS code
             FROM stretches
         ),
         whole AS (SELECT code, ST_Collect(line) AS lines FROM named GROUP BY code)
    INSERT INTO border_lines (level, disputed_code, geometry)
    SELECT 0, code, line FROM whole, single_lines(lines) AS line;

    WITH contested AS (
             SELECT coalesce(ST_Union(ST_Buffer(geometry, 0.02, 'quad_segs=2')), 'SRID=4326;POLYGON EMPTY') AS zone
             FROM border_lines
         ),
         outlines AS (
             SELECT level, CASE WHEN level > 0 THEN country_iso3 END AS country,
                    ST_UnaryUnion(ST_Collect(ST_Boundary(geometry))) AS line
             FROM areas_on_map GROUP BY 1, 2
         ),
         -- an inner line is drawn on its own level only: no line of the level above is repeated under it
         own_lines AS (
             SELECT o.level, o.country, CASE WHEN above.line IS NULL THEN o.line ELSE ST_Difference(o.line, above.line) END AS line
             FROM outlines o
             LEFT JOIN outlines above ON above.level = o.level - 1 AND (above.level = 0 OR above.country = o.country)
         )
    INSERT INTO border_lines (level, country_iso3, geometry)
    SELECT level, country, settled
    FROM own_lines, contested, single_lines(ST_Difference(line, zone)) AS settled;
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
        DROP FUNCTION outline(geometry), single_lines(geometry);
    """)
