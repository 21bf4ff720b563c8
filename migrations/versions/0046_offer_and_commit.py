"""Offers, their lines, and what is committed of capacities and stock."""

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
