"""What the serving role may do. The tables belong to another role, so no request can change or drop one."""

import psycopg
from psycopg import sql

# Tables that the serving role only reads (triggers write them) or only adds to (a ledger is never rewritten).
READ_ONLY = {
    "alembic_version",
    "layer_changes",
    "search_words",
    "capacity_cells",
    "border_lines",
    "areas_on_map",
    "departures",
    "event_versions",
}
APPEND_ONLY = {
    "stock_movements",
    "stock_counts",
    "stock_count_lines",
    "figure_parts",
    "history",
    "history_seals",
    "history_heads",
    "document_chunks",
    "situation_report_versions",
    "event_alert_levels",
    "deployment_times",
    "deployment_outcomes",
    "receipts",
    "receipt_lines",
    "entry_point_reports",
}
ERASED_ONLY = {"personal_values"}  # a value may go, its row stays

OWN_TABLES = """
    SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
      AND pg_has_role(c.relowner, 'USAGE')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
"""
OWN_SEQUENCES = """
    SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S' AND pg_has_role(c.relowner, 'USAGE')
"""


def grant_serving(db: psycopg.Connection, role: str) -> None:
    """Give `role` what serving needs on all that the connected owner has made so far; call it after migrating."""
    to = sql.Identifier(role)
    database = sql.Identifier(db.info.dbname)
    db.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(database, to))
    db.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(to))
    tables = {name for (name,) in db.execute(OWN_TABLES)}
    _grant(db, "SELECT", tables, to)
    _grant(db, "INSERT", tables - READ_ONLY, to)
    _grant(db, "UPDATE", tables - READ_ONLY - APPEND_ONLY, to)
    _grant(db, "DELETE", tables - READ_ONLY - APPEND_ONLY - ERASED_ONLY, to)
    _grant(db, "USAGE, SELECT", {name for (name,) in db.execute(OWN_SEQUENCES)}, to, kind="SEQUENCE")


def _grant(db: psycopg.Connection, rights: str, names: set[str], to: sql.Identifier, kind: str = "TABLE") -> None:
    if names:
        objects = sql.SQL(", ").join(sql.Identifier("public", name) for name in sorted(names))
        db.execute(sql.SQL("GRANT {} ON {} {} TO {}").format(sql.SQL(rights), sql.SQL(kind), objects, to))
