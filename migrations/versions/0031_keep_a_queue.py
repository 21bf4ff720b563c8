"""Work that waits for a background process. The tables are procrastinate's own, as the locked version of it makes them.

A later version that needs other tables brings SQL of its own, which a migration of that day has to run.
"""

from importlib.resources import files

from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    schema = (files("procrastinate.sql") / "schema.sql").read_text()
    op.get_bind().connection.driver_connection.execute(schema)  # whole: its `%` and `:` mean what they say


def downgrade() -> None:
    op.execute("""
        DROP TABLE procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs, procrastinate_workers CASCADE;
        DO $$
        DECLARE one regprocedure;
        BEGIN
            FOR one IN SELECT oid FROM pg_proc
                       WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'procrastinate%' LOOP
                EXECUTE 'DROP FUNCTION ' || one;
            END LOOP;
        END $$;
        DROP TYPE procrastinate_job_to_defer_v1, procrastinate_job_status, procrastinate_job_event_type;
    """)
