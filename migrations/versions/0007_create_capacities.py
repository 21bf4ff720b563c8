"""The register of forces and means."""

from alembic import op

revision = "0007"
down_revision = "0006"

TABLES = r"""
CREATE TABLE capacities (
  id UUID DEFAULT uuid_v7() NOT NULL,
  ref TEXT NOT NULL,
  names JSONB NOT NULL,
  description JSONB,
  type_code TEXT NOT NULL,
  kind TEXT NOT NULL,
  organisation_id UUID NOT NULL,
  country_iso3 TEXT NOT NULL,
  quantity NUMERIC NOT NULL,
  unit_code TEXT NOT NULL,
  quantity_available NUMERIC NOT NULL,
  readiness_equipment TEXT,
  readiness_people TEXT,
  readiness_funding TEXT,
  status TEXT NOT NULL,
  mobilisation_hours INTEGER,
  self_sufficiency_days INTEGER,
  classification_body TEXT,
  classification_level TEXT,
  classification_valid_until DATE,
  base_area_id UUID,
  base_place JSONB,
  location geometry(POINT,4326),
  transport_weight_kg NUMERIC,
  transport_volume_m3 NUMERIC,
  transport_modes TEXT[] DEFAULT '{}' NOT NULL,
  languages TEXT[] DEFAULT '{}' NOT NULL,
  verified_at TIMESTAMP WITH TIME ZONE,
  verified_by TEXT,
  visibility TEXT DEFAULT 'public' NOT NULL,
  demonstration BOOLEAN DEFAULT false NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  withdrawn_at TIMESTAMP WITH TIME ZONE,
  search TSVECTOR,
  CONSTRAINT pk_capacities PRIMARY KEY (id),
  CONSTRAINT ck_capacities_visibility CHECK (visibility IN ('public', 'partners', 'centre', 'own')),
  CONSTRAINT ck_capacities_status CHECK (status IN ('available', 'committed', 'deployed', 'unavailable')),
  CONSTRAINT ck_capacities_readiness_equipment CHECK (readiness_equipment IN ('ready', 'partial', 'none')),
  CONSTRAINT ck_capacities_readiness_people CHECK (readiness_people IN ('ready', 'partial', 'none')),
  CONSTRAINT ck_capacities_readiness_funding CHECK (readiness_funding IN ('ready', 'partial', 'none')),
  CONSTRAINT ck_capacities_quantity CHECK (quantity >= 0),
  CONSTRAINT ck_capacities_quantity_available CHECK (quantity_available BETWEEN 0 AND quantity),
  CONSTRAINT ck_capacities_mobilisation_hours CHECK (mobilisation_hours >= 0),
  CONSTRAINT ck_capacities_self_sufficiency_days CHECK (self_sufficiency_days >= 0),
  CONSTRAINT ck_capacities_transport_weight_kg CHECK (transport_weight_kg >= 0),
  CONSTRAINT ck_capacities_transport_volume_m3 CHECK (transport_volume_m3 >= 0),
  CONSTRAINT ck_capacities_transport_modes CHECK (transport_modes <@ '{road,rail,air,sea,river}'::text[]),
  CONSTRAINT fk_capacities_type_code_resource_types FOREIGN KEY(type_code, kind) REFERENCES resource_types (code, kind) ON UPDATE CASCADE,
  CONSTRAINT uq_capacities_ref UNIQUE (ref),
  CONSTRAINT fk_capacities_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id),
  CONSTRAINT fk_capacities_country_iso3_countries FOREIGN KEY(country_iso3) REFERENCES countries (iso3),
  CONSTRAINT fk_capacities_unit_code_units FOREIGN KEY(unit_code) REFERENCES units (code),
  CONSTRAINT fk_capacities_base_area_id_areas FOREIGN KEY(base_area_id) REFERENCES areas (id),
  CONSTRAINT ck_capacities_names CHECK (names ? 'en')
);
CREATE INDEX idx_capacities_location ON capacities USING gist (location);
CREATE INDEX ix_capacities_base_area_id ON capacities (base_area_id);
CREATE INDEX ix_capacities_country_iso3 ON capacities (country_iso3);
CREATE INDEX ix_capacities_geography ON capacities USING gist ((location::geography));
CREATE INDEX ix_capacities_name ON capacities (lower(label(names, 'en')), id);
CREATE INDEX ix_capacities_name_ru ON capacities (lower(label(names, 'ru')), id);
CREATE INDEX ix_capacities_organisation_id ON capacities (organisation_id);
CREATE INDEX ix_capacities_search ON capacities USING gin (search);
CREATE INDEX ix_capacities_type_country ON capacities (type_code, country_iso3, lower(label(names, 'en')), id);
CREATE INDEX ix_capacities_updated_at ON capacities (updated_at);

CREATE SEQUENCE capacities_number START 1001;  -- the demonstration numbers its own below
ALTER TABLE capacities ALTER COLUMN ref SET DEFAULT numbered('CA', 7, nextval('capacities_number'));

CREATE FUNCTION document_capacity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := search_document(
        concat_ws(' ', NEW.ref, all_names(NEW.names)),
        concat_ws(' ',
            (SELECT concat_ws(' ', all_names(type.names), type.standard_ref, all_names(family.names))
             FROM resource_types type JOIN resource_families family ON family.code = type.family_code
             WHERE type.code = NEW.type_code),
            (SELECT concat_ws(' ', code, all_names(names), array_to_string(aliases, ' '))
             FROM organisations WHERE id = NEW.organisation_id),
            (SELECT all_names(names) FROM countries WHERE iso3 = NEW.country_iso3),
            (SELECT concat_ws(' ', all_names(names), array_to_string(spellings, ' ')) FROM areas WHERE id = NEW.base_area_id),
            all_names(NEW.base_place)),
        concat_ws(' ', all_names(NEW.description), NEW.classification_body, NEW.classification_level));
    RETURN NEW;
END $$;
CREATE TRIGGER document BEFORE INSERT OR UPDATE ON capacities FOR EACH ROW EXECUTE FUNCTION document_capacity();
CREATE TRIGGER learn_inserted AFTER INSERT ON capacities REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION learn_words();
CREATE TRIGGER learn_updated AFTER UPDATE ON capacities REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION learn_words();

-- what a capacity shows of its organisation, area and type has changed: so has the capacity
CREATE FUNCTION refresh_capacities() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'organisations' THEN UPDATE capacities SET updated_at = clock_timestamp() WHERE organisation_id = NEW.id;
        WHEN 'areas' THEN UPDATE capacities SET updated_at = clock_timestamp() WHERE base_area_id = NEW.id;
        WHEN 'resource_types' THEN UPDATE capacities SET updated_at = clock_timestamp() WHERE type_code = NEW.code;
    END CASE;
    RETURN NULL;
END $$;
CREATE TRIGGER refresh_capacities AFTER UPDATE ON organisations FOR EACH ROW
    WHEN (OLD.search IS DISTINCT FROM NEW.search) EXECUTE FUNCTION refresh_capacities();
CREATE TRIGGER refresh_capacities AFTER UPDATE ON areas FOR EACH ROW
    WHEN (OLD.search IS DISTINCT FROM NEW.search) EXECUTE FUNCTION refresh_capacities();
CREATE TRIGGER refresh_capacities AFTER UPDATE OF names, family_code ON resource_types FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION refresh_capacities();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON capacities FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON capacities
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('capacities');
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("""
        DROP TRIGGER refresh_capacities ON organisations;
        DROP TRIGGER refresh_capacities ON areas;
        DROP TRIGGER refresh_capacities ON resource_types;
        DROP TABLE capacities;
        DROP FUNCTION document_capacity(), refresh_capacities();
        DROP SEQUENCE capacities_number;
    """)
