"""Files kept with an event, in pieces, so that a backup of the database holds them; and numbered reports on an event.

A document and a report may be seen by fewer than their event. So they do not touch the event's row: nobody can tell from its
tag that something hidden was added. They tell their change to those who may see them.
"""

from alembic import op

revision = "0034"
down_revision = "0033"

DOCUMENTS = r"""
CREATE TABLE documents (
  id UUID DEFAULT uuid_v7() NOT NULL,
  ref TEXT NOT NULL,
  event_id UUID NOT NULL,
  titles JSONB NOT NULL,
  kind TEXT NOT NULL,
  source TEXT,
  published_on DATE,
  language TEXT,
  file_name TEXT NOT NULL,
  format TEXT NOT NULL,
  size BIGINT NOT NULL,
  sha256 BYTEA NOT NULL,
  organisation_id UUID,
  visibility TEXT DEFAULT 'public' NOT NULL,
  demonstration BOOLEAN DEFAULT false NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  withdrawn_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_documents PRIMARY KEY (id),
  CONSTRAINT uq_documents_ref UNIQUE (ref),
  CONSTRAINT fk_documents_event_id_events FOREIGN KEY (event_id) REFERENCES events (id) ON DELETE CASCADE,
  CONSTRAINT fk_documents_organisation_id_organisations FOREIGN KEY (organisation_id) REFERENCES organisations (id),
  CONSTRAINT ck_documents_visibility CHECK (visibility IN ('public', 'partners', 'centre', 'own')),
  CONSTRAINT ck_documents_organisation_id CHECK (visibility <> 'own' OR organisation_id IS NOT NULL),
  CONSTRAINT ck_documents_titles CHECK (titles <> '{}' AND are_texts(titles)),
  CONSTRAINT ck_documents_kind CHECK (kind IN ('map', 'assessment', 'report', 'photo', 'table', 'data', 'official', 'other')),
  CONSTRAINT ck_documents_format CHECK (format IN ('pdf', 'jpeg', 'png', 'webp', 'tiff', 'geojson', 'xlsx', 'ods', 'csv', 'text')),
  CONSTRAINT ck_documents_size CHECK (size > 0),
  CONSTRAINT ck_documents_sha256 CHECK (length(sha256) = 32)
);
CREATE INDEX ix_documents_event_id ON documents (event_id, sha256);
CREATE INDEX ix_documents_organisation_id ON documents (organisation_id);
CREATE INDEX ix_documents_updated_at ON documents (updated_at);

CREATE TABLE document_chunks (
  document_id UUID NOT NULL,
  position INTEGER NOT NULL,
  bytes BYTEA NOT NULL,
  CONSTRAINT pk_document_chunks PRIMARY KEY (document_id, position),
  CONSTRAINT fk_document_chunks_document_id_documents FOREIGN KEY (document_id) REFERENCES documents (id)
    ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT ck_document_chunks_position CHECK (position >= 0),
  CONSTRAINT ck_document_chunks_bytes CHECK (length(bytes) BETWEEN 1 AND 262144)
);
ALTER TABLE document_chunks ALTER bytes SET STORAGE EXTERNAL;  -- pictures and PDFs are small already

CREATE SEQUENCE documents_number;
CREATE FUNCTION number_document() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.ref := coalesce(NEW.ref, numbered('DO', 6, nextval('documents_number')));
    RETURN NEW;
END $$;
CREATE TRIGGER a_number BEFORE INSERT ON documents FOR EACH ROW EXECUTE FUNCTION number_document();
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON documents FOR EACH ROW EXECUTE FUNCTION touch();

ALTER TABLE figures ADD CONSTRAINT fk_figures_document_id_documents FOREIGN KEY (document_id) REFERENCES documents (id);
CREATE INDEX ix_figures_document_id ON figures (document_id) WHERE document_id IS NOT NULL;
"""

REPORTS = r"""
CREATE TABLE situation_reports (
  id UUID DEFAULT uuid_v7() NOT NULL,
  ref TEXT NOT NULL,
  event_id UUID NOT NULL,
  number INTEGER,
  minor INTEGER,
  corrects_id UUID,
  titles JSONB DEFAULT '{}' NOT NULL,
  covers_from TIMESTAMP WITH TIME ZONE,
  covers_until TIMESTAMP WITH TIME ZONE,
  sections JSONB DEFAULT '{}' NOT NULL,
  documents UUID[] DEFAULT '{}' NOT NULL,
  organisation_id UUID,
  visibility TEXT DEFAULT 'public' NOT NULL,
  demonstration BOOLEAN DEFAULT false NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  withdrawn_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_situation_reports PRIMARY KEY (id),
  CONSTRAINT uq_situation_reports_ref UNIQUE (ref),
  CONSTRAINT uq_situation_reports_event_id UNIQUE (event_id, number),
  CONSTRAINT fk_situation_reports_event_id_events FOREIGN KEY (event_id) REFERENCES events (id) ON DELETE CASCADE,
  CONSTRAINT fk_situation_reports_corrects_id_situation_reports FOREIGN KEY (corrects_id)
    REFERENCES situation_reports (id) ON DELETE CASCADE,
  CONSTRAINT fk_situation_reports_organisation_id_organisations FOREIGN KEY (organisation_id) REFERENCES organisations (id),
  CONSTRAINT ck_situation_reports_visibility CHECK (visibility IN ('public', 'partners', 'centre', 'own')),
  CONSTRAINT ck_situation_reports_organisation_id CHECK (visibility <> 'own' OR organisation_id IS NOT NULL),
  CONSTRAINT ck_situation_reports_number CHECK (number > 0 AND minor >= 0),
  CONSTRAINT ck_situation_reports_published CHECK ((number IS NULL) = (minor IS NULL) AND (number IS NULL OR corrects_id IS NULL)),
  CONSTRAINT ck_situation_reports_covers CHECK (covers_from <= covers_until),
  CONSTRAINT ck_situation_reports_titles CHECK (are_texts(titles))
);
CREATE UNIQUE INDEX uq_situation_reports_corrects_id ON situation_reports (corrects_id) WHERE withdrawn_at IS NULL;
CREATE INDEX ix_situation_reports_corrects_id ON situation_reports (corrects_id) WHERE corrects_id IS NOT NULL;
CREATE INDEX ix_situation_reports_organisation_id ON situation_reports (organisation_id);
CREATE INDEX ix_situation_reports_updated_at ON situation_reports (updated_at);

CREATE TABLE situation_report_versions (
  report_id UUID NOT NULL,
  minor INTEGER NOT NULL,
  titles JSONB NOT NULL,
  covers_from TIMESTAMP WITH TIME ZONE,
  covers_until TIMESTAMP WITH TIME ZONE NOT NULL,
  sections JSONB NOT NULL,
  documents UUID[] NOT NULL,
  figures JSONB NOT NULL,
  change TEXT NOT NULL,
  published_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  published_by UUID,
  organisation_id UUID,
  CONSTRAINT pk_situation_report_versions PRIMARY KEY (report_id, minor),
  CONSTRAINT fk_situation_report_versions_report_id_situation_reports FOREIGN KEY (report_id)
    REFERENCES situation_reports (id) ON DELETE CASCADE,
  CONSTRAINT fk_situation_report_versions_organisation_id_organisations FOREIGN KEY (organisation_id)
    REFERENCES organisations (id),
  CONSTRAINT ck_situation_report_versions_change CHECK ((minor = 0) = (change = ''))
);

-- a draft is called by its id until it is published
CREATE FUNCTION name_report() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.ref := CASE WHEN NEW.number IS NULL THEN NEW.id::text
        ELSE (SELECT ref FROM events WHERE id = NEW.event_id) || '-SR-' || NEW.number END;
    RETURN NEW;
END $$;
CREATE TRIGGER a_name BEFORE INSERT OR UPDATE OF number ON situation_reports FOR EACH ROW EXECUTE FUNCTION name_report();
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON situation_reports FOR EACH ROW EXECUTE FUNCTION touch();
"""

# Told to the widest who may see the event and the row, before the change or after it; a draft to nobody but its writers,
# whose pages are not kept. A report that is published later keeps no trace of when it was begun
TELL = r"""
CREATE FUNCTION tell_part_change(event uuid, visibility text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    widths text[] := ARRAY['own', 'centre', 'partners', 'public'];
BEGIN
    PERFORM tell_change('events', least(array_position(widths, visibility),
        (SELECT array_position(widths, e.visibility) FROM events e WHERE e.id = event)));
END $$;

CREATE FUNCTION note_part_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM tell_part_change(OLD.event_id, OLD.visibility);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM tell_part_change(NEW.event_id, NEW.visibility);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON documents FOR EACH ROW EXECUTE FUNCTION note_part_change();
CREATE TRIGGER note_truncate AFTER TRUNCATE ON documents FOR EACH STATEMENT EXECUTE FUNCTION note_change('events');
CREATE TRIGGER note_insert AFTER INSERT ON situation_reports FOR EACH ROW
    WHEN (NEW.number IS NOT NULL) EXECUTE FUNCTION note_part_change();
CREATE TRIGGER note_update AFTER UPDATE ON situation_reports FOR EACH ROW
    WHEN (NEW.number IS NOT NULL) EXECUTE FUNCTION note_part_change();
CREATE TRIGGER note_delete AFTER DELETE ON situation_reports FOR EACH ROW
    WHEN (OLD.number IS NOT NULL) EXECUTE FUNCTION note_part_change();
CREATE TRIGGER note_truncate AFTER TRUNCATE ON situation_reports FOR EACH STATEMENT EXECUTE FUNCTION note_change('events');
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for step in (DOCUMENTS, REPORTS, TELL):
        op.execute(step)


def downgrade() -> None:
    op.execute("""
        ALTER TABLE figures DROP CONSTRAINT fk_figures_document_id_documents;
        DROP INDEX ix_figures_document_id;
        DROP TABLE situation_report_versions, situation_reports, document_chunks, documents;
        DROP FUNCTION note_part_change(), tell_part_change(uuid, text), name_report(), number_document();
        DROP SEQUENCE documents_number;
    """)
