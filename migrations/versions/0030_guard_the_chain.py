"""What the serving role adds to history stands at its place: no row of another time, no link out of turn, no false head.

Whoever holds that role could else end the sealing for good with a link at the last position, or date a row back.
"""

from alembic import op

revision = "0030"
down_revision = "0029"

FUNCTIONS = r"""
CREATE FUNCTION stamp_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER stamp BEFORE INSERT ON history FOR EACH ROW EXECUTE FUNCTION stamp_history();

CREATE FUNCTION next_link_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last record;
BEGIN
    SELECT position, hash INTO last FROM history_seals ORDER BY position DESC LIMIT 1;
    IF NEW.position <> coalesce(last.position, 0) + 1
       OR NEW.hash <> sha256(coalesce(last.hash, decode(repeat('00', 32), 'hex')) || int8send(NEW.position) || NEW.digest) THEN
        RAISE EXCEPTION 'link % does not follow from the last one', NEW.position USING ERRCODE = 'restrict_violation';
    END IF;
    NEW.sealed_at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER next_link_only BEFORE INSERT ON history_seals FOR EACH ROW EXECUTE FUNCTION next_link_only();

CREATE FUNCTION true_head_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.day >= (now() AT TIME ZONE 'UTC')::date
       OR NOT EXISTS (SELECT FROM history_seals WHERE position = NEW.position AND hash = NEW.hash) THEN
        RAISE EXCEPTION 'that is not the last link of a day that is over' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER true_head_only BEFORE INSERT ON history_heads FOR EACH ROW EXECUTE FUNCTION true_head_only();
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(FUNCTIONS)


def downgrade() -> None:
    op.execute("""
        DROP TRIGGER stamp ON history;
        DROP TRIGGER next_link_only ON history_seals;
        DROP TRIGGER true_head_only ON history_heads;
        DROP FUNCTION stamp_history(), next_link_only(), true_head_only();
    """)
