"""What an authority's rescuers use, and what things need: make, fuel, voltage, thread, language of manuals.

A specification is one JSON object everywhere, in the words of `app/equipment/schemas.py`. The database holds only that it is
an object that says something, so that the vocabulary can grow without a migration.
"""

from alembic import op

revision = "0042"
down_revision = "0041"

TABLES = r"""
CREATE FUNCTION is_specification(said jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_typeof(said) = 'object' AND said <> '{}'
$$;

CREATE TABLE equipment_profiles (
  id UUID DEFAULT uuid_v7() NOT NULL,
  ref TEXT NOT NULL,
  organisation_id UUID NOT NULL,
  country_iso3 TEXT NOT NULL,
  names JSONB NOT NULL,
  note JSONB,
  visibility TEXT DEFAULT 'partners' NOT NULL,
  demonstration BOOLEAN DEFAULT false NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  withdrawn_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_equipment_profiles PRIMARY KEY (id),
  CONSTRAINT uq_equipment_profiles_ref UNIQUE (ref),
  CONSTRAINT ck_equipment_profiles_visibility CHECK (visibility IN ('public', 'partners', 'centre', 'own')),
  CONSTRAINT ck_equipment_profiles_texts CHECK (names <> '{}' AND are_texts(names) AND are_texts(note)),
  CONSTRAINT fk_equipment_profiles_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id),
  CONSTRAINT fk_equipment_profiles_country_iso3_countries FOREIGN KEY(country_iso3) REFERENCES countries (iso3)
);
CREATE INDEX ix_equipment_profiles_organisation_id ON equipment_profiles (organisation_id);
CREATE INDEX ix_equipment_profiles_country_iso3 ON equipment_profiles (country_iso3);
CREATE INDEX ix_equipment_profiles_updated_at ON equipment_profiles (updated_at);

CREATE TABLE equipment_lines (
  id UUID DEFAULT uuid_v7() NOT NULL,
  profile_id UUID NOT NULL,
  position INTEGER NOT NULL,
  resource_type_code TEXT,
  item_code TEXT,
  description JSONB,
  specification JSONB,
  quantity NUMERIC,
  trained_crews INTEGER,
  last_training_on DATE,
  source TEXT,
  verified_on DATE,
  CONSTRAINT pk_equipment_lines PRIMARY KEY (id),
  CONSTRAINT uq_equipment_lines_profile_id UNIQUE (profile_id, position) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT ck_equipment_lines_what CHECK (num_nonnulls(resource_type_code, item_code, description) > 0),
  CONSTRAINT ck_equipment_lines_description CHECK (description <> '{}' AND are_texts(description)),
  CONSTRAINT ck_equipment_lines_specification CHECK (is_specification(specification)),
  CONSTRAINT ck_equipment_lines_quantity CHECK (quantity >= 0),
  CONSTRAINT ck_equipment_lines_trained_crews CHECK (trained_crews >= 0),
  CONSTRAINT fk_equipment_lines_profile_id_equipment_profiles FOREIGN KEY(profile_id) REFERENCES equipment_profiles (id) ON DELETE CASCADE,
  CONSTRAINT fk_equipment_lines_resource_type_code_resource_types FOREIGN KEY(resource_type_code)
      REFERENCES resource_types (code) ON UPDATE CASCADE,
  CONSTRAINT fk_equipment_lines_item_code_items FOREIGN KEY(item_code) REFERENCES items (code) ON UPDATE CASCADE
);
CREATE INDEX ix_equipment_lines_resource_type_code ON equipment_lines (resource_type_code);
CREATE INDEX ix_equipment_lines_item_code ON equipment_lines (item_code);

CREATE SEQUENCE equipment_profiles_number;
CREATE FUNCTION number_equipment_profile() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.ref := coalesce(NEW.ref, numbered('EP', 4, nextval('equipment_profiles_number')));
    RETURN NEW;
END $$;
CREATE TRIGGER a_number BEFORE INSERT ON equipment_profiles FOR EACH ROW EXECUTE FUNCTION number_equipment_profile();

-- a line belongs to its profile: who follows profiles is told of it
CREATE FUNCTION refresh_equipment_profile() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE equipment_profiles SET updated_at = clock_timestamp()
    WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.profile_id ELSE NEW.profile_id END;
    RETURN NULL;
END $$;
CREATE TRIGGER refresh_profile AFTER INSERT OR UPDATE OR DELETE ON equipment_lines
    FOR EACH ROW EXECUTE FUNCTION refresh_equipment_profile();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON equipment_profiles FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER note_insert AFTER INSERT ON equipment_profiles REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_visible_change('equipment');
CREATE TRIGGER note_update AFTER UPDATE ON equipment_profiles REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_visible_change('equipment');
CREATE TRIGGER note_delete AFTER DELETE ON equipment_profiles REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION note_visible_change('equipment');
CREATE TRIGGER note_change AFTER TRUNCATE ON equipment_profiles FOR EACH STATEMENT EXECUTE FUNCTION note_change('equipment');
CREATE TRIGGER note_narrowed AFTER UPDATE OF visibility ON equipment_profiles FOR EACH ROW
    WHEN (OLD.visibility <> NEW.visibility) EXECUTE FUNCTION note_departure('equipment_profiles');
CREATE TRIGGER note_deleted AFTER DELETE ON equipment_profiles FOR EACH ROW EXECUTE FUNCTION note_departure('equipment_profiles');

ALTER TABLE capacities ADD specification JSONB,
    ADD CONSTRAINT ck_capacities_specification CHECK (is_specification(specification));
ALTER TABLE items ADD specification JSONB,
    ADD CONSTRAINT ck_items_specification CHECK (is_specification(specification));
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("""
        ALTER TABLE items DROP specification;
        ALTER TABLE capacities DROP specification;
        DROP TABLE equipment_lines, equipment_profiles;
        DROP FUNCTION refresh_equipment_profile(), number_equipment_profile(), is_specification(jsonb);
        DROP SEQUENCE equipment_profiles_number;
        DELETE FROM departures WHERE noun = 'equipment_profiles';
        DELETE FROM layer_changes WHERE layer LIKE 'equipment%';
    """)
