"""Who can sign in after `up`: the first administrator by a link, the demonstration's accounts on this machine only."""

import re
import stat
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.operations.conftest import Running, owner_of, portal, rows, wait_until

HERE = ("--port", "0", "--workers", "1")
LINK = re.compile(r"http://localhost:\d+/first-administrator\?token=\S+")
ROLES = ["reader", "contributor", "requester", "approver", "analyst", "stock keeper", "operator", "administrator"]
STATUSES = "SELECT DISTINCT status, password_hash IS NULL FROM users WHERE demonstration"


@dataclass(frozen=True)
class Account:
    role: str
    email: str
    password: str
    secret: str


def accounts_of(running: Running) -> list[Account]:
    wait_until("word of passkeys", lambda: "Passkeys" in running.output)
    lines = re.findall(r"^  (\S+(?: \S+)?)\s+(\S+@demo\.invalid)\s+(\S+)\s+(\S+)$", running.output, re.MULTILINE)
    return [Account(*line) for line in lines]


def link_of(running: Running) -> str:
    wait_until("word of passkeys", lambda: "Passkeys" in running.output)
    [link] = LINK.findall(running.output)
    return link


def sign_in(running: Running, data: Path, account: Account) -> httpx.Client:
    """A browser that gives the password and the code, as `demo-code` prints it."""
    client = httpx.Client(base_url=running.url, headers={"Sec-Fetch-Site": "same-origin"}, timeout=30)
    first = client.post("/sign-in", data={"email": account.email, "password": account.password})
    assert (first.status_code, first.headers["location"]) == (303, "/sign-in/code")
    code = portal("demo-code", account.role.replace(" ", "-"), "--data", data).stdout.strip()
    assert client.post("/sign-in/code", data={"code": code}).status_code == 303
    return client


def be_demonstrated(data: Path) -> None:
    """As if the demonstration had been loaded: that takes half a minute, and its records do not matter here."""
    mark = """SELECT obj_description('public.alembic_version'::regclass)::jsonb ->> 'reference'"""
    [[digest]] = rows(owner_of(data), mark)
    loaded = f'{{"reference": "{digest}", "demonstration": "{digest}"}}'
    rows(owner_of(data), f"COMMENT ON TABLE public.alembic_version IS '{loaded}'")


@pytest.fixture
def demonstrated(cluster) -> Path:
    be_demonstrated(cluster.data)
    return cluster.data


def test_the_first_start_prints_a_link_that_makes_the_first_administrator(up, data):
    running = up(data)
    link = link_of(running)
    with httpx.Client(headers={"Sec-Fetch-Site": "same-origin"}, timeout=30, follow_redirects=True) as client:
        assert "Become an administrator" in client.get(link).text
        typed = {"name": "Saule", "email": "saule@example.org", "password": "seven quiet herons fly"}
        form = typed | {"again": typed["password"]}
        answer = client.post(link.partition("?")[0], data=form)
        assert answer.url.path == "/sign-in/second-factor"
        assert client.get(link).status_code == 410, "it serves once"
    assert rows(owner_of(data), "SELECT name, status, role FROM users JOIN user_roles ON user_id = users.id") == [
        ("Saule", "active", "administrator")
    ]
    running.stop()
    again = up(data)
    wait_until("word of passkeys", lambda: "Passkeys" in again.output)
    assert "first-administrator" not in again.output
    assert "token=" not in (data / "portal.log").read_text()


def test_each_start_prints_a_new_link_as_long_as_nobody_used_one(up, data):
    first = up(data)
    old = link_of(first)
    first.stop()
    second = up(data)
    assert link_of(second) != old
    token = old.partition("?")[2]
    assert httpx.get(f"{second.url}/first-administrator?{token}", follow_redirects=True).status_code == 410


def test_when_all_administrators_are_lost_a_command_prints_a_link(cluster):
    printed = portal("administrator-link", "--data", cluster.data)
    assert re.fullmatch(r"http://localhost:8000/first-administrator\?token=\S+\n", printed.stdout), printed.stderr
    told = rows(owner_of(cluster.data), "SELECT action, means, actor_kind FROM history")
    assert told == [("administrator link printed", "command", "portal")]


def test_the_demonstration_has_one_account_for_each_role_and_new_passwords_at_each_start(up, demonstrated):
    first = up(demonstrated, arguments=HERE)
    accounts = accounts_of(first)
    assert [account.role for account in accounts] == ROLES
    assert LINK.search(first.output) is None
    with closing(sign_in(first, demonstrated, accounts[-1])) as client:
        assert client.get("/people").status_code == 200
        first.stop()
        second = up(demonstrated, arguments=HERE)
        renewed = accounts_of(second)
        assert {one.password for one in accounts}.isdisjoint(one.password for one in renewed)
        assert {one.secret for one in accounts}.isdisjoint(one.secret for one in renewed)
        answer = httpx.get(f"{second.url}/people", cookies=dict(client.cookies))
        assert answer.status_code == 303, "whoever was signed in is not any more"
    old = httpx.post(f"{second.url}/sign-in", data={"email": accounts[0].email, "password": accounts[0].password})
    assert old.status_code == 422


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        (("--no-demo",), {}),
        (("--host", "0.0.0.0"), {}),  # noqa: S104
        ((), {"PUBLIC_URL": "https://portal.example.org"}),
    ],
)
def test_there_are_no_such_accounts_elsewhere_and_those_of_an_earlier_start_are_closed(
    up, demonstrated, arguments, settings
):
    first = up(demonstrated, arguments=HERE)
    account = accounts_of(first)[0]
    first.stop()
    second = up(demonstrated, arguments=(*HERE, *arguments), settings=settings)
    assert accounts_of(second) == []
    assert "/first-administrator?token=" in second.output
    assert rows(owner_of(demonstrated), STATUSES) == [("suspended", True)]
    assert rows(owner_of(demonstrated), "SELECT count(*) FROM sessions") == [(0,)]
    answer = httpx.post(f"{second.url}/sign-in", data={"email": account.email, "password": account.password})
    assert answer.status_code == 422


def test_with_the_demonstration_its_accounts_are_deleted(up, demonstrated):
    running = up(demonstrated, arguments=HERE)
    assert accounts_of(running)
    assert portal("remove-demo", "--data", demonstrated).returncode == 0
    assert rows(owner_of(demonstrated), "SELECT count(*) FROM users") == [(0,)]
    running.stop()
    assert accounts_of(up(demonstrated, arguments=HERE)) == []


def test_a_mail_becomes_a_file_that_only_its_owner_reads(up, data):
    running = up(data)
    assert running.is_ready()
    rows(owner_of(data), "INSERT INTO mails (recipient, subject, body) VALUES ('a@example.org', 'Hello', 'A line.')")
    wait_until("the mail", lambda: list((data / "mail").glob("*.eml")))
    [file] = (data / "mail").glob("*.eml")
    assert "A line." in file.read_text()
    assert stat.S_IMODE((data / "mail").stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_doctor_tells_of_accounts_mails_key_and_history(cluster):
    here = owner_of(cluster.data)
    rows(
        here, "INSERT INTO mails (recipient, subject, body, failure) VALUES ('a@b.org', 's', NULL, '550 no such user')"
    )
    told = portal("doctor", "--data", cluster.data)
    assert told.returncode == 1
    assert "!!  Accounts: no administrator" in told.stderr
    assert "no mail server (SMTP_URL), so each becomes a file in" in told.stderr
    assert "0 waiting, 1 given up within a week; the last said: 550 no such user" in told.stderr
    assert "ok  History: the server's role can only add to it" in told.stderr
    rows(here, "GRANT UPDATE ON history TO portal")
    told = portal("doctor", "--data", cluster.data)
    assert "!!  History: it can be rewritten by the server's own role" in told.stderr
    told = portal("doctor", "--data", cluster.data, SMTP_URL="smtp://user:secret@mail.example.org:587")
    assert "Mail: through mail.example.org;" in told.stderr
    assert "secret@" not in told.stderr


def test_after_a_restore_everybody_signs_in_anew_and_no_mail_goes_out_again(cluster, tmp_path):
    here = owner_of(cluster.data)
    rows(here, "INSERT INTO mails (recipient, subject, body) VALUES ('a@example.org', 's', 'waiting')")
    rows(
        here,
        """INSERT INTO one_time_links (token_hash, purpose, expires_at)
                  VALUES ('x', 'first_administrator', now() + interval '1 day')""",
    )
    assert portal("backup", tmp_path / "file", "--data", cluster.data).returncode == 0
    assert portal("restore", tmp_path / "file", "--data", cluster.data).returncode == 0
    for table in ("mails", "one_time_links", "sessions"):
        assert rows(here, f"SELECT count(*) FROM {table}") == [(0,)]
