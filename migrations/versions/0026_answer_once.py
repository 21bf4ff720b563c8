"""Answers that are kept for a while, so that a write whose answer got lost is not done twice."""

from alembic import op

revision = "0026"
down_revision = "0025"

TABLES = r"""
CREATE TABLE kept_answers (
  caller TEXT NOT NULL,
  route TEXT NOT NULL,
  key TEXT NOT NULL,
  question BYTEA NOT NULL,
  status INTEGER NOT NULL,
  headers JSONB NOT NULL,
  body BYTEA NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_kept_answers PRIMARY KEY (caller, route, key)
);
CREATE INDEX ix_kept_answers_created_at ON kept_answers (created_at);
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE kept_answers")
