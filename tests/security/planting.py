"""Puts what an attacker would write into every text of the database that takes it, as an import or a contributor could."""

from html.parser import HTMLParser

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

MARK = "planted"
PAYLOAD = f"\"'><{MARK} onpointerover=alert(1)></script><script>alert(2)</script>{{{{7*7}}}}${{7*7}}"
LINK = "javascript:alert(3)//" + MARK

TABLES = """
    SELECT c.relname AS name, a.attname AS part, format_type(a.atttypid, NULL) AS kind
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
      AND a.attgenerated = '' AND format_type(a.atttypid, NULL) IN ('text', 'jsonb', 'text[]')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    ORDER BY c.relname, a.attnum
"""
KEPT = {
    "alembic_version",
    "search_words",
    "layer_changes",
    "countries",
    "user_roles",
}  # what the portal itself stands on
NAMES = {"ref", "code", "language"}  # chosen by the portal, and parts of addresses
CHANGES = {
    "text": "{part} = {part} || :payload",
    "jsonb": "{part} = coalesce((SELECT jsonb_object_agg(key, CASE jsonb_typeof(value) WHEN 'string' "
    "THEN to_jsonb((value #>> '{{}}') || :payload) ELSE value END) FROM jsonb_each({part})), {part})",
    "text[]": "{part} = array_append({part}, :payload)",
}


def plant(engine: Engine) -> list[str]:
    """Write the payload behind each text; where a rule of the database refuses it, nothing is written. Names what took it."""
    took = []
    with engine.begin() as db:
        for table, part, kind in db.execute(text(TABLES)).all():
            if table not in KEPT and part not in NAMES and write(db, table, part, kind):
                took.append(f"{table}.{part}")
    return took


def write(db: Connection, table: str, part: str, kind: str) -> bool:
    payload = LINK if part == "url" else PAYLOAD
    change = "{part} = :payload" if part == "url" else CHANGES[kind]
    where = f"{part} IS NOT NULL" + (f" AND jsonb_typeof({part}) = 'object'" if kind == "jsonb" else "")
    statement = text(f"UPDATE {table} SET {change.format(part=part)} WHERE {where}")
    try:
        with db.begin_nested():
            return db.execute(statement, {"payload": payload}).rowcount > 0
    except DBAPIError:
        return False


class Page(HTMLParser):
    """What a browser would make of a page: whatever an attacker brought to life, and where its links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.alive: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag in (MARK, "iframe", "object", "embed", "base") or (tag == "script" and "src" not in said):
            self.alive.append(tag)
        self.alive += [f"{tag} {name}" for name in said if name.startswith("on") or name in ("style", "srcdoc")]
        for name in ("href", "src", "action", "formaction", "data-src"):
            if name in said:
                self.note_address(tag, name, said[name])

    def note_address(self, tag: str, name: str, address: str) -> None:
        if address.strip().lower().startswith(("javascript:", "vbscript:", "data:text")):
            self.alive.append(f"{tag} {name}={address}")
        if tag == "a":
            self.links.append(address)

    def handle_data(self, data: str) -> None:
        self.text += data
