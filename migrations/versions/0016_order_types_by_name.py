"""The capacities of one type in the order of their names.

Names mostly begin with the type, so a walk over all names meets none of a type for long and then all at once: the index
by name alone, which the planner trusts to find some soon, read half of a million records for one page.
"""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE INDEX ix_capacities_type_name ON capacities (type_code, lower(label(names, 'en')), id);
        CREATE INDEX ix_capacities_type_name_ru ON capacities (type_code, lower(label(names, 'ru')), id);
    """)


def downgrade() -> None:
    op.execute("DROP INDEX ix_capacities_type_name, ix_capacities_type_name_ru")
