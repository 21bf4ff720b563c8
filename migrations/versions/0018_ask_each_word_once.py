"""A word said eighty times is looked up once, and one longer than any known word is not compared with all of them."""

from alembic import op

revision = "0018"
down_revision = "0017"

SEARCH_QUERY = r"""
CREATE OR REPLACE FUNCTION search_query(q text) RETURNS tsquery LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
SET pg_trgm.similarity_threshold = 0.4 AS $$
DECLARE
    asked text;
    one   tsquery;
    whole tsquery;
BEGIN
    FOR asked IN {words} LOOP
        CONTINUE WHEN asked = '';
        one := (quote_literal(left(asked, 40)) || CASE WHEN length(asked) > 1 THEN ':*' ELSE '' END)::tsquery;
        IF skeleton(asked) <> '' THEN
            one := one || quote_literal('q' || skeleton(asked))::tsquery;
        END IF;
        IF {compared} AND NOT EXISTS (
            SELECT FROM search_words WHERE word ~>=~ asked AND word ~<~ (asked || chr(1114111))
        ) THEN
            one := one || coalesce((
                SELECT string_agg(quote_literal(word), ' | ')
                FROM (SELECT word FROM search_words WHERE word % asked ORDER BY similarity(word, asked) DESC, word LIMIT 8) near
            ), quote_literal(asked))::tsquery;
        END IF;
        whole := CASE WHEN whole IS NULL THEN one ELSE whole && one END;
    END LOOP;
    RETURN coalesce(whole, ''::tsquery);
END $$;
"""

EACH_ONCE = """
        SELECT word FROM regexp_split_to_table(fold(q), ' ') WITH ORDINALITY AS said (word, place)
        GROUP BY word ORDER BY min(place) LIMIT 16
    """
AS_SAID = "SELECT word FROM regexp_split_to_table(fold(q), ' ') AS word LIMIT 16"
OF_USUAL_LENGTH, OF_ANY_LENGTH = "length(asked) BETWEEN 4 AND 40", "length(asked) > 3"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    write(EACH_ONCE, OF_USUAL_LENGTH)


def write(words: str, compared: str) -> None:
    op.execute("SELECT show_limit()")  # loads pg_trgm: before that nobody but a superuser may name its setting
    op.execute(SEARCH_QUERY.format(words=words, compared=compared))


def downgrade() -> None:
    write(AS_SAID, OF_ANY_LENGTH)
