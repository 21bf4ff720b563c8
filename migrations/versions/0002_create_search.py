"""Search that reads Latin, Cyrillic and Arabic script alike, and forgives typing errors.

`fold` writes a text in plain Latin letters and digits; `skeleton` leaves the consonants of a word, for Arabic script
does not write short vowels: Кундуз, Qunduz, Kunduz and کندز all have the skeleton kndz.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

FUNCTIONS = r"""
CREATE FUNCTION fold(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    t := lower(normalize(t, NFKD));
    -- accents, Arabic vowel signs, tatweel, joiners and apostrophes carry no difference here
    t := regexp_replace(t, '[\u0300-\u036f\u0640\u064b-\u065f\u0670\u200b-\u200f\u02bb\u02bc\u2018\u2019''`´]', '', 'g');
    -- Arabic waw is a consonant at the start of a word and before a vowel
    t := regexp_replace(t, '(^|[^[:alpha:]])و', '\1v', 'g');
    t := regexp_replace(t, 'و([اایيې])', 'v\1', 'g');
    t := translate(t, '۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩', '01234567890123456789');
    t := replace(replace(replace(replace(t, 'ш', 'sh'), 'щ', 'sh'), 'ч', 'ch'), 'ц', 'ts');
    t := replace(replace(replace(replace(t, 'ю', 'iu'), 'я', 'ia'), 'дж', 'j'), 'ҷ', 'j');
    t := replace(replace(replace(replace(t, 'ش', 'sh'), 'ښ', 'sh'), 'چ', 'ch'), 'څ', 'ts');
    t := translate(t, 'абвгдежзиійклмнопрстуфхыэғқңұүөәһҳєҝҹъь',
                      'abvgdejziiiklmnoprstufhiegknuuoahhegj');
    t := translate(t, 'ابپتټٹطثسصجژږحخهھہةدډڈذزضظځرړڑغگګفقکكلمنڼںویيىېۍےئعء',
                      'abpttttsssjjjhhhhhhdddzzzzzrrrgggfkkklmnnnuiiiiii');
    t := translate(t, 'ıəłøđ',
                      'ialod');
    t := replace(replace(replace(replace(replace(t, 'zh', 'j'), 'kh', 'h'), 'gh', 'g'), 'dj', 'j'), 'ph', 'f');
    t := translate(t, 'qwxy', 'kvhi');
    t := replace(replace(replace(t, 'oo', 'u'), 'ee', 'i'), 'ei', 'ai');
    t := regexp_replace(t, '([[:alpha:]])\1+', '\1', 'g');
    RETURN btrim(regexp_replace(t, '[^[:alnum:]]+', ' ', 'g'));
END $$;

-- of one folded word; empty where too little is left to tell words apart
CREATE FUNCTION skeleton(word text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE bones text;
BEGIN
    bones := regexp_replace(regexp_replace(word, '^[aeiou]+', 'A'), '[aeiouv]', '', 'g');
    bones := lower(regexp_replace(regexp_replace(bones, 'h$', ''), '(.)\1+', '\1', 'g'));
    RETURN CASE WHEN length(bones) >= 3 AND bones !~ '[0-9]' THEN bones ELSE '' END;
END $$;

CREATE FUNCTION skeletons(folded text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    -- q never comes out of fold(), so it can mark a skeleton
    SELECT string_agg('q' || skeleton(word), ' ') FROM regexp_split_to_table(folded, ' ') AS word WHERE skeleton(word) <> ''
$$;

CREATE FUNCTION all_names(names jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT string_agg(value, ' ') FROM jsonb_each_text(names)
$$;

-- what a record is called (A), whose and where it is (B), what else is said of it (C); skeletons of A and B weigh least
CREATE FUNCTION search_document(title text, context text, rest text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    a text := fold(coalesce(title, ''));
    b text := fold(coalesce(context, ''));
BEGIN
    RETURN setweight(to_tsvector('simple', a), 'A')
        || setweight(to_tsvector('simple', b), 'B')
        || setweight(to_tsvector('simple', fold(coalesce(rest, ''))), 'C')
        || setweight(to_tsvector('simple', coalesce(skeletons(a || ' ' || b), '')), 'D');
END $$;

-- Every word that stands in some document: typing errors are looked up here, not in the documents
CREATE TABLE search_words (word text PRIMARY KEY);
CREATE INDEX ix_search_words_trigrams ON search_words USING gin (word gin_trgm_ops);

CREATE FUNCTION learn_words() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- in order, so that two writers of the same new words wait for one another but never in a circle
    INSERT INTO search_words
    SELECT DISTINCT spoken.word FROM changed, unnest(tsvector_to_array(changed.search)) AS spoken (word)
    WHERE word !~ '^q' AND length(word) BETWEEN 3 AND 40
      AND NOT EXISTS (SELECT FROM search_words known WHERE known.word = spoken.word)
    ORDER BY word
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

-- Words AND together; each stands for its beginnings, its skeleton and, where nobody wrote it so, for what looks like it
CREATE FUNCTION search_query(q text) RETURNS tsquery LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
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
        IF length(asked) > 3 AND NOT EXISTS (SELECT FROM search_words WHERE word LIKE asked || '%') THEN
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


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(FUNCTIONS)


def downgrade() -> None:
    op.execute("""
        DROP FUNCTION search_query(text), learn_words(), search_document(text, text, text), all_names(jsonb),
                      skeletons(text), skeleton(text), fold(text);
        DROP TABLE search_words;
    """)
