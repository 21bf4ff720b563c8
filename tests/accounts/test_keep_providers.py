"""Administrators set up the identity providers of organisations; nobody else does, and no secret is ever shown again."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.history import History
from app.people.models import IdentityProvider
from app.secrets import decrypt, encrypt
from tests.accounts.openid_provider import Provider, running_provider
from tests.conftest import Cast
from tests.make import make_organisation

PROVIDERS = "/people/providers"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider("http://localhost:8000/sign-in/openid/TEST-ORG/back") as provider:
        yield provider


@pytest.fixture
def portal(new_portal: Callable[..., TestClient]) -> TestClient:
    """Like a portal whose organisations have providers in the same network."""
    client = new_portal(allow_private_addresses=True)
    client.follow_redirects = False
    return client


def form(provider: Provider, **changes: str) -> dict[str, str]:
    usual = {
        "organisation": "TEST-ORG",
        "issuer": provider.issuer + "/",
        "name": "Ministry accounts",
        "client_id": "portal",
        "client_secret": "very secret",
        "enabled": "1",
    }
    return usual | changes


def keep(db: Session, issuer: str = "https://kept.example", organisation: str = "TEST-ORG") -> IdentityProvider:
    owner = make_organisation(db, organisation)
    kept = IdentityProvider(
        organisation_id=owner.id, name="Kept", issuer=issuer, client_id="c", client_secret=encrypt("kept secret")
    )
    db.add(kept)
    db.commit()
    return kept


def test_a_provider_is_added_with_the_issuer_as_it_spells_it(
    portal: TestClient, db: Session, cast: Cast, provider: Provider
) -> None:
    make_organisation(db)
    answer = portal.post(PROVIDERS, data=form(provider), headers=cast.person("administrator"))
    assert answer.status_code == 303
    kept = db.scalars(select(IdentityProvider)).one()
    assert (kept.issuer, kept.enabled, decrypt(kept.client_secret)) == (provider.issuer, True, "very secret")
    assert b"very secret" not in kept.client_secret


def test_adding_and_changing_is_recorded_without_the_secret(
    portal: TestClient, db: Session, cast: Cast, provider: Provider
) -> None:
    make_organisation(db)
    headers = cast.person("administrator")
    added = portal.post(PROVIDERS, data=form(provider), headers=headers).headers["location"]
    portal.post(added, data=form(provider, name="Other name", client_secret="new secret"), headers=headers)
    portal.post(added + "/remove", headers=headers)
    told = db.scalars(select(History).where(History.noun == "identity_providers").order_by(History.id)).all()
    assert [(one.action, one.after) for one in told] == [
        ("added", {"name": "Ministry accounts", "client_id": "portal", "enabled": True, "organisation": "TEST-ORG"}),
        ("changed", {"name": "Other name", "client_secret": "replaced"}),
        ("removed", None),
    ]
    assert db.scalars(select(IdentityProvider)).all() == []


def test_an_empty_secret_keeps_the_one_that_is_known_and_none_is_shown(
    portal: TestClient, db: Session, cast: Cast, provider: Provider
) -> None:
    kept = keep(db)
    headers = cast.person("administrator")
    page = portal.get(f"{PROVIDERS}/{kept.id}", headers=headers)
    assert page.status_code == 200
    assert "kept secret" not in page.text
    portal.post(f"{PROVIDERS}/{kept.id}", data={"name": "Kept", "client_id": "d"}, headers=headers)
    db.refresh(kept)
    assert (kept.client_id, decrypt(kept.client_secret), kept.enabled) == ("d", "kept secret", False)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"name": " "}, "name"), ({"client_id": ""}, "client_id"), ({"client_secret": ""}, "client_secret"),
     ({"organisation": "NONE"}, "organisation"), ({"name": "x" * 201}, "name")],
)  # fmt: skip
def test_what_cannot_be_saved_is_said_and_what_was_typed_stays(
    portal: TestClient, db: Session, cast: Cast, provider: Provider, wrong: dict[str, str], field: str
) -> None:
    make_organisation(db)
    sent = form(provider, name="Ministry", client_id="kept-id") | wrong
    answer = portal.post(PROVIDERS, data=sent, headers=cast.person("administrator"))
    assert answer.status_code == 422
    assert "<title>Error: " in answer.text
    assert f'id="error-{field}"' in answer.text
    assert provider.issuer in answer.text
    assert "very secret" not in answer.text
    assert db.scalars(select(IdentityProvider)).all() == []


@pytest.mark.parametrize(
    "issuer",
    ["http://169.254.169.254/latest", "https://10.0.0.1", "file:///etc/passwd", "javascript:alert(1)", "nonsense", "",
     "https://user:password@provider.example", "https://provider.example/?x", "http://127.0.0.1:1"],
)  # fmt: skip
def test_an_issuer_that_is_no_provider_is_refused_in_one_sentence(
    portal: TestClient, db: Session, cast: Cast, provider: Provider, issuer: str
) -> None:
    make_organisation(db)
    answer = portal.post(PROVIDERS, data=form(provider, issuer=issuer), headers=cast.person("administrator"))
    assert answer.status_code == 422
    assert "No OpenID provider answers there." in answer.text


def test_without_the_setting_a_provider_beside_us_is_none(
    client: TestClient, db: Session, cast: Cast, provider: Provider
) -> None:
    make_organisation(db)
    answer = client.post(PROVIDERS, data=form(provider), headers=cast.person("administrator"))
    assert answer.status_code == 422
    assert db.scalars(select(IdentityProvider)).all() == []


def test_an_issuer_belongs_to_one_organisation(portal: TestClient, db: Session, cast: Cast, provider: Provider) -> None:
    keep(db, provider.issuer)
    make_organisation(db, "OTHER")
    answer = portal.post(PROVIDERS, data=form(provider, organisation="OTHER"), headers=cast.person("administrator"))
    assert answer.status_code == 409


@pytest.mark.parametrize("role", ["operator", "approver", "analyst"])
def test_only_administrators_come_in(client: TestClient, db: Session, cast: Cast, role: str) -> None:
    kept = keep(db)
    headers = cast.person(role)
    for method, address in [("GET", ""), ("GET", "/new"), ("POST", ""), ("GET", f"/{kept.id}"), ("POST", f"/{kept.id}"),
                            ("POST", f"/{kept.id}/remove")]:  # fmt: skip
        assert client.request(method, PROVIDERS + address, headers=headers).status_code == 403
    db.refresh(kept)
    assert kept.name == "Kept"


def test_an_administrator_for_one_country_reaches_the_organisations_there(
    client: TestClient, db: Session, cast: Cast
) -> None:
    here, there = keep(db, "https://here.example", "HERE"), keep(db, "https://there.example", "THERE")
    make_organisation(db, "HERE").country_iso3 = "KGZ"
    make_organisation(db, "THERE").country_iso3 = "UZB"
    db.commit()
    headers = cast.person("administrator", countries=("KGZ",))
    listed = client.get(PROVIDERS, headers=headers).text
    assert "https://here.example" in listed
    assert "https://there.example" not in listed
    assert client.get(f"{PROVIDERS}/{here.id}", headers=headers).status_code == 200
    assert client.get(f"{PROVIDERS}/{there.id}", headers=headers).status_code == 403
    assert client.post(f"{PROVIDERS}/{there.id}/remove", headers=headers).status_code == 403


def test_the_centre_s_own_provider_takes_a_right_without_limits(
    portal: TestClient, db: Session, cast: Cast, provider: Provider
) -> None:
    """Its owner could sign in as any administrator: one for a single country must not become that."""
    kept = keep(db, "https://centre.example", "CESDRR")
    country = make_organisation(db, "CESDRR").country_iso3
    limited = cast.person("administrator", countries=(country or "KAZ",))
    assert portal.get(f"{PROVIDERS}/{kept.id}", headers=limited).status_code == 403
    sent = form(provider, organisation="CESDRR")
    assert portal.post(PROVIDERS, data=sent, headers=limited).status_code == 403
    assert portal.get(f"{PROVIDERS}/{kept.id}", headers=cast.person("administrator")).status_code == 200
