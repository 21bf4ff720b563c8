"""`./portal bench`: makes a database, fills it, serves the portal on it, and prints what share of the database's speed it has."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config

import seed
from app.cluster import OWNER, SERVING, SUPERUSER, Cluster
from app.commands.terminal import step
from app.db import engine
from app.roles import grant_serving
from bench import (
    board,
    checks,
    data,
    faults,
    feeds,
    figures,
    live,
    matching,
    past,
    plans,
    portal,
    report,
    sign_in,
    webhooks,
)
from bench.cases import cases
from bench.rounds import measure, measure_kept

ROOT = Path(__file__).parents[1]
# what is measured on a database of its own
ALONE: dict[str, Any] = {
    "feeds": feeds,
    "past": past,
    "figures": figures,
    "matching": matching,
    "board": board,
    "faults": faults,
}


def main() -> int:
    asked = arguments()
    portal.wrk()  # says what to install before minutes of work are lost
    if asked.filled:
        return bench_on(Cluster(asked.filled, fast=True), asked)
    for rows in asked.rows if not asked.only or set(asked.only) - set(ALONE) else ():
        with empty_portal() as cluster:
            with step(f"Filling the register with {rows:,} capacities"):
                data.fill(cluster.url(user=OWNER), rows)
            bench_on(cluster, asked)
    for name, kind in ALONE.items():
        if not asked.only or name in asked.only:
            with empty_portal() as cluster:
                kind.show(kind.measure(cluster))
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="portal bench", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000], help="how many capacities")
    parser.add_argument("--rounds", type=int, default=3, help="how often portal and database take turns")
    parser.add_argument("--seconds", type=float, default=5, help="how long each turn lasts")
    parser.add_argument(
        "--only",
        nargs="+",
        help="only these cases: list item bbox search nearest z5 z7 z9 sign-in live plans feeds figures past matching board faults",
    )
    parser.add_argument(
        "--filled", type=Path, metavar="DIR", help="measure on this cluster, filled before, and leave it"
    )
    return parser.parse_args()


@contextmanager
def empty_portal() -> Iterator[Cluster]:
    """A throwaway cluster with tables and reference data."""
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    folder.chmod(0o755)
    cluster = Cluster(folder, fast=True)
    try:
        with step("Making a throwaway database"):
            make(cluster)
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def make(cluster: Cluster) -> None:
    cluster.create()
    cluster.start()
    cluster.create_database()
    owner = engine(cluster.url(user=OWNER))
    config = Config(ROOT / "alembic.ini")
    with owner.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    with psycopg.connect(cluster.url(user=OWNER)) as db:
        grant_serving(db, SERVING)
    seed.load_all(demo=False, on=owner)
    owner.dispose()


def bench_on(cluster: Cluster, asked: argparse.Namespace) -> int:
    cluster.start()
    with psycopg.connect(cluster.url(user=SUPERUSER), autocommit=True) as db:
        every = cases(db, many=2_000)
        chosen = [case for case in every if not asked.only or case.name.partition("-")[0] in asked.only]
        with portal.served(
            cluster.url(), cluster.data / "portal.log", **sign_in.ENVIRONMENT, **live.ENVIRONMENT
        ) as port:
            if chosen:
                checks.check_answers(db, port, chosen)
                results = measure(cluster, port, chosen, asked.rounds, asked.seconds)
                kept = measure_kept(port, chosen[0].questions[0].path, asked.seconds)
                report.show(db, results, kept)
            if not asked.only or "sign-in" in asked.only:
                paths = [question.path for question in every[0].questions]
                sign_in.show(*sign_in.measure(port, paths, asked.rounds, asked.seconds))
            if not asked.only or "live" in asked.only:
                paths = [question.path for question in every[0].questions]
                live.show(live.measure(db, port, paths, asked.rounds, asked.seconds))
        if not asked.only or "webhooks" in asked.only:
            webhooks.show(webhooks.measure(cluster, asked.rounds))
        if not asked.only or "plans" in asked.only:
            with step("Reading the plans for askers who see more or less than everybody"):
                plans.check_plans(db)
    return 0


if __name__ == "__main__":
    sys.exit(main())
