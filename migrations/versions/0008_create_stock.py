"""The Centre's stock: an append-only ledger that balances are derived from."""

from alembic import op

revision = "0008"
down_revision = "0007"

TABLES = r"""
CREATE TABLE items (
  code TEXT NOT NULL,
  names JSONB NOT NULL,
  family_code TEXT NOT NULL,
  resource_type_code TEXT,
  unit_code TEXT NOT NULL,
  weight_kg NUMERIC,
  volume_m3 NUMERIC,
  demonstration BOOLEAN DEFAULT false NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_items PRIMARY KEY (code),
  CONSTRAINT ck_items_weight_kg CHECK (weight_kg > 0),
  CONSTRAINT ck_items_volume_m3 CHECK (volume_m3 > 0),
  CONSTRAINT fk_items_family_code_resource_families FOREIGN KEY(family_code) REFERENCES resource_families (code),
  CONSTRAINT fk_items_resource_type_code_resource_types FOREIGN KEY(resource_type_code) REFERENCES resource_types (code),
  CONSTRAINT fk_items_unit_code_units FOREIGN KEY(unit_code) REFERENCES units (code),
  CONSTRAINT ck_items_names CHECK (names ? 'en')
);
CREATE INDEX ix_items_updated_at ON items (updated_at);

CREATE TABLE warehouses (
  code TEXT NOT NULL,
  names JSONB NOT NULL,
  country_iso3 TEXT NOT NULL,
  area_id UUID,
  place JSONB,
  location geometry(POINT,4326),
  organisation_id UUID NOT NULL,
  demonstration BOOLEAN DEFAULT false NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_warehouses PRIMARY KEY (code),
  CONSTRAINT fk_warehouses_country_iso3_countries FOREIGN KEY(country_iso3) REFERENCES countries (iso3),
  CONSTRAINT fk_warehouses_area_id_areas FOREIGN KEY(area_id) REFERENCES areas (id),
  CONSTRAINT fk_warehouses_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id),
  CONSTRAINT ck_warehouses_names CHECK (names ? 'en')
);
CREATE INDEX idx_warehouses_location ON warehouses USING gist (location);
CREATE INDEX ix_warehouses_updated_at ON warehouses (updated_at);

CREATE TABLE stock_positions (
  id UUID DEFAULT uuid_v7() NOT NULL,
  ref TEXT NOT NULL,
  item_code TEXT NOT NULL,
  warehouse_code TEXT NOT NULL,
  owner_id UUID NOT NULL,
  donor_id UUID,
  visibility TEXT DEFAULT 'public' NOT NULL,
  demonstration BOOLEAN DEFAULT false NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  withdrawn_at TIMESTAMP WITH TIME ZONE,
  search TSVECTOR,
  CONSTRAINT pk_stock_positions PRIMARY KEY (id),
  CONSTRAINT ck_stock_positions_visibility CHECK (visibility IN ('public', 'partners', 'centre', 'own')),
  CONSTRAINT uq_stock_positions_item UNIQUE NULLS NOT DISTINCT (item_code, warehouse_code, owner_id, donor_id),
  CONSTRAINT uq_stock_positions_ref UNIQUE (ref),
  CONSTRAINT fk_stock_positions_item_code_items FOREIGN KEY(item_code) REFERENCES items (code),
  CONSTRAINT fk_stock_positions_warehouse_code_warehouses FOREIGN KEY(warehouse_code) REFERENCES warehouses (code),
  CONSTRAINT fk_stock_positions_owner_id_organisations FOREIGN KEY(owner_id) REFERENCES organisations (id),
  CONSTRAINT fk_stock_positions_donor_id_organisations FOREIGN KEY(donor_id) REFERENCES organisations (id)
);
CREATE INDEX ix_stock_positions_search ON stock_positions USING gin (search);
CREATE INDEX ix_stock_positions_updated_at ON stock_positions (updated_at);
CREATE INDEX ix_stock_positions_warehouse_code ON stock_positions (warehouse_code);

CREATE TABLE lots (
  id UUID DEFAULT uuid_v7() NOT NULL,
  position_id UUID NOT NULL,
  number TEXT NOT NULL,
  expires_on DATE,
  condition TEXT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_lots PRIMARY KEY (id),
  CONSTRAINT uq_lots_position_id UNIQUE (position_id, number),
  CONSTRAINT ck_lots_condition CHECK (condition IN ('new', 'good', 'damaged', 'expired')),
  CONSTRAINT fk_lots_position_id_stock_positions FOREIGN KEY(position_id) REFERENCES stock_positions (id) ON DELETE CASCADE
);
CREATE INDEX ix_lots_updated_at ON lots (updated_at);

CREATE TABLE stock_movements (
  id UUID DEFAULT uuid_v7() NOT NULL,
  lot_id UUID NOT NULL,
  kind TEXT NOT NULL,
  quantity NUMERIC NOT NULL,
  moved_at TIMESTAMP WITH TIME ZONE NOT NULL,
  note JSONB,
  reverses_id UUID,
  demonstration BOOLEAN DEFAULT false NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_stock_movements PRIMARY KEY (id),
  CONSTRAINT ck_stock_movements_kind CHECK (kind IN ('receipt', 'issue', 'adjustment', 'reversal')),
  CONSTRAINT ck_stock_movements_quantity CHECK (quantity <> 0),
  CONSTRAINT ck_stock_movements_reverses_id CHECK ((kind = 'reversal') = (reverses_id IS NOT NULL)),
  CONSTRAINT fk_stock_movements_lot_id_lots FOREIGN KEY(lot_id) REFERENCES lots (id),
  CONSTRAINT uq_stock_movements_reverses_id UNIQUE (reverses_id),
  CONSTRAINT fk_stock_movements_reverses_id_stock_movements FOREIGN KEY(reverses_id) REFERENCES stock_movements (id)
);
CREATE INDEX ix_stock_movements_lot_id ON stock_movements (lot_id);

CREATE TABLE stock_reservations (
  id UUID DEFAULT uuid_v7() NOT NULL,
  position_id UUID NOT NULL,
  quantity NUMERIC NOT NULL,
  reason JSONB NOT NULL,
  demonstration BOOLEAN DEFAULT false NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_stock_reservations PRIMARY KEY (id),
  CONSTRAINT ck_stock_reservations_quantity CHECK (quantity > 0),
  CONSTRAINT fk_stock_reservations_position_id_stock_positions FOREIGN KEY(position_id) REFERENCES stock_positions (id) ON DELETE CASCADE
);
CREATE INDEX ix_stock_reservations_position_id ON stock_reservations (position_id);
CREATE INDEX ix_stock_reservations_updated_at ON stock_reservations (updated_at);

CREATE SEQUENCE stock_positions_number START 1001;  -- the demonstration numbers its own below
ALTER TABLE stock_positions ALTER COLUMN ref SET DEFAULT numbered('ST', 6, nextval('stock_positions_number'));

CREATE FUNCTION document_stock_position() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := search_document(
        (SELECT concat_ws(' ', NEW.ref, code, all_names(names)) FROM items WHERE code = NEW.item_code),
        concat_ws(' ',
            (SELECT concat_ws(' ', code, all_names(names), all_names(place)) FROM warehouses WHERE code = NEW.warehouse_code),
            (SELECT string_agg(concat_ws(' ', code, all_names(names), array_to_string(aliases, ' ')), ' ')
             FROM organisations WHERE id IN (NEW.owner_id, NEW.donor_id)),
            (SELECT all_names(resource_families.names) FROM items JOIN resource_families ON resource_families.code = family_code
             WHERE items.code = NEW.item_code)),
        NULL);
    RETURN NEW;
END $$;
CREATE TRIGGER document BEFORE INSERT OR UPDATE ON stock_positions FOR EACH ROW EXECUTE FUNCTION document_stock_position();
CREATE TRIGGER learn_inserted AFTER INSERT ON stock_positions REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION learn_words();
CREATE TRIGGER learn_updated AFTER UPDATE ON stock_positions REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION learn_words();

-- The ledger is only ever added to, and no lot goes below zero: the lot's row is locked while its balance is looked at
CREATE FUNCTION keep_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND NOT OLD.demonstration THEN
        RAISE EXCEPTION 'the ledger is append-only: reverse the movement instead' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER keep_ledger BEFORE UPDATE OR DELETE ON stock_movements FOR EACH ROW EXECUTE FUNCTION keep_ledger();

CREATE FUNCTION check_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM lots WHERE id = NEW.lot_id FOR UPDATE;
    IF (SELECT sum(quantity) FROM stock_movements WHERE lot_id = NEW.lot_id) < 0 THEN
        RAISE EXCEPTION 'not enough in this lot' USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_stock_movements_balance';
    END IF;
    UPDATE stock_positions SET updated_at = clock_timestamp() WHERE id = (SELECT position_id FROM lots WHERE id = NEW.lot_id);
    RETURN NULL;
END $$;
CREATE TRIGGER check_balance AFTER INSERT ON stock_movements FOR EACH ROW EXECUTE FUNCTION check_balance();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON items FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON warehouses FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON stock_positions FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON lots FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON stock_reservations FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON items
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('stock');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON warehouses
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('stock');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON stock_positions
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('stock');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON lots
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('stock');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON stock_movements
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('stock');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON stock_reservations
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('stock');
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("""
        DROP TABLE stock_reservations, stock_movements, lots, stock_positions, warehouses, items;
        DROP FUNCTION document_stock_position(), keep_ledger(), check_balance();
        DROP SEQUENCE stock_positions_number;
    """)
