"""What papers need."""

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
