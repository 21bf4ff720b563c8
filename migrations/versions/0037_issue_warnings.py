"""Warnings to neighbours: drafted, issued as CAP messages that never change, and who has opened and acknowledged them.

A draft is for the Centre (or its own organisation); `audience` says who may see it once it is issued, and then becomes its
visibility. What was sent is kept as it was sent, in `cap`.
"""

from alembic import op

revision = "0037"
down_revision = "0036"

TABLES = r"""
CREATE TABLE warnings (
  id UUID DEFAULT uuid_v7() NOT NULL,
  ref TEXT NOT NULL,
  organisation_id UUID NOT NULL,
  event_id UUID,
  msg_type TEXT NOT NULL,
  replaces_id UUID,
  status TEXT NOT NULL,
  audience TEXT NOT NULL,
  hazard_code TEXT NOT NULL,
  categories TEXT[] NOT NULL,
  responses TEXT[] DEFAULT '{}' NOT NULL,
  urgency TEXT NOT NULL,
  severity TEXT NOT NULL,
  certainty TEXT NOT NULL,
  effective_at TIMESTAMP WITH TIME ZONE,
  onset_at TIMESTAMP WITH TIME ZONE,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  headlines JSONB NOT NULL,
  descriptions JSONB DEFAULT '{}' NOT NULL,
  instructions JSONB DEFAULT '{}' NOT NULL,
  area_descriptions JSONB DEFAULT '{}' NOT NULL,
  geometry geometry(GEOMETRY,4326),
  circles JSONB DEFAULT '[]' NOT NULL,
  parameters JSONB DEFAULT '[]' NOT NULL,
  contact TEXT DEFAULT '' NOT NULL,
  note TEXT DEFAULT '' NOT NULL,
  issued_at TIMESTAMP WITH TIME ZONE,
  cap TEXT,
  ended_at TIMESTAMP WITH TIME ZONE,
  ended_as TEXT,
  visibility TEXT DEFAULT 'centre' NOT NULL,
  demonstration BOOLEAN DEFAULT false NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  withdrawn_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_warnings PRIMARY KEY (id),
  CONSTRAINT uq_warnings_ref UNIQUE (ref),
  CONSTRAINT ck_warnings_visibility CHECK (visibility IN ('public', 'partners', 'centre', 'own')),
  CONSTRAINT ck_warnings_audience CHECK (audience IN ('public', 'partners', 'centre', 'own')),
  CONSTRAINT ck_warnings_msg_type CHECK (msg_type IN ('alert', 'update', 'cancel')),
  CONSTRAINT ck_warnings_status CHECK (status IN ('actual', 'exercise', 'test')),
  CONSTRAINT ck_warnings_urgency CHECK (urgency IN ('immediate', 'expected', 'future', 'past', 'unknown')),
  CONSTRAINT ck_warnings_severity CHECK (severity IN ('extreme', 'severe', 'moderate', 'minor', 'unknown')),
  CONSTRAINT ck_warnings_certainty CHECK (certainty IN ('observed', 'likely', 'possible', 'unlikely', 'unknown')),
  CONSTRAINT ck_warnings_ended_as CHECK (ended_as IN ('updated', 'cancelled')),
  CONSTRAINT ck_warnings_ended_at CHECK ((ended_at IS NULL) = (ended_as IS NULL)),
  CONSTRAINT ck_warnings_replaces_id CHECK ((msg_type = 'alert') = (replaces_id IS NULL) AND replaces_id <> id),
  CONSTRAINT ck_warnings_cap CHECK ((issued_at IS NULL) = (cap IS NULL)),
  CONSTRAINT ck_warnings_issued CHECK (issued_at IS NULL OR (visibility = audience AND withdrawn_at IS NULL)),
  CONSTRAINT ck_warnings_texts CHECK (headlines <> '{}' AND are_texts(headlines) AND are_texts(descriptions)
                                      AND are_texts(instructions) AND are_texts(area_descriptions)),
  CONSTRAINT ck_warnings_expires_at CHECK (isfinite(expires_at) AND onset_at < 'infinity' AND effective_at < 'infinity'
                                           AND expires_at > coalesce(effective_at, '-infinity')),
  CONSTRAINT fk_warnings_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id),
  CONSTRAINT fk_warnings_event_id_events FOREIGN KEY(event_id) REFERENCES events (id),
  CONSTRAINT fk_warnings_replaces_id_warnings FOREIGN KEY(replaces_id) REFERENCES warnings (id),
  CONSTRAINT fk_warnings_hazard_code_hazards FOREIGN KEY(hazard_code) REFERENCES hazards (code)
);
CREATE INDEX idx_warnings_geometry ON warnings USING gist (geometry);
CREATE INDEX ix_warnings_event_id ON warnings (event_id);
CREATE INDEX ix_warnings_expires_at ON warnings (expires_at);
CREATE INDEX ix_warnings_organisation_id ON warnings (organisation_id);
CREATE INDEX ix_warnings_updated_at ON warnings (updated_at);
-- of two who update or cancel one message at the same time the second is refused
CREATE UNIQUE INDEX uq_warnings_replaces_id ON warnings (replaces_id) WHERE issued_at IS NOT NULL;

CREATE TABLE warning_countries (
  warning_id UUID NOT NULL,
  country_iso3 TEXT NOT NULL,
  CONSTRAINT pk_warning_countries PRIMARY KEY (warning_id, country_iso3),
  CONSTRAINT fk_warning_countries_warning_id_warnings FOREIGN KEY(warning_id) REFERENCES warnings (id) ON DELETE CASCADE,
  CONSTRAINT fk_warning_countries_country_iso3_countries FOREIGN KEY(country_iso3) REFERENCES countries (iso3)
);
CREATE INDEX ix_warning_countries_country_iso3 ON warning_countries (country_iso3);

CREATE TABLE warning_areas (
  warning_id UUID NOT NULL,
  area_id UUID NOT NULL,
  CONSTRAINT pk_warning_areas PRIMARY KEY (warning_id, area_id),
  CONSTRAINT fk_warning_areas_warning_id_warnings FOREIGN KEY(warning_id) REFERENCES warnings (id) ON DELETE CASCADE,
  CONSTRAINT fk_warning_areas_area_id_areas FOREIGN KEY(area_id) REFERENCES areas (id)
);
CREATE INDEX ix_warning_areas_area_id ON warning_areas (area_id);

-- the organisations that an issued warning is told to
CREATE TABLE warning_recipients (
  warning_id UUID NOT NULL,
  organisation_id UUID NOT NULL,
  added_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_warning_recipients PRIMARY KEY (warning_id, organisation_id),
  CONSTRAINT fk_warning_recipients_warning_id_warnings FOREIGN KEY(warning_id) REFERENCES warnings (id) ON DELETE CASCADE,
  CONSTRAINT fk_warning_recipients_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id)
);
CREATE INDEX ix_warning_recipients_organisation_id ON warning_recipients (organisation_id);

-- who was told, has opened and acknowledged: a person with an account, a contact of the directory, or a program
CREATE TABLE warning_readers (
  id UUID DEFAULT uuid_v7() NOT NULL,
  warning_id UUID NOT NULL,
  organisation_id UUID NOT NULL,
  user_id UUID,
  contact_id UUID,
  key_id UUID,
  told_as TEXT,
  opened_at TIMESTAMP WITH TIME ZONE,
  opened_by TEXT,
  acknowledged_at TIMESTAMP WITH TIME ZONE,
  acknowledged_by TEXT,
  remark TEXT DEFAULT '' NOT NULL,
  CONSTRAINT pk_warning_readers PRIMARY KEY (id),
  CONSTRAINT ck_warning_readers_who CHECK (num_nonnulls(user_id, contact_id, key_id) = 1),
  CONSTRAINT ck_warning_readers_told_as CHECK (told_as IN ('first', 'next', 'centre')),
  CONSTRAINT ck_warning_readers_opened_by CHECK (opened_by IN ('page', 'link', 'api')),
  CONSTRAINT ck_warning_readers_acknowledged_by CHECK (acknowledged_by IN ('page', 'link', 'api')),
  CONSTRAINT ck_warning_readers_opened_at CHECK ((opened_at IS NULL) = (opened_by IS NULL)
                                                 AND (acknowledged_at IS NULL) = (acknowledged_by IS NULL)
                                                 AND (acknowledged_at IS NULL OR opened_at IS NOT NULL)),
  CONSTRAINT fk_warning_readers_warning_id_warnings FOREIGN KEY(warning_id) REFERENCES warnings (id) ON DELETE CASCADE,
  CONSTRAINT fk_warning_readers_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id),
  CONSTRAINT fk_warning_readers_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT fk_warning_readers_contact_id_contacts FOREIGN KEY(contact_id) REFERENCES contacts (id) ON DELETE CASCADE,
  CONSTRAINT fk_warning_readers_key_id_api_keys FOREIGN KEY(key_id) REFERENCES api_keys (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX uq_warning_readers_user_id ON warning_readers (warning_id, user_id) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX uq_warning_readers_contact_id ON warning_readers (warning_id, contact_id) WHERE contact_id IS NOT NULL;
CREATE UNIQUE INDEX uq_warning_readers_key_id ON warning_readers (warning_id, key_id) WHERE key_id IS NOT NULL;
CREATE INDEX ix_warning_readers_organisation_id ON warning_readers (organisation_id);
CREATE INDEX ix_warning_readers_user_id ON warning_readers (user_id);
CREATE INDEX ix_warning_readers_contact_id ON warning_readers (contact_id);

-- each mail to one of them; its link opens this warning for this person, without a password, until it expires
CREATE TABLE warning_letters (
  id UUID DEFAULT uuid_v7() NOT NULL,
  reader_id UUID NOT NULL,
  kind TEXT NOT NULL,
  mail_id UUID NOT NULL,
  token_hash BYTEA NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_warning_letters PRIMARY KEY (id),
  CONSTRAINT uq_warning_letters_token_hash UNIQUE (token_hash),
  CONSTRAINT ck_warning_letters_kind CHECK (kind IN ('told', 'reminded', 'late')),
  CONSTRAINT fk_warning_letters_reader_id_warning_readers FOREIGN KEY(reader_id) REFERENCES warning_readers (id) ON DELETE CASCADE
);
CREATE INDEX ix_warning_letters_reader_id ON warning_letters (reader_id);
CREATE INDEX ix_warning_letters_expires_at ON warning_letters (expires_at);

-- the rule set: what is done so many minutes after a warning of this severity was issued and not acknowledged
CREATE TABLE warning_rules (
  id UUID DEFAULT uuid_v7() NOT NULL,
  severity TEXT NOT NULL,
  action TEXT NOT NULL,
  after_minutes INTEGER,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_warning_rules PRIMARY KEY (id),
  CONSTRAINT uq_warning_rules_severity UNIQUE (severity, action),
  CONSTRAINT ck_warning_rules_severity CHECK (severity IN ('extreme', 'severe', 'moderate', 'minor', 'unknown')),
  CONSTRAINT ck_warning_rules_action CHECK (action IN ('remind', 'tell_next', 'tell_centre')),
  CONSTRAINT ck_warning_rules_after_minutes CHECK (after_minutes BETWEEN 1 AND 10080)
);
CREATE INDEX ix_warning_rules_updated_at ON warning_rules (updated_at);

-- the plan of one warning and organisation, laid when it is issued; each step is done or dropped, once
CREATE TABLE warning_steps (
  id UUID DEFAULT uuid_v7() NOT NULL,
  warning_id UUID NOT NULL,
  organisation_id UUID NOT NULL,
  action TEXT NOT NULL,
  due_at TIMESTAMP WITH TIME ZONE NOT NULL,
  done_at TIMESTAMP WITH TIME ZONE,
  mails INTEGER,
  dropped_because TEXT,
  CONSTRAINT pk_warning_steps PRIMARY KEY (id),
  CONSTRAINT uq_warning_steps_warning_id UNIQUE (warning_id, organisation_id, action),
  CONSTRAINT ck_warning_steps_action CHECK (action IN ('remind', 'tell_next', 'tell_centre')),
  CONSTRAINT ck_warning_steps_dropped_because CHECK (dropped_because IN ('acknowledged', 'ended')),
  CONSTRAINT ck_warning_steps_done_at CHECK (dropped_because IS NULL OR mails IS NULL),
  CONSTRAINT fk_warning_steps_warning_id_warning_recipients FOREIGN KEY(warning_id, organisation_id)
      REFERENCES warning_recipients (warning_id, organisation_id) ON DELETE CASCADE
);
CREATE INDEX ix_warning_steps_due_at ON warning_steps (due_at) WHERE done_at IS NULL;

CREATE SEQUENCE warnings_number;

CREATE FUNCTION number_warning() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.ref := coalesce(NEW.ref, numbered('WA-' || extract(year FROM now() AT TIME ZONE 'UTC'), 4, nextval('warnings_number')));
    RETURN NEW;
END $$;
CREATE TRIGGER a_number BEFORE INSERT ON warnings FOR EACH ROW EXECUTE FUNCTION number_warning();

-- What was issued has been read: only that it ended is noted, once. `updated_at` may move: it has expired, or its readers changed
CREATE FUNCTION keep_issued_warning() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept text[] := ARRAY['updated_at', 'ended_at', 'ended_as'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.issued_at IS NOT NULL AND NOT OLD.demonstration THEN
            RAISE EXCEPTION 'an issued warning is kept' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.issued_at IS NOT NULL AND (to_jsonb(NEW) - kept IS DISTINCT FROM to_jsonb(OLD) - kept
       OR OLD.ended_at IS NOT NULL AND (NEW.ended_at, NEW.ended_as) IS DISTINCT FROM (OLD.ended_at, OLD.ended_as)) THEN
        RAISE EXCEPTION 'an issued warning never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_issued BEFORE UPDATE OR DELETE ON warnings FOR EACH ROW EXECUTE FUNCTION keep_issued_warning();

CREATE FUNCTION keep_part_of_issued_warning() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM warnings WHERE issued_at IS NOT NULL AND NOT demonstration
               AND id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.warning_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.warning_id END)) THEN
        RAISE EXCEPTION 'an issued warning never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER keep_issued BEFORE INSERT OR UPDATE OR DELETE ON warning_countries
    FOR EACH ROW EXECUTE FUNCTION keep_part_of_issued_warning();
CREATE TRIGGER keep_issued BEFORE INSERT OR UPDATE OR DELETE ON warning_areas
    FOR EACH ROW EXECUTE FUNCTION keep_part_of_issued_warning();

-- what belongs to a draft changes it
CREATE FUNCTION refresh_warning() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE warnings SET updated_at = clock_timestamp()
    WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.warning_id ELSE NEW.warning_id END;
    RETURN NULL;
END $$;
CREATE TRIGGER refresh_warning AFTER INSERT OR UPDATE OR DELETE ON warning_countries FOR EACH ROW EXECUTE FUNCTION refresh_warning();
CREATE TRIGGER refresh_warning AFTER INSERT OR UPDATE OR DELETE ON warning_areas FOR EACH ROW EXECUTE FUNCTION refresh_warning();

-- Who has read a warning is for the Centre and for the organisation itself: it changes nothing that others see.
-- Row by row: a contact or account that is deleted takes its lines along also where it has none, and nobody is told of that
CREATE FUNCTION note_warning_readers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM tell_change('warnings', 2);
    RETURN NULL;
END $$;
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON warning_recipients
    FOR EACH ROW EXECUTE FUNCTION note_warning_readers();
CREATE TRIGGER note_emptied AFTER TRUNCATE ON warning_recipients FOR EACH STATEMENT EXECUTE FUNCTION note_warning_readers();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON warning_readers
    FOR EACH ROW EXECUTE FUNCTION note_warning_readers();
CREATE TRIGGER note_emptied AFTER TRUNCATE ON warning_readers FOR EACH STATEMENT EXECUTE FUNCTION note_warning_readers();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON warning_steps
    FOR EACH ROW EXECUTE FUNCTION note_warning_readers();
CREATE TRIGGER note_emptied AFTER TRUNCATE ON warning_steps FOR EACH STATEMENT EXECUTE FUNCTION note_warning_readers();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON warnings FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON warning_rules FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER note_insert AFTER INSERT ON warnings REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_visible_change('warnings');
CREATE TRIGGER note_update AFTER UPDATE ON warnings REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_visible_change('warnings');
CREATE TRIGGER note_delete AFTER DELETE ON warnings REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_visible_change('warnings');
CREATE TRIGGER note_change AFTER TRUNCATE ON warnings FOR EACH STATEMENT EXECUTE FUNCTION note_change('warnings');
CREATE TRIGGER note_narrowed AFTER UPDATE OF visibility ON warnings FOR EACH ROW
    WHEN (OLD.visibility <> NEW.visibility) EXECUTE FUNCTION note_departure('warnings');
CREATE TRIGGER note_deleted AFTER DELETE ON warnings FOR EACH ROW EXECUTE FUNCTION note_departure('warnings');

INSERT INTO warning_rules (severity, action, after_minutes) VALUES
    ('extreme', 'remind', 5),    ('extreme', 'tell_next', 10),  ('extreme', 'tell_centre', 15),
    ('severe', 'remind', 15),    ('severe', 'tell_next', 30),   ('severe', 'tell_centre', 45),
    ('moderate', 'remind', 60),  ('moderate', 'tell_next', 120), ('moderate', 'tell_centre', 180),
    ('minor', 'remind', 240),    ('minor', 'tell_next', NULL),  ('minor', 'tell_centre', NULL),
    ('unknown', 'remind', 60),   ('unknown', 'tell_next', 120), ('unknown', 'tell_centre', 180);
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("""
        DROP TABLE warning_steps, warning_rules, warning_letters, warning_readers, warning_recipients,
                   warning_areas, warning_countries, warnings;
        DROP FUNCTION number_warning(), keep_issued_warning(), keep_part_of_issued_warning(), refresh_warning(), note_warning_readers();
        DROP SEQUENCE warnings_number;
        DELETE FROM departures WHERE noun = 'warnings';
        DELETE FROM layer_changes WHERE layer LIKE 'warnings%';
    """)
