"""Events as they were known on any day, merged and parted again, related to one another, their alert levels with reasons.

A merged event is a withdrawn one that leads to its master, so every list and map leaves it out as it is. What an event said
is kept by deferred triggers: the many statements of one transaction make one version.
"""

from alembic import op

revision = "0033"
down_revision = "0032"

TABLES = r"""
ALTER TABLE events
    ADD merged_into_id uuid,
    ADD CONSTRAINT fk_events_merged_into_id_events FOREIGN KEY (merged_into_id) REFERENCES events (id) ON DELETE SET NULL,
    ADD CONSTRAINT ck_events_merged_into_id CHECK (merged_into_id IS NULL OR (merged_into_id <> id AND withdrawn_at IS NOT NULL));
CREATE INDEX ix_events_merged_into_id ON events (merged_into_id) WHERE merged_into_id IS NOT NULL;
CREATE INDEX ix_event_glides_number ON event_glides (substr(glide, 4));

CREATE TABLE event_versions (
  id UUID NOT NULL,
  ref TEXT NOT NULL,
  titles JSONB NOT NULL,
  summary JSONB,
  hazard_code TEXT NOT NULL,
  status TEXT NOT NULL,
  alert_level TEXT,
  started_at TIMESTAMP WITH TIME ZONE NOT NULL,
  started_precision TEXT NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  place JSONB,
  geometry geometry(GEOMETRY,4326),
  geometry_precision TEXT,
  exercise BOOLEAN NOT NULL,
  organisation_id UUID,
  merged_into_id UUID,
  countries TEXT[] NOT NULL,
  area_ids UUID[] NOT NULL,
  glides TEXT[] NOT NULL,
  visibility TEXT NOT NULL,
  demonstration BOOLEAN NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
  withdrawn_at TIMESTAMP WITH TIME ZONE,
  search TSVECTOR,
  known_from TIMESTAMP WITH TIME ZONE NOT NULL,
  known_until TIMESTAMP WITH TIME ZONE DEFAULT 'infinity' NOT NULL,
  CONSTRAINT pk_event_versions PRIMARY KEY (id, known_from),
  CONSTRAINT ck_event_versions_known CHECK (known_from < known_until),
  CONSTRAINT fk_event_versions_id_events FOREIGN KEY (id) REFERENCES events (id) ON DELETE CASCADE,
  CONSTRAINT ex_event_versions_id EXCLUDE USING gist (id WITH =, tstzrange(known_from, known_until) WITH &&)
);
CREATE INDEX idx_event_versions_geometry ON event_versions USING gist (geometry);
CREATE INDEX ix_event_versions_search ON event_versions USING gin (search);
CREATE INDEX ix_event_versions_countries ON event_versions USING gin (countries);
CREATE INDEX ix_event_versions_area_ids ON event_versions USING gin (area_ids);
CREATE INDEX ix_event_versions_started_at_id ON event_versions (started_at DESC, id DESC);
CREATE INDEX ix_event_versions_ref ON event_versions (ref);
CREATE INDEX ix_event_versions_merged_into_id ON event_versions (merged_into_id) WHERE merged_into_id IS NOT NULL;

CREATE TABLE event_alert_levels (
  id UUID DEFAULT uuid_v7() NOT NULL,
  event_id UUID NOT NULL,
  level TEXT,
  since TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  reason TEXT DEFAULT '' NOT NULL,
  organisation_id UUID,
  visibility TEXT NOT NULL,
  CONSTRAINT pk_event_alert_levels PRIMARY KEY (id),
  CONSTRAINT ck_event_alert_levels_level CHECK (level IN ('green', 'orange', 'red')),
  CONSTRAINT ck_event_alert_levels_visibility CHECK (visibility IN ('public', 'partners', 'centre', 'own')),
  CONSTRAINT fk_event_alert_levels_event_id_events FOREIGN KEY (event_id) REFERENCES events (id) ON DELETE CASCADE,
  CONSTRAINT fk_event_alert_levels_organisation_id_organisations FOREIGN KEY (organisation_id) REFERENCES organisations (id)
);
CREATE INDEX ix_event_alert_levels_event_id ON event_alert_levels (event_id, since);

-- `event_id` is part of, was triggered by, is an aftershock of, or is related to `other_id`
CREATE TABLE event_relations (
  id UUID DEFAULT uuid_v7() NOT NULL,
  event_id UUID NOT NULL,
  kind TEXT NOT NULL,
  other_id UUID NOT NULL,
  related_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_event_relations PRIMARY KEY (id),
  CONSTRAINT ck_event_relations_kind CHECK (kind IN ('part_of', 'triggered_by', 'aftershock_of', 'related')),
  CONSTRAINT ck_event_relations_other_id CHECK (other_id <> event_id),
  CONSTRAINT ck_event_relations_ended_at CHECK (related_at <= ended_at),
  CONSTRAINT fk_event_relations_event_id_events FOREIGN KEY (event_id) REFERENCES events (id) ON DELETE CASCADE,
  CONSTRAINT fk_event_relations_other_id_events FOREIGN KEY (other_id) REFERENCES events (id) ON DELETE CASCADE
);
CREATE INDEX ix_event_relations_event_id ON event_relations (event_id);
CREATE INDEX ix_event_relations_other_id ON event_relations (other_id);
CREATE UNIQUE INDEX uq_event_relations_pair ON event_relations (least(event_id, other_id), greatest(event_id, other_id))
    WHERE ended_at IS NULL;
CREATE UNIQUE INDEX uq_event_relations_parent ON event_relations (event_id) WHERE kind = 'part_of' AND ended_at IS NULL;
INSERT INTO event_relations (event_id, kind, other_id) SELECT id, 'part_of', parent_id FROM events WHERE parent_id IS NOT NULL;
ALTER TABLE events DROP parent_id;
CREATE TRIGGER refresh_event AFTER INSERT OR UPDATE OR DELETE ON event_relations FOR EACH ROW EXECUTE FUNCTION refresh_event();
"""

MERGED = r"""
CREATE FUNCTION master_of(event uuid) RETURNS uuid LANGUAGE sql STABLE AS $$
    WITH RECURSIVE chain AS (
        SELECT id, merged_into_id FROM events WHERE id = event
        UNION SELECT e.id, e.merged_into_id FROM chain c JOIN events e ON e.id = c.merged_into_id)
    SELECT id FROM chain WHERE merged_into_id IS NULL
$$;
CREATE FUNCTION master_of(event uuid, at timestamptz) RETURNS uuid LANGUAGE sql STABLE AS $$
    WITH RECURSIVE known AS (
        SELECT id, merged_into_id FROM event_versions v WHERE v.id = event AND known_from <= at AND known_until > at
        UNION SELECT v.id, v.merged_into_id FROM known k JOIN event_versions v ON v.id = k.merged_into_id
        WHERE known_from <= at AND known_until > at)
    SELECT id FROM known WHERE merged_into_id IS NULL
$$;
CREATE FUNCTION events_merged_into(event uuid) RETURNS SETOF uuid LANGUAGE sql STABLE ROWS 2 AS $$
    WITH RECURSIVE merged AS (
        SELECT id FROM events WHERE merged_into_id = event
        UNION SELECT e.id FROM merged m JOIN events e ON e.merged_into_id = m.id)
    SELECT id FROM merged
$$;
CREATE FUNCTION events_merged_into(event uuid, at timestamptz) RETURNS SETOF uuid LANGUAGE sql STABLE ROWS 2 AS $$
    WITH RECURSIVE merged AS (
        SELECT v.id FROM event_versions v WHERE v.merged_into_id = event AND known_from <= at AND known_until > at
        UNION SELECT v.id FROM merged m JOIN event_versions v ON v.merged_into_id = m.id
        WHERE known_from <= at AND known_until > at)
    SELECT id FROM merged
$$;
CREATE FUNCTION event_with_merged(event uuid) RETURNS SETOF uuid LANGUAGE sql STABLE ROWS 2 AS $$
    SELECT event UNION ALL SELECT events_merged_into(event)
$$;

-- whether all who see a record of the second visibility see one of the first as well
CREATE FUNCTION is_as_wide(visibility text, organisation uuid, than text, whose uuid) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_position(ARRAY['own', 'centre', 'partners', 'public'], visibility)
           >= array_position(ARRAY['own', 'centre', 'partners', 'public'], than)
       AND (visibility <> 'own' OR organisation IS NOT DISTINCT FROM whose)
$$;

-- The events that these numbers name, with their masters; a number without its hazard names those of every hazard
CREATE FUNCTION events_of_glides(numbers text[]) RETURNS SETOF uuid LANGUAGE sql STABLE ROWS 5 AS $$
    WITH RECURSIVE named AS (
        SELECT e.id, e.merged_into_id, e.visibility, e.organisation_id FROM event_glides g JOIN events e ON e.id = g.event_id
        WHERE g.glide = ANY (numbers) OR substr(g.glide, 4) = ANY (numbers)
        UNION SELECT m.id, m.merged_into_id, n.visibility, n.organisation_id FROM named n JOIN events m ON m.id = n.merged_into_id
        WHERE is_as_wide(n.visibility, n.organisation_id, m.visibility, m.organisation_id))
    SELECT id FROM named
$$;
CREATE FUNCTION events_of_glides(numbers text[], at timestamptz) RETURNS SETOF uuid LANGUAGE sql STABLE ROWS 5 AS $$
    WITH RECURSIVE named AS (
        SELECT v.id, v.merged_into_id, v.visibility, v.organisation_id FROM event_versions v
        WHERE known_from <= at AND known_until > at AND v.glides <> '{}' AND EXISTS (
            SELECT FROM unnest(v.glides) glide WHERE glide = ANY (numbers) OR substr(glide, 4) = ANY (numbers))
        UNION SELECT m.id, m.merged_into_id, n.visibility, n.organisation_id FROM named n JOIN event_versions m ON m.id = n.merged_into_id
        WHERE known_from <= at AND known_until > at
          AND is_as_wide(n.visibility, n.organisation_id, m.visibility, m.organisation_id))
    SELECT id FROM named
$$;
"""

# The refs and numbers of merged events find their master, where all who see it could see them
DOCUMENT = r"""
CREATE OR REPLACE FUNCTION document_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := search_document(
        concat_ws(' ', NEW.ref, all_names(NEW.titles), (SELECT string_agg(glide, ' ') FROM event_glides WHERE event_id = NEW.id){merged}),
        concat_ws(' ',
            (SELECT all_names(names) FROM hazards WHERE code = NEW.hazard_code),
            all_names(NEW.place),
            (SELECT string_agg(all_names(names), ' ') FROM event_countries JOIN countries ON iso3 = country_iso3 WHERE event_id = NEW.id),
            (SELECT string_agg(concat_ws(' ', all_names(names), array_to_string(spellings, ' ')), ' ')
             FROM event_areas JOIN areas ON areas.id = area_id WHERE event_id = NEW.id)),
        all_names(NEW.summary));
    RETURN NEW;
END $$;
"""
OF_MERGED = """,
            (SELECT string_agg(concat_ws(' ', m.ref, (SELECT string_agg(glide, ' ') FROM event_glides WHERE event_id = m.id)), ' ')
             FROM events_merged_into(NEW.id) merged JOIN events m ON m.id = merged
             WHERE is_as_wide(m.visibility, m.organisation_id, NEW.visibility, NEW.organisation_id))"""

COLUMNS = """id, ref, titles, summary, hazard_code, status, alert_level, started_at, started_precision, ended_at, place, geometry,
        geometry_precision, exercise, organisation_id, merged_into_id, visibility, demonstration, created_at, withdrawn_at, search"""
PARTS = """ARRAY(SELECT country_iso3 FROM event_countries WHERE event_id = e.id ORDER BY 1),
        ARRAY(SELECT area_id FROM event_areas WHERE event_id = e.id ORDER BY 1),
        ARRAY(SELECT glide FROM event_glides WHERE event_id = e.id ORDER BY 1)"""


def of(row: str) -> str:
    return ", ".join(f"{row}.{name.strip()}" for name in COLUMNS.split(","))


def compared(row: str) -> str:
    """The same, to be compared in the condition of a trigger: a dump cannot say which operator compares geometries there."""
    return of(row).replace(f"{row}.geometry,", f"ST_AsEWKB({row}.geometry),")


VERSIONS = f"""
-- What the event says now becomes its latest version, unless that says the same
CREATE FUNCTION keep_event_version(event uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    last event_versions;
    says event_versions;
BEGIN
    SELECT INTO last v.* FROM event_versions v WHERE v.id = event ORDER BY known_from DESC LIMIT 1;
    SELECT INTO {of("says")}, says.countries, says.area_ids, says.glides, says.updated_at {of("e")}, {PARTS}, e.updated_at
    FROM events e WHERE e.id = event;
    IF says.id IS NULL OR ({of("last")}, last.countries, last.area_ids, last.glides)
                     IS NOT DISTINCT FROM ({of("says")}, says.countries, says.area_ids, says.glides) THEN
        RETURN;
    END IF;
    says.known_from := CASE WHEN last.id IS NULL THEN least(says.started_at, says.created_at)
                          ELSE greatest(clock_timestamp(), last.known_from + interval '1 microsecond') END;
    says.known_until := 'infinity';
    UPDATE event_versions SET known_until = says.known_from WHERE id = event AND known_from = last.known_from;
    INSERT INTO event_versions SELECT says.*;
END $$;

CREATE FUNCTION keep_version() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM keep_event_version(NEW.id);
    RETURN NULL;
END $$;
CREATE FUNCTION keep_version_of_part() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM keep_event_version(CASE TG_OP WHEN 'DELETE' THEN OLD.event_id ELSE NEW.event_id END);
    RETURN NULL;
END $$;

INSERT INTO event_versions ({COLUMNS}, countries, area_ids, glides, updated_at, known_from)
SELECT {of("e")}, {PARTS}, e.updated_at, least(e.started_at, e.created_at) FROM events e;

CREATE CONSTRAINT TRIGGER keep_first_version AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION keep_version();
-- figures and the like touch their event: that alone makes no version
CREATE CONSTRAINT TRIGGER keep_version AFTER UPDATE ON events DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (({compared("OLD")}) IS DISTINCT FROM ({compared("NEW")})) EXECUTE FUNCTION keep_version();
CREATE CONSTRAINT TRIGGER keep_version AFTER INSERT OR UPDATE OR DELETE ON event_countries DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION keep_version_of_part();
CREATE CONSTRAINT TRIGGER keep_version AFTER INSERT OR UPDATE OR DELETE ON event_areas DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION keep_version_of_part();
CREATE CONSTRAINT TRIGGER keep_version AFTER INSERT OR UPDATE OR DELETE ON event_glides DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION keep_version_of_part();
"""

LEVELS = r"""
INSERT INTO event_alert_levels (event_id, level, since, visibility)
SELECT id, alert_level, least(started_at, created_at), visibility FROM events WHERE alert_level IS NOT NULL;

-- Whoever changes a level says why; where none did (a feed by rule, the demonstration) the level is noted without a reason
CREATE FUNCTION note_alert_level() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    event events;
    last  event_alert_levels;
BEGIN
    SELECT INTO event * FROM events WHERE id = NEW.id;
    SELECT INTO last * FROM event_alert_levels WHERE event_id = NEW.id ORDER BY since DESC, id DESC LIMIT 1;
    IF event.id IS NOT NULL AND event.alert_level IS DISTINCT FROM last.level THEN
        INSERT INTO event_alert_levels (event_id, level, since, organisation_id, visibility)
        VALUES (event.id, event.alert_level,
                CASE TG_OP WHEN 'INSERT' THEN least(event.started_at, event.created_at) ELSE clock_timestamp() END,
                CASE TG_OP WHEN 'INSERT' THEN event.organisation_id END, event.visibility);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER note_first_alert_level AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.alert_level IS NOT NULL) EXECUTE FUNCTION note_alert_level();
CREATE CONSTRAINT TRIGGER note_alert_level AFTER UPDATE ON events DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.alert_level IS DISTINCT FROM NEW.alert_level) EXECUTE FUNCTION note_alert_level();
"""

GUARDS = r"""
-- Nothing is part of itself, whoever writes at the same time; and no exercise belongs to something that happened
CREATE FUNCTION check_event_relation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('event_relations'));
    IF NEW.kind <> 'related' AND EXISTS (
        WITH RECURSIVE above AS (
            SELECT NEW.other_id AS id
            UNION SELECT r.other_id FROM above a JOIN event_relations r ON r.event_id = a.id
            WHERE r.kind = NEW.kind AND r.ended_at IS NULL)
        SELECT FROM above WHERE id = NEW.event_id
    ) THEN
        RAISE 'A circle of events' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.kind <> 'related' AND (SELECT count(DISTINCT exercise) FROM events WHERE id IN (NEW.event_id, NEW.other_id)) > 1 THEN
        RAISE 'An exercise and a real event' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_relation BEFORE INSERT ON event_relations FOR EACH ROW EXECUTE FUNCTION check_event_relation();

-- A master is not merged itself, so merging never goes in a circle
CREATE FUNCTION check_merge() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    master events;
BEGIN
    SELECT INTO master * FROM events WHERE id = NEW.merged_into_id FOR UPDATE;
    IF master.merged_into_id IS NOT NULL OR master.withdrawn_at IS NOT NULL THEN
        RAISE 'The master is merged or withdrawn itself' USING ERRCODE = 'check_violation';
    END IF;
    IF master.exercise <> NEW.exercise THEN
        RAISE 'An exercise and a real event' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_merge BEFORE UPDATE ON events FOR EACH ROW
    WHEN (NEW.merged_into_id IS NOT NULL AND OLD.merged_into_id IS DISTINCT FROM NEW.merged_into_id) EXECUTE FUNCTION check_merge();

CREATE FUNCTION check_exercise() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM events e WHERE e.exercise <> NEW.exercise AND (e.merged_into_id = NEW.id OR e.id = NEW.merged_into_id))
       OR EXISTS (SELECT FROM event_relations r JOIN events e ON e.id IN (r.event_id, r.other_id)
                  WHERE NEW.id IN (r.event_id, r.other_id) AND r.kind <> 'related' AND r.ended_at IS NULL
                    AND e.id <> NEW.id AND e.exercise <> NEW.exercise) THEN
        RAISE 'An exercise and a real event' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER check_exercise AFTER UPDATE ON events FOR EACH ROW WHEN (OLD.exercise <> NEW.exercise)
    EXECUTE FUNCTION check_exercise();
"""

DOWN = r"""
DROP TRIGGER check_exercise ON events;
DROP TRIGGER check_merge ON events;
DROP TRIGGER note_alert_level ON events;
DROP TRIGGER note_first_alert_level ON events;
DROP TRIGGER keep_version ON events;
DROP TRIGGER keep_first_version ON events;
DROP TRIGGER keep_version ON event_countries;
DROP TRIGGER keep_version ON event_areas;
DROP TRIGGER keep_version ON event_glides;
DROP FUNCTION events_of_glides(text[], timestamptz), events_of_glides(text[]), is_as_wide(text, uuid, text, uuid),
    event_with_merged(uuid), events_merged_into(uuid, timestamptz), events_merged_into(uuid), master_of(uuid, timestamptz),
    master_of(uuid), keep_version(), keep_version_of_part(), keep_event_version(uuid), note_alert_level(), check_exercise(), check_merge();
ALTER TABLE events ADD parent_id uuid,
    ADD CONSTRAINT fk_events_parent_id_events FOREIGN KEY (parent_id) REFERENCES events (id),
    ADD CONSTRAINT ck_events_parent_id CHECK (parent_id <> id);
ALTER TABLE events DISABLE TRIGGER USER;
UPDATE events SET parent_id = r.other_id FROM event_relations r WHERE r.event_id = events.id AND r.kind = 'part_of' AND r.ended_at IS NULL;
ALTER TABLE events ENABLE TRIGGER USER;
DROP TABLE event_relations, event_alert_levels, event_versions;
DROP FUNCTION check_event_relation();
DROP INDEX ix_event_glides_number;
ALTER TABLE events DROP merged_into_id;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)
    op.execute(MERGED)
    op.execute(DOCUMENT.format(merged=OF_MERGED))
    op.execute(VERSIONS)
    op.execute(LEVELS)
    op.execute(GUARDS)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(DOCUMENT.format(merged=""))
    op.execute(DOWN)
