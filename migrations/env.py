"""Runs the migrations as the owner of the tables, on one connection and in one transaction."""

from alembic import context
from geoalchemy2 import alembic_helpers

from app.db import engine
from app.models import Base
from app.settings import settings

# what PostGIS and the queue bring along, and what only the database knows (the search vocabulary, the versions)
NOT_OURS = {"spatial_ref_sys", "layer_changes", "search_words"}
OF_THE_QUEUE = "procrastinate_"


def is_ours(obj, name, kind, reflected, compare_to):
    if kind == "table" and (name in NOT_OURS or name.startswith(OF_THE_QUEUE)):
        return False
    return alembic_helpers.include_object(obj, name, kind, reflected, compare_to)


def run() -> None:
    connection = context.config.attributes.get("connection")
    if connection is None:
        with engine(settings().owner_url).begin() as connection:
            migrate(connection)
            return
    migrate(connection)


def migrate(connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=is_ours,
        compare_type=True,
        transaction_per_migration=False,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
