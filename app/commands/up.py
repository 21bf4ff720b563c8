"""`./portal up`: the database, the tables, the data, then the processes that serve and work, until Ctrl-C."""

import http.client
import os
import signal
import socket
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from app.commands import accounts
from app.commands.database import Database, open_database
from app.commands.folder import DataFolder
from app.commands.migrate import load_data, migrate
from app.commands.supervise import Child, Log, Supervisor, unprivileged
from app.commands.terminal import Refused, say, step
from app.settings import settings

READY_WITHIN_S = 90


@dataclass(frozen=True)
class Plan:
    """What the command line asks for."""

    host: str
    port: int
    data: Path
    workers: int
    demo: bool


def default_workers() -> int:
    return max(1, min(8, len(os.sched_getaffinity(0))))


def up(plan: Plan) -> None:
    stop_on_signals()
    folder = DataFolder(plan.data)
    folder.prepare()
    with ExitStack() as stack:
        stack.enter_context(folder.up())
        listener = stack.enter_context(bind(plan.host, plan.port))
        database = stack.enter_context(open_database(plan.data, make=True, workers=plan.workers))
        stack.callback(stop_database, database)
        migrate(database)
        load_data(database, demo=plan.demo)
        settle(folder, listener)
        demonstrated = accounts.is_demonstrated(database, demo=plan.demo, host=plan.host)
        if not demonstrated:
            accounts.close_demonstration(database)
        supervisor = start(plan, folder, listener, database)
        stack.callback(supervisor.stop)
        stack.callback(say, "Stopping …")
        words = list(accounts.who_signs_in(database, demo=plan.demo, demonstrated=demonstrated))
        announce(listener, folder, supervisor)
        for line in words:
            say(line)
        supervisor.watch()


def stop_on_signals() -> None:
    """Ctrl-C, `kill` and a closed terminal end the portal the same way; asked twice, it waits no more."""

    def stop(number: int, frame: FrameType | None) -> None:
        for again in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(again, lambda *_: os._exit(1))
        raise SystemExit(130 if number == signal.SIGINT else 0)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def bind(host: str, port: int) -> socket.socket:
    """Take the port before anything else is done; whoever comes early waits until a serving process is there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        # sockets that share a port would share it with another portal too; one that does not share finds it taken
        with _on_port(family, (host, port), shared=False) as probe:
            address = probe.getsockname()
        return _on_port(family, address, shared=True)
    except PermissionError:
        raise Refused(f"Only root may serve on port {port}: choose one from 1024 up with --port.") from None
    except OSError as error:
        raise Refused(f"Port {port} of {host} cannot be used ({error.strerror}): choose another with --port.") from None


def one_for_each(workers: int, listener: socket.socket) -> list[socket.socket]:
    """As many sockets on the port that `listener` took, so that the kernel deals the visitors out.

    On a common socket whoever wakes first takes all that wait: one process then serves a proxy's connections alone.
    """
    address = listener.getsockname()
    return [listener, *(_on_port(listener.family, address, shared=True) for _ in range(workers - 1))]


def _on_port(family: int, address: Any, *, shared: bool) -> socket.socket:
    """A socket that listens. Sharing is said before binding: connections inherit it, and those of a portal that has
    just stopped, which the kernel keeps for a minute, would stand in the way otherwise.
    """
    own = socket.socket(family, socket.SOCK_STREAM)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        own.bind(address)
        own.listen(2048)
    except OSError:
        own.close()
        raise
    own.set_inheritable(True)
    return own


def stop_database(database: Database) -> None:
    """Ctrl-C ends the database too, even when some console is still open on it."""
    if database.cluster is not None:
        database.cluster.stop()
        say("Stopped.")


def settle(folder: DataFolder, listener: socket.socket) -> None:
    """Where a setting was left open: what holds for this process and those it starts."""
    if "public_url" not in settings().model_fields_set:
        os.environ["PUBLIC_URL"] = address_of(listener)  # links to the next page lead to the port that was chosen
    if not settings().secret_key:
        os.environ["SECRET_KEY"] = folder.secret_key()
    if not settings().smtp_url and not settings().mail_folder:
        os.environ["MAIL_FOLDER"] = str(folder.mail)
    settings.cache_clear()


def start(plan: Plan, folder: DataFolder, listener: socket.socket, database: Database) -> Supervisor:
    log = Log(folder.log)
    options = child_options(database)
    children = [
        Child("server", ["serve", str(own.fileno())], log, pass_fds=[own.fileno()], **options)
        for own in one_for_each(plan.workers, listener)
    ]
    children.append(Child("background work", ["work"], log, **options | with_mails(folder, options)))
    return Supervisor(children, database.cluster, log)


def with_mails(folder: DataFolder, options: dict[str, Any]) -> dict[str, Any]:
    """What the background process needs besides to keep mails in DIR; nothing where they go elsewhere."""
    if settings().mail_folder != str(folder.mail):
        return {}
    descriptor = folder.open_mail(options.get("user"), options.get("group"))
    environment = options.get("env") or os.environ
    return {"pass_fds": [descriptor], "env": {**environment, "MAIL_FOLDER": f"/proc/self/fd/{descriptor}"}}


def child_options(database: Database) -> dict[str, Any]:
    """The serving processes know nothing of the owner's address, and are not root where that can be helped."""
    os.environ["DATABASE_OWNER_URL"] = ""  # empty, since a `.env` would fill in for a missing one
    if os.geteuid() != 0:
        return {}
    if database.cluster is None:
        say("Serving as root, since root called: better make a user of its own for the portal (docs/operations.md).")
        return {}
    account = database.cluster.account
    if options := unprivileged(account):
        return options
    say(f"Serving as root, since {account.pw_name} may not read this checkout: clone it under /srv to avoid that.")
    return {}


def announce(listener: socket.socket, folder: DataFolder, supervisor: Supervisor) -> None:
    url = address_of(listener)
    folder.note_running(url)
    with step("Starting the server"):
        host, port = listener.getsockname()[:2]
        wait_until_ready(host, port, supervisor)
    say(f"The portal is at {url} (Ctrl-C stops it; its log is {folder.log})")


def address_of(listener: socket.socket) -> str:
    """What to type into a browser on this machine."""
    host, port = listener.getsockname()[:2]
    address = ip_address(host)
    seen_here = address.is_unspecified or address.is_loopback
    return f"http://{'localhost' if seen_here else f'[{host}]' if address.version == 6 else host}:{port}"


def wait_until_ready(host: str, port: int, supervisor: Supervisor) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while not is_ready(host, port):
        if any(child.has_ended() for child in supervisor.children):
            say(supervisor.log.last_words)
            raise Refused(f"The server did not start: the end of {supervisor.log.path} says why.")
        if time.monotonic() > deadline:
            raise Refused(f"The server does not answer after {READY_WITHIN_S} seconds: see {supervisor.log.path}.")
        time.sleep(0.05)


def is_ready(host: str, port: int) -> bool:
    address = ip_address(host)
    if address.is_unspecified:
        host = "127.0.0.1" if address.version == 4 else "::1"
    with suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection(host, port, timeout=5)
        connection.request("GET", "/health/ready", headers={"Host": urlsplit(settings().public_url).netloc})
        return connection.getresponse().status == 200
    return False
