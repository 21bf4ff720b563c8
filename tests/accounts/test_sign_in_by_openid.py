"""People of an organisation sign in with its own accounts; nobody else does, whatever the provider or a visitor tries."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response
from starlette.testclient import TestClient

from app.history import History
from app.people.models import Ceremony, Identity, IdentityProvider, OneTimeLink, User, UserSession
from app.secrets import encrypt, token_hash
from tests.accounts.openid_provider import CLIENT, SECRET, Provider, running_provider
from tests.conftest import Cast
from tests.make import make_organisation, make_user

BACKS = [f"http://localhost:8000/sign-in/openid/{code}/back" for code in ("MES", "OTHER", "CESDRR")]
OURS = {"Sec-Fetch-Site": "same-origin"}
EMAIL = "aigerim@mes.example"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider(*BACKS) as provider:
        yield provider


@pytest.fixture
def portal(new_portal: Callable[..., TestClient]) -> TestClient:
    client = new_portal(allow_private_addresses=True)
    client.follow_redirects = False
    return client


def keep(db: Session, provider: Provider | str, organisation: str = "MES", **changes: object) -> IdentityProvider:
    issuer = provider if isinstance(provider, str) else provider.issuer
    values = {"name": "Ministry accounts", "client_id": CLIENT, "client_secret": encrypt(SECRET)} | changes
    kept = IdentityProvider(organisation_id=make_organisation(db, organisation).id, issuer=issuer, **values)
    db.add(kept)
    db.commit()
    return kept


def person(db: Session, *roles: str, organisation: str = "MES", **changes: object) -> User:
    user = make_user(db, *(roles or ("reader",)), organisation=organisation, **{"email": EMAIL, **changes})
    db.commit()
    return user


def leave(portal: TestClient, kept: IdentityProvider, next: str = "/events") -> str:
    """The address at the provider where the page leads."""
    page = portal.post(f"/sign-in/openid/{kept.id}", data={"next": next}, headers=OURS)
    assert page.status_code == 200, page.text
    target = re.search(r'content="0; url=([^"]+)"', page.text)
    assert target
    return unescape(target[1])


def come_back(portal: TestClient, back: str) -> Response:
    parts = urlsplit(back)
    return portal.get(f"{parts.path}?{parts.query}", headers={"Sec-Fetch-Site": "cross-site"})


def visit(
    portal: TestClient, provider: Provider, kept: IdentityProvider, account: str, next: str = "/events"
) -> Response:
    return come_back(portal, provider.sign_in(leave(portal, kept, next), account))


def sessions(db: Session) -> list[UserSession]:
    return list(db.scalars(select(UserSession)))


def told(db: Session) -> list[tuple[str, str]]:
    return [(one.action, one.actor_kind) for one in db.scalars(select(History).order_by(History.id))]


def test_a_person_of_the_organisation_signs_in(portal: TestClient, db: Session, provider: Provider) -> None:
    user, kept = person(db), keep(db, provider)
    answer = visit(portal, provider, kept, "aigerim")
    assert (answer.status_code, answer.headers["location"]) == (303, "/events")
    session = sessions(db)[0]
    assert (session.user_id, session.strength, session.second_factor) == (user.id, "openid", False)
    assert token_hash(str(portal.cookies.get("session"))) == session.token_hash
    assert [action for action, _kind in told(db)] == ["linked", "signed in"]


def test_from_then_on_the_provider_s_own_name_counts(portal: TestClient, db: Session, provider: Provider) -> None:
    user, kept = person(db), keep(db, provider)
    visit(portal, provider, kept, "aigerim")
    user.email = "married@mes.example"
    newcomer = person(db)  # has the old address now
    answer = visit(portal, provider, kept, "aigerim")
    assert answer.status_code == 303
    assert {one.user_id for one in sessions(db)} == {user.id}
    assert newcomer.id not in {one.user_id for one in db.scalars(select(Identity))}


def test_who_was_invited_needs_the_mailed_link_no_more(portal: TestClient, db: Session, provider: Provider) -> None:
    user, kept = person(db, status="invited"), keep(db, provider)
    link = OneTimeLink(token_hash=b"x", purpose="invitation", user_id=user.id, expires_at=user.created_at)
    db.add(link)
    db.commit()
    assert visit(portal, provider, kept, "aigerim").status_code == 303
    db.refresh(user)
    db.refresh(link)
    assert user.status == "active"
    assert link.used_at


def test_operators_still_give_their_second_factor(portal: TestClient, db: Session, provider: Provider) -> None:
    person(db, "operator", organisation="CESDRR")
    kept = keep(db, provider, "CESDRR")
    answer = visit(portal, provider, kept, "aigerim")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in/second-factor")
    assert not any(one.second_factor for one in sessions(db))


def test_who_has_a_second_factor_is_asked_for_it(portal: TestClient, db: Session, provider: Provider) -> None:
    person(db, "reader", totp_secret=encrypt("JBSWY3DPEHPK3PXP"))
    answer = visit(portal, provider, keep(db, provider), "aigerim")
    assert answer.headers["location"].startswith("/sign-in/code")
    assert sessions(db) == []


def test_a_provider_that_asked_for_several_factors_counts_as_both(
    portal: TestClient, db: Session, provider: Provider
) -> None:
    person(db, "operator", organisation="CESDRR")
    answer = visit(portal, provider, keep(db, provider, "CESDRR"), "strong")
    assert answer.headers["location"] == "/events"
    assert [one.second_factor for one in sessions(db)] == [True]


@pytest.mark.parametrize("next", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_nobody_is_sent_elsewhere_afterwards(portal: TestClient, db: Session, provider: Provider, next: str) -> None:
    person(db)
    assert visit(portal, provider, keep(db, provider), "aigerim", next).headers["location"] == "/"


def refused(db: Session, answer: Response) -> bool:
    return answer.status_code == 403 and sessions(db) == [] and db.scalars(select(Identity)).all() == []


def test_an_address_that_is_not_verified_is_nobody_s(portal: TestClient, db: Session, provider: Provider) -> None:
    person(db)
    assert refused(db, visit(portal, provider, keep(db, provider), "unverified"))


def test_a_person_without_an_account_gets_none(portal: TestClient, db: Session, provider: Provider) -> None:
    person(db)
    answer = visit(portal, provider, keep(db, provider), "stranger")
    assert refused(db, answer)
    assert "no account here is yours" in answer.text


@pytest.mark.parametrize("status", ["suspended", "erased"])
@pytest.mark.parametrize("knows", [True, False])
def test_an_account_that_is_closed_stays_so(
    portal: TestClient, db: Session, provider: Provider, status: str, knows: bool
) -> None:
    user, kept = person(db, status=status), keep(db, provider)
    if knows:
        db.add(Identity(provider_id=kept.id, subject="aigerim", user_id=user.id))
        db.commit()
    assert visit(portal, provider, kept, "aigerim").status_code == 403
    assert sessions(db) == []


def test_a_provider_never_signs_in_somebody_of_another_organisation(
    portal: TestClient, db: Session, provider: Provider
) -> None:
    person(db, "administrator", organisation="CESDRR")
    assert refused(db, visit(portal, provider, keep(db, provider, "MES"), "aigerim"))


def test_not_even_one_whom_it_knew_before_they_moved(portal: TestClient, db: Session, provider: Provider) -> None:
    user, kept = person(db), keep(db, provider)
    visit(portal, provider, kept, "aigerim")
    user.organisation_id = make_organisation(db, "OTHER").id
    db.query(UserSession).delete()
    db.commit()
    assert visit(portal, provider, kept, "aigerim").status_code == 403
    assert sessions(db) == []


def test_an_address_that_one_subject_had_is_not_given_to_another(
    portal: TestClient, db: Session, provider: Provider
) -> None:
    """The provider gave the address of somebody who left to somebody new."""
    user, kept = person(db), keep(db, provider)
    db.add(Identity(provider_id=kept.id, subject="who had it before", user_id=user.id))
    db.commit()
    assert visit(portal, provider, kept, "aigerim").status_code == 403
    assert sessions(db) == []


def test_a_visit_comes_back_once(portal: TestClient, db: Session, provider: Provider) -> None:
    person(db)
    back = provider.sign_in(leave(portal, keep(db, provider)), "aigerim")
    assert come_back(portal, back).status_code == 303
    assert come_back(portal, back).status_code == 403
    assert len(sessions(db)) == 1
    assert db.scalars(select(Ceremony)).all() == []


def test_a_code_that_was_used_is_of_no_use_in_another_visit(
    portal: TestClient, db: Session, provider: Provider
) -> None:
    person(db)
    kept = keep(db, provider)
    back = provider.sign_in(leave(portal, kept), "aigerim")
    come_back(portal, back)
    state = re.search(r"state=([^&]+)", leave(portal, kept))
    assert state
    answer = come_back(portal, re.sub(r"state=[^&]+", f"state={state[1]}", back))
    assert answer.status_code == 403
    assert len(sessions(db)) == 1


def test_the_code_of_an_attacker_s_visit_is_refused_in_another_browser(
    new_portal: Callable[..., TestClient], portal: TestClient, db: Session, provider: Provider
) -> None:
    """An attacker would like a victim to work in the attacker's account."""
    person(db)
    back = provider.sign_in(leave(portal, keep(db, provider)), "aigerim")
    victim = new_portal(allow_private_addresses=True)
    assert refused(db, come_back(victim, back))


def test_another_state_is_refused_and_ends_the_visit(portal: TestClient, db: Session, provider: Provider) -> None:
    person(db)
    back = provider.sign_in(leave(portal, keep(db, provider)), "aigerim")
    assert refused(db, come_back(portal, re.sub(r"state=[^&]+", "state=another", back)))
    assert refused(db, come_back(portal, back))


def test_what_one_organisation_s_provider_sends_does_not_pass_for_another_s(
    portal: TestClient, db: Session, provider: Provider
) -> None:
    person(db)
    make_organisation(db, "OTHER")
    back = provider.sign_in(leave(portal, keep(db, provider)), "aigerim")
    assert refused(db, come_back(portal, back.replace("/MES/", "/OTHER/")))


def test_who_changes_his_mind_there_may_begin_again(portal: TestClient, db: Session, provider: Provider) -> None:
    person(db)
    assert refused(db, visit(portal, provider, keep(db, provider), ""))


def test_another_site_cannot_send_a_browser_on_a_visit(portal: TestClient, db: Session, provider: Provider) -> None:
    kept = keep(db, provider)
    answer = portal.post(f"/sign-in/openid/{kept.id}", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert portal.get(f"/sign-in/openid/{kept.id}").status_code in (404, 405)


def test_a_provider_that_is_switched_off_takes_nobody_in(portal: TestClient, db: Session, provider: Provider) -> None:
    person(db)
    kept = keep(db, provider)
    back = provider.sign_in(leave(portal, kept), "aigerim")
    kept.enabled = False
    db.commit()
    assert portal.post(f"/sign-in/openid/{kept.id}", headers=OURS).status_code == 404
    assert come_back(portal, back).status_code == 404
    assert sessions(db) == []


def test_a_provider_that_is_away_is_said_so(portal: TestClient, db: Session) -> None:
    with running_provider(*BACKS) as gone:
        kept = keep(db, gone)
        person(db)
        back = gone.sign_in(leave(portal, kept), "aigerim")
    answer = portal.post(f"/sign-in/openid/{kept.id}", headers=OURS)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "Ministry accounts does not answer just now." in answer.text
    assert come_back(portal, back).status_code == 403
    assert sessions(db) == []


def test_an_issuer_beside_us_is_not_asked_without_the_setting(
    client: TestClient, db: Session, provider: Provider
) -> None:
    kept = keep(db, provider)
    answer = client.post(f"/sign-in/openid/{kept.id}", headers=OURS)
    assert answer.status_code == 503
    inside = keep(db, "https://169.254.169.254", "OTHER")
    assert client.post(f"/sign-in/openid/{inside.id}", headers=OURS).status_code == 503


def test_secrets_and_codes_stay_out_of_pages_and_history(
    portal: TestClient, db: Session, provider: Provider, cast: Cast
) -> None:
    person(db)
    kept = keep(db, provider)
    target = leave(portal, kept)
    assert "client_secret" not in target
    assert "code_challenge_method=S256" in target
    come_back(portal, provider.sign_in(target, "aigerim"))
    written = str([(one.before, one.after, one.reason) for one in db.scalars(select(History))])
    assert EMAIL not in written
    assert "aigerim" not in written
