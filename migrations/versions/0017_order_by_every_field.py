"""An index for every field that capacities can be ordered by: without one a page of a million reads them all and sorts."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE INDEX ix_capacities_created_at ON capacities (created_at, id);
        CREATE INDEX ix_capacities_verified_at ON capacities (coalesce(verified_at, '-infinity'), id);
        CREATE INDEX ix_capacities_quantity_available ON capacities (quantity_available, id);
        CREATE INDEX ix_capacities_mobilisation_hours ON capacities (coalesce(mobilisation_hours, 2147483647), id);
    """)


def downgrade() -> None:
    op.execute("""
        DROP INDEX ix_capacities_created_at, ix_capacities_verified_at, ix_capacities_quantity_available,
                   ix_capacities_mobilisation_hours
    """)
