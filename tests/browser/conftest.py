"""A portal that a real browser can visit. Without Chromium these tests are skipped with one line that says so.

However many processes share the tests, one of them takes all of these (tests/conftest.py): one server, one browser.
They wait for what they expect, for long where the machine is busy, and never for a time.
"""

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from app.cluster import Cluster
from app.main import create_app
from tests.conftest import ROOT, settings_for

PATIENCE = 60_000  # ms; what never comes fails all the same, what comes late on a busy machine does not
# /dev/shm is 64 MB in many containers, and a page that finds no room there dies
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
)
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


def chromium() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


@contextmanager
def serving(cluster: Cluster, database: str, host: str = "127.0.0.1", **changes: object) -> Iterator[str]:
    """The address of a portal on this database, at a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://{host}:{listening.getsockname()[1]}"
        config = settings_for(cluster, database, **{"public_url": address, "debug": True} | changes)
        server = uvicorn.Server(uvicorn.Config(create_app(config), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield address
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="session")
def portal_address(cluster: Cluster, demo_database: str) -> Iterator[str]:
    """Where the portal with the demonstration answers."""
    with serving(cluster, demo_database) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed after its module: as long as it is driven, an event loop runs in this thread and no other test can start one."""
    if not chromium():
        pytest.skip("no Chromium here: browser tests need one, name it in CHROMIUM=/path")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=list(QUIET), timeout=PATIENCE)
        yield browser
        browser.close()


@contextmanager
def window(browser: Browser, address: str, **choices: Any) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=address, locale="en-GB", **choices)
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def page(browser: Browser, portal_address: str) -> Iterator[Page]:
    """A wide window. What the browser refuses or cannot run is an error of the page."""
    complaints: list[str] = []
    with window(browser, portal_address, viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        yield page
    assert not complaints


@pytest.fixture
def plain_page(browser: Browser, portal_address: str) -> Iterator[Page]:
    """The same without JavaScript."""
    with window(browser, portal_address, java_script_enabled=False) as context:
        yield context.new_page()


@pytest.fixture
def phone(browser: Browser, portal_address: str) -> Iterator[Page]:
    with window(browser, portal_address, viewport={"width": 360, "height": 740}) as context:
        yield context.new_page()


@pytest.fixture(scope="session")
def axe() -> str:
    return Path(AXE).read_text()
