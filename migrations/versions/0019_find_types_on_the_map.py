"""What of one type lies in a box: the map's usual question, from one index instead of the overlap of two."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("CREATE INDEX ix_capacities_type_location ON capacities USING gist (type_code, location)")


def downgrade() -> None:
    op.execute("DROP INDEX ix_capacities_type_location")
