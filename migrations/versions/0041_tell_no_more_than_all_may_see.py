"""What is told to all who see one record is what all of them may see in the other.

An older version of a report is for those whom it was written for, also where the report is for more by now. A master tells
of a duplicate only what everybody who sees the master may see there: the same width is not enough where the two lie in other
countries or belong to other organisations.
"""

from alembic import op

revision = "0041"
down_revision = "0040"

VERSIONS = r"""
ALTER TABLE situation_report_versions ADD visibility TEXT;
UPDATE situation_report_versions v SET visibility = r.visibility FROM situation_reports r WHERE r.id = v.report_id;
ALTER TABLE situation_report_versions ALTER visibility SET NOT NULL,
    ADD CONSTRAINT ck_situation_report_versions_visibility CHECK (visibility IN ('public', 'partners', 'centre', 'own'));
"""

SEEN_BY_ALL = r"""
-- Whether everybody who sees the second event sees the first: those in the countries of the one are in those of the other,
-- and of their own organisation's records people see all
CREATE FUNCTION is_seen_by_all(one uuid, other uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT a.visibility = 'public' OR (
        is_as_wide(a.visibility, a.organisation_id, b.visibility, b.organisation_id)
        AND (b.organisation_id IS NULL OR a.organisation_id IS NOT DISTINCT FROM b.organisation_id)
        AND NOT EXISTS (SELECT country_iso3 FROM event_countries WHERE event_id = other
                        EXCEPT SELECT country_iso3 FROM event_countries WHERE event_id = one))
    FROM events a, events b WHERE a.id = one AND b.id = other
$$;

CREATE FUNCTION refresh_family_of_country() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.event_id ELSE NEW.event_id END;
BEGIN
    IF EXISTS (SELECT FROM events WHERE merged_into_id = changed OR (id = changed AND merged_into_id IS NOT NULL)) THEN
        PERFORM refresh_headlines(changed);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refresh_family AFTER INSERT OR DELETE ON event_countries FOR EACH ROW EXECUTE FUNCTION refresh_family_of_country();
"""

ASKED_BY = {
    "headlines_known(uuid, timestamptz, timestamptz)": ("m", "e"),
    "events_of_glides(text[])": ("n", "m"),
    "events_of_glides(text[], timestamptz)": ("n", "m"),
    "document_event()": ("m", "NEW"),
    "refresh_headlines(uuid)": ("e", "m"),
}
WIDE = "is_as_wide({0}.visibility, {0}.organisation_id, {1}.visibility, {1}.organisation_id)"
AND_SEEN = " AND is_seen_by_all({0}.id, {1}.id)"


def reword(function: str, before: str, after: str) -> None:
    """Write a function again with other words in it."""
    op.execute(f"""
        DO $do$ BEGIN
            EXECUTE replace(pg_get_functiondef('{function}'::regprocedure), $a${before}$a$, $b${after}$b$);
        END $do$""")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(VERSIONS)
    op.execute(SEEN_BY_ALL)
    for function, rows in ASKED_BY.items():
        wide = WIDE.format(*rows)
        reword(function, wide, wide + AND_SEEN.format(*rows))
    op.execute("SELECT refresh_headlines(merged_into_id) FROM events WHERE merged_into_id IS NOT NULL")


def downgrade() -> None:
    for function, rows in ASKED_BY.items():
        wide = WIDE.format(*rows)
        reword(function, wide + AND_SEEN.format(*rows), wide)
    op.execute("""
        DROP TRIGGER refresh_family ON event_countries;
        DROP FUNCTION refresh_family_of_country(), is_seen_by_all(uuid, uuid);
        ALTER TABLE situation_report_versions DROP visibility;
    """)
