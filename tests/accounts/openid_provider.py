"""A real OpenID provider (tests/accounts/provider) as a process of its own on loopback, and a browser to visit it with."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import httpx

from tests.conftest import ROOT

FOLDER = ROOT / "tests" / "accounts" / "provider"
NODE = ROOT / ".venv" / "bin" / "node"
CLIENT, SECRET = "portal of the Centre", "a secret with : and + and %"

ACCOUNTS = {
    "aigerim": {"email": "aigerim@mes.example", "email_verified": True, "name": "Aigerim"},
    "unverified": {"email": "aigerim@mes.example", "email_verified": False, "name": "Somebody"},
    "strong": {"email": "aigerim@mes.example", "email_verified": True, "name": "Aigerim", "amr": ["pwd", "mfa"]},
    "stranger": {"email": "stranger@mes.example", "email_verified": True, "name": "Stranger"},
}


@dataclass(frozen=True)
class Provider:
    issuer: str

    def sign_in(self, address: str, account: str) -> str:
        """What a browser does that is sent to `address`: names an account there. The address it is sent back to."""
        with httpx.Client() as browser:
            page = browser.get(address)
            while page.is_redirect:
                page = browser.get(urljoin(str(page.url), page.headers["location"]))
            assert page.status_code == 200, page.text
            answer = browser.post(page.url, data={"account": account})
            while answer.is_redirect:
                address = urljoin(str(answer.url), answer.headers["location"])
                if not address.startswith(self.issuer):
                    return address
                answer = browser.get(address)
        raise AssertionError(answer.text)


@contextmanager
def running_provider(*backs: str, port: int = 0, accounts: dict[str, Any] = ACCOUNTS) -> Iterator[Provider]:
    """A provider that sends people back to these addresses."""
    assert (FOLDER / "node_modules").exists(), "./portal test fetches the provider"
    client = {"client_id": CLIENT, "client_secret": SECRET, "redirect_uris": list(backs)}
    wanted = {"client": client, "accounts": accounts, "port": port}
    process = subprocess.Popen(
        [NODE, FOLDER / "provider.mjs"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    with process:
        process.stdin.write(json.dumps(wanted) + "\n")
        process.stdin.flush()
        yield Provider(json.loads(process.stdout.readline())["issuer"])
        process.stdin.close()  # it ends with its input
