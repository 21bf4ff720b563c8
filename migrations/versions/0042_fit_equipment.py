"""What an authority's rescuers use, and what things need: make, fuel, voltage, thread, language of manuals."""

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
