"""Hazards, units, resource types and indicators: the code lists all else refers to."""

from alembic import op

revision = "0003"
down_revision = "0002"

TABLES = r"""
CREATE TABLE hazards (
  code TEXT NOT NULL,
  names JSONB NOT NULL,
  undrr_isc TEXT,
  position INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_hazards PRIMARY KEY (code),
  CONSTRAINT ck_hazards_names CHECK (names ? 'en')
);

CREATE TABLE units (
  code TEXT NOT NULL,
  names JSONB NOT NULL,
  CONSTRAINT pk_units PRIMARY KEY (code),
  CONSTRAINT ck_units_names CHECK (names ? 'en')
);

CREATE TABLE resource_families (
  code TEXT NOT NULL,
  names JSONB NOT NULL,
  position INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_resource_families PRIMARY KEY (code),
  CONSTRAINT ck_resource_families_names CHECK (names ? 'en')
);

CREATE TABLE resource_types (
  code TEXT NOT NULL,
  family_code TEXT NOT NULL,
  parent_code TEXT,
  kind TEXT NOT NULL,
  unit_code TEXT NOT NULL,
  names JSONB NOT NULL,
  standard TEXT NOT NULL,
  standard_ref TEXT,
  description JSONB,
  position INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_resource_types PRIMARY KEY (code),
  CONSTRAINT uq_resource_types_code UNIQUE (code, kind),
  CONSTRAINT ck_resource_types_kind CHECK (kind IN ('team', 'equipment', 'vehicle', 'aircraft', 'facility', 'stock', 'expert')),
  CONSTRAINT fk_resource_types_family_code_resource_families FOREIGN KEY(family_code) REFERENCES resource_families (code),
  CONSTRAINT fk_resource_types_parent_code_resource_types FOREIGN KEY(parent_code) REFERENCES resource_types (code),
  CONSTRAINT fk_resource_types_unit_code_units FOREIGN KEY(unit_code) REFERENCES units (code),
  CONSTRAINT ck_resource_types_names CHECK (names ? 'en')
);
CREATE INDEX ix_resource_types_family_code ON resource_types (family_code);

CREATE TABLE indicators (
  code TEXT NOT NULL,
  names JSONB NOT NULL,
  position INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_indicators PRIMARY KEY (code),
  CONSTRAINT ck_indicators_names CHECK (names ? 'en')
);

CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON hazards
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('reference');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON units
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('reference');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON resource_families
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('reference');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON resource_types
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('reference');
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON indicators
    FOR EACH STATEMENT EXECUTE FUNCTION note_change('reference');
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("""
        DROP TABLE indicators, resource_types, resource_families, units, hazards;
    """)
