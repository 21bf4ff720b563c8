"""The commands of `./portal`, each a few lines that call what does the work."""

import errno
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import psycopg
import typer

from app.cluster import ClusterError
from app.commands import accounts, testing
from app.commands import backup as backups
from app.commands import doctor as examination
from app.commands import migrate as migrations
from app.commands import up as running
from app.commands.database import open_database
from app.commands.folder import DataFolder, called_path
from app.commands.serve import serve as serve_on
from app.commands.terminal import Refused, say
from app.settings import settings

portal = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)

Data = Annotated[Path, typer.Option(envvar="PORTAL_DATA", help="The folder of the private database and the log.")]
File = Annotated[Path, typer.Argument(show_default=False)]
DATA = Path(__file__).parents[1] / ".portal"
ANY_ARGUMENTS = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


@portal.command()
def up(
    host: Annotated[str, typer.Option(help="The address to serve on; 0.0.0.0 is all of them.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
    data: Data = DATA,
    workers: Annotated[int | None, typer.Option(min=1, help="Serving processes; else one a processor.")] = None,
    demo: Annotated[bool, typer.Option("--demo/--no-demo", help="With or without demonstration data.")] = True,
) -> None:
    """Serve the portal until Ctrl-C: make and bring up to date whatever it needs first."""
    running.up(running.Plan(host, port, called_path(data), workers or running.default_workers(), demo))


@portal.command(context_settings=ANY_ARGUMENTS)
def test(context: typer.Context) -> None:
    """Run every check and test on a throwaway database; arguments go to pytest."""
    raise typer.Exit(testing.run_tests(context.args))


@portal.command()
def doctor(data: Data = DATA) -> None:
    """Say what is installed, running and outdated."""
    if not examination.doctor(called_path(data)):
        raise typer.Exit(1)


@portal.command()
def migrate(data: Data = DATA) -> None:
    """Bring the database to this version of the portal."""
    with open_database(called_path(data), make=True) as database:
        migrations.migrate(database)
    say("The tables are those of this version.")


@portal.command()
def migration(name: str, data: Data = DATA) -> None:
    """Write a new migration from the difference between the models and the database."""
    from alembic import command
    from alembic.config import Config

    with open_database(called_path(data), make=True) as database:
        migrations.migrate(database)
        number = f"{int(migrations.known_revisions()[-1]) + 1:04}"
        command.revision(Config(migrations.ROOT / "alembic.ini"), name, autogenerate=True, rev_id=number)


@portal.command()
def seed(
    data: Data = DATA,
    demo: Annotated[bool, typer.Option("--demo/--no-demo", help="With or without demonstration data.")] = True,
) -> None:
    """Load the reference data and, unless --no-demo, the demonstration data."""
    with open_database(called_path(data), make=True) as database:
        migrations.migrate(database)
        migrations.load_data(database, demo=demo, again=True)


@portal.command()
def remove_demo(data: Data = DATA) -> None:
    """Delete the demonstration data; they stay away until `./portal seed` loads them again."""
    with open_database(called_path(data)) as database:
        migrations.remove_demonstration(database)


@portal.command()
def administrator_link(data: Data = DATA) -> None:
    """Print a link that makes an administrator: for the first one, or when all are lost."""
    with open_database(called_path(data)) as database:
        migrations.migrate(database)
        accounts.use_address_and_key(DataFolder(called_path(data)))
        say("Whoever opens this link becomes an administrator. It is good once, for 24 hours; earlier ones are void.")
        typer.echo(accounts.new_link())


@portal.command()
def demo_code(role: str, data: Data = DATA) -> None:
    """Print the second factor that a demonstration account asks for right now."""
    with open_database(called_path(data)):
        accounts.use_address_and_key(DataFolder(called_path(data)))
        typer.echo(accounts.demonstration_code(role))


@portal.command()
def import_areas(
    file: File,
    country: Annotated[
        str | None, typer.Option(help="ISO code, where the file has several countries or says none.")
    ] = None,
    valid_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day the areas begin, if not the file's.")
    ] = None,
    level: Annotated[
        int | None, typer.Option(min=0, max=4, help="Only this level of the file; 1 is below the country.")
    ] = None,
    data: Data = DATA,
) -> None:
    """Load an OCHA COD-AB file (GeoJSON, GeoPackage, zipped Shapefile) over the areas of its country."""
    from app.db import engine, transaction
    from app.places.actions import import_areas as load
    from app.places.importing import WrongAreaFile

    with open_database(called_path(data)) as database:
        migrations.migrate(database)
        try:
            with transaction(engine(settings().owner_url)) as db:
                result = load(
                    db, called_path(file), country=country, valid_on=valid_on and valid_on.date(), level=level
                )
        except WrongAreaFile as error:
            raise Refused(error.detail) from None
    say(str(result))


@portal.command()
def backup(file: File, data: Data = DATA) -> None:
    """Write the whole database into one file."""
    with open_database(called_path(data)) as database:
        backups.backup(database, called_path(file))


@portal.command()
def restore(file: File, data: Data = DATA) -> None:
    """Put the content of such a file in the place of the database."""
    backups.refuse_missing(called_path(file))
    with open_database(called_path(data), make=True) as database:
        backups.restore(database, called_path(file))


@portal.command()
def verify_history(
    head: Annotated[str | None, typer.Option(help="POSITION:HASH of a link that somebody outside has kept.")] = None,
    data: Data = DATA,
) -> None:
    """Prove that nobody has changed, removed or put in anything of what was done."""
    from app.commands.history import verify

    with open_database(called_path(data)):
        if not verify(head):
            raise typer.Exit(1)


@portal.command(context_settings=ANY_ARGUMENTS)
def psql(context: typer.Context, data: Data = DATA) -> None:
    """Open the database's own console, as the owner of the tables; arguments go to psql."""
    with open_database(called_path(data)) as database:
        program = backups.program(database, "psql")
        raise typer.Exit(subprocess.run([program, database.owner_url, *context.args], check=False).returncode)


@portal.command(context_settings=ANY_ARGUMENTS)
def bench(context: typer.Context) -> None:
    """Measure the portal against its database alone, on a throwaway database."""
    raise typer.Exit(subprocess.run([sys.executable, "-m", "bench", *context.args], check=False).returncode)


@portal.command()
def texts() -> None:
    """Collect the texts of pages and messages for translation into frontend/locales."""
    from app.commands.texts import collect_texts

    collect_texts()


@portal.command(hidden=True)
def serve(descriptor: int) -> None:
    """One serving process of `up`, on a socket that `up` opened."""
    serve_on(descriptor)


@portal.command(hidden=True)
def work() -> None:
    """The background process of `up`."""
    from app import background

    background.work()


def main() -> None:
    """Every expected trouble ends in one line; anything else is a fault of ours and shows where."""
    try:
        portal()
    except (Refused, ClusterError) as error:
        say(str(error))
    except (psycopg.errors.DiskFull, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.ENOSPC:
            raise
        say("The disk is full: make room, then start again. Nothing that was saved is lost.")
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    raise SystemExit(1)


if __name__ == "__main__":
    main()
