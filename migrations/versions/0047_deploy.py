"""Deployments: what was sent by whom, when it was asked for, expected and seen, who signed for it, and what became of it.

A shipment or a team is one deployment of an accepted offer; an offer may need several. What arrived is what was signed for,
and may differ from what was sent. Receipts, times and outcomes are only ever added.
"""

from alembic import op

revision = "0047"
down_revision = "0046"

TABLES = r"""
CREATE TABLE deployments (
  id UUID DEFAULT uuid_v7() NOT NULL,
  ref TEXT NOT NULL,
  offer_id UUID NOT NULL,
  request_id UUID,
  organisation_id UUID NOT NULL,
  receiver_id UUID,
  status TEXT DEFAULT 'planned' NOT NULL,
  kind TEXT NOT NULL,
  is_exercise BOOLEAN DEFAULT false NOT NULL,
  from_country_iso3 TEXT,
  from_place TEXT DEFAULT '' NOT NULL,
  from_location geometry(POINT,4326),
  to_country_iso3 TEXT,
  to_place TEXT DEFAULT '' NOT NULL,
  to_location geometry(POINT,4326),
  entry_point_id UUID,
  mode TEXT,
  carrier TEXT DEFAULT '' NOT NULL,
  vehicle TEXT DEFAULT '' NOT NULL,
  driver TEXT DEFAULT '' NOT NULL,
  people INTEGER,
  purpose TEXT DEFAULT '' NOT NULL,
  reason TEXT DEFAULT '' NOT NULL,
  ends_at TIMESTAMP WITH TIME ZONE,
  left_at TIMESTAMP WITH TIME ZONE,
  arrived_at TIMESTAMP WITH TIME ZONE,
  ended_at TIMESTAMP WITH TIME ZONE,
  visibility TEXT DEFAULT 'centre' NOT NULL,
  demonstration BOOLEAN DEFAULT false NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  withdrawn_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_deployments PRIMARY KEY (id),
  CONSTRAINT uq_deployments_ref UNIQUE (ref),
  CONSTRAINT ck_deployments_visibility CHECK (visibility IN ('public', 'partners', 'centre', 'own')),
  CONSTRAINT ck_deployments_status CHECK (status IN ('planned', 'mobilising', 'in_transit', 'at_border', 'on_site', 'released',
                                                     'returned', 'lost', 'consumed', 'cancelled')),
  CONSTRAINT ck_deployments_kind CHECK (kind IN ('team', 'goods')),
  CONSTRAINT ck_deployments_mode CHECK (mode IN ('road', 'rail', 'air', 'sea', 'river')),
  CONSTRAINT ck_deployments_people CHECK (people >= 0),
  CONSTRAINT ck_deployments_left_at CHECK (left_at IS NOT NULL OR status IN ('planned', 'mobilising', 'cancelled')),
  CONSTRAINT ck_deployments_ended_at CHECK ((ended_at IS NOT NULL) = (status IN ('returned', 'lost', 'consumed', 'cancelled'))),
  CONSTRAINT fk_deployments_offer_id_offers FOREIGN KEY(offer_id) REFERENCES offers (id),
  CONSTRAINT fk_deployments_request_id_requests FOREIGN KEY(request_id) REFERENCES requests (id),
  CONSTRAINT fk_deployments_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id),
  CONSTRAINT fk_deployments_receiver_id_organisations FOREIGN KEY(receiver_id) REFERENCES organisations (id),
  CONSTRAINT fk_deployments_from_country_iso3_countries FOREIGN KEY(from_country_iso3) REFERENCES countries (iso3),
  CONSTRAINT fk_deployments_to_country_iso3_countries FOREIGN KEY(to_country_iso3) REFERENCES countries (iso3),
  CONSTRAINT fk_deployments_entry_point_id_entry_points FOREIGN KEY(entry_point_id) REFERENCES entry_points (id)
);
CREATE INDEX ix_deployments_updated_at ON deployments (updated_at);
CREATE INDEX ix_deployments_offer_id ON deployments (offer_id);
CREATE INDEX ix_deployments_request_id ON deployments (request_id);
CREATE INDEX ix_deployments_organisation_id ON deployments (organisation_id);
CREATE INDEX ix_deployments_receiver_id ON deployments (receiver_id);
CREATE INDEX ix_deployments_entry_point_id ON deployments (entry_point_id);
CREATE INDEX ix_deployments_created_at ON deployments (created_at, id);
CREATE INDEX idx_deployments_from_location ON deployments USING gist (from_location);
CREATE INDEX idx_deployments_to_location ON deployments USING gist (to_location);

-- when: of each pair the last that was said counts, the earlier ones stay
CREATE TABLE deployment_times (
  id UUID DEFAULT uuid_v7() NOT NULL,
  deployment_id UUID NOT NULL,
  what TEXT NOT NULL,
  kind TEXT NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  note TEXT DEFAULT '' NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_deployment_times PRIMARY KEY (id),
  CONSTRAINT ck_deployment_times_what CHECK (what IN ('departure', 'border', 'arrival', 'return_departure', 'return_arrival')),
  CONSTRAINT ck_deployment_times_kind CHECK (kind IN ('requested', 'estimated', 'actual')),
  CONSTRAINT ck_deployment_times_at CHECK (isfinite(at)),
  CONSTRAINT fk_deployment_times_deployment_id_deployments FOREIGN KEY(deployment_id) REFERENCES deployments (id) ON DELETE CASCADE
);
CREATE INDEX ix_deployment_times_deployment_id ON deployment_times (deployment_id, what, kind, recorded_at);

-- what is sent; received, missing and ended are summed by triggers
CREATE TABLE deployment_lines (
  id UUID DEFAULT uuid_v7() NOT NULL,
  deployment_id UUID NOT NULL,
  no INTEGER NOT NULL,
  offer_line_id UUID NOT NULL,
  request_line_id UUID,
  capacity_id UUID,
  lot_id UUID,
  item_code TEXT,
  resource_type_code TEXT,
  description TEXT DEFAULT '' NOT NULL,
  quantity NUMERIC NOT NULL,
  unit_code TEXT NOT NULL,
  packages INTEGER,
  weight_kg NUMERIC,
  volume_m3 NUMERIC,
  expires_on DATE,
  quantity_received NUMERIC DEFAULT 0 NOT NULL,
  quantity_missing NUMERIC DEFAULT 0 NOT NULL,
  quantity_ended NUMERIC DEFAULT 0 NOT NULL,
  CONSTRAINT pk_deployment_lines PRIMARY KEY (id),
  CONSTRAINT uq_deployment_lines_deployment_id UNIQUE (deployment_id, no),
  CONSTRAINT ck_deployment_lines_source CHECK (num_nonnulls(capacity_id, lot_id) <= 1),
  CONSTRAINT ck_deployment_lines_quantity CHECK (quantity > 0 AND quantity < 'infinity'),
  CONSTRAINT ck_deployment_lines_packages CHECK (packages > 0),
  CONSTRAINT ck_deployment_lines_weight_kg CHECK (weight_kg >= 0),
  CONSTRAINT ck_deployment_lines_volume_m3 CHECK (volume_m3 >= 0),
  CONSTRAINT ck_deployment_lines_ended CHECK (quantity_ended <= greatest(quantity, quantity_received)),
  CONSTRAINT fk_deployment_lines_deployment_id_deployments FOREIGN KEY(deployment_id) REFERENCES deployments (id) ON DELETE CASCADE,
  CONSTRAINT fk_deployment_lines_offer_line_id_offer_lines FOREIGN KEY(offer_line_id) REFERENCES offer_lines (id),
  CONSTRAINT fk_deployment_lines_request_line_id_request_lines FOREIGN KEY(request_line_id) REFERENCES request_lines (id),
  CONSTRAINT fk_deployment_lines_capacity_id_capacities FOREIGN KEY(capacity_id) REFERENCES capacities (id),
  CONSTRAINT fk_deployment_lines_lot_id_lots FOREIGN KEY(lot_id) REFERENCES lots (id),
  CONSTRAINT fk_deployment_lines_item_code_items FOREIGN KEY(item_code) REFERENCES items (code),
  CONSTRAINT fk_deployment_lines_resource_type_code_resource_types FOREIGN KEY(resource_type_code)
      REFERENCES resource_types (code) ON UPDATE CASCADE,
  CONSTRAINT fk_deployment_lines_unit_code_units FOREIGN KEY(unit_code) REFERENCES units (code)
);
CREATE INDEX ix_deployment_lines_offer_line_id ON deployment_lines (offer_line_id);
CREATE INDEX ix_deployment_lines_request_line_id ON deployment_lines (request_line_id);
CREATE INDEX ix_deployment_lines_capacity_id ON deployment_lines (capacity_id);
CREATE INDEX ix_deployment_lines_lot_id ON deployment_lines (lot_id);

-- who signed for what arrived
CREATE TABLE receipts (
  id UUID DEFAULT uuid_v7() NOT NULL,
  deployment_id UUID NOT NULL,
  no INTEGER NOT NULL,
  organisation_id UUID NOT NULL,
  user_id UUID,
  signed_by TEXT NOT NULL,
  signed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  place TEXT DEFAULT '' NOT NULL,
  note TEXT DEFAULT '' NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_receipts PRIMARY KEY (id),
  CONSTRAINT uq_receipts_deployment_id UNIQUE (deployment_id, no),
  CONSTRAINT ck_receipts_signed_by CHECK (signed_by <> ''),
  CONSTRAINT ck_receipts_signed_at CHECK (isfinite(signed_at)),
  CONSTRAINT fk_receipts_deployment_id_deployments FOREIGN KEY(deployment_id) REFERENCES deployments (id) ON DELETE CASCADE,
  CONSTRAINT fk_receipts_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id),
  CONSTRAINT fk_receipts_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE SET NULL
);

CREATE TABLE receipt_lines (
  receipt_id UUID NOT NULL,
  deployment_line_id UUID NOT NULL,
  quantity_received NUMERIC NOT NULL,
  quantity_missing NUMERIC DEFAULT 0 NOT NULL,
  condition TEXT DEFAULT 'good' NOT NULL,
  difference TEXT,
  note TEXT DEFAULT '' NOT NULL,
  CONSTRAINT pk_receipt_lines PRIMARY KEY (receipt_id, deployment_line_id),
  CONSTRAINT ck_receipt_lines_quantity_received CHECK (quantity_received >= 0 AND quantity_received < 'infinity'),
  CONSTRAINT ck_receipt_lines_quantity_missing CHECK (quantity_missing >= 0 AND quantity_missing < 'infinity'),
  CONSTRAINT ck_receipt_lines_condition CHECK (condition IN ('good', 'damaged', 'expired', 'wrong')),
  CONSTRAINT ck_receipt_lines_difference CHECK (difference IN ('later', 'missing', 'damaged', 'refused', 'more', 'other')),
  CONSTRAINT ck_receipt_lines_missing CHECK (quantity_missing = 0 OR difference IN ('missing', 'damaged', 'refused', 'other')),
  CONSTRAINT fk_receipt_lines_receipt_id_receipts FOREIGN KEY(receipt_id) REFERENCES receipts (id) ON DELETE CASCADE,
  CONSTRAINT fk_receipt_lines_deployment_line_id_deployment_lines FOREIGN KEY(deployment_line_id)
      REFERENCES deployment_lines (id) ON DELETE CASCADE
);
CREATE INDEX ix_receipt_lines_deployment_line_id ON receipt_lines (deployment_line_id);

-- what became of it
CREATE TABLE deployment_outcomes (
  id UUID DEFAULT uuid_v7() NOT NULL,
  deployment_line_id UUID NOT NULL,
  kind TEXT NOT NULL,
  quantity NUMERIC NOT NULL,
  condition TEXT,
  reason TEXT DEFAULT '' NOT NULL,
  on_the_way BOOLEAN DEFAULT false NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_deployment_outcomes PRIMARY KEY (id),
  CONSTRAINT ck_deployment_outcomes_kind CHECK (kind IN ('lost', 'consumed', 'returned', 'donated', 'damaged')),
  CONSTRAINT ck_deployment_outcomes_quantity CHECK (quantity > 0 AND quantity < 'infinity'),
  CONSTRAINT ck_deployment_outcomes_condition CHECK (condition IN ('new', 'good', 'damaged', 'expired')),
  CONSTRAINT ck_deployment_outcomes_at CHECK (isfinite(at)),
  CONSTRAINT fk_deployment_outcomes_deployment_line_id_deployment_lines FOREIGN KEY(deployment_line_id)
      REFERENCES deployment_lines (id) ON DELETE CASCADE
);
CREATE INDEX ix_deployment_outcomes_deployment_line_id ON deployment_outcomes (deployment_line_id);

-- whoever was sent help asks to keep it longer; whoever sent it calls it back
CREATE TABLE deployment_changes (
  id UUID DEFAULT uuid_v7() NOT NULL,
  deployment_id UUID NOT NULL,
  no INTEGER NOT NULL,
  kind TEXT NOT NULL,
  organisation_id UUID NOT NULL,
  until TIMESTAMP WITH TIME ZONE NOT NULL,
  reason TEXT NOT NULL,
  asked_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  answer TEXT,
  answer_note TEXT DEFAULT '' NOT NULL,
  answered_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_deployment_changes PRIMARY KEY (id),
  CONSTRAINT uq_deployment_changes_deployment_id UNIQUE (deployment_id, no),
  CONSTRAINT ck_deployment_changes_kind CHECK (kind IN ('extension', 'recall')),
  CONSTRAINT ck_deployment_changes_until CHECK (isfinite(until)),
  CONSTRAINT ck_deployment_changes_answer CHECK (answer IN ('accepted', 'declined')),
  CONSTRAINT ck_deployment_changes_answered_at CHECK ((answer IS NULL) = (answered_at IS NULL)),
  CONSTRAINT fk_deployment_changes_deployment_id_deployments FOREIGN KEY(deployment_id) REFERENCES deployments (id) ON DELETE CASCADE,
  CONSTRAINT fk_deployment_changes_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id)
);
CREATE UNIQUE INDEX uq_deployment_changes_open ON deployment_changes (deployment_id, kind) WHERE answer IS NULL;

ALTER TABLE stock_movements ADD CONSTRAINT fk_stock_movements_deployment_line_id_deployment_lines
    FOREIGN KEY (deployment_line_id) REFERENCES deployment_lines (id);

CREATE SEQUENCE deployments_number;
"""

FUNCTIONS = r"""
CREATE FUNCTION number_deployment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.ref := coalesce(NEW.ref, numbered('DP-' || extract(year FROM now() AT TIME ZONE 'UTC'), 4, nextval('deployments_number')));
    RETURN NEW;
END $$;

-- what belongs to a deployment changes it
CREATE FUNCTION refresh_deployment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE deployments SET updated_at = clock_timestamp()
    WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.deployment_id ELSE NEW.deployment_id END;
    RETURN NULL;
END $$;

-- No more of an offer's line leaves than was accepted of it: whoever deploys has locked the offer
CREATE FUNCTION check_deployment_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    accepted numeric := (SELECT quantity_accepted - quantity_released FROM offer_lines WHERE id = NEW.offer_line_id FOR NO KEY UPDATE);
BEGIN
    IF coalesce(accepted, 0) < quantity_deployed(NEW.offer_line_id) THEN
        RAISE EXCEPTION 'more than was accepted of this offer' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'ck_deployment_lines_accepted';
    END IF;
    RETURN NULL;
END $$;

-- received, missing and ended follow from what was signed and reported
CREATE FUNCTION sum_deployment_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    line uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.deployment_line_id ELSE NEW.deployment_line_id END;
BEGIN
    UPDATE deployment_lines SET
        quantity_received = (SELECT coalesce(sum(r.quantity_received), 0) FROM receipt_lines r WHERE r.deployment_line_id = line),
        quantity_missing = (SELECT coalesce(sum(r.quantity_missing), 0) FROM receipt_lines r WHERE r.deployment_line_id = line)
            + (SELECT coalesce(sum(o.quantity), 0) FROM deployment_outcomes o WHERE o.deployment_line_id = line AND o.on_the_way),
        quantity_ended = (SELECT coalesce(sum(o.quantity), 0) FROM deployment_outcomes o WHERE o.deployment_line_id = line)
    WHERE id = line;
    RETURN NULL;
END $$;

-- how far a request has come follows from what was sent for it
CREATE FUNCTION refresh_request_of_sent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    line uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.request_line_id ELSE NEW.request_line_id END;
BEGIN
    IF line IS NOT NULL THEN
        PERFORM refresh_request_line(line);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION refresh_request_of_deployment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_request_line(line) FROM (
        SELECT DISTINCT request_line_id AS line FROM deployment_lines
        WHERE deployment_id = NEW.id AND request_line_id IS NOT NULL ORDER BY 1) sent;
    RETURN NULL;
END $$;
"""

# Of what was accepted, what will not arrive any more is missing again. A team is delivered when it is there, goods when signed for
COUNTED = r"""
CREATE OR REPLACE FUNCTION quantity_deployed(offer_line uuid) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(l.quantity), 0) FROM deployment_lines l JOIN deployments d ON d.id = l.deployment_id
    WHERE l.offer_line_id = offer_line AND d.status <> 'cancelled'
$$;
CREATE OR REPLACE FUNCTION lots_planned(offer_line uuid, OUT lot_id uuid, OUT quantity numeric) RETURNS SETOF record LANGUAGE sql STABLE AS $$
    SELECT l.lot_id, sum(l.quantity) FROM deployment_lines l JOIN deployments d ON d.id = l.deployment_id
    WHERE l.offer_line_id = offer_line AND l.lot_id IS NOT NULL AND d.status IN ('planned', 'mobilising') GROUP BY l.lot_id
$$;
CREATE OR REPLACE FUNCTION refresh_request_line(line uuid) RETURNS void LANGUAGE sql AS $$
    WITH offered AS (
        SELECT sum(CASE o.status WHEN 'submitted' THEN l.quantity ELSE l.quantity_accepted - l.quantity_released END) AS offered,
               sum(CASE o.status WHEN 'submitted' THEN 0 ELSE l.quantity_accepted - l.quantity_released END) AS committed
        FROM offer_lines l JOIN offers o ON o.id = l.offer_id
        WHERE l.request_line_id = line AND o.status IN ('submitted', 'accepted', 'partly_accepted')
    ), sent AS (
        SELECT sum(l.quantity_missing) AS missing,
               sum(CASE WHEN d.status IN ('in_transit', 'at_border')
                        THEN greatest(l.quantity - l.quantity_received - l.quantity_missing, 0) END) AS in_transit,
               sum(CASE WHEN d.kind = 'team' AND l.item_code IS NULL AND d.arrived_at IS NOT NULL
                        THEN greatest(l.quantity_received, l.quantity - l.quantity_missing) ELSE l.quantity_received END) AS delivered
        FROM deployment_lines l JOIN deployments d ON d.id = l.deployment_id
        WHERE l.request_line_id = line AND d.status <> 'cancelled'
    )
    SELECT set_request_line(line, greatest(offered - coalesce(missing, 0), 0), greatest(committed - coalesce(missing, 0), 0),
                            in_transit, delivered)
    FROM offered, sent
$$;
"""
NOT_COUNTED = r"""
CREATE OR REPLACE FUNCTION quantity_deployed(offer_line uuid) RETURNS numeric LANGUAGE sql STABLE AS $$ SELECT 0::numeric $$;
CREATE OR REPLACE FUNCTION lots_planned(offer_line uuid, OUT lot_id uuid, OUT quantity numeric) RETURNS SETOF record LANGUAGE sql STABLE AS $$
    SELECT NULL::uuid, 0::numeric WHERE false
$$;
CREATE OR REPLACE FUNCTION refresh_request_line(line uuid) RETURNS void LANGUAGE sql AS $$
    SELECT set_request_line(line,
        sum(CASE o.status WHEN 'submitted' THEN l.quantity ELSE l.quantity_accepted - l.quantity_released END),
        sum(CASE o.status WHEN 'submitted' THEN 0 ELSE l.quantity_accepted - l.quantity_released END), 0, 0)
    FROM offer_lines l JOIN offers o ON o.id = l.offer_id
    WHERE l.request_line_id = line AND o.status IN ('submitted', 'accepted', 'partly_accepted')
$$;
"""

TRIGGERS = r"""
CREATE TRIGGER a_number BEFORE INSERT ON deployments FOR EACH ROW EXECUTE FUNCTION number_deployment();
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON deployments FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER refresh_request AFTER UPDATE OF status ON deployments FOR EACH ROW
    WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION refresh_request_of_deployment();

CREATE TRIGGER check_accepted AFTER INSERT OR UPDATE OF quantity, offer_line_id ON deployment_lines
    FOR EACH ROW EXECUTE FUNCTION check_deployment_line();
CREATE TRIGGER refresh_request AFTER INSERT OR UPDATE OR DELETE ON deployment_lines
    FOR EACH ROW EXECUTE FUNCTION refresh_request_of_sent();
CREATE TRIGGER sum_line AFTER INSERT OR UPDATE OR DELETE ON receipt_lines FOR EACH ROW EXECUTE FUNCTION sum_deployment_line();
CREATE TRIGGER sum_line AFTER INSERT OR UPDATE OR DELETE ON deployment_outcomes FOR EACH ROW EXECUTE FUNCTION sum_deployment_line();

CREATE TRIGGER refresh_deployment AFTER INSERT OR UPDATE OR DELETE ON deployment_times
    FOR EACH ROW EXECUTE FUNCTION refresh_deployment();
CREATE TRIGGER refresh_deployment AFTER INSERT OR UPDATE OR DELETE ON deployment_lines
    FOR EACH ROW EXECUTE FUNCTION refresh_deployment();
CREATE TRIGGER refresh_deployment AFTER INSERT OR UPDATE OR DELETE ON receipts
    FOR EACH ROW EXECUTE FUNCTION refresh_deployment();
CREATE TRIGGER refresh_deployment AFTER INSERT OR UPDATE OR DELETE ON deployment_changes
    FOR EACH ROW EXECUTE FUNCTION refresh_deployment();

CREATE TRIGGER note_insert AFTER INSERT ON deployments REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_visible_change('deployments');
CREATE TRIGGER note_update AFTER UPDATE ON deployments REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_visible_change('deployments');
CREATE TRIGGER note_delete AFTER DELETE ON deployments REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_visible_change('deployments');
CREATE TRIGGER note_change AFTER TRUNCATE ON deployments FOR EACH STATEMENT EXECUTE FUNCTION note_change('deployments');
CREATE TRIGGER note_narrowed AFTER UPDATE OF visibility ON deployments FOR EACH ROW
    WHEN (OLD.visibility <> NEW.visibility) EXECUTE FUNCTION note_departure('deployments');
CREATE TRIGGER note_deleted AFTER DELETE ON deployments FOR EACH ROW EXECUTE FUNCTION note_departure('deployments');
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for step in (TABLES, FUNCTIONS, COUNTED, TRIGGERS):
        op.execute(step)


def downgrade() -> None:
    op.execute(NOT_COUNTED)
    op.execute("""
        ALTER TABLE stock_movements DROP CONSTRAINT fk_stock_movements_deployment_line_id_deployment_lines;
        DROP TABLE deployment_changes, deployment_outcomes, receipt_lines, receipts, deployment_lines, deployment_times, deployments;
        DROP FUNCTION number_deployment(), refresh_deployment(), check_deployment_line(), sum_deployment_line(),
            refresh_request_of_sent(), refresh_request_of_deployment();
        DROP SEQUENCE deployments_number;
        DELETE FROM departures WHERE noun = 'deployments';
        DELETE FROM layer_changes WHERE layer LIKE 'deployments%';
    """)
