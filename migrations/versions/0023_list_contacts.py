"""Whom to call: duty desks and focal points of organisations, and who answers for a capacity."""

from alembic import op

revision = "0023"
down_revision = "0022"

TABLES = r"""
CREATE TABLE contacts (
  id UUID DEFAULT uuid_v7() NOT NULL,
  organisation_id UUID NOT NULL,
  capacity_id UUID,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  position TEXT DEFAULT '' NOT NULL,
  phones TEXT[] DEFAULT '{}' NOT NULL,
  email TEXT,
  radio TEXT DEFAULT '' NOT NULL,
  languages TEXT[] DEFAULT '{}' NOT NULL,
  is_24h BOOLEAN DEFAULT false NOT NULL,
  hours TEXT DEFAULT '' NOT NULL,
  visibility TEXT DEFAULT 'centre' NOT NULL,
  demonstration BOOLEAN DEFAULT false NOT NULL,
  withdrawn_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_contacts PRIMARY KEY (id),
  CONSTRAINT ck_contacts_kind CHECK (kind IN ('duty_officer', 'focal_point', 'liaison', 'capacity')),
  CONSTRAINT ck_contacts_visibility CHECK (visibility IN ('public', 'partners', 'centre', 'own')),
  CONSTRAINT ck_contacts_capacity_id CHECK ((kind = 'capacity') = (capacity_id IS NOT NULL)),
  CONSTRAINT fk_contacts_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id),
  CONSTRAINT fk_contacts_capacity_id_capacities FOREIGN KEY(capacity_id) REFERENCES capacities (id) ON DELETE CASCADE
);
CREATE INDEX ix_contacts_capacity_id ON contacts (capacity_id);
CREATE INDEX ix_contacts_organisation_id ON contacts (organisation_id);
CREATE INDEX ix_contacts_updated_at ON contacts (updated_at);

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION touch();
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE contacts")
