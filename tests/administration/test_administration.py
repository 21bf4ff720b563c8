"""People are administered: found, given roles within bounds, suspended, restored, freed of a lost factor, erased."""

import threading

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.administration import actions as administration
from app.administration.schemas import Invitation, PeopleFilter, Roles
from app.errors import AppError, NotFound
from app.history import History, PersonalValue
from app.people.models import Mail, Organisation, Passkey, User, UserRole, UserSession
from app.permissions import By, Role, rights_of
from app.secrets import encrypt
from tests.conftest import Cast
from tests.make import make_session, make_user

SITE = "https://portal.example.org"


def acting(person: User, *countries: str) -> By:
    """An administrator who acts."""
    rights = rights_of([(Role.ADMINISTRATOR, countries)])
    return By("person", "page", person.id, organisation_id=person.organisation_id, name=person.name, rights=rights)


@pytest.fixture
def boss(db: Session) -> User:
    return make_user(db, "administrator", name="Boss")


@pytest.fixture
def by(boss: User) -> By:
    return acting(boss)


def roles(**granted: list[str]) -> Roles:
    return Roles(roles=[{"role": role, "countries": codes} for role, codes in granted.items()])  # type: ignore[list-item]


def new(**changes: object) -> Invitation:
    values = {"name": "Nilufar", "email": "nilufar@example.org", "organisation": "KGZ-MES", "roles": []} | changes
    return Invitation.model_validate(values)


def granted(db: Session, person: User) -> dict[str, list[str]]:
    db.expire_all()
    return dict(db.execute(select(UserRole.role, UserRole.countries).where(UserRole.user_id == person.id)).all())  # type: ignore[arg-type]


def sessions_of(db: Session, person: User) -> int:
    return db.scalar(select(func.count()).where(UserSession.user_id == person.id)) or 0


def last_history(db: Session) -> History:
    return db.scalars(select(History).order_by(History.id.desc()).limit(1)).one()


# -- roles


def test_new_roles_count_at_once_and_end_the_sessions(db: Session, by: By) -> None:
    person = make_user(db, "reader", organisation="KGZ-MES")
    make_session(db, person)
    administration.change_roles(db, by, person.id, roles(requester=["KGZ"]), {"reader": []})
    assert granted(db, person) == {"requester": ["KGZ"]}
    assert sessions_of(db, person) == 0
    told = last_history(db)
    assert (told.action, told.before, told.after) == (
        "roles changed", {"roles": ["reader"]}, {"roles": ["requester (KGZ)"]},
    )  # fmt: skip


def test_the_same_roles_again_end_no_session(db: Session, by: By) -> None:
    person = make_user(db, "reader")
    make_session(db, person)
    administration.change_roles(db, by, person.id, roles(reader=[]), {"reader": []})
    assert sessions_of(db, person) == 1


@pytest.mark.parametrize("role", ["operator", "stock_keeper", "analyst", "administrator"])
def test_roles_of_the_centre_are_for_its_own_people(db: Session, by: By, role: str) -> None:
    person = make_user(db, organisation="KGZ-MES")
    with pytest.raises(AppError, match="Only people of the Centre"):
        administration.change_roles(db, by, person.id, roles(**{role: []}), {})
    with pytest.raises(AppError, match="Only people of the Centre"):
        administration.invite(db, by, new(roles=[{"role": role}]), SITE)


def test_nobody_changes_their_own_account(db: Session, boss: User, by: By) -> None:
    for do in (
        lambda: administration.change_roles(
            db, by, boss.id, roles(administrator=[], operator=[]), {"administrator": []}
        ),
        lambda: administration.suspend(db, by, boss.id, "holiday"),
        lambda: administration.erase(db, by, boss.id, "holiday"),
        lambda: administration.reset_second_factor(db, by, boss.id, "lost", SITE),
    ):
        with pytest.raises(AppError, match="their own account"):
            do()


def test_two_who_give_roles_at_once_both_see_what_the_other_gave(db: Session, by: By) -> None:
    person = make_user(db, "reader")
    administration.change_roles(db, by, person.id, roles(contributor=[]), {"reader": []})
    with pytest.raises(AppError, match="Somebody has changed these roles"):
        administration.change_roles(db, by, person.id, roles(requester=[]), {"reader": []})
    assert granted(db, person) == {"contributor": []}


def test_an_unknown_country_is_said(db: Session, by: By) -> None:
    with pytest.raises(AppError, match="no country XXX"):
        administration.change_roles(db, by, make_user(db).id, roles(reader=["XXX"]), {})


# -- an administrator of some countries


def test_whose_right_is_limited_to_countries_manages_their_people_only(db: Session, boss: User) -> None:
    by = acting(boss, "KGZ", "TJK")
    near, far = make_user(db, organisation="KGZ-MES"), make_user(db, organisation="KAZ-MES")
    centre = make_user(db)
    administration.suspend(db, by, near.id, "left")
    for person in (far, centre):
        with pytest.raises(NotFound):
            administration.suspend(db, by, person.id, "left")
    assert {one.country_iso3 for one in administration.organisations(db, by)} <= {"KGZ", "TJK"}
    with pytest.raises(AppError, match="Choose an organisation"):
        administration.invite(db, by, new(organisation="KAZ-MES"), SITE)


def test_whose_right_is_limited_gives_no_more_than_it(db: Session, boss: User) -> None:
    by = acting(boss, "KGZ", "TJK")
    person = make_user(db, organisation="KGZ-MES")
    for wider in ({"reader": []}, {"reader": ["KAZ"]}, {"reader": ["KGZ", "KAZ"]}):
        with pytest.raises(AppError, match="KGZ, TJK only"):
            administration.change_roles(db, by, person.id, roles(**wider), {})
    administration.change_roles(db, by, person.id, roles(reader=["KGZ"]), {})
    assert granted(db, person) == {"reader": ["KGZ"]}


# -- the last administrator


def test_the_last_administrator_stays(db: Session, boss: User) -> None:
    limited = make_user(db, "administrator", countries=("KGZ",))
    suspended = make_user(db, "administrator", status="suspended")
    other = acting(make_user(db))
    assert limited.id != suspended.id
    for do in (
        lambda: administration.change_roles(db, other, boss.id, roles(reader=[]), {"administrator": []}),
        lambda: administration.change_roles(db, other, boss.id, roles(administrator=["KGZ"]), {"administrator": []}),
        lambda: administration.suspend(db, other, boss.id, "left"),
        lambda: administration.erase(db, other, boss.id, "left"),
    ):
        with pytest.raises(administration.LastAdministrator):
            do()
    make_user(db, "administrator")
    administration.suspend(db, other, boss.id, "left")


def test_of_two_administrators_who_suspend_each_other_at_once_one_stays(db: Session, owner: Engine, boss: User) -> None:
    second = make_user(db, "administrator", name="Second")
    db.commit()
    together, told = threading.Barrier(2), []

    def suspend(who: User, whom: User) -> None:
        with Session(owner) as own, own.begin():
            together.wait()
            try:
                administration.suspend(own, acting(who), whom.id, "a quarrel")
                told.append("done")
            except administration.LastAdministrator:
                told.append("refused")

    threads = [threading.Thread(target=suspend, args=pair) for pair in ((boss, second), (second, boss))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["done", "refused"]
    db.expire_all()
    assert sorted(db.scalars(select(User.status).join(UserRole))) == ["active", "suspended"]


# -- status


def test_whoever_is_suspended_is_out_and_comes_back_when_restored(
    client: TestClient, db: Session, cast: Cast, by: By
) -> None:
    theirs = cast.person("contributor", organisation="KGZ-MES", email="b@example.org", password_hash="x")
    person = db.scalars(select(User).where(User.email == "b@example.org")).one()
    assert client.get("/account", headers=theirs).status_code == 200
    administration.suspend(db, by, person.id, "left the ministry")
    db.commit()
    assert client.get("/account", headers=theirs, follow_redirects=False).status_code == 303
    assert last_history(db).reason == "left the ministry"
    administration.restore(db, by, person.id, "came back")
    assert person.status == "active"


def test_restored_before_they_ever_signed_in_they_are_invited_still(db: Session, by: By) -> None:
    person = administration.invite(db, by, new(), SITE)
    administration.suspend(db, by, person.id, "a mistake")
    administration.restore(db, by, person.id, "none after all")
    assert person.status == "invited"


def test_a_lost_second_factor_is_taken_off_and_the_person_told(db: Session, by: By) -> None:
    person = make_user(db, "operator", email="operator@example.org", totp_secret=encrypt("SECRET"), totp_last_step=5)
    db.add(Passkey(user_id=person.id, credential_id=b"1", public_key=b"1", sign_count=0, name="Phone"))
    make_session(db, person)
    administration.reset_second_factor(db, by, person.id, "lost the telephone", SITE)
    assert (person.totp_secret, person.totp_last_step) == (None, None)
    assert db.scalar(select(func.count()).select_from(Passkey)) == 0
    assert sessions_of(db, person) == 0
    assert db.scalars(select(Mail.recipient)).all() == ["operator@example.org"]
    assert last_history(db).action == "second factor reset"


# -- erasing


def test_of_whoever_is_erased_nothing_personal_is_left(db: Session, by: By, owner: Engine) -> None:
    person = administration.invite(db, by, new(name="Nilufar Karimova", roles=[{"role": "reader"}]), SITE)
    person.password_hash, person.totp_secret, person.status = "hash", encrypt("SECRET"), "active"
    make_session(db, person, address="203.0.113.7")
    administration.erase(db, by, person.id, "asked for it")
    db.commit()
    for table in ("users", "personal_values", "mails", "history", "sessions", "one_time_links"):
        kept = "".join(db.scalars(text(f"SELECT t::text FROM {table} t")))
        for value in ("Nilufar", "nilufar@example.org", "203.0.113.7"):
            assert value not in kept, table
    assert (person.status, person.email, person.name) == ("erased", None, "")
    assert granted(db, person) == {}
    values = db.scalars(select(PersonalValue).where(PersonalValue.subject_id == person.id)).all()
    assert values
    assert all(one.erased_at and one.salt is None and one.digest for one in values)


def test_an_erased_account_stays_so_and_frees_its_address(db: Session, by: By) -> None:
    person = administration.invite(db, by, new(), SITE)
    administration.erase(db, by, person.id, "asked for it")
    for do in (
        lambda: administration.restore(db, by, person.id, "no"),
        lambda: administration.change_roles(db, by, person.id, roles(reader=[]), {}),
        lambda: administration.invite_again(db, by, person.id, SITE),
    ):
        with pytest.raises(AppError, match="erased"):
            do()
    assert administration.invite(db, by, new(), SITE).id != person.id


# -- inviting


def test_an_address_has_one_account_however_it_is_written(db: Session, by: By) -> None:
    administration.invite(db, by, new(), SITE)
    with pytest.raises(AppError, match="account with this address"):
        administration.invite(db, by, new(email="Nilufar@Example.org"), SITE)


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "nobody"},
        {"email": "a@example.org\r\nBcc: all@example.org"},
        {"name": ""},
        {"language": "xx"},
        {"roles": [{"role": "king"}]},
        {"roles": [{"role": "reader", "demonstration": True}]},
        {"status": "active"},
    ],
)
def test_what_is_no_invitation_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        new(**changes)


# -- the demonstration's own


def test_the_demonstrations_administrator_manages_its_own_people_only(db: Session, by: By) -> None:
    by = acting(make_user(db, "administrator", demonstration=True))
    real, invented = make_user(db), make_user(db, demonstration=True)
    administration.suspend(db, by, invented.id, "to try it")
    with pytest.raises(NotFound):
        administration.suspend(db, by, real.id, "to try it")
    assert administration.invite(db, by, new(), SITE).demonstration


# -- the pages


def test_people_are_found_by_name_address_organisation_role_and_status(
    client: TestClient, db: Session, cast: Cast
) -> None:
    make_user(db, "contributor", name="Gulnara", email="gulnara@mchs.example", organisation="KGZ-MES")
    make_user(db, "reader", name="Bekzod", organisation="UZB-MES")
    make_user(db, "reader", name="Timur", organisation="UZB-MES", status="suspended")
    make_user(db, name="", email=None, status="erased")
    headers = cast.person("administrator", name="Boss")

    def found(query: str) -> set[str]:
        page = client.get(f"/people?{query}", headers=headers)
        assert page.status_code == 200
        return {name for name in ("Gulnara", "Bekzod", "Timur") if name in page.text}

    assert found("") == {"Gulnara", "Bekzod", "Timur"}
    assert found("q=guln") == {"Gulnara"}
    assert found("q=mchs.example") == {"Gulnara"}
    assert found("q=%25") == set(), "a sign of LIKE is a sign like others"
    assert found("organisation=UZB-MES") == {"Bekzod", "Timur"}
    assert found("role=reader&status=active") == {"Bekzod"}
    assert client.get("/people?status=odd", headers=headers).status_code == 422


def test_long_lists_go_on_without_a_gap(client: TestClient, db: Session, cast: Cast) -> None:
    for number in range(60):
        make_user(db, name=f"Person {number // 2:03}")
    headers = cast.person("administrator", name="Zuhra")
    first = client.get("/people", headers=headers)
    following = first.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = client.get(following, headers=headers)
    links = [part.split('"')[0] for page in (first, second) for part in page.text.split('href="/people/')[1:]]
    people = [link for link in links if len(link) == 36]
    assert len(people) == len(set(people)) == 61


@pytest.mark.parametrize("role", ["reader", "contributor", "approver", "operator", "analyst", "stock_keeper"])
def test_only_administrators_come_in(client: TestClient, cast: Cast, role: str) -> None:
    headers = cast.person(role)
    for path in ("/people", "/people/invite"):
        assert client.get(path, headers=headers).status_code == 403
    assert client.post("/people/invite", headers=headers, data={}).status_code == 403


def test_a_form_that_is_wrong_keeps_what_was_typed(client: TestClient, cast: Cast) -> None:
    typed = {"name": "Nilufar", "email": "nowhere", "organisation": "KGZ-MES", "language": "ru", "roles": "requester",
             "countries.requester": "KGZ"}  # fmt: skip
    page = client.post("/people/invite", data=typed, headers=cast.person("administrator"))
    assert page.status_code == 422
    assert "<title>Error: " in page.text
    assert 'value="Nilufar"' in page.text
    assert 'value="nowhere"' in page.text
    assert 'value="requester" checked' in page.text
    assert 'name="countries.requester" value="KGZ" checked' in page.text


def test_roles_are_given_on_the_persons_page(client: TestClient, db: Session, cast: Cast) -> None:
    person = make_user(db, "reader", organisation="KGZ-MES")
    headers = cast.person("administrator")
    page = client.get(f"/people/{person.id}", headers=headers)
    assert 'name="roles_were" value="reader:"' in page.text
    data = {"roles": ["contributor", "requester"], "countries.requester": ["KGZ", "TJK"], "roles_were": "reader:"}
    answer = client.post(f"/people/{person.id}/roles", data=data, headers=headers, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    db.rollback()
    assert granted(db, person) == {"contributor": [], "requester": ["KGZ", "TJK"]}
    again = client.post(f"/people/{person.id}/roles", data=data | {"roles": "reader"}, headers=headers)
    assert again.status_code == 412


def test_without_a_reason_nothing_is_done(client: TestClient, db: Session, cast: Cast) -> None:
    person = make_user(db, "reader")
    headers = cast.person("administrator")
    refused = client.post(f"/people/{person.id}/suspend", data={"reason": " "}, headers=headers)
    assert refused.status_code == 422
    db.expire_all()
    assert person.status == "active"
    done = client.post(f"/people/{person.id}/suspend", data={"reason": "left"}, headers=headers, follow_redirects=False)
    assert done.status_code == 303
    db.expire_all()
    assert person.status == "suspended"


def test_whoever_signed_in_long_ago_confirms_first(client: TestClient, db: Session, cast: Cast) -> None:
    person, headers = make_user(db, "reader"), cast.person("administrator")
    db.execute(text("UPDATE sessions SET created_at = created_at - interval '1 hour'"))
    db.commit()
    answer = client.post(
        f"/people/{person.id}/suspend", data={"reason": "left"}, headers=headers, follow_redirects=False
    )
    assert answer.headers["location"].startswith("/sign-in?next=")
    assert client.get(f"/people/{person.id}", headers=headers).status_code == 200, "looking is not confirmed"


def test_a_mail_that_could_not_be_delivered_is_said(client: TestClient, db: Session, cast: Cast) -> None:
    person = make_user(db, email="wrong@example.org")
    db.add(Mail(recipient="Wrong@example.org", subject="Invitation", failure="550 no such user"))
    db.commit()
    page = client.get(f"/people/{person.id}", headers=cast.person("administrator"))
    assert "550 no such user" in page.text


def test_strangers_are_not_there(client: TestClient, db: Session, cast: Cast) -> None:
    headers = cast.person("administrator", countries=("KGZ",))
    far = make_user(db, organisation="KAZ-MES")
    db.commit()
    assert client.get(f"/people/{far.id}", headers=headers).status_code == 404
    assert client.post(f"/people/{far.id}/suspend", data={"reason": "x"}, headers=headers).status_code == 404
    assert PeopleFilter().q == ""


def test_an_administrator_limited_to_the_country_of_the_centre_manages_nobody_of_the_centre(
    client: TestClient, db: Session, cast: Cast
) -> None:
    make_user(db, "operator", name="Zarina of the Centre")
    home = db.scalars(select(Organisation).where(Organisation.is_centre)).one().country_iso3 = "KAZ"
    limited = cast.person("administrator", countries=(home,))
    assert "Zarina of the Centre" in client.get("/people", headers=cast.person("administrator")).text
    assert "Zarina of the Centre" not in client.get("/people", headers=limited).text
    typed = {
        "name": "A friend", "email": "friend@example.org", "organisation": "CESDRR", "language": "en",
        "roles": "operator", "countries.operator": home,
    }  # fmt: skip
    assert client.post("/people/invite", data=typed, headers=limited).status_code == 422
    assert db.scalar(select(User).where(User.email == "friend@example.org")) is None
