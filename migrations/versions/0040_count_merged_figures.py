"""The headline of an event that others were merged into is chosen from the figures of all of them, as far as they may be told.

A figure of a duplicate that fewer may see than the master is left out: a headline tells nobody what is hidden from them.
"""

from alembic import op

revision = "0040"
down_revision = "0039"

HEADLINES = r"""
CREATE OR REPLACE FUNCTION headlines_known(event uuid, at timestamptz, recorded timestamptz)
RETURNS TABLE (indicator_code text, figure_id uuid, choice_id uuid) LANGUAGE sql STABLE ROWS 6 AS $$
    WITH family AS MATERIALIZED ({family})
    SELECT i.code, coalesce(chosen.figure_id, ruled.id), chosen.id
    FROM indicators i
    LEFT JOIN LATERAL (
        SELECT c.id, c.figure_id FROM headline_choices c JOIN figures f ON f.id = c.figure_id
        WHERE c.event_id IN (SELECT id FROM family) AND c.indicator_code = i.code
          AND c.chosen_at <= least(at, recorded) AND (c.ended_at IS NULL OR c.ended_at > least(at, recorded))
          AND was_said(f, at, recorded)
          AND NOT EXISTS (SELECT FROM figures s WHERE s.supersedes_id = f.id AND was_said(s, at, recorded))
        ORDER BY c.chosen_at DESC, c.id DESC LIMIT 1
    ) chosen ON true
    LEFT JOIN LATERAL (
        SELECT best.id FROM family, (VALUES (true), (false)) body (is_official), LATERAL (
            SELECT f.id, coalesce(f.as_of, '-infinity'::date) AS as_of, f.trust, f.reported_at FROM figures f
            WHERE f.event_id = family.id AND f.indicator_code = i.code AND f.is_official = body.is_official
              AND NOT f.is_part AND f.counting = 'cumulative'
              AND coalesce(f.as_of, '-infinity'::date) <= (at AT TIME ZONE 'UTC')::date + 1  -- nobody speaks of later days
              AND was_said(f, at, recorded)
              AND NOT EXISTS (SELECT FROM figures s WHERE s.supersedes_id = f.id AND was_said(s, at, recorded))
            ORDER BY coalesce(f.as_of, '-infinity'::date) DESC, f.trust, f.reported_at DESC, f.id DESC
            LIMIT 1
        ) best
        ORDER BY body.is_official DESC, best.as_of DESC, best.trust, best.reported_at DESC, best.id DESC LIMIT 1
    ) ruled ON chosen.id IS NULL
    WHERE coalesce(chosen.figure_id, ruled.id) IS NOT NULL
$$;
"""
ALONE = "SELECT event AS id"
FAMILY = r"""
        SELECT event AS id
        UNION ALL
        SELECT m.id FROM events e, events m
        WHERE e.id = event AND is_as_wide(m.visibility, m.organisation_id, e.visibility, e.organisation_id)
          AND m.id = ANY (ARRAY(SELECT events_merged_into(event) WHERE least(at, recorded) = 'infinity'
                                UNION ALL SELECT events_merged_into(event, least(at, recorded)) WHERE least(at, recorded) <> 'infinity'))"""

REFRESH = r"""
CREATE OR REPLACE FUNCTION refresh_headlines(event uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    master uuid := coalesce(master_of(event), event);
    family uuid[];
    shown  uuid[];
BEGIN
    PERFORM FROM events WHERE id = master FOR NO KEY UPDATE;
    -- a figure of a duplicate that fewer may see changes nothing for those who see the master
    UPDATE events m SET updated_at = clock_timestamp() FROM events e
    WHERE e.id = event AND m.id IN (event, master)
      AND (m.id = event OR is_as_wide(e.visibility, e.organisation_id, m.visibility, m.organisation_id));
    family := ARRAY(SELECT event_with_merged(master));
    shown := ARRAY(SELECT figure_id FROM headlines_as_of(master, 'infinity'));
    UPDATE figures SET is_headline = false WHERE event_id = ANY (family) AND is_headline AND id <> ALL (shown);
    UPDATE figures SET is_headline = true WHERE id = ANY (shown) AND NOT is_headline;
END $$;

CREATE FUNCTION refresh_family() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.merged_into_id IS DISTINCT FROM NEW.merged_into_id AND OLD.merged_into_id IS NOT NULL THEN
        PERFORM refresh_headlines(OLD.merged_into_id);
    END IF;
    PERFORM refresh_headlines(NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER refresh_family AFTER UPDATE OF merged_into_id, visibility, organisation_id ON events FOR EACH ROW
    WHEN (OLD.merged_into_id IS DISTINCT FROM NEW.merged_into_id OR OLD.visibility <> NEW.visibility
          OR OLD.organisation_id IS DISTINCT FROM NEW.organisation_id)
    EXECUTE FUNCTION refresh_family();
"""

REFRESH_BEFORE = r"""
DROP TRIGGER refresh_family ON events;
DROP FUNCTION refresh_family();
CREATE OR REPLACE FUNCTION refresh_headlines(event uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    shown uuid[];
BEGIN
    UPDATE events SET updated_at = clock_timestamp() WHERE id = event;
    shown := ARRAY(SELECT figure_id FROM headlines_as_of(event, 'infinity'));
    UPDATE figures SET is_headline = false WHERE event_id = event AND is_headline AND id <> ALL (shown);
    UPDATE figures SET is_headline = true WHERE id = ANY (shown) AND NOT is_headline;
END $$;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(HEADLINES.replace("{family}", FAMILY))
    op.execute(REFRESH)


def downgrade() -> None:
    op.execute(REFRESH_BEFORE)
    op.execute(HEADLINES.replace("{family}", ALONE))
