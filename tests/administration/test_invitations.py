"""An invitation: a mail, a link that serves once, a password, and then a second factor where the role needs one."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.accounts import links
from app.history import History
from app.people.models import OneTimeLink, User
from tests.conftest import Cast
from tests.mail.letters_read import letters_to, link_in, token_in
from tests.make import make_user

EMAIL = "aigerim@example.org"
PASSWORD = "seven quiet herons fly"
FORM = {"name": "Aigerim Satpayeva", "email": EMAIL, "organisation": "KGZ-MES", "language": "en"}
HERE = {"Sec-Fetch-Site": "same-origin"}


def invite(client: TestClient, cast: Cast, *roles: str, **changes: str) -> str:
    """Somebody invited by an administrator; the path of their page."""
    answer = client.post(
        "/people/invite", data=FORM | {"roles": list(roles)} | changes, headers=cast.person("administrator"),
        follow_redirects=False,
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    client.cookies.clear()
    return answer.headers["location"]


def choose(client: TestClient, password: str = PASSWORD) -> object:
    data = {"password": password, "again": password}
    return client.post("/welcome", data=data, headers=HERE, follow_redirects=False)


def test_from_the_mail_to_the_first_page(client: TestClient, cast: Cast, db: Session) -> None:
    invite(client, cast, "contributor")
    [letter] = letters_to(db, EMAIL)
    page = client.get(link_in(letter))
    assert page.status_code == 200
    assert "Aigerim Satpayeva" in page.text
    answer = choose(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert client.get("/account").status_code == 200, "signed in"
    person = db.scalars(select(User).where(User.email == EMAIL)).one()
    assert person.status == "active"


def test_whose_role_needs_a_second_factor_sets_it_up_first(client: TestClient, cast: Cast, db: Session) -> None:
    invite(client, cast, "operator", organisation="CESDRR")
    client.get(link_in(letters_to(db, EMAIL)[0]))
    assert choose(client).headers["location"] == "/sign-in/second-factor"
    assert client.get("/account", follow_redirects=False).headers["location"].startswith("/sign-in")


def test_the_address_loses_the_token_at_once_and_tells_nobody(client: TestClient, cast: Cast, db: Session) -> None:
    invite(client, cast, "reader")
    token = token_in(letters_to(db, EMAIL)[0])
    first = client.get(f"/welcome?token={token}&lang=ru", follow_redirects=False)
    assert (first.status_code, first.headers["location"]) == (303, "/welcome?lang=ru")
    assert first.headers["cache-control"] == "no-store"
    assert first.headers.get_list("referrer-policy") == ["no-referrer"]
    page = client.get("/welcome?lang=ru")
    assert page.headers["cache-control"] == "no-store"
    assert token not in page.text


def test_looking_uses_nothing_up_and_sending_does(client: TestClient, cast: Cast, db: Session) -> None:
    invite(client, cast, "reader")
    path = link_in(letters_to(db, EMAIL)[0])
    for _ in range(3):
        assert client.get(path).status_code == 200, "mail programs look ahead"
    assert choose(client).status_code == 303
    client.cookies.clear()
    assert client.get(path).status_code == 410
    assert choose(client, "another good long password").status_code == 410


def test_a_password_that_is_not_taken_leaves_the_link(client: TestClient, cast: Cast, db: Session) -> None:
    invite(client, cast, "reader")
    client.get(link_in(letters_to(db, EMAIL)[0]))
    assert choose(client, "short").status_code == 422
    assert choose(client, "aigerim satpayeva").status_code == 422, "their own name"
    differing = client.post("/welcome", data={"password": PASSWORD, "again": "something else"}, headers=HERE)
    assert differing.status_code == 422
    assert choose(client).status_code == 303


def test_a_new_invitation_makes_the_old_link_void(client: TestClient, cast: Cast, db: Session) -> None:
    person = invite(client, cast, "reader")
    client.post(f"{person}/invite", headers=cast.person("administrator"))
    client.cookies.clear()
    new, old = letters_to(db, EMAIL)
    assert client.get(link_in(old)).status_code == 410
    client.cookies.clear()
    assert client.get(link_in(new)).status_code == 200


@pytest.mark.parametrize("change", ["expires_at = now()", "used_at = now()", "purpose = 'recovery'"])
def test_a_link_that_is_old_used_or_for_something_else_serves_no_more(
    client: TestClient, cast: Cast, db: Session, change: str
) -> None:
    invite(client, cast, "reader")
    path = link_in(letters_to(db, EMAIL)[0])
    db.execute(text(f"UPDATE one_time_links SET {change}"))
    db.commit()
    assert client.get(path).status_code == 410
    assert choose(client).status_code == 410


def test_links_serve_as_long_as_they_say(db: Session) -> None:
    person = make_user(db)
    for purpose, hours in (("invitation", 72), ("recovery", 1)):
        links.make(db, purpose, person.id)
        link = db.scalars(select(OneTimeLink).where(OneTimeLink.purpose == purpose)).one()
        assert round((link.expires_at - link.created_at).total_seconds() / 3600) == hours


def test_whoever_is_suspended_meanwhile_cannot_accept(client: TestClient, cast: Cast, db: Session) -> None:
    person = invite(client, cast, "reader")
    path = link_in(letters_to(db, EMAIL)[0])
    client.post(f"{person}/suspend", data={"reason": "a mistake"}, headers=cast.person("administrator"))
    client.cookies.clear()
    assert client.get(path).status_code == 410


def test_of_two_who_send_the_form_at_once_one_is_told_that_it_is_used(db: Session) -> None:
    token = links.make(db, links.INVITATION, make_user(db, status="invited").id)
    links.use(db, links.INVITATION, token)
    with pytest.raises(links.DeadLink):
        links.use(db, links.INVITATION, token)


def test_only_a_hash_of_the_token_is_kept(client: TestClient, cast: Cast, db: Session) -> None:
    invite(client, cast, "reader")
    token = token_in(letters_to(db, EMAIL)[0])
    kept = db.execute(text("SELECT one_time_links::text FROM one_time_links")).scalar_one()
    assert token not in kept


@pytest.mark.parametrize(("language", "said"), [("ru", "Здравствуйте"), ("fa-AF", "سلام")])
def test_the_mail_speaks_the_language_of_whoever_is_invited(
    client: TestClient, cast: Cast, db: Session, language: str, said: str
) -> None:
    invite(client, cast, "reader", language=language)
    [letter] = letters_to(db, EMAIL)
    assert said in letter.body
    assert f"&lang={language}" in letter.body


def test_history_tells_of_the_invitation_and_of_its_acceptance_without_names(
    client: TestClient, cast: Cast, db: Session
) -> None:
    invite(client, cast, "requester", **{"countries.requester": "KGZ"})
    client.get(link_in(letters_to(db, EMAIL)[0]))
    choose(client)
    db.rollback()
    person = db.scalars(select(User).where(User.email == EMAIL)).one()
    told = db.scalars(select(History).where(History.record_id == person.id).order_by(History.id)).all()
    assert [one.action for one in told] == ["invited", "invitation accepted", "signed in"]
    assert told[0].after["roles"] == ["requester (KGZ)"]
    assert "Aigerim" not in str(told[0].after)
    assert EMAIL not in str(told[0].after)
