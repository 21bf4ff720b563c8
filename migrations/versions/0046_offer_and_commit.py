"""Offers, their lines, and what is committed of capacities and stock.

A commitment moves what is available of a capacity in the statement that makes it, under the lock of the capacity's row, and
is refused where there is not enough. `quantity_committed` keeps the sum, so that owners cannot take away what they have promised.
"""

from alembic import op

revision = "0046"
down_revision = "0045"

TABLES = r"""
CREATE TABLE offers (
  id UUID DEFAULT uuid_v7() NOT NULL,
  ref TEXT NOT NULL,
  request_id UUID,
  organisation_id UUID NOT NULL,
  event_id UUID,
  country_iso3 TEXT,
  titles JSONB DEFAULT '{}' NOT NULL,
  status TEXT DEFAULT 'draft' NOT NULL,
  conditions JSONB DEFAULT '{}' NOT NULL,
  financing TEXT DEFAULT '' NOT NULL,
  available_from TIMESTAMP WITH TIME ZONE,
  valid_until TIMESTAMP WITH TIME ZONE,
  is_exercise BOOLEAN DEFAULT false NOT NULL,
  submitted_at TIMESTAMP WITH TIME ZONE,
  decided_at TIMESTAMP WITH TIME ZONE,
  decision_reason TEXT DEFAULT '' NOT NULL,
  visibility TEXT DEFAULT 'own' NOT NULL,
  demonstration BOOLEAN DEFAULT false NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  withdrawn_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_offers PRIMARY KEY (id),
  CONSTRAINT uq_offers_ref UNIQUE (ref),
  CONSTRAINT ck_offers_visibility CHECK (visibility IN ('public', 'partners', 'centre', 'own')),
  CONSTRAINT ck_offers_status CHECK (status IN ('draft', 'submitted', 'accepted', 'partly_accepted', 'declined', 'withdrawn', 'lapsed')),
  CONSTRAINT ck_offers_submitted_at CHECK (status = 'draft' OR submitted_at IS NOT NULL),
  CONSTRAINT ck_offers_decided_at CHECK ((status IN ('accepted', 'partly_accepted', 'declined')) = (decided_at IS NOT NULL)),
  CONSTRAINT ck_offers_discarded CHECK (withdrawn_at IS NULL OR status = 'draft'),
  CONSTRAINT ck_offers_valid_until CHECK (isfinite(valid_until) AND isfinite(available_from)),
  CONSTRAINT ck_offers_texts CHECK (are_texts(titles) AND are_texts(conditions)),
  CONSTRAINT fk_offers_request_id_requests FOREIGN KEY(request_id) REFERENCES requests (id),
  CONSTRAINT fk_offers_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id),
  CONSTRAINT fk_offers_event_id_events FOREIGN KEY(event_id) REFERENCES events (id),
  CONSTRAINT fk_offers_country_iso3_countries FOREIGN KEY(country_iso3) REFERENCES countries (iso3)
);
CREATE INDEX ix_offers_request_id ON offers (request_id);
CREATE INDEX ix_offers_organisation_id ON offers (organisation_id);
CREATE INDEX ix_offers_event_id ON offers (event_id);
CREATE INDEX ix_offers_updated_at ON offers (updated_at);
CREATE INDEX ix_offers_valid_until ON offers (valid_until) WHERE status = 'submitted';

CREATE TABLE offer_lines (
  id UUID DEFAULT uuid_v7() NOT NULL,
  offer_id UUID NOT NULL,
  no INTEGER NOT NULL,
  request_line_id UUID,
  source TEXT NOT NULL,
  capacity_id UUID,
  stock_position_id UUID,
  lot_id UUID,
  item_code TEXT,
  resource_type_code TEXT,
  description JSONB DEFAULT '{}' NOT NULL,
  specification JSONB,
  quantity NUMERIC NOT NULL,
  unit_code TEXT NOT NULL,
  quantity_accepted NUMERIC DEFAULT 0 NOT NULL,
  quantity_released NUMERIC DEFAULT 0 NOT NULL,
  decline_reason TEXT DEFAULT '' NOT NULL,
  CONSTRAINT pk_offer_lines PRIMARY KEY (id),
  CONSTRAINT uq_offer_lines_offer_id UNIQUE (offer_id, no),
  CONSTRAINT ck_offer_lines_no CHECK (no > 0),
  CONSTRAINT ck_offer_lines_source CHECK (source IN ('capacity', 'stock', 'other')),
  CONSTRAINT ck_offer_lines_capacity_id CHECK ((source = 'capacity') = (capacity_id IS NOT NULL)),
  CONSTRAINT ck_offer_lines_stock_position_id CHECK ((source = 'stock') = (stock_position_id IS NOT NULL)),
  CONSTRAINT ck_offer_lines_lot_id CHECK (lot_id IS NULL OR source = 'stock'),
  CONSTRAINT ck_offer_lines_quantity CHECK (quantity > 0),
  CONSTRAINT ck_offer_lines_quantity_accepted CHECK (quantity_accepted BETWEEN 0 AND quantity),
  CONSTRAINT ck_offer_lines_quantity_released CHECK (quantity_released BETWEEN 0 AND quantity_accepted),
  CONSTRAINT ck_offer_lines_description CHECK (are_texts(description)),
  CONSTRAINT ck_offer_lines_specification CHECK (is_specification(specification)),
  CONSTRAINT fk_offer_lines_offer_id_offers FOREIGN KEY(offer_id) REFERENCES offers (id) ON DELETE CASCADE,
  CONSTRAINT fk_offer_lines_request_line_id_request_lines FOREIGN KEY(request_line_id) REFERENCES request_lines (id),
  CONSTRAINT fk_offer_lines_capacity_id_capacities FOREIGN KEY(capacity_id) REFERENCES capacities (id),
  CONSTRAINT fk_offer_lines_stock_position_id_stock_positions FOREIGN KEY(stock_position_id) REFERENCES stock_positions (id),
  CONSTRAINT fk_offer_lines_lot_id_lots FOREIGN KEY(lot_id) REFERENCES lots (id),
  CONSTRAINT fk_offer_lines_item_code_items FOREIGN KEY(item_code) REFERENCES items (code),
  CONSTRAINT fk_offer_lines_resource_type_code_resource_types FOREIGN KEY(resource_type_code) REFERENCES resource_types (code),
  CONSTRAINT fk_offer_lines_unit_code_units FOREIGN KEY(unit_code) REFERENCES units (code)
);
CREATE INDEX ix_offer_lines_request_line_id ON offer_lines (request_line_id);
CREATE INDEX ix_offer_lines_capacity_id ON offer_lines (capacity_id);
CREATE INDEX ix_offer_lines_stock_position_id ON offer_lines (stock_position_id);

-- what of a capacity is promised; ended once, and then as what
CREATE TABLE capacity_commitments (
  id UUID DEFAULT uuid_v7() NOT NULL,
  capacity_id UUID NOT NULL,
  offer_line_id UUID NOT NULL,
  quantity NUMERIC NOT NULL,
  committed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  ended_as TEXT,
  CONSTRAINT pk_capacity_commitments PRIMARY KEY (id),
  CONSTRAINT ck_capacity_commitments_quantity CHECK (quantity > 0),
  CONSTRAINT ck_capacity_commitments_ended_as CHECK (ended_as IN ('released', 'returned', 'lost', 'consumed')),
  CONSTRAINT ck_capacity_commitments_ended_at CHECK ((ended_at IS NULL) = (ended_as IS NULL)),
  CONSTRAINT fk_capacity_commitments_capacity_id_capacities FOREIGN KEY(capacity_id) REFERENCES capacities (id),
  CONSTRAINT fk_capacity_commitments_offer_line_id_offer_lines FOREIGN KEY(offer_line_id) REFERENCES offer_lines (id) ON DELETE CASCADE
);
CREATE INDEX ix_capacity_commitments_capacity_id ON capacity_commitments (capacity_id);
CREATE INDEX ix_capacity_commitments_offer_line_id ON capacity_commitments (offer_line_id);

ALTER TABLE stock_reservations ADD CONSTRAINT fk_stock_reservations_offer_line_id_offer_lines
    FOREIGN KEY (offer_line_id) REFERENCES offer_lines (id);

CREATE SEQUENCE offers_number;
CREATE FUNCTION number_offer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.ref := coalesce(NEW.ref, numbered('OF-' || extract(year FROM now() AT TIME ZONE 'UTC'), 4, nextval('offers_number')));
    RETURN NEW;
END $$;
CREATE TRIGGER a_number BEFORE INSERT ON offers FOR EACH ROW EXECUTE FUNCTION number_offer();
"""

COMMITMENTS = r"""
-- of what was there before, all that is not available is not committed either: it is just not there
ALTER TABLE capacities ADD COLUMN quantity_committed NUMERIC DEFAULT 0 NOT NULL,
    ADD CONSTRAINT ck_capacities_quantity_committed
        CHECK (quantity_committed >= 0 AND quantity_available + quantity_committed <= quantity);

CREATE FUNCTION commit_capacity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- the condition is looked at again once the row's lock is there: of two, the second sees what the first has left
    UPDATE capacities
    SET status = CASE WHEN status = 'available' AND quantity_available = NEW.quantity THEN 'committed' ELSE status END,
        quantity_available = quantity_available - NEW.quantity,
        quantity_committed = quantity_committed + NEW.quantity
    WHERE id = NEW.capacity_id AND quantity_available >= NEW.quantity;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'not enough of this capacity is left'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_capacity_commitments_left', TABLE = 'capacity_commitments';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER commit_capacity AFTER INSERT ON capacity_commitments FOR EACH ROW
    WHEN (NEW.ended_at IS NULL) EXECUTE FUNCTION commit_capacity();

CREATE FUNCTION end_commitment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ended_as text := CASE TG_OP WHEN 'DELETE' THEN 'released' ELSE NEW.ended_as END;
BEGIN
    IF ended_as IN ('lost', 'consumed') THEN
        UPDATE capacities SET quantity = quantity - OLD.quantity, quantity_committed = quantity_committed - OLD.quantity
        WHERE id = OLD.capacity_id;
    ELSE
        UPDATE capacities
        SET status = CASE WHEN status IN ('committed', 'deployed') THEN 'available' ELSE status END,
            quantity_available = quantity_available + OLD.quantity,
            quantity_committed = quantity_committed - OLD.quantity
        WHERE id = OLD.capacity_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER end_commitment AFTER UPDATE ON capacity_commitments FOR EACH ROW
    WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION end_commitment();
CREATE TRIGGER end_deleted AFTER DELETE ON capacity_commitments FOR EACH ROW
    WHEN (OLD.ended_at IS NULL) EXECUTE FUNCTION end_commitment();

-- a part of it is to end: what it is less goes back, and the part that goes on is taken anew as a row of its own
CREATE FUNCTION split_commitment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE capacities SET quantity_available = quantity_available + OLD.quantity - NEW.quantity,
                          quantity_committed = quantity_committed - OLD.quantity + NEW.quantity
    WHERE id = OLD.capacity_id;
    RETURN NULL;
END $$;
CREATE TRIGGER split_commitment AFTER UPDATE ON capacity_commitments FOR EACH ROW
    WHEN (NEW.quantity < OLD.quantity) EXECUTE FUNCTION split_commitment();

CREATE FUNCTION keep_commitment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL OR NEW.quantity > OLD.quantity OR (NEW.quantity < OLD.quantity AND NEW.ended_at IS NOT NULL)
       OR (NEW.capacity_id, NEW.offer_line_id) IS DISTINCT FROM (OLD.capacity_id, OLD.offer_line_id) THEN
        RAISE EXCEPTION 'a commitment ends once, and never grows' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_commitment BEFORE UPDATE ON capacity_commitments FOR EACH ROW EXECUTE FUNCTION keep_commitment();
"""

RELEASED = r"""
-- what of an accepted line is under way; nothing can be yet
CREATE FUNCTION quantity_deployed(offer_line uuid) RETURNS numeric LANGUAGE sql STABLE AS $$ SELECT 0::numeric $$;

-- and of which lots so much is to leave with a deployment that has not left
CREATE FUNCTION lots_planned(offer_line uuid, OUT lot_id uuid, OUT quantity numeric) RETURNS SETOF record LANGUAGE sql STABLE AS $$
    SELECT NULL::uuid, 0::numeric WHERE false
$$;

CREATE FUNCTION keep_deployed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.quantity_accepted - NEW.quantity_released < quantity_deployed(NEW.id) THEN
        RAISE EXCEPTION 'what is under way is not given back'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_offer_lines_deployed', TABLE = 'offer_lines';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_deployed BEFORE UPDATE OF quantity_accepted, quantity_released ON offer_lines
    FOR EACH ROW EXECUTE FUNCTION keep_deployed();
"""

TOLD = r"""
-- what belongs to an offer changes it
CREATE FUNCTION refresh_offer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE offers SET updated_at = clock_timestamp()
    WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.offer_id ELSE NEW.offer_id END;
    RETURN NULL;
END $$;
CREATE TRIGGER refresh_offer AFTER INSERT OR UPDATE OR DELETE ON offer_lines FOR EACH ROW EXECUTE FUNCTION refresh_offer();

-- A draft counts nowhere. Whoever changes what counts has locked the request, so that its sums are made one after the other
CREATE FUNCTION count_offer_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.request_line_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM offers WHERE id = OLD.offer_id AND status = 'draft') THEN
        PERFORM refresh_request_line(OLD.request_line_id);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.request_line_id IS NOT NULL
       AND (TG_OP = 'INSERT' OR OLD.request_line_id IS DISTINCT FROM NEW.request_line_id)
       AND EXISTS (SELECT FROM offers WHERE id = NEW.offer_id AND status <> 'draft') THEN
        PERFORM refresh_request_line(NEW.request_line_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER z_count_offer_line AFTER INSERT OR UPDATE OR DELETE ON offer_lines FOR EACH ROW EXECUTE FUNCTION count_offer_line();

CREATE FUNCTION count_offer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_request_line(request_line_id) FROM offer_lines
    WHERE offer_id = NEW.id AND request_line_id IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER z_count_offer AFTER UPDATE ON offers FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION count_offer();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON offers FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER note_insert AFTER INSERT ON offers REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_visible_change('offers');
CREATE TRIGGER note_update AFTER UPDATE ON offers REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_visible_change('offers');
CREATE TRIGGER note_delete AFTER DELETE ON offers REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_visible_change('offers');
CREATE TRIGGER note_change AFTER TRUNCATE ON offers FOR EACH STATEMENT EXECUTE FUNCTION note_change('offers');
CREATE TRIGGER note_narrowed AFTER UPDATE OF visibility ON offers FOR EACH ROW
    WHEN (OLD.visibility <> NEW.visibility) EXECUTE FUNCTION note_departure('offers');
CREATE TRIGGER note_deleted AFTER DELETE ON offers FOR EACH ROW EXECUTE FUNCTION note_departure('offers');
"""

# What was released again had not been sent: it is offered and committed no longer
COUNTED = r"""
CREATE OR REPLACE FUNCTION refresh_request_line(line uuid) RETURNS void LANGUAGE sql AS $$
    SELECT set_request_line(line,
        sum(CASE o.status WHEN 'submitted' THEN l.quantity ELSE l.quantity_accepted - l.quantity_released END),
        sum(CASE o.status WHEN 'submitted' THEN 0 ELSE l.quantity_accepted - l.quantity_released END), 0, 0)
    FROM offer_lines l JOIN offers o ON o.id = l.offer_id
    WHERE l.request_line_id = line AND o.status IN ('submitted', 'accepted', 'partly_accepted')
$$;
CREATE OR REPLACE FUNCTION is_promised(request uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM request_lines WHERE request_id = request AND quantity_committed + quantity_in_transit + quantity_delivered > 0)
        -- or beside its lines
        OR EXISTS (SELECT FROM offer_lines l JOIN offers o ON o.id = l.offer_id
                   WHERE o.request_id = request AND l.request_line_id IS NULL AND l.quantity_accepted > l.quantity_released)
$$;
"""
NOT_COUNTED = r"""
CREATE OR REPLACE FUNCTION refresh_request_line(line uuid) RETURNS void LANGUAGE sql AS $$
    SELECT set_request_line(line, 0, 0, 0, 0)
$$;
CREATE OR REPLACE FUNCTION is_promised(request uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM request_lines WHERE request_id = request AND quantity_committed + quantity_in_transit + quantity_delivered > 0)
$$;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)
    op.execute(COUNTED)
    op.execute(COMMITMENTS)
    op.execute(RELEASED)
    op.execute(TOLD)


def downgrade() -> None:
    op.execute(NOT_COUNTED)
    op.execute("""
        ALTER TABLE stock_reservations DROP CONSTRAINT fk_stock_reservations_offer_line_id_offer_lines;
        DROP TABLE capacity_commitments, offer_lines, offers;
        DROP FUNCTION number_offer(), commit_capacity(), end_commitment(), split_commitment(), keep_commitment(), refresh_offer(),
                      count_offer_line(), count_offer(), keep_deployed(), quantity_deployed(uuid), lots_planned(uuid);
        DROP SEQUENCE offers_number;
        ALTER TABLE capacities DROP COLUMN quantity_committed;
        DELETE FROM departures WHERE noun = 'offers';
        DELETE FROM layer_changes WHERE layer LIKE 'offers%';
    """)
