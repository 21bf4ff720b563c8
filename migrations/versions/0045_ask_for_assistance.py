"""Requests for assistance and their lines: what is asked, what was decided, and how far each line has come.

A draft is its own organisation's (approvers of the Centre see it too); `audience` says who may see it once it is submitted, and then
becomes its visibility. How far a line has come is worked out by `refresh_request_line()`, which later rooms replace as they
bring offers and deployments; whoever calls it holds the request's row. What the lines add up to stands in the request.
"""

from alembic import op

revision = "0045"
down_revision = "0044"

TABLES = r"""
CREATE TABLE requests (
  id UUID DEFAULT uuid_v7() NOT NULL,
  ref TEXT NOT NULL,
  organisation_id UUID NOT NULL,
  country_iso3 TEXT NOT NULL,
  event_id UUID,
  titles JSONB NOT NULL,
  descriptions JSONB DEFAULT '{}' NOT NULL,
  status TEXT DEFAULT 'draft' NOT NULL,
  priority TEXT DEFAULT 'medium' NOT NULL,
  needed_by TIMESTAMP WITH TIME ZONE,
  deliver_area_id UUID,
  deliver_place JSONB DEFAULT '{}' NOT NULL,
  deliver_location geometry(POINT,4326),
  deliver_entry_point_id UUID,
  contact TEXT DEFAULT '' NOT NULL,
  audience TEXT DEFAULT 'partners' NOT NULL,
  is_exercise BOOLEAN DEFAULT false NOT NULL,
  submitted_at TIMESTAMP WITH TIME ZONE,
  decided_at TIMESTAMP WITH TIME ZONE,
  decision_reason TEXT DEFAULT '' NOT NULL,
  appeal_text JSONB DEFAULT '{}' NOT NULL,
  appeal_prices BOOLEAN DEFAULT false NOT NULL,
  appeal_published_at TIMESTAMP WITH TIME ZONE,
  progress_offered TEXT DEFAULT 'none' NOT NULL,
  progress_committed TEXT DEFAULT 'none' NOT NULL,
  progress_in_transit TEXT DEFAULT 'none' NOT NULL,
  progress_delivered TEXT DEFAULT 'none' NOT NULL,
  visibility TEXT DEFAULT 'own' NOT NULL,
  demonstration BOOLEAN DEFAULT false NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  withdrawn_at TIMESTAMP WITH TIME ZONE,
  search TSVECTOR,
  CONSTRAINT pk_requests PRIMARY KEY (id),
  CONSTRAINT uq_requests_ref UNIQUE (ref),
  CONSTRAINT ck_requests_visibility CHECK (visibility IN ('public', 'partners', 'centre', 'own')),
  CONSTRAINT ck_requests_audience CHECK (audience IN ('public', 'partners', 'centre', 'own')),
  CONSTRAINT ck_requests_status CHECK (status IN ('draft', 'submitted', 'approved', 'rejected', 'closed', 'cancelled')),
  CONSTRAINT ck_requests_priority CHECK (priority IN ('low', 'medium', 'high', 'critical')),
  CONSTRAINT ck_requests_progress_offered CHECK (progress_offered IN ('none', 'partial', 'complete')),
  CONSTRAINT ck_requests_progress_committed CHECK (progress_committed IN ('none', 'partial', 'complete')),
  CONSTRAINT ck_requests_progress_in_transit CHECK (progress_in_transit IN ('none', 'partial', 'complete')),
  CONSTRAINT ck_requests_progress_delivered CHECK (progress_delivered IN ('none', 'partial', 'complete')),
  CONSTRAINT ck_requests_submitted_at CHECK ((status = 'draft') = (submitted_at IS NULL)),
  CONSTRAINT ck_requests_decided_at CHECK (CASE WHEN status IN ('draft', 'submitted') THEN decided_at IS NULL
                                                WHEN status = 'cancelled' THEN true ELSE decided_at IS NOT NULL END),
  CONSTRAINT ck_requests_decision_reason CHECK (status <> 'rejected' OR decision_reason <> ''),
  CONSTRAINT ck_requests_shown CHECK (visibility = CASE status WHEN 'draft' THEN 'own' ELSE audience END),
  CONSTRAINT ck_requests_withdrawn_at CHECK (withdrawn_at IS NULL OR status = 'draft'),
  CONSTRAINT ck_requests_appeal_published_at CHECK (appeal_published_at IS NULL OR (appeal_text <> '{}' AND status <> 'draft')),
  CONSTRAINT ck_requests_texts CHECK (titles <> '{}' AND are_texts(titles) AND are_texts(descriptions) AND are_texts(deliver_place)
                                      AND are_texts(appeal_text)),
  CONSTRAINT ck_requests_needed_by CHECK (isfinite(needed_by)),
  CONSTRAINT fk_requests_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id),
  CONSTRAINT fk_requests_country_iso3_countries FOREIGN KEY(country_iso3) REFERENCES countries (iso3),
  CONSTRAINT fk_requests_event_id_events FOREIGN KEY(event_id) REFERENCES events (id),
  CONSTRAINT fk_requests_deliver_area_id_areas FOREIGN KEY(deliver_area_id) REFERENCES areas (id),
  CONSTRAINT fk_requests_deliver_entry_point_id_entry_points FOREIGN KEY(deliver_entry_point_id) REFERENCES entry_points (id)
);
CREATE INDEX idx_requests_deliver_location ON requests USING gist (deliver_location);
CREATE INDEX ix_requests_organisation_id ON requests (organisation_id);
CREATE INDEX ix_requests_country_iso3 ON requests (country_iso3);
CREATE INDEX ix_requests_event_id ON requests (event_id);
CREATE INDEX ix_requests_updated_at ON requests (updated_at);
CREATE INDEX ix_requests_submitted_at ON requests (coalesce(submitted_at, created_at), id);
CREATE INDEX ix_requests_needed_by ON requests (coalesce(needed_by, 'infinity'), id);
CREATE INDEX ix_requests_search ON requests USING gin (search);

CREATE TABLE request_lines (
  id UUID DEFAULT uuid_v7() NOT NULL,
  request_id UUID NOT NULL,
  no INTEGER NOT NULL,
  kind TEXT NOT NULL,
  item_code TEXT,
  resource_type_code TEXT,
  description JSONB DEFAULT '{}' NOT NULL,
  specification JSONB,
  alternatives TEXT[] DEFAULT '{}' NOT NULL,
  quantity NUMERIC NOT NULL,
  unit_code TEXT NOT NULL,
  priority TEXT,
  needed_by TIMESTAMP WITH TIME ZONE,
  unit_price NUMERIC,
  currency TEXT,
  cancelled_at TIMESTAMP WITH TIME ZONE,
  quantity_offered NUMERIC DEFAULT 0 NOT NULL,
  quantity_committed NUMERIC DEFAULT 0 NOT NULL,
  quantity_in_transit NUMERIC DEFAULT 0 NOT NULL,
  quantity_delivered NUMERIC DEFAULT 0 NOT NULL,
  status TEXT DEFAULT 'open' NOT NULL,
  CONSTRAINT pk_request_lines PRIMARY KEY (id),
  CONSTRAINT uq_request_lines_no UNIQUE (request_id, no),
  CONSTRAINT ck_request_lines_kind CHECK (kind IN ('item', 'type', 'expertise')),
  CONSTRAINT ck_request_lines_what CHECK (CASE kind WHEN 'item' THEN resource_type_code IS NULL AND (item_code IS NOT NULL OR description <> '{}')
                                          ELSE resource_type_code IS NOT NULL AND item_code IS NULL END),
  CONSTRAINT ck_request_lines_description CHECK (are_texts(description)),
  CONSTRAINT ck_request_lines_specification CHECK (jsonb_typeof(specification) = 'object'),
  CONSTRAINT ck_request_lines_quantity CHECK (quantity > 0),
  CONSTRAINT ck_request_lines_priority CHECK (priority IN ('low', 'medium', 'high', 'critical')),
  CONSTRAINT ck_request_lines_needed_by CHECK (isfinite(needed_by)),
  CONSTRAINT ck_request_lines_unit_price CHECK (unit_price >= 0 AND (unit_price IS NULL) = (currency IS NULL)),
  CONSTRAINT ck_request_lines_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_request_lines_progress CHECK (least(quantity_offered, quantity_committed, quantity_in_transit, quantity_delivered) >= 0),
  CONSTRAINT ck_request_lines_status CHECK (status IN ('open', 'offered', 'partly_committed', 'committed', 'fulfilled', 'cancelled')),
  CONSTRAINT fk_request_lines_request_id_requests FOREIGN KEY(request_id) REFERENCES requests (id) ON DELETE CASCADE,
  CONSTRAINT fk_request_lines_item_code_items FOREIGN KEY(item_code) REFERENCES items (code),
  CONSTRAINT fk_request_lines_resource_type_code_resource_types FOREIGN KEY(resource_type_code) REFERENCES resource_types (code),
  CONSTRAINT fk_request_lines_unit_code_units FOREIGN KEY(unit_code) REFERENCES units (code)
);
CREATE INDEX ix_request_lines_item_code ON request_lines (item_code);
CREATE INDEX ix_request_lines_resource_type_code ON request_lines (resource_type_code);

CREATE SEQUENCE requests_number;

CREATE FUNCTION number_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.ref := coalesce(NEW.ref, numbered('RQ-' || extract(year FROM now() AT TIME ZONE 'UTC'), 4, nextval('requests_number')));
    RETURN NEW;
END $$;
CREATE TRIGGER a_number BEFORE INSERT ON requests FOR EACH ROW EXECUTE FUNCTION number_request();

CREATE FUNCTION document_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := search_document(
        concat_ws(' ', NEW.ref, all_names(NEW.titles)),
        concat_ws(' ',
            (SELECT string_agg(concat_ws(' ', all_names(i.names), all_names(t.names), all_names(l.description)), ' ')
             FROM request_lines l LEFT JOIN items i ON i.code = l.item_code LEFT JOIN resource_types t ON t.code = l.resource_type_code
             WHERE l.request_id = NEW.id),
            (SELECT concat_ws(' ', code, all_names(names), array_to_string(aliases, ' ')) FROM organisations WHERE id = NEW.organisation_id),
            (SELECT all_names(names) FROM countries WHERE iso3 = NEW.country_iso3),
            (SELECT all_names(names) FROM areas WHERE id = NEW.deliver_area_id),
            all_names(NEW.deliver_place)),
        all_names(NEW.descriptions));
    RETURN NEW;
END $$;
CREATE TRIGGER document BEFORE INSERT OR UPDATE ON requests FOR EACH ROW EXECUTE FUNCTION document_request();

-- of so much asked, how much has come so far
CREATE FUNCTION progress_of(asked numeric, come numeric) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN come >= asked THEN 2 WHEN come > 0 THEN 1 ELSE 0 END
$$;

-- What the lines of a request add up to. A step counts those beyond it: what was delivered had left, what has left was committed
CREATE FUNCTION refresh_request(request uuid) RETURNS void LANGUAGE sql AS $$
    WITH come AS (
        SELECT min(offered) AS o, max(offered) AS o_most,
               min(committed) AS c, max(committed) AS c_most, min(left_here) AS t, max(left_here) AS t_most,
               min(delivered) AS d, max(delivered) AS d_most
        FROM (SELECT progress_of(quantity, quantity_delivered) AS delivered,
                     progress_of(quantity, quantity_in_transit + quantity_delivered) AS left_here,
                     progress_of(quantity, greatest(quantity_committed, quantity_in_transit + quantity_delivered)) AS committed,
                     progress_of(quantity, greatest(quantity_offered, quantity_committed, quantity_in_transit + quantity_delivered)) AS offered
              FROM request_lines WHERE request_id = request AND cancelled_at IS NULL) lines
    )
    UPDATE requests SET
        progress_offered = CASE WHEN o = 2 THEN 'complete' WHEN o_most > 0 THEN 'partial' ELSE 'none' END,
        progress_committed = CASE WHEN c = 2 THEN 'complete' WHEN c_most > 0 THEN 'partial' ELSE 'none' END,
        progress_in_transit = CASE WHEN t = 2 THEN 'complete' WHEN t_most > 0 THEN 'partial' ELSE 'none' END,
        progress_delivered = CASE WHEN d = 2 THEN 'complete' WHEN d_most > 0 THEN 'partial' ELSE 'none' END,
        updated_at = clock_timestamp()
    FROM come WHERE id = request
$$;

CREATE FUNCTION refresh_request_of_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refresh_request(CASE TG_OP WHEN 'DELETE' THEN OLD.request_id ELSE NEW.request_id END);
    RETURN NULL;
END $$;
CREATE TRIGGER refresh_request AFTER INSERT OR UPDATE OR DELETE ON request_lines FOR EACH ROW EXECUTE FUNCTION refresh_request_of_line();

-- what a line says of itself follows from how much has come
CREATE FUNCTION state_of_request_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.status := CASE WHEN NEW.cancelled_at IS NOT NULL THEN 'cancelled'
                       WHEN NEW.quantity_delivered >= NEW.quantity THEN 'fulfilled'
                       WHEN greatest(NEW.quantity_committed, NEW.quantity_in_transit + NEW.quantity_delivered) >= NEW.quantity THEN 'committed'
                       WHEN greatest(NEW.quantity_committed, NEW.quantity_in_transit + NEW.quantity_delivered) > 0 THEN 'partly_committed'
                       WHEN NEW.quantity_offered > 0 THEN 'offered' ELSE 'open' END;
    RETURN NEW;
END $$;
CREATE TRIGGER state BEFORE INSERT OR UPDATE ON request_lines FOR EACH ROW EXECUTE FUNCTION state_of_request_line();

-- The one place that writes how much has come, so that whoever replaces refresh_request_line() only sums
CREATE FUNCTION set_request_line(line uuid, offered numeric, committed numeric, in_transit numeric, delivered numeric)
RETURNS void LANGUAGE sql AS $$
    UPDATE request_lines SET quantity_offered = coalesce(offered, 0), quantity_committed = coalesce(committed, 0),
                             quantity_in_transit = coalesce(in_transit, 0), quantity_delivered = coalesce(delivered, 0)
    WHERE id = line AND (quantity_offered, quantity_committed, quantity_in_transit, quantity_delivered)
          IS DISTINCT FROM (coalesce(offered, 0), coalesce(committed, 0), coalesce(in_transit, 0), coalesce(delivered, 0))
$$;

-- nothing can be offered yet, so nothing has come
CREATE FUNCTION refresh_request_line(line uuid) RETURNS void LANGUAGE sql AS $$
    SELECT set_request_line(line, 0, 0, 0, 0)
$$;

-- whether anything of a request is committed, has left or has come
CREATE FUNCTION is_promised(request uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM request_lines WHERE request_id = request AND quantity_committed + quantity_in_transit + quantity_delivered > 0)
$$;

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON requests FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER note_insert AFTER INSERT ON requests REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_visible_change('requests');
CREATE TRIGGER note_update AFTER UPDATE ON requests REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_visible_change('requests');
CREATE TRIGGER note_delete AFTER DELETE ON requests REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_visible_change('requests');
CREATE TRIGGER note_change AFTER TRUNCATE ON requests FOR EACH STATEMENT EXECUTE FUNCTION note_change('requests');
CREATE TRIGGER note_narrowed AFTER UPDATE OF visibility ON requests FOR EACH ROW
    WHEN (OLD.visibility <> NEW.visibility) EXECUTE FUNCTION note_departure('requests');
CREATE TRIGGER note_deleted AFTER DELETE ON requests FOR EACH ROW EXECUTE FUNCTION note_departure('requests');

-- the page for donors is public, whatever the visibility of the request
CREATE FUNCTION note_appeal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM tell_change('requests', 4);
    RETURN NULL;
END $$;
CREATE TRIGGER note_appeal AFTER UPDATE ON requests FOR EACH ROW
    WHEN (OLD.appeal_published_at IS NOT NULL OR NEW.appeal_published_at IS NOT NULL) EXECUTE FUNCTION note_appeal();
"""

# What subscribers and webhooks may be told of
ANNOUNCED = """
DROP TRIGGER announce ON history;
CREATE TRIGGER announce AFTER INSERT ON history FOR EACH ROW
    WHEN (NEW.record_id IS NOT NULL AND NEW.action <> 'read' AND NEW.noun IN ({nouns})) EXECUTE FUNCTION announce();
"""
NOUNS = "'events', 'figures', 'situation_reports', 'documents', 'warnings'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)
    op.execute(ANNOUNCED.format(nouns=f"{NOUNS}, 'requests'"))


def downgrade() -> None:
    op.execute(ANNOUNCED.format(nouns=NOUNS))
    op.execute("DELETE FROM announcements WHERE noun = 'requests'")
    op.execute("""
        DROP TABLE request_lines, requests;
        DROP FUNCTION number_request(), document_request(), refresh_request_of_line(), state_of_request_line(),
                      refresh_request_line(uuid), set_request_line(uuid, numeric, numeric, numeric, numeric),
                      refresh_request(uuid), progress_of(numeric, numeric), is_promised(uuid), note_appeal();
        DROP SEQUENCE requests_number;
        DELETE FROM departures WHERE noun = 'requests';
        DELETE FROM layer_changes WHERE layer LIKE 'requests%';
    """)
