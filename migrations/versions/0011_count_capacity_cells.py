"""How many capacities stand in each cell of the map at low zooms, kept ahead: a tile of a million points is a few rows.

At zoom z the world is 16 × 2^z cells on a side. Rows of `capacity_cells` are changes, only ever appended, so that writers
do not wait for one another; a cell is the sum of its rows. The background worker adds them up now and then.
"""

from alembic import op

revision = "0011"
down_revision = "0010"

TABLES = r"""
CREATE TABLE capacity_cells (
    zoom       smallint NOT NULL,
    cell_x     integer  NOT NULL,
    cell_y     integer  NOT NULL,
    visibility text     NOT NULL,
    n          bigint   NOT NULL,
    -- metres of Web Mercator
    sum_x      bigint   NOT NULL,
    sum_y      bigint   NOT NULL,
    -- all identifiers of the cell folded into one by XOR: where a single capacity is left, it is that one's
    xor_high   bigint   NOT NULL,
    xor_low    bigint   NOT NULL
);
CREATE INDEX ix_capacity_cells_cell ON capacity_cells (zoom, cell_x, cell_y);
"""

FUNCTIONS = r"""
-- These three are not STRICT, for PostgreSQL then runs them inside the statement instead of calling them, which tells where
-- a map gathers a million points. Ask them of known positions only.

-- The cell of a position at a zoom; positions beyond the square world of Web Mercator count on its edge
CREATE FUNCTION map_cell(metres double precision, cells integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT least(greatest(floor((metres + 20037508.342789244) / 40075016.685578488 * cells), 0), cells - 1)::integer
$$;

-- Metres of Web Mercator, so far as its square world reaches
CREATE FUNCTION map_x(location geometry) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ST_X(location) * 111319.49079327358
$$;

CREATE FUNCTION map_y(location geometry) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT asinh(tand(least(greatest(ST_Y(location), -85.05), 85.05))) * 6378137
$$;

CREATE FUNCTION uuid_half(id uuid, start integer) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT ('x' || substr(replace(id::text, '-', ''), start, 16))::bit(64)::bigint
$$;

CREATE FUNCTION uuid_of_halves(high bigint, low bigint) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (lpad(to_hex(high), 16, '0') || lpad(to_hex(low), 16, '0'))::uuid
$$;

CREATE FUNCTION empty_capacity_cells() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    TRUNCATE capacity_cells;
    RETURN NULL;
END $$;

-- Several rows of a cell become one with the same sums, or none: no reader sees another number. One at a time
CREATE FUNCTION compact_capacity_cells() RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(2013, 11) THEN
        RETURN;
    END IF;
    WITH crowded AS (
             SELECT zoom, cell_x, cell_y FROM capacity_cells GROUP BY zoom, cell_x, cell_y, visibility HAVING count(*) > 1
         ),
         gone AS (
             DELETE FROM capacity_cells c USING (SELECT DISTINCT * FROM crowded) d
             WHERE (c.zoom, c.cell_x, c.cell_y) = (d.zoom, d.cell_x, d.cell_y)
             RETURNING c.*
         )
    INSERT INTO capacity_cells (zoom, cell_x, cell_y, visibility, n, sum_x, sum_y, xor_high, xor_low)
    SELECT zoom, cell_x, cell_y, visibility, sum(n), sum(sum_x), sum(sum_y), bit_xor(xor_high), bit_xor(xor_low)
    FROM gone GROUP BY 1, 2, 3, 4
    HAVING sum(n) <> 0;
END $$;
"""

# A row that came counts 1, one that went counts -1. What an update leaves where it was cancels out before it is written
COUNT = r"""
    INSERT INTO capacity_cells (zoom, cell_x, cell_y, visibility, n, sum_x, sum_y, xor_high, xor_low)
    WITH changed AS ({changed}),
         placed AS (
             SELECT sign, visibility, uuid_half(id, 1) AS high, uuid_half(id, 17) AS low, map_x(location) AS x, map_y(location) AS y
             FROM changed WHERE location IS NOT NULL AND withdrawn_at IS NULL
         ),
         finest AS (
             SELECT visibility, map_cell(x, 16 << 7) AS cell_x, map_cell(-y, 16 << 7) AS cell_y,
                    sum(sign) AS n, sum(sign * x::bigint) AS sum_x, sum(sign * y::bigint) AS sum_y,
                    bit_xor(high) AS high, bit_xor(low) AS low
             FROM placed GROUP BY 1, 2, 3
         )
    SELECT zoom, cell_x >> (7 - zoom), cell_y >> (7 - zoom), visibility, sum(n), sum(sum_x), sum(sum_y), bit_xor(high), bit_xor(low)
    FROM finest, generate_series(0, 7) AS zoom
    GROUP BY 1, 2, 3, 4
    HAVING sum(n) <> 0 OR sum(sum_x) <> 0 OR sum(sum_y) <> 0 OR bit_xor(high) <> 0 OR bit_xor(low) <> 0;
"""

TRIGGER = r"""
CREATE FUNCTION count_{word}_capacities() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    {count}
    RETURN NULL;
END $$;
CREATE TRIGGER count_{word} AFTER {operation} ON capacities REFERENCING {tables}
    FOR EACH STATEMENT EXECUTE FUNCTION count_{word}_capacities();
"""

CAME = "SELECT 1 AS sign, id, location, visibility, withdrawn_at FROM {}"
GONE = "SELECT -1 AS sign, id, location, visibility, withdrawn_at FROM {}"
CHANGES = (
    ("inserted", "INSERT", "NEW TABLE AS came", CAME.format("came")),
    (
        "updated",
        "UPDATE",
        "NEW TABLE AS came OLD TABLE AS gone",
        f"{CAME.format('came')} UNION ALL {GONE.format('gone')}",
    ),
    ("deleted", "DELETE", "OLD TABLE AS gone", GONE.format("gone")),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)
    op.execute(FUNCTIONS)
    for word, operation, tables, changed in CHANGES:
        op.execute(TRIGGER.format(word=word, operation=operation, tables=tables, count=COUNT.format(changed=changed)))
    op.execute("""
        CREATE TRIGGER count_emptied AFTER TRUNCATE ON capacities
            FOR EACH STATEMENT EXECUTE FUNCTION empty_capacity_cells();
    """)
    op.execute(COUNT.format(changed=CAME.format("capacities")))  # those that are there already


def downgrade() -> None:
    op.execute("""
        DROP TRIGGER count_inserted ON capacities;
        DROP TRIGGER count_updated ON capacities;
        DROP TRIGGER count_deleted ON capacities;
        DROP TRIGGER count_emptied ON capacities;
        DROP FUNCTION count_inserted_capacities(), count_updated_capacities(), count_deleted_capacities(),
                      empty_capacity_cells(), compact_capacity_cells(), uuid_half(uuid, integer),
                      uuid_of_halves(bigint, bigint), map_x(geometry), map_y(geometry), map_cell(double precision, integer);
        DROP TABLE capacity_cells;
    """)
