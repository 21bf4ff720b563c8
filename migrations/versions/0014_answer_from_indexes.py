"""Lists, counts and facets of a million capacities from indexes alone; search without a word for every number.

`ix_capacities_facets` holds all that facets and the count of a list ask, so neither looks at the records; equal entries
are folded into one, so it is small. `ix_capacities_placed` does so where only those with a position count, and
`ix_capacities_type_geography` walks the nearest of one type, not the nearest of all until enough are of that type.
"""

from alembic import op

revision = "0014"
down_revision = "0013"

INDEXES = """
CREATE INDEX ix_capacities_facets
    ON capacities (type_code, country_iso3, organisation_id, status, visibility, withdrawn_at);
CREATE INDEX ix_capacities_placed
    ON capacities (type_code, country_iso3, visibility, withdrawn_at) WHERE location IS NOT NULL;
CREATE INDEX ix_capacities_type_geography ON capacities USING gist (type_code, (location::geography));
CREATE INDEX ix_search_words_beginning ON search_words (word text_pattern_ops);
"""

LEARN_WORDS = r"""
CREATE OR REPLACE FUNCTION learn_words() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- in order, so that two writers of the same new words wait for one another but never in a circle
    INSERT INTO search_words
    SELECT DISTINCT spoken.word FROM changed, unnest(tsvector_to_array(changed.search)) AS spoken (word)
    WHERE word !~ '{not_learned}' AND length(word) BETWEEN 3 AND 40
      AND NOT EXISTS (SELECT FROM search_words known WHERE known.word = spoken.word)
    ORDER BY word
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
"""

SEARCH_QUERY = r"""
CREATE OR REPLACE FUNCTION search_query(q text) RETURNS tsquery LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
SET pg_trgm.similarity_threshold = 0.4 AS $$
DECLARE
    asked text;
    one   tsquery;
    whole tsquery;
BEGIN
    FOR asked IN SELECT word FROM regexp_split_to_table(fold(q), ' ') AS word LIMIT 16 LOOP
        CONTINUE WHEN asked = '';
        one := (quote_literal(left(asked, 40)) || CASE WHEN length(asked) > 1 THEN ':*' ELSE '' END)::tsquery;
        IF skeleton(asked) <> '' THEN
            one := one || quote_literal('q' || skeleton(asked))::tsquery;
        END IF;
        IF length(asked) > 3 AND NOT EXISTS (SELECT FROM search_words WHERE {begins}) THEN
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

# Nobody means another number by a number: they would only make the list of words as long as the register
NOT_NUMBERS, ALSO_NUMBERS = r"^q|^[0-9]+$", "^q"
# By bytes, so that an index answers in every collation
BY_INDEX, BY_PATTERN = "word ~>=~ asked AND word ~<~ (asked || chr(1114111))", "word LIKE asked || '%'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(LEARN_WORDS.format(not_learned=NOT_NUMBERS))
    write_search_query(BY_INDEX)
    op.execute("DELETE FROM search_words WHERE word ~ '^[0-9]+$'")
    op.execute(INDEXES)


def write_search_query(begins: str) -> None:
    op.execute("SELECT show_limit()")  # loads pg_trgm: before that nobody but a superuser may name its setting
    op.execute(SEARCH_QUERY.format(begins=begins))


def downgrade() -> None:
    op.execute("""
        DROP INDEX ix_capacities_facets, ix_capacities_placed, ix_capacities_type_geography, ix_search_words_beginning
    """)
    write_search_query(BY_PATTERN)
    op.execute(LEARN_WORDS.format(not_learned=ALSO_NUMBERS))
