"""Requests for assistance and their lines."""

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
