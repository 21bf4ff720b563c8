"""Who did what: rows that are only ever added, links that chain them, and personal values that can be erased.

The triggers hold for the owner, too. What was erased cannot be put back, and a digest never changes.
"""

from alembic import op

revision = "0024"
down_revision = "0023"

TABLES = r"""
CREATE TABLE history (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id UUID,
  organisation_id UUID,
  means TEXT NOT NULL,
  request_id TEXT NOT NULL,
  action TEXT NOT NULL,
  noun TEXT NOT NULL,
  record_id UUID,
  ref TEXT NOT NULL,
  visibility TEXT NOT NULL,
  before JSONB,
  after JSONB,
  reason TEXT NOT NULL,
  CONSTRAINT pk_history PRIMARY KEY (id),
  CONSTRAINT ck_history_actor_kind CHECK (actor_kind IN ('person', 'key', 'portal', 'nobody')),
  CONSTRAINT ck_history_visibility CHECK (visibility IN ('public', 'partners', 'centre', 'own'))
);
CREATE INDEX ix_history_actor ON history (actor_id, id);
CREATE INDEX ix_history_at ON history (at);
CREATE INDEX ix_history_organisation ON history (organisation_id, id);
CREATE INDEX ix_history_record ON history (noun, record_id, id);

CREATE TABLE history_seals (
  position BIGINT NOT NULL,
  history_id BIGINT NOT NULL,
  digest BYTEA NOT NULL,
  hash BYTEA NOT NULL,
  sealed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_history_seals PRIMARY KEY (position),
  CONSTRAINT uq_history_seals_history_id UNIQUE (history_id)
);

CREATE TABLE history_heads (
  day DATE NOT NULL,
  position BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  published_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_history_heads PRIMARY KEY (day)
);

CREATE TABLE history_unsealed (
  history_id BIGINT NOT NULL,
  CONSTRAINT pk_history_unsealed PRIMARY KEY (history_id)
);

CREATE TABLE personal_values (
  id UUID DEFAULT uuid_v7() NOT NULL,
  subject_id UUID NOT NULL,
  salt BYTEA,
  value TEXT,
  digest BYTEA NOT NULL,
  erased_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_personal_values PRIMARY KEY (id)
);
CREATE INDEX ix_personal_values_subject_id ON personal_values (subject_id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION await_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO history_unsealed (history_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER await_seal AFTER INSERT ON history FOR EACH ROW EXECUTE FUNCTION await_seal();

CREATE FUNCTION only_erase() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.value IS NOT NULL OR NEW.salt IS NOT NULL OR NEW.erased_at IS NULL
       OR (NEW.id, NEW.subject_id, NEW.digest) IS DISTINCT FROM (OLD.id, OLD.subject_id, OLD.digest) THEN
        RAISE EXCEPTION 'a personal value can only be erased' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER only_erase BEFORE UPDATE ON personal_values FOR EACH ROW EXECUTE FUNCTION only_erase();
CREATE TRIGGER refuse_change BEFORE DELETE ON personal_values FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON personal_values FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
"""

APPEND_ONLY = """
    CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)
    for table in ("history", "history_seals", "history_heads"):
        op.execute(APPEND_ONLY.format(table=table))


def downgrade() -> None:
    op.execute("""
        DROP TABLE personal_values, history_unsealed, history_heads, history_seals, history;
        DROP FUNCTION only_erase(), await_seal(), refuse_change();
    """)
