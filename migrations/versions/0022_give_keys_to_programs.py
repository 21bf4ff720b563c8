"""Programs sign in with keys that belong to an organisation."""

from alembic import op

revision = "0022"
down_revision = "0021"

TABLES = r"""
CREATE TABLE api_keys (
  id UUID DEFAULT uuid_v7() NOT NULL,
  organisation_id UUID NOT NULL,
  name TEXT NOT NULL,
  token_hash BYTEA NOT NULL,
  hint TEXT NOT NULL,
  scopes TEXT[] NOT NULL,
  countries TEXT[] DEFAULT '{}' NOT NULL,
  created_by_id UUID,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  last_used_at TIMESTAMP WITH TIME ZONE,
  revoked_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_api_keys PRIMARY KEY (id),
  CONSTRAINT fk_api_keys_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id),
  CONSTRAINT uq_api_keys_token_hash UNIQUE (token_hash),
  CONSTRAINT fk_api_keys_created_by_id_users FOREIGN KEY(created_by_id) REFERENCES users (id)
);
CREATE INDEX ix_api_keys_organisation_id ON api_keys (organisation_id);
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE api_keys")
