"""Codes on paper for the day when the telephone with the second factor is lost."""

from alembic import op

revision = "0027"
down_revision = "0026"

TABLES = r"""
CREATE TABLE recovery_codes (
  code_hash BYTEA NOT NULL,
  user_id UUID NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_recovery_codes PRIMARY KEY (code_hash),
  CONSTRAINT fk_recovery_codes_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_recovery_codes_user_id ON recovery_codes (user_id);
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE recovery_codes")
