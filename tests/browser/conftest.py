"""A portal that a real browser can visit. Without Chromium these tests are skipped with one line that says so."""

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from app.cluster import Cluster
from app.main import create_app
from tests.conftest import ROOT, settings_for

QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


def chromium() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


@pytest.fixture(scope="session")
def portal_address(cluster: Cluster, demo_database: str) -> Iterator[str]:
    """Where the portal with the demonstration answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        config = settings_for(cluster, demo_database, public_url=f"http://127.0.0.1:{port}", debug=True)
        server = uvicorn.Server(uvicorn.Config(create_app(config), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not chromium():
        pytest.skip("no Chromium here: browser tests need one, name it in CHROMIUM=/path")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, portal_address: str) -> Iterator[Page]:
    """A wide window. What the browser refuses or cannot run is an error of the page."""
    context = browser.new_context(base_url=portal_address, viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert not complaints


@pytest.fixture
def plain_page(browser: Browser, portal_address: str) -> Iterator[Page]:
    """The same without JavaScript."""
    context = browser.new_context(base_url=portal_address, java_script_enabled=False, locale="en-GB")
    yield context.new_page()
    context.close()


@pytest.fixture
def phone(browser: Browser, portal_address: str) -> Iterator[Page]:
    context = browser.new_context(base_url=portal_address, viewport={"width": 360, "height": 740}, locale="en-GB")
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def axe() -> str:
    return Path(AXE).read_text()
