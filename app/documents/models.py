"""Files kept with an event, and the pieces that they are kept in."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.records import VISIBILITY, Record, one_of

KINDS = ("map", "assessment", "report", "photo", "table", "data", "official", "other")
FORMATS = ("pdf", "jpeg", "png", "webp", "tiff", "geojson", "xlsx", "ods", "csv", "text")
CHUNK = 256 * 1024  # bytes of a piece: what one download holds in memory


class Document(Record, Base):
    """A file as it came, and what is said of it. `format` was found in its content; the name is cleaned, its ending ours."""

    __tablename__ = "documents"
    __table_args__ = (
        one_of("visibility", *VISIBILITY),
        one_of("kind", *KINDS),
        one_of("format", *FORMATS),
        CheckConstraint("visibility <> 'own' OR organisation_id IS NOT NULL", name="organisation_id"),
        CheckConstraint("titles <> '{}' AND are_texts(titles)", name="titles"),
        CheckConstraint("size > 0", name="size"),
        CheckConstraint("length(sha256) = 32", name="sha256"),
        Index("ix_documents_event_id", "event_id", "sha256"),
    )
    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    titles: Mapped[dict[str, str]]
    kind: Mapped[str]
    source: Mapped[str | None]  # who made it
    published_on: Mapped[date | None]
    language: Mapped[str | None]  # BCP 47
    file_name: Mapped[str]
    format: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)


class DocumentChunk(Base):
    """A piece of a file. Written before its document, so that the document's row is locked for a moment only."""

    __tablename__ = "document_chunks"
    __table_args__ = (
        CheckConstraint("position >= 0", name="position"),
        CheckConstraint("length(bytes) BETWEEN 1 AND 262144", name="bytes"),
    )
    document_id: Mapped[UUID] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bytes: Mapped[bytes] = mapped_column(LargeBinary)
