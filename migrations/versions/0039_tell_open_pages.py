"""Change nothing: open pages are told out of what each process listens to already (app/live)."""

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
