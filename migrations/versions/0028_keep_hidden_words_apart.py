"""Typing errors are looked up among the words of records that the asker may read: a hidden record changes no search of others.

Each word knows the widest audience that can read it somewhere. What only one organisation reads is not learned.
"""

from alembic import op

revision = "0028"
down_revision = "0027"

COLUMN = """
ALTER TABLE search_words ADD visibility text DEFAULT 'public' NOT NULL;
ALTER TABLE search_words ADD CONSTRAINT ck_search_words_visibility CHECK (visibility IN ('public', 'partners', 'centre'));
"""

# In the alphabet centre < partners < public, so that max() is the widest
LEARN = r"""
    -- in order, so that two writers of the same new words wait for one another but never in a circle
    -- each word once: a thousand records say mostly the same ones, and looking one up may mean reading them all
    WITH spoken AS MATERIALIZED (
        SELECT word, max(visibility) AS visibility
        FROM (SELECT unnest(tsvector_to_array(search)) AS word, {visibility} AS visibility FROM {changed}) AS said
        WHERE visibility <> 'own'
        GROUP BY word
    )
    INSERT INTO search_words (word, visibility)
    SELECT spoken.word, spoken.visibility
    FROM spoken
    WHERE word !~ '^q|^[0-9]+$' AND length(word) BETWEEN 3 AND 40
      AND NOT EXISTS (SELECT FROM search_words known WHERE known.word = spoken.word AND known.visibility >= spoken.visibility)
    ORDER BY spoken.word
    ON CONFLICT (word) DO UPDATE SET visibility = EXCLUDED.visibility WHERE search_words.visibility < EXCLUDED.visibility;
"""

# All at once: looking each word up among those learned so far would take as long again for every word
LEARN_ANEW = r"""
    INSERT INTO search_words (word, visibility)
    SELECT word, max(visibility)
    FROM (SELECT unnest(tsvector_to_array(search)) AS word, visibility
          FROM (SELECT search, 'public' AS visibility FROM areas UNION ALL SELECT search, 'public' FROM organisations
                UNION ALL SELECT search, visibility FROM events UNION ALL SELECT search, visibility FROM capacities
                UNION ALL SELECT search, visibility FROM stock_positions) AS record
          WHERE visibility <> 'own') AS spoken
    WHERE word !~ '^q|^[0-9]+$' AND length(word) BETWEEN 3 AND 40
    GROUP BY word
"""

LEARN_WORDS = """
CREATE OR REPLACE FUNCTION learn_words() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME IN ('events', 'capacities', 'stock_positions') THEN {of_records}
    ELSE {of_others}
    END IF;
    RETURN NULL;
END $$;
"""

LEARN_ALL_WORDS = r"""
CREATE OR REPLACE FUNCTION learn_words() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- in order, so that two writers of the same new words wait for one another but never in a circle
    INSERT INTO search_words
    SELECT DISTINCT spoken.word FROM changed, unnest(tsvector_to_array(changed.search)) AS spoken (word)
    WHERE word !~ '^q|^[0-9]+$' AND length(word) BETWEEN 3 AND 40
      AND NOT EXISTS (SELECT FROM search_words known WHERE known.word = spoken.word)
    ORDER BY word
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
"""

SEARCH_QUERY = r"""
CREATE FUNCTION search_query({parameters}) RETURNS tsquery LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
SET pg_trgm.similarity_threshold = 0.4 AS $$
DECLARE
    asked text;
    one   tsquery;
    whole tsquery;
BEGIN
    FOR asked IN
        SELECT word FROM regexp_split_to_table(fold(q), ' ') WITH ORDINALITY AS said (word, place)
        GROUP BY word ORDER BY min(place) LIMIT 16
    LOOP
        CONTINUE WHEN asked = '';
        one := (quote_literal(left(asked, 40)) || CASE WHEN length(asked) > 1 THEN ':*' ELSE '' END)::tsquery;
        IF skeleton(asked) <> '' THEN
            one := one || quote_literal('q' || skeleton(asked))::tsquery;
        END IF;
        IF length(asked) BETWEEN 4 AND 40 AND NOT EXISTS (
            SELECT FROM search_words WHERE word ~>=~ asked AND word ~<~ (asked || chr(1114111)){seen}
        ) THEN
            one := one || coalesce((
                SELECT string_agg(quote_literal(word), ' | ')
                FROM (SELECT word FROM search_words WHERE word % asked{seen} ORDER BY similarity(word, asked) DESC, word LIMIT 8) near
            ), quote_literal(asked))::tsquery;
        END IF;
        whole := CASE WHEN whole IS NULL THEN one ELSE whole && one END;
    END LOOP;
    RETURN coalesce(whole, ''::tsquery);
END $$;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(COLUMN)
    of_records = LEARN.format(visibility="visibility", changed="changed")
    of_others = LEARN.format(visibility="'public'", changed="changed")
    op.execute(LEARN_WORDS.format(of_records=of_records, of_others=of_others))
    op.execute("DROP FUNCTION search_query(text)")
    op.execute("SELECT show_limit()")  # loads pg_trgm: before that nobody but a superuser may name its setting
    op.execute(
        SEARCH_QUERY.format(parameters="q text, seen text[] DEFAULT '{public}'", seen=" AND visibility = ANY (seen)")
    )
    op.execute("TRUNCATE search_words")
    op.execute(LEARN_ANEW)


def downgrade() -> None:
    op.execute(LEARN_ALL_WORDS)
    op.execute("DROP FUNCTION search_query(text, text[])")
    op.execute("SELECT show_limit()")
    op.execute(SEARCH_QUERY.format(parameters="q text", seen=""))
    op.execute("ALTER TABLE search_words DROP visibility")
