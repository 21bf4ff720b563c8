"""Where help enters a country, what each place is like now, which agreements hold, and how a country receives help.

What a crossing is like now is what was said last of this moment: reports are only added, with who said it and when.
Of two reports that hold, the one that began later counts, so that a closure announced for December is not undone by
"open" said in November; of two that begin together, the one that came later.
"""

from alembic import op

revision = "0044"
down_revision = "0043"

RECORD = """
  visibility TEXT DEFAULT 'public' NOT NULL,
  demonstration BOOLEAN DEFAULT false NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  withdrawn_at TIMESTAMP WITH TIME ZONE"""

TABLES = rf"""
ALTER TABLE countries ADD time_zone TEXT;

CREATE TABLE entry_points (
  id UUID DEFAULT uuid_v7() NOT NULL,
  ref TEXT NOT NULL,
  code TEXT NOT NULL,
  names JSONB NOT NULL,
  counterpart JSONB,
  kind TEXT NOT NULL,
  country_iso3 TEXT NOT NULL,
  across_iso3 TEXT,
  location geometry(POINT,4326),
  elevation_m INTEGER,
  time_zone TEXT,
  hours JSONB,
  may_pass TEXT[] DEFAULT '{{}}' NOT NULL,
  hours_to_cross NUMERIC,
  customs_contact_id UUID,
  quarantine_contact_id UUID,
  winter_from TEXT,
  winter_to TEXT,
  winter_note JSONB,
  note JSONB,
  source TEXT NOT NULL,
  evidence TEXT NOT NULL,{RECORD},
  CONSTRAINT pk_entry_points PRIMARY KEY (id),
  CONSTRAINT uq_entry_points_ref UNIQUE (ref),
  CONSTRAINT uq_entry_points_code UNIQUE (code),
  CONSTRAINT ck_entry_points_visibility CHECK (visibility IN ('public')),
  CONSTRAINT ck_entry_points_kind CHECK (kind IN ('road', 'rail', 'airport', 'seaport', 'river_port', 'ferry')),
  CONSTRAINT ck_entry_points_across_iso3 CHECK (across_iso3 <> country_iso3 AND (kind NOT IN ('road', 'rail') OR across_iso3 IS NOT NULL)),
  CONSTRAINT ck_entry_points_may_pass CHECK (may_pass <@ '{{people,goods,vehicles,heavy_vehicles,rail_wagons,dangerous_goods,animals,helicopters,light_aircraft,transport_aircraft,heavy_aircraft}}'::text[]),
  CONSTRAINT ck_entry_points_evidence CHECK (evidence IN ('confirmed', 'cited', 'general_knowledge')),
  CONSTRAINT ck_entry_points_hours_to_cross CHECK (hours_to_cross >= 0),
  CONSTRAINT ck_entry_points_elevation_m CHECK (elevation_m BETWEEN -500 AND 9000),
  CONSTRAINT ck_entry_points_winter CHECK (
      (winter_from IS NULL) = (winter_to IS NULL)
      AND winter_from ~ '^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' AND winter_to ~ '^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'),
  CONSTRAINT ck_entry_points_texts CHECK (names <> '{{}}' AND are_texts(names) AND are_texts(coalesce(counterpart, '{{}}'))
      AND are_texts(coalesce(hours, '{{}}')) AND are_texts(coalesce(winter_note, '{{}}')) AND are_texts(coalesce(note, '{{}}'))),
  CONSTRAINT ck_entry_points_location_earth CHECK (ST_X(location) BETWEEN -180 AND 180 AND ST_Y(location) BETWEEN -90 AND 90),
  CONSTRAINT fk_entry_points_country_iso3_countries FOREIGN KEY(country_iso3) REFERENCES countries (iso3),
  CONSTRAINT fk_entry_points_across_iso3_countries FOREIGN KEY(across_iso3) REFERENCES countries (iso3),
  CONSTRAINT fk_entry_points_customs_contact_id_contacts FOREIGN KEY(customs_contact_id) REFERENCES contacts (id) ON DELETE SET NULL,
  CONSTRAINT fk_entry_points_quarantine_contact_id_contacts FOREIGN KEY(quarantine_contact_id) REFERENCES contacts (id) ON DELETE SET NULL
);
CREATE INDEX idx_entry_points_location ON entry_points USING gist (location);
CREATE INDEX ix_entry_points_across_iso3 ON entry_points (across_iso3);
CREATE INDEX ix_entry_points_country_iso3 ON entry_points (country_iso3);
CREATE INDEX ix_entry_points_customs_contact_id ON entry_points (customs_contact_id);
CREATE INDEX ix_entry_points_quarantine_contact_id ON entry_points (quarantine_contact_id);
CREATE INDEX ix_entry_points_updated_at ON entry_points (updated_at);
CREATE SEQUENCE entry_points_number;
ALTER TABLE entry_points ALTER COLUMN ref SET DEFAULT numbered('EN', 4, nextval('entry_points_number'));

-- what somebody said of a place: never changed, only followed by what was said later
CREATE TABLE entry_point_reports (
  id UUID DEFAULT uuid_v7() NOT NULL,
  entry_point_id UUID NOT NULL,
  status TEXT NOT NULL,
  from_at TIMESTAMP WITH TIME ZONE NOT NULL,
  until_at TIMESTAMP WITH TIME ZONE,
  said_by TEXT NOT NULL,
  source TEXT DEFAULT '' NOT NULL,
  note TEXT DEFAULT '' NOT NULL,
  as_of TIMESTAMP WITH TIME ZONE NOT NULL,
  reported_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  organisation_id UUID,
  demonstration BOOLEAN DEFAULT false NOT NULL,
  CONSTRAINT pk_entry_point_reports PRIMARY KEY (id),
  CONSTRAINT ck_entry_point_reports_status CHECK (status IN ('open', 'limited', 'closed', 'unknown')),
  CONSTRAINT ck_entry_point_reports_said_by CHECK (said_by <> ''),
  CONSTRAINT ck_entry_point_reports_until_at CHECK (isfinite(from_at) AND until_at > from_at AND isfinite(until_at) AND isfinite(as_of)),
  CONSTRAINT fk_entry_point_reports_entry_point_id_entry_points FOREIGN KEY(entry_point_id) REFERENCES entry_points (id) ON DELETE CASCADE,
  CONSTRAINT fk_entry_point_reports_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id)
);
CREATE INDEX ix_entry_point_reports_entry_point_id ON entry_point_reports (entry_point_id, from_at DESC, reported_at DESC);
CREATE INDEX ix_entry_point_reports_organisation_id ON entry_point_reports (organisation_id);

-- the report that counts at a moment, of each entry point that has one
CREATE FUNCTION entry_point_reports_at(at timestamptz) RETURNS SETOF entry_point_reports LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT DISTINCT ON (entry_point_id) * FROM entry_point_reports
    WHERE from_at <= at AND (until_at IS NULL OR until_at > at)
    ORDER BY entry_point_id, from_at DESC, reported_at DESC
$$;

-- whether a day lies in a winter that may pass the end of the year; both ends belong to it
CREATE FUNCTION is_in_winter(winter_from text, winter_to text, day date) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(CASE WHEN winter_from <= winter_to
        THEN lpad(extract(month FROM day)::text, 2, '0') || '-' || lpad(extract(day FROM day)::text, 2, '0') BETWEEN winter_from AND winter_to
        ELSE lpad(extract(month FROM day)::text, 2, '0') || '-' || lpad(extract(day FROM day)::text, 2, '0') >= winter_from
          OR lpad(extract(month FROM day)::text, 2, '0') || '-' || lpad(extract(day FROM day)::text, 2, '0') <= winter_to END, false)
$$;

CREATE FUNCTION refresh_entry_point() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE entry_points SET updated_at = clock_timestamp() WHERE id = NEW.entry_point_id;
    RETURN NULL;
END $$;
CREATE TRIGGER refresh_entry_point AFTER INSERT ON entry_point_reports FOR EACH ROW EXECUTE FUNCTION refresh_entry_point();

-- what states and organisations have agreed on
CREATE TABLE agreements (
  id UUID DEFAULT uuid_v7() NOT NULL,
  ref TEXT NOT NULL,
  code TEXT NOT NULL,
  titles JSONB NOT NULL,
  kind TEXT NOT NULL,
  signed_on DATE,
  in_force_from DATE,
  in_force_until DATE,
  summary JSONB,
  url TEXT,
  source TEXT NOT NULL,
  evidence TEXT NOT NULL,{RECORD},
  CONSTRAINT pk_agreements PRIMARY KEY (id),
  CONSTRAINT uq_agreements_ref UNIQUE (ref),
  CONSTRAINT uq_agreements_code UNIQUE (code),
  CONSTRAINT ck_agreements_visibility CHECK (visibility IN ('public')),
  CONSTRAINT ck_agreements_kind CHECK (kind IN ('mutual_aid', 'transit', 'customs', 'recognition')),
  CONSTRAINT ck_agreements_evidence CHECK (evidence IN ('confirmed', 'cited', 'general_knowledge')),
  CONSTRAINT ck_agreements_in_force_until CHECK (in_force_until > in_force_from),
  CONSTRAINT ck_agreements_in_force_from CHECK (in_force_from >= signed_on),
  CONSTRAINT ck_agreements_texts CHECK (titles <> '{{}}' AND are_texts(titles) AND are_texts(coalesce(summary, '{{}}')))
);
CREATE INDEX ix_agreements_updated_at ON agreements (updated_at);
CREATE SEQUENCE agreements_number;
ALTER TABLE agreements ALTER COLUMN ref SET DEFAULT numbered('AG', 4, nextval('agreements_number'));

CREATE TABLE agreement_countries (
  agreement_id UUID NOT NULL,
  country_iso3 TEXT NOT NULL,
  CONSTRAINT pk_agreement_countries PRIMARY KEY (agreement_id, country_iso3),
  CONSTRAINT fk_agreement_countries_agreement_id_agreements FOREIGN KEY(agreement_id) REFERENCES agreements (id) ON DELETE CASCADE,
  CONSTRAINT fk_agreement_countries_country_iso3_countries FOREIGN KEY(country_iso3) REFERENCES countries (iso3)
);
CREATE INDEX ix_agreement_countries_country_iso3 ON agreement_countries (country_iso3);

CREATE TABLE agreement_organisations (
  agreement_id UUID NOT NULL,
  organisation_id UUID NOT NULL,
  CONSTRAINT pk_agreement_organisations PRIMARY KEY (agreement_id, organisation_id),
  CONSTRAINT fk_agreement_organisations_agreement_id_agreements FOREIGN KEY(agreement_id) REFERENCES agreements (id) ON DELETE CASCADE,
  CONSTRAINT fk_agreement_organisations_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id)
);
CREATE INDEX ix_agreement_organisations_organisation_id ON agreement_organisations (organisation_id);

CREATE FUNCTION refresh_agreement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE agreements SET updated_at = clock_timestamp()
    WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.agreement_id ELSE NEW.agreement_id END;
    RETURN NULL;
END $$;
CREATE TRIGGER refresh_agreement AFTER INSERT OR UPDATE OR DELETE ON agreement_countries
    FOR EACH ROW EXECUTE FUNCTION refresh_agreement();
CREATE TRIGGER refresh_agreement AFTER INSERT OR UPDATE OR DELETE ON agreement_organisations
    FOR EACH ROW EXECUTE FUNCTION refresh_agreement();

-- how a country receives help: one text a section, by language
CREATE TABLE host_nation_support (
  id UUID DEFAULT uuid_v7() NOT NULL,
  ref TEXT NOT NULL,
  country_iso3 TEXT NOT NULL,
  section TEXT NOT NULL,
  texts JSONB NOT NULL,
  source TEXT NOT NULL,
  url TEXT,
  evidence TEXT NOT NULL,
  as_of DATE NOT NULL,{RECORD},
  CONSTRAINT pk_host_nation_support PRIMARY KEY (id),
  CONSTRAINT uq_host_nation_support_ref UNIQUE (ref),
  CONSTRAINT uq_host_nation_support_country_iso3 UNIQUE (country_iso3, section),
  CONSTRAINT ck_host_nation_support_visibility CHECK (visibility IN ('public')),
  CONSTRAINT ck_host_nation_support_section CHECK (section IN ('contact', 'entry', 'customs', 'medical', 'telecoms', 'money', 'drones', 'dogs', 'air')),
  CONSTRAINT ck_host_nation_support_evidence CHECK (evidence IN ('confirmed', 'cited', 'general_knowledge')),
  CONSTRAINT ck_host_nation_support_texts CHECK (texts <> '{{}}' AND are_texts(texts)),
  CONSTRAINT fk_host_nation_support_country_iso3_countries FOREIGN KEY(country_iso3) REFERENCES countries (iso3)
);
CREATE INDEX ix_host_nation_support_updated_at ON host_nation_support (updated_at);

CREATE FUNCTION name_host_nation_support() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.ref := NEW.country_iso3 || '-' || upper(NEW.section);
    RETURN NEW;
END $$;
CREATE TRIGGER a_name BEFORE INSERT OR UPDATE ON host_nation_support FOR EACH ROW EXECUTE FUNCTION name_host_nation_support();
"""

# What every record has: when it changed, and who is told
TRIGGERS = """
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER note_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_visible_change('entry_points');
CREATE TRIGGER note_update AFTER UPDATE ON {table} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_visible_change('entry_points');
CREATE TRIGGER note_delete AFTER DELETE ON {table} REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_visible_change('entry_points');
CREATE TRIGGER note_change AFTER TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION note_change('entry_points');
CREATE TRIGGER note_deleted AFTER DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION note_departure('{noun}');
"""
NOUNS = {"entry_points": "entry-points", "agreements": "agreements", "host_nation_support": "host-nation-support"}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)
    for table, noun in NOUNS.items():
        op.execute(TRIGGERS.format(table=table, noun=noun))


def downgrade() -> None:
    op.execute("""
        DROP FUNCTION entry_point_reports_at(timestamptz), is_in_winter(text, text, date);
        DROP TABLE host_nation_support, agreement_organisations, agreement_countries, agreements, entry_point_reports, entry_points;
        DROP FUNCTION refresh_entry_point(), refresh_agreement(), name_host_nation_support();
        DROP SEQUENCE entry_points_number, agreements_number;
        ALTER TABLE countries DROP time_zone;
        DELETE FROM departures WHERE noun IN ('entry-points', 'agreements', 'host-nation-support');
        DELETE FROM layer_changes WHERE layer LIKE 'entry_points%';
    """)
