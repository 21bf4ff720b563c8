"""Entry points, what they are like now, agreements, and how countries receive help."""

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
