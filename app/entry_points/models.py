"""Where help enters a country, what was said of each place, agreements, and how a country receives help."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.records import Identified, Record, one_of

KINDS = ("road", "rail", "airport", "seaport", "river_port", "ferry")
STATUSES = ("open", "limited", "closed", "unknown")
PASSES = (
    "people", "goods", "vehicles", "heavy_vehicles", "rail_wagons", "dangerous_goods", "animals", "helicopters",
    "light_aircraft", "transport_aircraft", "heavy_aircraft",
)  # fmt: skip
EVIDENCE = ("confirmed", "cited", "general_knowledge")
AGREEMENT_KINDS = ("mutual_aid", "transit", "customs", "recognition")
SECTIONS = ("contact", "entry", "customs", "medical", "telecoms", "money", "drones", "dogs", "air")


class EntryPoint(Record, Base):
    """A border crossing, airport or port. `names` is what `country_iso3` calls it, `counterpart` the side of `across_iso3`."""

    __tablename__ = "entry_points"
    __table_args__ = (
        one_of("visibility", "public"),
        one_of("kind", *KINDS),
        one_of("evidence", *EVIDENCE),
        CheckConstraint("hours_to_cross >= 0", name="hours_to_cross"),
        CheckConstraint("elevation_m BETWEEN -500 AND 9000", name="elevation_m"),
    )
    code: Mapped[str] = mapped_column(unique=True)
    names: Mapped[dict[str, str]]
    counterpart: Mapped[dict[str, str] | None]
    kind: Mapped[str]
    country_iso3: Mapped[str] = mapped_column(ForeignKey("countries.iso3"), index=True)
    across_iso3: Mapped[str | None] = mapped_column(ForeignKey("countries.iso3"), index=True)  # NULL: from anywhere
    location: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=4326))
    elevation_m: Mapped[int | None]
    time_zone: Mapped[str | None]  # IANA, where its clock is not that of its country
    hours: Mapped[dict[str, str] | None]  # when it works, in words
    may_pass: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    hours_to_cross: Mapped[Decimal | None]  # NULL: as the kind usually takes
    customs_contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"), index=True)
    quarantine_contact_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("contacts.id", ondelete="SET NULL"), index=True
    )
    winter_from: Mapped[str | None]  # MM-DD; both ends belong to it, and it may pass the end of the year
    winter_to: Mapped[str | None]
    winter_note: Mapped[dict[str, str] | None]
    note: Mapped[dict[str, str] | None]
    source: Mapped[str]
    evidence: Mapped[str]


class EntryPointReport(Identified, Base):
    """What somebody said of an entry point: from when, until when if that is known, and as of when they said it."""

    __tablename__ = "entry_point_reports"
    __table_args__ = (
        one_of("status", *STATUSES),
        CheckConstraint("said_by <> ''", name="said_by"),
        Index(
            "ix_entry_point_reports_entry_point_id", "entry_point_id", text("from_at DESC"), text("reported_at DESC")
        ),
    )
    entry_point_id: Mapped[UUID] = mapped_column(ForeignKey("entry_points.id", ondelete="CASCADE"))
    status: Mapped[str]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    said_by: Mapped[str]
    source: Mapped[str] = mapped_column(server_default="")
    note: Mapped[str] = mapped_column(server_default="")
    as_of: Mapped[datetime]
    reported_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    organisation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("organisations.id"), index=True
    )  # who wrote it down
    demonstration: Mapped[bool] = mapped_column(server_default=text("false"))


class Agreement(Record, Base):
    """What states and organisations have agreed on; its parties are rows of their own."""

    __tablename__ = "agreements"
    __table_args__ = (
        one_of("visibility", "public"),
        one_of("kind", *AGREEMENT_KINDS),
        one_of("evidence", *EVIDENCE),
        CheckConstraint("in_force_until > in_force_from", name="in_force_until"),
        CheckConstraint("in_force_from >= signed_on", name="in_force_from"),
    )
    code: Mapped[str] = mapped_column(unique=True)
    titles: Mapped[dict[str, str]]
    kind: Mapped[str]
    signed_on: Mapped[date | None]
    in_force_from: Mapped[date | None]  # NULL: not known to be in force
    in_force_until: Mapped[date | None]
    summary: Mapped[dict[str, str] | None]
    url: Mapped[str | None]
    source: Mapped[str]
    evidence: Mapped[str]


class AgreementCountry(Base):
    """A country that is party to an agreement."""

    __tablename__ = "agreement_countries"
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey("agreements.id", ondelete="CASCADE"), primary_key=True)
    country_iso3: Mapped[str] = mapped_column(ForeignKey("countries.iso3"), primary_key=True, index=True)


class AgreementOrganisation(Base):
    """An organisation that is party to an agreement."""

    __tablename__ = "agreement_organisations"
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey("agreements.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True, index=True)


class HostNationSupport(Record, Base):
    """One section of how a country receives help from abroad, in several languages, with where that is known from."""

    __tablename__ = "host_nation_support"
    __table_args__ = (
        one_of("visibility", "public"),
        one_of("section", *SECTIONS),
        one_of("evidence", *EVIDENCE),
        UniqueConstraint("country_iso3", "section"),
    )
    country_iso3: Mapped[str] = mapped_column(ForeignKey("countries.iso3"))
    section: Mapped[str]
    texts: Mapped[dict[str, str]]
    source: Mapped[str]
    url: Mapped[str | None]
    evidence: Mapped[str]
    as_of: Mapped[date]
