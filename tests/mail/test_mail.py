"""Mails: written with the change they tell of, sent over SMTP or kept in a folder, tried again, given up, emptied."""

import smtplib
import ssl
import threading
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from app.mail import actions as mail
from app.people.models import Mail
from app.settings import Settings
from tests.mail.post_office import PASSWORD, USER, PostOffice, make_certificate, open_post_office


def settings(**changes: object) -> Settings:
    return Settings(_env_file=None, **{"mail_from": "Almaty Centre <portal@example.org>"} | changes)  # type: ignore[arg-type,call-arg]


@pytest.fixture
def office() -> object:
    with open_post_office() as office:
        yield office


def post(db: Session, recipient: str = "aida@example.org", subject: str = "Invitation", text: str = "Welcome.") -> None:
    mail.post(db, recipient, subject, text)
    db.commit()


def send(db: Session, **changes: object) -> Mail:
    """Do the job once; the last mail as it stands then."""
    mail.send_due(db, settings(**changes))
    db.rollback()
    db.expire_all()
    return db.scalars(select(Mail).order_by(Mail.created_at.desc())).first()


def test_a_mail_goes_out_and_is_emptied(db: Session, office: PostOffice) -> None:
    post(db, text="Здравствуйте!\n\nhttps://portal.example.org/welcome?token=abc-DEF_123")
    sent = send(db, smtp_url=office.url)
    [arrived] = office.arrived
    assert arrived["To"] == "aida@example.org"
    assert arrived["From"] == "Almaty Centre <portal@example.org>"
    assert arrived["Subject"] == "Invitation"
    assert arrived.get_content_type() == "text/plain"
    body = arrived.get_content()
    assert body.splitlines() == ["Здравствуйте!", "", "https://portal.example.org/welcome?token=abc-DEF_123"]
    assert (sent.body, sent.recipient, sent.failure) == (None, None, None)
    assert sent.sent_at is not None


def test_a_mail_of_a_change_that_was_not_made_is_not_sent(db: Session, office: PostOffice) -> None:
    mail.post(db, "aida@example.org", "Invitation", "Welcome.")
    db.rollback()
    mail.send_due(db, settings(smtp_url=office.url))
    assert office.arrived == []


def test_subjects_and_texts_of_every_alphabet_arrive(db: Session, office: PostOffice) -> None:
    post(db, subject="دعوت به پورتال", text="سلام عایده،\nAida را دعوت کرده‌اند.\nhttps://portal.example.org/x")
    send(db, smtp_url=office.url)
    [arrived] = office.arrived
    assert arrived["Subject"] == "دعوت به پورتال"
    lines = arrived.get_content().splitlines()
    assert [line.startswith("\u200f") for line in lines] == [True, True, False], "each line in its own direction"


@pytest.mark.parametrize(
    "subject", ["Hello\r\nBcc: everybody@example.org", "Hello\nBcc: everybody@example.org", "Hello\x0bBcc: x"]
)
def test_no_subject_adds_a_header(db: Session, office: PostOffice, subject: str) -> None:
    post(db, subject=subject)
    send(db, smtp_url=office.url)
    [arrived] = office.arrived
    assert arrived["Bcc"] is None
    assert arrived["Subject"].startswith("Hello Bcc:")
    assert office.envelopes[0].rcpt_tos == ["aida@example.org"]


@pytest.mark.parametrize(
    "recipient", ["aida@example.org\r\nBcc: everybody@example.org", "aida@example.org\nRCPT TO:<b@example.org>"]
)
def test_no_address_adds_a_header_or_a_command(db: Session, office: PostOffice, recipient: str) -> None:
    post(db, recipient)
    post(db)
    send(db, smtp_url=office.url)
    assert [envelope.rcpt_tos for envelope in office.envelopes] == [["aida@example.org"]], (
        "the other mail is not held up"
    )
    given_up = db.scalars(select(Mail).where(Mail.sent_at.is_(None))).one()
    assert given_up.body is None


def test_a_domain_of_other_letters_is_reached(db: Session, office: PostOffice) -> None:
    post(db, "aida@пример.рф")
    send(db, smtp_url=office.url)
    assert [envelope.rcpt_tos for envelope in office.envelopes] == [["aida@xn--e1afmkfd.xn--p1ai"]]


def test_a_line_with_a_dot_and_very_long_lines_arrive_whole(db: Session, office: PostOffice) -> None:
    said = "before\n.\nafter " + "длинно " * 500
    post(db, text=said)
    send(db, smtp_url=office.url)
    assert office.arrived[0].get_content().split() == said.split()


# -- what goes wrong


def test_a_server_that_is_away_is_asked_again_later_and_later(db: Session) -> None:
    post(db)
    waits = []
    for _ in range(8):
        db.execute(text("UPDATE mails SET next_attempt_at = now()"))
        db.commit()
        tried = send(db, smtp_url="smtp://localhost:1")
        waits.append(round((tried.next_attempt_at - datetime.now(UTC)).total_seconds(), -1))
    assert waits == [10, 30, 90, 270, 810, 2430, 7200, 7200]
    assert "refused" in tried.failure
    assert tried.body


def test_after_two_days_it_is_given_up_and_says_why(db: Session, office: PostOffice) -> None:
    post(db)
    db.execute(text("UPDATE mails SET created_at = created_at - interval '47 hours', attempts = 30"))
    db.commit()
    office.refusing_all = "451 4.3.0 the disk is full"
    given_up = send(db, smtp_url=office.url)
    assert (given_up.body, given_up.sent_at) == (None, None)
    assert given_up.failure == "451 4.3.0 the disk is full"
    assert given_up.recipient == "aida@example.org"


def test_a_mailbox_that_does_not_exist_is_given_up_at_once_and_holds_up_nobody(db: Session, office: PostOffice) -> None:
    office.refusing_recipients = "550 5.1.1 no such user"
    post(db, "wrong@example.org")
    post(db)
    send(db, smtp_url=office.url)
    failures = db.execute(select(Mail.body, Mail.failure)).all()
    assert failures == [(None, "550 5.1.1 no such user")] * 2


def test_a_full_mailbox_is_tried_again(db: Session, office: PostOffice) -> None:
    office.refusing_recipients = "452 4.2.2 mailbox full"
    post(db)
    tried = send(db, smtp_url=office.url)
    assert tried.body
    office.refusing_recipients = ""
    db.execute(text("UPDATE mails SET next_attempt_at = now()"))
    db.commit()
    assert send(db, smtp_url=office.url).sent_at


def test_what_is_not_due_waits(db: Session, office: PostOffice) -> None:
    post(db)
    db.execute(text("UPDATE mails SET next_attempt_at = now() + interval '1 minute'"))
    db.commit()
    send(db, smtp_url=office.url)
    assert office.arrived == []


@pytest.mark.parametrize("url", ["http://mail.example.org", "smtp://", "mail.example.org:25"])
def test_what_is_no_mail_server_is_said(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL must be smtp://user:password@host:587"):
        mail.way_out(settings(smtp_url=url))


# -- several at once


def test_two_processes_never_send_the_same_mail(db: Session, owner: Engine, office: PostOffice) -> None:
    for number in range(20):
        mail.post(db, f"person{number}@example.org", "Invitation", "Welcome.")
    db.commit()
    way = mail.way_out(settings(smtp_url=office.url))

    def work() -> None:
        while mail.send_next(owner, way):
            pass

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    recipients = [envelope.rcpt_tos[0] for envelope in office.envelopes]
    assert sorted(recipients) == sorted(f"person{number}@example.org" for number in range(20))


def test_a_mail_cut_off_while_it_was_sent_comes_again_under_the_same_id(
    db: Session, owner: Engine, office: PostOffice
) -> None:
    post(db)
    way = mail.way_out(settings(smtp_url=office.url))
    with Session(owner) as dying, dying.begin() as its_transaction:
        taken = mail.queries.lock_next_mail(dying)
        way.send(mail.written(taken, way.sender, way.encoding))
        its_transaction.rollback()  # killed before it could note that it sent
    assert send(db, smtp_url=office.url).sent_at
    first, second = office.arrived
    assert first["Message-ID"] == second["Message-ID"]


# -- encryption and passwords


def test_a_server_that_offers_encryption_gets_it_and_the_password(
    db: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with open_post_office(certificate, wants_password=True) as office:
        post(db)
        url = f"smtp://{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@localhost:{office.port}"
        sent = send(db, smtp_url=url)
        assert sent.failure is None
        assert office.encrypted == [True]


def test_a_certificate_that_nobody_vouches_for_gets_neither_mail_nor_password(db: Session, tmp_path: Path) -> None:
    with open_post_office(make_certificate(tmp_path), wants_password=True) as office:
        post(db)
        tried = send(db, smtp_url=f"smtp://portal:secret@localhost:{office.port}")
        assert "certificate verify failed" in tried.failure
        assert office.arrived == []


def test_a_certificate_of_another_host_is_not_taken(
    db: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path, "mail.elsewhere.org")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with open_post_office(certificate) as office:
        post(db)
        assert "certificate verify failed" in send(db, smtp_url=office.url).failure
        assert office.arrived == []


def test_a_wrong_password_is_said_without_it(db: Session) -> None:
    with open_post_office(wants_password=True) as office:
        post(db)
        tried = send(db, smtp_url=f"smtp://portal:wr0ng-one@localhost:{office.port}")
        assert tried.failure.startswith("535")
        assert "wr0ng-one" not in tried.failure


def test_no_password_goes_to_another_machine_in_the_clear() -> None:
    far = mail.Server("portal@example.org", "mail.example.org", 25, user="portal", password="secret")
    with (
        open_post_office() as office,
        smtplib.SMTP("localhost", office.port) as plain,
        pytest.raises(OSError, match="offers no encryption"),
    ):
        far.introduce(plain, ssl.create_default_context())


# -- without a mail server


def test_without_a_server_each_mail_is_a_file_only_its_owner_reads(db: Session, tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    post(db, subject="Приглашение", text="Добро пожаловать.\nhttps://portal.example.org/welcome?token=abc")
    sent = send(db, mail_folder=str(folder))
    [file] = folder.iterdir()
    assert file.suffix == ".eml"
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    assert "token=abc" in file.read_text(), "a person reads it without a mail program"
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert (message["To"], message["Subject"]) == ("aida@example.org", "Приглашение")
    assert sent.sent_at


def test_without_server_and_folder_mails_wait(db: Session) -> None:
    post(db)
    waiting = send(db)
    assert (waiting.attempts, waiting.sent_at) == (0, None)


def test_after_a_month_nothing_is_left(db: Session) -> None:
    post(db)
    post(db)
    db.execute(
        text(
            "UPDATE mails SET created_at = now() - interval '31 days' WHERE id = (SELECT min(id::text)::uuid FROM mails)"
        )
    )
    mail.forget_old(db)
    assert db.scalar(select(func.count()).select_from(Mail)) == 1
