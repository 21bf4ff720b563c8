"""What matching looks at."""

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
