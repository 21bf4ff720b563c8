"""Figures become a ledger: when a source said each, what it corrects, whether it still stands; the headline follows one rule.

What a source said is never rewritten: a correction is a figure that supersedes another, an error of ours is withdrawn.
So "as known at T" can be asked exactly (docs/decisions/0007), and the headline of any moment with it.
"""

from alembic import op

revision = "0032"
down_revision = "0031"

COLUMNS = r"""
ALTER TABLE figures
  ADD COLUMN reported_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  ADD COLUMN counting TEXT DEFAULT 'cumulative' NOT NULL,
  ADD COLUMN area_id UUID,
  ADD COLUMN is_part BOOLEAN DEFAULT false NOT NULL,
  ADD COLUMN is_official BOOLEAN DEFAULT false NOT NULL,
  ADD COLUMN trust SMALLINT DEFAULT 99 NOT NULL,
  ADD COLUMN document_id UUID,
  ADD COLUMN supersedes_id UUID,
  ADD COLUMN withdrawn_at TIMESTAMP WITH TIME ZONE,
  ADD COLUMN withdrawn_before TSTZMULTIRANGE DEFAULT '{}' NOT NULL,
  ADD CONSTRAINT ck_figures_counting CHECK (counting IN ('cumulative', 'new')),
  ADD CONSTRAINT ck_figures_reported_at_finite CHECK (isfinite(reported_at)),
  ADD CONSTRAINT fk_figures_area_id_areas FOREIGN KEY (area_id) REFERENCES areas (id),
  ADD CONSTRAINT uq_figures_id UNIQUE (id, event_id, indicator_code),
  ADD CONSTRAINT fk_figures_supersedes_id_figures FOREIGN KEY (supersedes_id, event_id, indicator_code)
    REFERENCES figures (id, event_id, indicator_code) ON DELETE CASCADE,
  ADD CONSTRAINT ck_figures_supersedes_id CHECK (supersedes_id <> id);
"""

# When a source said something is told by the document, else by the day it speaks of, else by when it came in here
OLD_ROWS = r"""
UPDATE figures SET reported_at = coalesce(greatest(sources.published_on, figures.as_of) AT TIME ZONE 'UTC', figures.created_at)
FROM sources WHERE sources.id = source_id;
ALTER TABLE figures ADD CONSTRAINT ck_figures_as_of CHECK (as_of <= (reported_at AT TIME ZONE 'UTC')::date + 1);
"""

PARTS = r"""
CREATE TABLE figure_parts (
  id UUID DEFAULT uuid_v7() NOT NULL,
  figure_id UUID NOT NULL,
  sex TEXT,
  age_from SMALLINT,
  age_to SMALLINT,
  disability BOOLEAN,
  other TEXT,
  value NUMERIC NOT NULL,
  CONSTRAINT pk_figure_parts PRIMARY KEY (id),
  CONSTRAINT fk_figure_parts_figure_id_figures FOREIGN KEY (figure_id) REFERENCES figures (id) ON DELETE CASCADE,
  CONSTRAINT uq_figure_parts_figure_id UNIQUE NULLS NOT DISTINCT (figure_id, sex, age_from, age_to, disability, other),
  CONSTRAINT ck_figure_parts_sex CHECK (sex IN ('female', 'male', 'other')),
  CONSTRAINT ck_figure_parts_ages CHECK (age_from BETWEEN 0 AND 150 AND age_to BETWEEN 0 AND 150 AND age_from <= age_to),
  CONSTRAINT ck_figure_parts_said CHECK (num_nonnulls(sex, age_from, age_to, disability, other) > 0),
  CONSTRAINT ck_figure_parts_value CHECK (value >= 0 AND value < 'infinity')
);

CREATE TABLE headline_choices (
  id UUID DEFAULT uuid_v7() NOT NULL,
  event_id UUID NOT NULL,
  indicator_code TEXT NOT NULL,
  figure_id UUID NOT NULL,
  reason TEXT NOT NULL,
  chosen_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_headline_choices PRIMARY KEY (id),
  CONSTRAINT fk_headline_choices_figure_id_figures FOREIGN KEY (figure_id, event_id, indicator_code)
    REFERENCES figures (id, event_id, indicator_code) ON DELETE CASCADE,
  CONSTRAINT ck_headline_choices_reason CHECK (reason <> ''),
  CONSTRAINT ck_headline_choices_ended_at CHECK (chosen_at <= ended_at)
);
CREATE UNIQUE INDEX uq_headline_choices_open ON headline_choices (event_id, indicator_code) WHERE ended_at IS NULL;
CREATE INDEX ix_headline_choices_event_id ON headline_choices (event_id, indicator_code, chosen_at);
CREATE INDEX ix_headline_choices_figure_id ON headline_choices (figure_id);
"""

# The order of the headline as an index: its first entry that stands is the headline, however many figures there are
INDEXES = r"""
CREATE INDEX ix_figures_ranked ON figures
  (event_id, indicator_code, is_official, coalesce(as_of, '-infinity'::date) DESC, trust, reported_at DESC, id DESC)
  WHERE NOT is_part AND counting = 'cumulative';
CREATE INDEX ix_figures_reported_at ON figures (event_id, reported_at DESC, id DESC);
CREATE UNIQUE INDEX uq_figures_supersedes_id ON figures (supersedes_id) WHERE withdrawn_at IS NULL;
CREATE INDEX ix_figures_supersedes_id ON figures (supersedes_id) WHERE supersedes_id IS NOT NULL;
DROP INDEX ix_figures_event_id;
"""

FUNCTIONS = r"""
-- A figure had been said by `at`, as far as was recorded here by `recorded`: reported, and not withdrawn. One that came in
-- after `at` and was withdrawn later was never known then: it was an error of ours
CREATE FUNCTION was_said(f figures, at timestamptz, recorded timestamptz) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT f.reported_at <= at AND f.created_at <= recorded
       AND NOT f.withdrawn_before @> least(at, recorded)
       AND NOT (f.created_at > at AND f.withdrawn_before @> recorded)
       AND (f.withdrawn_at IS NULL OR f.withdrawn_at > recorded OR (f.withdrawn_at > at AND f.created_at <= at))
$$;

-- One row for each indicator that has a headline: `choice_id` where an operator chose it, else the rule did. The rule:
-- of figures for the whole event that are totals and stand, official bodies before others, then the latest day, then the
-- method, the kind of source, and who spoke last. Never a sum
CREATE FUNCTION headlines_known(event uuid, at timestamptz, recorded timestamptz)
RETURNS TABLE (indicator_code text, figure_id uuid, choice_id uuid) LANGUAGE sql STABLE ROWS 6 AS $$
    SELECT i.code, coalesce(chosen.figure_id, ruled.id), chosen.id
    FROM indicators i
    LEFT JOIN LATERAL (
        SELECT c.id, c.figure_id FROM headline_choices c JOIN figures f ON f.id = c.figure_id
        WHERE c.event_id = event AND c.indicator_code = i.code
          AND c.chosen_at <= least(at, recorded) AND (c.ended_at IS NULL OR c.ended_at > least(at, recorded))
          AND was_said(f, at, recorded)
          AND NOT EXISTS (SELECT FROM figures s WHERE s.supersedes_id = f.id AND was_said(s, at, recorded))
        ORDER BY c.chosen_at DESC LIMIT 1
    ) chosen ON true
    LEFT JOIN LATERAL (
        SELECT best.id FROM (VALUES (true), (false)) body (is_official), LATERAL (
            SELECT f.id FROM figures f
            WHERE f.event_id = event AND f.indicator_code = i.code AND f.is_official = body.is_official
              AND NOT f.is_part AND f.counting = 'cumulative'
              AND coalesce(f.as_of, '-infinity'::date) <= (at AT TIME ZONE 'UTC')::date + 1  -- nobody speaks of later days
              AND was_said(f, at, recorded)
              AND NOT EXISTS (SELECT FROM figures s WHERE s.supersedes_id = f.id AND was_said(s, at, recorded))
            ORDER BY coalesce(f.as_of, '-infinity'::date) DESC, f.trust, f.reported_at DESC, f.id DESC
            LIMIT 1
        ) best
        ORDER BY body.is_official DESC LIMIT 1
    ) ruled ON chosen.id IS NULL
    WHERE coalesce(chosen.figure_id, ruled.id) IS NOT NULL
$$;

CREATE FUNCTION headlines_as_of(event uuid, at timestamptz)
RETURNS TABLE (indicator_code text, figure_id uuid, choice_id uuid) LANGUAGE sql STABLE ROWS 6 AS $$
    SELECT * FROM headlines_known(event, at, 'infinity')
$$;

-- `is_headline` is what the rule says now; the event's row is taken first, so that two writers come one after the other
CREATE FUNCTION refresh_headlines(event uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    shown uuid[];
BEGIN
    UPDATE events SET updated_at = clock_timestamp() WHERE id = event;
    shown := ARRAY(SELECT figure_id FROM headlines_as_of(event, 'infinity'));
    UPDATE figures SET is_headline = false WHERE event_id = event AND is_headline AND id <> ALL (shown);
    UPDATE figures SET is_headline = true WHERE id = ANY (shown) AND NOT is_headline;
END $$;

CREATE FUNCTION refresh_figures() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    one uuid;
BEGIN
    FOR one IN SELECT DISTINCT event_id FROM changed ORDER BY 1 LOOP
        PERFORM refresh_headlines(one);
    END LOOP;
    RETURN NULL;
END $$;

-- What the rule goes by, where an index can see it. What was said stays said
CREATE FUNCTION weigh_figure() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kind text := (SELECT s.kind FROM sources s WHERE s.id = NEW.source_id);
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.event_id, NEW.indicator_code, NEW.value, NEW.low, NEW.high, NEW.qualifier, NEW.source_id, NEW.as_of,
            NEW.reported_at, NEW.counting, NEW.country_iso3, NEW.area_id, NEW.supersedes_id, NEW.created_at) IS DISTINCT FROM
           (OLD.event_id, OLD.indicator_code, OLD.value, OLD.low, OLD.high, OLD.qualifier, OLD.source_id, OLD.as_of,
            OLD.reported_at, OLD.counting, OLD.country_iso3, OLD.area_id, OLD.supersedes_id, OLD.created_at) THEN
        RAISE EXCEPTION 'what a source said is corrected by a figure that supersedes it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_figures_said';
    END IF;
    NEW.is_part := NEW.is_part OR NEW.country_iso3 IS NOT NULL OR NEW.area_id IS NOT NULL;
    NEW.is_official := kind IN ('government', 'un', 'red_cross_red_crescent') AND NEW.method IS DISTINCT FROM 'media';
    NEW.trust := 10 * coalesce(array_position(ARRAY['official', 'estimate', 'modelled', 'media'], NEW.method), 5)
        + array_position(ARRAY['government', 'un', 'red_cross_red_crescent', 'science', 'other', 'media'], kind);
    RETURN NEW;
END $$;

-- a source that turns out to be of another kind weighs otherwise
CREATE FUNCTION weigh_again() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    one uuid;
BEGIN
    UPDATE figures SET is_official = false WHERE source_id = NEW.id;  -- the trigger above says what is true
    FOR one IN SELECT DISTINCT event_id FROM figures WHERE source_id = NEW.id ORDER BY 1 LOOP
        PERFORM refresh_headlines(one);
    END LOOP;
    RETURN NULL;
END $$;
"""

TRIGGERS = r"""
DROP TRIGGER refresh_event ON figures;
CREATE TRIGGER a_weigh BEFORE INSERT OR UPDATE ON figures FOR EACH ROW EXECUTE FUNCTION weigh_figure();
UPDATE figures SET trust = 0;
CREATE TRIGGER weigh_again AFTER UPDATE OF kind ON sources FOR EACH ROW
    WHEN (OLD.kind <> NEW.kind) EXECUTE FUNCTION weigh_again();
"""

# Whatever is written by a trigger is written by the one that refreshes, which sees to the rest itself
REFRESH = """
CREATE TRIGGER refresh_{change} AFTER {change} ON {table} REFERENCING {rows} AS changed
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refresh_figures();
"""
CHANGES = (("INSERT", "NEW TABLE"), ("UPDATE", "NEW TABLE"), ("DELETE", "OLD TABLE"))

# The headlines there were: those that the rule does not choose were chosen
CHOICES = r"""
INSERT INTO headline_choices (event_id, indicator_code, figure_id, reason, chosen_at)
SELECT f.event_id, f.indicator_code, f.id, 'Chosen before the rule was kept by the portal itself', greatest(f.reported_at, f.created_at)
FROM figures f
WHERE f.is_headline AND NOT EXISTS (SELECT FROM headlines_as_of(f.event_id, 'infinity') h WHERE h.figure_id = f.id);
SELECT refresh_headlines(event_id) FROM (SELECT DISTINCT event_id FROM figures) told;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for step in (COLUMNS, OLD_ROWS, PARTS, INDEXES, FUNCTIONS, TRIGGERS, CHOICES):
        op.execute(step)
    for table in ("figures", "headline_choices"):
        for change, rows in CHANGES:
            op.execute(REFRESH.format(table=table, change=change, rows=rows))


def downgrade() -> None:
    for change, _rows in CHANGES:
        op.execute(f"DROP TRIGGER refresh_{change} ON figures")
    op.execute("""
        ALTER TABLE figures DROP CONSTRAINT fk_figures_supersedes_id_figures;
        DELETE FROM figures f WHERE withdrawn_at IS NOT NULL OR counting = 'new'
            OR EXISTS (SELECT FROM figures s WHERE s.supersedes_id = f.id);
        DROP TRIGGER weigh_again ON sources;
        DROP TRIGGER a_weigh ON figures;
        DROP TABLE headline_choices, figure_parts;
        DROP FUNCTION weigh_again(), weigh_figure(), refresh_figures(), refresh_headlines(uuid),
            headlines_as_of(uuid, timestamptz), headlines_known(uuid, timestamptz, timestamptz),
            was_said(figures, timestamptz, timestamptz);
        DROP INDEX ix_figures_ranked, ix_figures_reported_at, uq_figures_supersedes_id, ix_figures_supersedes_id;
        ALTER TABLE figures DROP CONSTRAINT uq_figures_id, DROP CONSTRAINT ck_figures_as_of;
        ALTER TABLE figures DROP COLUMN reported_at, DROP COLUMN counting, DROP COLUMN area_id, DROP COLUMN is_part,
            DROP COLUMN is_official, DROP COLUMN trust, DROP COLUMN document_id, DROP COLUMN supersedes_id,
            DROP COLUMN withdrawn_at, DROP COLUMN withdrawn_before;
        CREATE INDEX ix_figures_event_id ON figures (event_id);
        CREATE TRIGGER refresh_event AFTER INSERT OR UPDATE OR DELETE ON figures FOR EACH ROW EXECUTE FUNCTION refresh_event();
    """)
