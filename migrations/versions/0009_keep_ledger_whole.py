"""The ledger of stock can't be emptied by TRUNCATE either, which row triggers never see."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END $$;
        CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON stock_movements
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
    """)


def downgrade() -> None:
    op.execute("""
        DROP TRIGGER refuse_truncate ON stock_movements;
        DROP FUNCTION refuse_truncate();
    """)
