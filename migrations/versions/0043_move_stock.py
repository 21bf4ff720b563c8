"""The ledger in full: every kind of movement, reservations by lot, earmarks, kits, minimum levels, counts.

What holds under concurrency: of every lot there is at least as much on hand as is reserved of it, and never less than nothing.
Whoever moves or reserves holds the position, then the lot. Locks are FOR NO KEY UPDATE, so foreign keys wait for nobody.
"""

from alembic import op

revision = "0043"
down_revision = "0042"

KINDS = (
    "receipt", "issue", "transfer_out", "transfer_in", "adjustment", "kit_made", "kit_broken", "return", "reversal",
)  # fmt: skip
WHY = ("lost", "found", "damaged", "expired", "counted", "correction")

TABLES = r"""
ALTER TABLE stock_positions ADD COLUMN earmark JSONB, ADD COLUMN earmark_countries TEXT[] DEFAULT '{}' NOT NULL,
  ADD CONSTRAINT ck_stock_positions_earmark CHECK (are_texts(earmark)),
  DROP CONSTRAINT uq_stock_positions_item,
  ADD CONSTRAINT uq_stock_positions_item
      UNIQUE NULLS NOT DISTINCT (item_code, warehouse_code, owner_id, donor_id, earmark, earmark_countries);

ALTER TABLE stock_movements DISABLE TRIGGER keep_ledger;
ALTER TABLE stock_movements ADD COLUMN reason TEXT, ADD COLUMN operation_id UUID, ADD COLUMN reservation_id UUID,
  ADD COLUMN deployment_line_id UUID;
UPDATE stock_movements SET reason = 'counted' WHERE kind = 'adjustment';
ALTER TABLE stock_movements ENABLE TRIGGER keep_ledger;
ALTER TABLE stock_movements
  DROP CONSTRAINT ck_stock_movements_kind,
  ADD CONSTRAINT ck_stock_movements_kind CHECK (kind IN ({kinds})),
  DROP CONSTRAINT ck_stock_movements_direction,
  ADD CONSTRAINT ck_stock_movements_direction CHECK (CASE
      WHEN kind IN ('receipt', 'return', 'transfer_in') OR reason = 'found' THEN quantity > 0
      WHEN kind IN ('issue', 'transfer_out') OR reason IN ('lost', 'damaged', 'expired') THEN quantity < 0 ELSE true END),
  ADD CONSTRAINT ck_stock_movements_reason CHECK (reason IN ({why}) AND kind = 'adjustment' OR reason IS NULL AND kind <> 'adjustment'),
  ADD CONSTRAINT ck_stock_movements_operation_id
      CHECK (operation_id IS NOT NULL OR kind NOT IN ('transfer_out', 'transfer_in', 'kit_made', 'kit_broken')),
  ADD CONSTRAINT ck_stock_movements_reservation_id CHECK (reservation_id IS NULL OR kind = 'issue'),
  ADD CONSTRAINT ck_stock_movements_deployment_line_id CHECK (deployment_line_id IS NULL OR kind IN ('issue', 'return'));
DROP INDEX ix_stock_movements_lot_id;
CREATE INDEX ix_stock_movements_lot_id ON stock_movements (lot_id) INCLUDE (quantity);
CREATE INDEX ix_stock_movements_operation_id ON stock_movements (operation_id);
CREATE INDEX ix_stock_movements_deployment_line_id ON stock_movements (deployment_line_id);
CREATE INDEX ix_stock_movements_recorded_at ON stock_movements (recorded_at);

-- a reservation of a whole position goes to the lot that has the most of it; there was no other way to know
ALTER TABLE stock_reservations ADD COLUMN lot_id UUID, ADD COLUMN offer_line_id UUID, ADD COLUMN ended_at TIMESTAMP WITH TIME ZONE,
  ADD COLUMN ended_as TEXT;
UPDATE stock_reservations r SET lot_id = (
    SELECT lots.id FROM lots WHERE lots.position_id = r.position_id
    ORDER BY (SELECT sum(quantity) FROM stock_movements WHERE lot_id = lots.id) DESC NULLS LAST, lots.id LIMIT 1);
DELETE FROM stock_reservations WHERE lot_id IS NULL;
DROP TRIGGER refresh_stock_position ON stock_reservations;
DROP INDEX ix_stock_reservations_position_id;
ALTER TABLE stock_reservations DROP COLUMN position_id, ALTER COLUMN lot_id SET NOT NULL,
  ADD CONSTRAINT fk_stock_reservations_lot_id_lots FOREIGN KEY (lot_id) REFERENCES lots (id) ON DELETE CASCADE,
  ADD CONSTRAINT ck_stock_reservations_ended_as CHECK (ended_as IN ('issued', 'released')),
  ADD CONSTRAINT ck_stock_reservations_ended_at CHECK ((ended_at IS NULL) = (ended_as IS NULL));
CREATE INDEX ix_stock_reservations_lot_id ON stock_reservations (lot_id);
CREATE INDEX ix_stock_reservations_active ON stock_reservations (lot_id) INCLUDE (quantity) WHERE ended_at IS NULL;
CREATE INDEX ix_stock_reservations_offer_line_id ON stock_reservations (offer_line_id);
ALTER TABLE stock_movements ADD CONSTRAINT uq_stock_movements_reservation_id UNIQUE (reservation_id),
  ADD CONSTRAINT fk_stock_movements_reservation_id_stock_reservations FOREIGN KEY (reservation_id) REFERENCES stock_reservations (id);

-- what a kit is made of
CREATE TABLE item_parts (
  kit_code TEXT NOT NULL,
  part_code TEXT NOT NULL,
  quantity NUMERIC NOT NULL,
  CONSTRAINT pk_item_parts PRIMARY KEY (kit_code, part_code),
  CONSTRAINT ck_item_parts_quantity CHECK (quantity > 0 AND quantity < 'Infinity'),
  CONSTRAINT ck_item_parts_part_code CHECK (part_code <> kit_code),
  CONSTRAINT fk_item_parts_kit_code_items FOREIGN KEY(kit_code) REFERENCES items (code) ON DELETE CASCADE,
  CONSTRAINT fk_item_parts_part_code_items FOREIGN KEY(part_code) REFERENCES items (code) ON DELETE CASCADE
);
CREATE INDEX ix_item_parts_part_code ON item_parts (part_code);

-- below which quantity a warehouse has to be filled up
CREATE TABLE minimum_levels (
  item_code TEXT NOT NULL,
  warehouse_code TEXT NOT NULL,
  quantity NUMERIC NOT NULL,
  demonstration BOOLEAN DEFAULT false NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_minimum_levels PRIMARY KEY (item_code, warehouse_code),
  CONSTRAINT ck_minimum_levels_quantity CHECK (quantity > 0 AND quantity < 'Infinity'),
  CONSTRAINT fk_minimum_levels_item_code_items FOREIGN KEY(item_code) REFERENCES items (code) ON DELETE CASCADE,
  CONSTRAINT fk_minimum_levels_warehouse_code_warehouses FOREIGN KEY(warehouse_code) REFERENCES warehouses (code) ON DELETE CASCADE
);
CREATE INDEX ix_minimum_levels_updated_at ON minimum_levels (updated_at);
CREATE INDEX ix_minimum_levels_warehouse_code ON minimum_levels (warehouse_code);
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON minimum_levels FOR EACH ROW EXECUTE FUNCTION touch();

-- what was found on the shelves when somebody looked, and what the ledger had said at that moment
CREATE TABLE stock_counts (
  id UUID DEFAULT uuid_v7() NOT NULL,
  ref TEXT NOT NULL,
  warehouse_code TEXT NOT NULL,
  counted_at TIMESTAMP WITH TIME ZONE NOT NULL,
  note JSONB,
  demonstration BOOLEAN DEFAULT false NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_stock_counts PRIMARY KEY (id),
  CONSTRAINT uq_stock_counts_ref UNIQUE (ref),
  CONSTRAINT ck_stock_counts_note CHECK (are_texts(note)),
  CONSTRAINT fk_stock_counts_warehouse_code_warehouses FOREIGN KEY(warehouse_code) REFERENCES warehouses (code)
);
CREATE INDEX ix_stock_counts_warehouse_code ON stock_counts (warehouse_code);
CREATE TABLE stock_count_lines (
  id UUID DEFAULT uuid_v7() NOT NULL,
  count_id UUID NOT NULL,
  lot_id UUID NOT NULL,
  expected NUMERIC NOT NULL,
  counted NUMERIC NOT NULL,
  movement_id UUID,
  CONSTRAINT pk_stock_count_lines PRIMARY KEY (id),
  CONSTRAINT uq_stock_count_lines_count_id UNIQUE (count_id, lot_id),
  CONSTRAINT ck_stock_count_lines_counted CHECK (counted >= 0 AND counted < 'Infinity'),
  CONSTRAINT ck_stock_count_lines_movement_id CHECK ((counted = expected) = (movement_id IS NULL)),
  CONSTRAINT fk_stock_count_lines_count_id_stock_counts FOREIGN KEY(count_id) REFERENCES stock_counts (id) ON DELETE CASCADE,
  CONSTRAINT fk_stock_count_lines_lot_id_lots FOREIGN KEY(lot_id) REFERENCES lots (id),
  CONSTRAINT uq_stock_count_lines_movement_id UNIQUE (movement_id),
  CONSTRAINT fk_stock_count_lines_movement_id_stock_movements FOREIGN KEY(movement_id) REFERENCES stock_movements (id)
);
CREATE INDEX ix_stock_count_lines_lot_id ON stock_count_lines (lot_id);
CREATE SEQUENCE stock_counts_number;
ALTER TABLE stock_counts ALTER COLUMN ref SET DEFAULT numbered('SC', 4, nextval('stock_counts_number'));

-- what each lot has; never stored
CREATE VIEW lot_balances AS
SELECT lots.id AS lot_id, lots.position_id,
       coalesce((SELECT sum(quantity) FROM stock_movements WHERE lot_id = lots.id), 0) AS on_hand,
       coalesce((SELECT sum(quantity) FROM stock_reservations WHERE lot_id = lots.id AND ended_at IS NULL), 0) AS reserved
FROM lots;

-- The position first, then the lot: so says everybody who moves or reserves, and nobody waits in a circle
CREATE FUNCTION hold_lot(lot uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM stock_positions WHERE id = (SELECT position_id FROM lots WHERE id = lot) FOR NO KEY UPDATE;
    PERFORM FROM lots WHERE id = lot FOR NO KEY UPDATE;
END $$;
CREATE FUNCTION demand_balance(lot uuid, rule text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM lot_balances WHERE lot_id = lot AND on_hand < reserved) THEN
        RAISE EXCEPTION 'not enough in this lot' USING ERRCODE = 'check_violation', CONSTRAINT = rule;
    END IF;
    UPDATE stock_positions SET updated_at = clock_timestamp() WHERE id = (SELECT position_id FROM lots WHERE id = lot);
END $$;

CREATE OR REPLACE FUNCTION check_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM hold_lot(NEW.lot_id);
    IF NEW.reservation_id IS NOT NULL THEN
        UPDATE stock_reservations SET ended_at = clock_timestamp(), ended_as = 'issued'
        WHERE id = NEW.reservation_id AND lot_id = NEW.lot_id AND quantity = -NEW.quantity AND ended_at IS NULL;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'an issue uses one reservation of its lot, wholly'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_stock_movements_reserved';
        END IF;
    END IF;
    PERFORM demand_balance(NEW.lot_id, 'ck_stock_movements_balance');
    RETURN NULL;
END $$;

CREATE FUNCTION check_reservation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM hold_lot(NEW.lot_id);
    PERFORM demand_balance(NEW.lot_id, 'ck_stock_reservations_balance');
    RETURN NULL;
END $$;
CREATE TRIGGER check_reservation AFTER INSERT OR UPDATE ON stock_reservations
    FOR EACH ROW EXECUTE FUNCTION check_reservation();
CREATE FUNCTION refresh_position_of_reservation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE stock_positions SET updated_at = clock_timestamp() WHERE id = (SELECT position_id FROM lots WHERE id = OLD.lot_id);
    RETURN NULL;
END $$;
CREATE TRIGGER refresh_stock_position AFTER DELETE ON stock_reservations
    FOR EACH ROW EXECUTE FUNCTION refresh_position_of_reservation();

-- A promise is kept or released, once. It may become smaller, when a part of it is used
CREATE FUNCTION keep_reservation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL OR NEW.lot_id <> OLD.lot_id OR NEW.quantity > OLD.quantity THEN
        RAISE EXCEPTION 'a reservation that has ended never changes, and none grows' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_reservation BEFORE UPDATE ON stock_reservations FOR EACH ROW EXECUTE FUNCTION keep_reservation();

-- What leaves one warehouse comes into another: of the same item, as much
CREATE FUNCTION check_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(m.quantity) <> 0 OR count(DISTINCT p.item_code) <> 1 FROM stock_movements m
        JOIN lots ON lots.id = m.lot_id JOIN stock_positions p ON p.id = lots.position_id
        WHERE m.operation_id = NEW.operation_id AND m.kind IN ('transfer_out', 'transfer_in')) THEN
        RAISE EXCEPTION 'a transfer brings in what it takes out'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_stock_movements_transfer';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER check_transfer AFTER INSERT ON stock_movements DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.kind IN ('transfer_out', 'transfer_in')) EXECUTE FUNCTION check_transfer();

-- A kit is not made of itself, however far down
CREATE FUNCTION check_kit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (WITH RECURSIVE below AS (
                   SELECT NEW.part_code AS code
                   UNION SELECT item_parts.part_code FROM item_parts JOIN below ON item_parts.kit_code = below.code)
               SELECT FROM below WHERE code = NEW.kit_code) THEN
        RAISE EXCEPTION 'a kit is not made of itself' USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_item_parts_kit_code';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER check_kit AFTER INSERT OR UPDATE ON item_parts FOR EACH ROW EXECUTE FUNCTION check_kit();

CREATE FUNCTION keep_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was counted is kept: count again instead' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER keep_count BEFORE UPDATE ON stock_counts FOR EACH ROW EXECUTE FUNCTION keep_count();
CREATE TRIGGER keep_count BEFORE UPDATE ON stock_count_lines FOR EACH ROW EXECUTE FUNCTION keep_count();
CREATE TRIGGER keep_deleted BEFORE DELETE ON stock_counts FOR EACH ROW WHEN (NOT OLD.demonstration) EXECUTE FUNCTION keep_count();
"""

BEFORE = r"""
DROP VIEW lot_balances;
DROP TABLE stock_count_lines, stock_counts, minimum_levels, item_parts;
DROP SEQUENCE stock_counts_number;
DROP TRIGGER check_transfer ON stock_movements;
DROP TRIGGER check_reservation ON stock_reservations;
DROP TRIGGER keep_reservation ON stock_reservations;
DROP TRIGGER refresh_stock_position ON stock_reservations;
CREATE OR REPLACE FUNCTION check_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM lots WHERE id = NEW.lot_id FOR UPDATE;
    IF (SELECT sum(quantity) FROM stock_movements WHERE lot_id = NEW.lot_id) < 0 THEN
        RAISE EXCEPTION 'not enough in this lot' USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_stock_movements_balance';
    END IF;
    UPDATE stock_positions SET updated_at = clock_timestamp() WHERE id = (SELECT position_id FROM lots WHERE id = NEW.lot_id);
    RETURN NULL;
END $$;
DROP FUNCTION hold_lot(uuid), demand_balance(uuid, text), check_reservation(), refresh_position_of_reservation(),
              keep_reservation(), check_transfer(), check_kit(), keep_count();

ALTER TABLE stock_movements DISABLE TRIGGER keep_ledger;
ALTER TABLE stock_movements
  DROP CONSTRAINT uq_stock_movements_reservation_id, DROP CONSTRAINT fk_stock_movements_reservation_id_stock_reservations,
  DROP CONSTRAINT ck_stock_movements_kind, DROP CONSTRAINT ck_stock_movements_direction, DROP CONSTRAINT ck_stock_movements_reason,
  DROP CONSTRAINT ck_stock_movements_operation_id, DROP CONSTRAINT ck_stock_movements_reservation_id,
  DROP CONSTRAINT ck_stock_movements_deployment_line_id;
UPDATE stock_movements SET kind = 'adjustment' WHERE kind NOT IN ('receipt', 'issue', 'adjustment', 'reversal');
ALTER TABLE stock_movements DROP COLUMN reason, DROP COLUMN operation_id, DROP COLUMN reservation_id, DROP COLUMN deployment_line_id,
  ADD CONSTRAINT ck_stock_movements_kind CHECK (kind IN ('receipt', 'issue', 'adjustment', 'reversal')),
  ADD CONSTRAINT ck_stock_movements_direction
      CHECK (CASE kind WHEN 'receipt' THEN quantity > 0 WHEN 'issue' THEN quantity < 0 ELSE true END);
ALTER TABLE stock_movements ENABLE TRIGGER keep_ledger;
DROP INDEX ix_stock_movements_lot_id;
DROP INDEX ix_stock_movements_recorded_at;
CREATE INDEX ix_stock_movements_lot_id ON stock_movements (lot_id);

DELETE FROM stock_reservations WHERE ended_at IS NOT NULL;
ALTER TABLE stock_reservations ADD COLUMN position_id UUID;
UPDATE stock_reservations SET position_id = (SELECT position_id FROM lots WHERE lots.id = lot_id);
ALTER TABLE stock_reservations DROP COLUMN lot_id, DROP COLUMN offer_line_id, DROP COLUMN ended_at, DROP COLUMN ended_as,
  ALTER COLUMN position_id SET NOT NULL,
  ADD CONSTRAINT fk_stock_reservations_position_id_stock_positions
      FOREIGN KEY (position_id) REFERENCES stock_positions (id) ON DELETE CASCADE;
CREATE INDEX ix_stock_reservations_position_id ON stock_reservations (position_id);
CREATE TRIGGER refresh_stock_position AFTER INSERT OR UPDATE OR DELETE ON stock_reservations
    FOR EACH ROW EXECUTE FUNCTION refresh_stock_position();

ALTER TABLE stock_positions DROP CONSTRAINT uq_stock_positions_item, DROP COLUMN earmark, DROP COLUMN earmark_countries,
  ADD CONSTRAINT uq_stock_positions_item UNIQUE NULLS NOT DISTINCT (item_code, warehouse_code, owner_id, donor_id);
"""


def listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES.replace("{kinds}", listed(KINDS)).replace("{why}", listed(WHY)))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(BEFORE)
