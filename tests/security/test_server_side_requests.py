"""Server-side request forgery: the portal asks no machine that an attacker would like to ask through it.

The one address that people type in is that of an identity provider. tests/accounts/test_reach.py judges addresses one by one;
here somebody listens beside the portal, and nobody calls.
"""

import socket
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.secrets import encrypt
from tests.conftest import Cast
from tests.make import make_organisation

SPELLINGS = [
    "http://127.0.0.1:{port}", "https://127.0.0.1:{port}", "https://localhost:{port}", "http://localhost:{port}",
    "https://[::1]:{port}", "https://[::ffff:127.0.0.1]:{port}", "https://2130706433:{port}", "https://0x7f000001:{port}",
    "https://0177.0.0.1:{port}", "https://127.1:{port}", "https://0.0.0.0:{port}", "https://0:{port}",
    "https://portal.example@127.0.0.1:{port}", "https://127.0.0.1:{port}#portal.example", "https://127。0。0。1:{port}",
    "HTTPS://LOCALHOST:{port}/", "https://127.0.0.1:{port}/x?y=/.well-known/openid-configuration",
]  # fmt: skip
NOT_EVEN_HTTP = [
    "file:///etc/passwd", "gopher://127.0.0.1:{port}/_x", "ftp://127.0.0.1:{port}/", "dict://127.0.0.1:{port}/", "//127.0.0.1:{port}",
    "javascript:alert(1)", "data:application/json,{{}}", "unix:///run/postgresql", "https://", "", "https:// 127.0.0.1:{port}",
    "https://127.0.0.1:{port}\r\nX: y", "https://169.254.169.254/latest/meta-data/", "https://[fe80::1]/",
]  # fmt: skip


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A machine beside the portal that would note any call."""
    with socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listening:
        listening.setblocking(False)
        yield listening


def was_called(listener: socket.socket) -> bool:
    try:
        listener.accept()
    except BlockingIOError:
        return False
    return True


@pytest.mark.parametrize("issuer", [*SPELLINGS, *NOT_EVEN_HTTP])
def test_an_issuer_beside_the_portal_is_refused_and_never_called(
    client: TestClient, cast: Cast, listener: socket.socket, issuer: str
) -> None:
    address = issuer.format(port=listener.getsockname()[1])
    form = {
        "organisation": "CESDRR",
        "name": "P",
        "issuer": address,
        "client_id": "x",
        "client_secret": "y",
        "enabled": "on",
    }
    answer = client.post("/people/providers", data=form, headers=cast.person("administrator"), follow_redirects=False)
    assert answer.status_code == 422
    assert not was_called(listener)


@pytest.mark.parametrize("issuer", SPELLINGS)
def test_one_that_got_into_the_database_all_the_same_is_not_called_either(
    client: TestClient, db: Session, listener: socket.socket, issuer: str
) -> None:
    address = issuer.format(port=listener.getsockname()[1])
    kept = {"organisation": make_organisation(db, "CESDRR").id, "issuer": address, "secret": encrypt("y")}
    made = text(
        "INSERT INTO identity_providers (organisation_id, name, issuer, client_id, client_secret) "
        "VALUES (:organisation, 'P', :issuer, 'x', :secret) RETURNING id"
    )
    id = db.scalar(made, kept)
    db.commit()
    answer = client.post(f"/sign-in/openid/{id}", headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False)
    assert answer.status_code == 503
    assert "Traceback" not in answer.text
    assert not was_called(listener)


def test_what_went_wrong_there_is_not_told(client: TestClient, cast: Cast) -> None:
    """An answer that differs for open and closed ports would make the portal a scanner."""
    said = set()
    for issuer in ("https://127.0.0.1:1", "https://127.0.0.1:22", "https://nowhere.invalid", "https://192.0.2.1"):
        form = {"organisation": "CESDRR", "name": "P", "issuer": issuer, "client_id": "x", "client_secret": "y"}
        answer = client.post(
            "/people/providers", data=form, headers=cast.person("administrator"), follow_redirects=False
        )
        said.add(answer.text.replace(issuer, "…"))
    assert len(said) == 1


def test_the_setting_for_organisations_own_networks_opens_no_other_door(
    new_portal: Callable[..., TestClient], cast: Cast
) -> None:
    client = new_portal(allow_private_addresses=True)
    for issuer in (
        "http://169.254.169.254",
        "https://169.254.169.254",
        "http://10.0.0.1",
        "https://[fe80::1]",
        "http://0.0.0.0",
    ):
        form = {"organisation": "CESDRR", "name": "P", "issuer": issuer, "client_id": "x", "client_secret": "y"}
        answer = client.post(
            "/people/providers", data=form, headers=cast.person("administrator"), follow_redirects=False
        )
        assert answer.status_code == 422
