"""The outbox: mails are written with the change that they tell of, and sent by the background process.

A mail server is named by SMTP_URL; without one each mail becomes a file in MAIL_FOLDER. Every mail is tried until it is
out or two days old. What is sent is emptied at once and forgotten after a month; what could not be sent says why.
"""

import os
import re
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.db import transaction
from app.mail import queries
from app.people.models import Mail
from app.settings import Settings, settings

GIVEN_UP_AFTER = timedelta(days=2)
LONGEST_WAIT_S = 2 * 3600
PATIENCE_S = 20  # for each word of the mail server
PORTS = {"smtp": 587, "smtps": 465}
NOBODY_THERE = (550, 551, 553)  # there is no such mailbox: trying again would not make one
MARK = "\u200f"  # the right-to-left mark
ITS_LETTERS = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")

log = structlog.get_logger()


class Unsendable(Exception):
    """No mail can be written to this address."""


def post(db: Session, recipient: str, subject: str, text: str, headers: Mapping[str, str] | None = None) -> Mail:
    """Put a mail into the outbox, in the caller's transaction. The texts are in the receiver's language already.

    `headers` come beside the usual ones; like the text they are forgotten once the mail is out.
    """
    lines = "\n".join(in_its_direction(line) for line in text.strip().splitlines())
    kept = dict(headers) if headers else None
    mail = Mail(recipient=recipient, subject=" ".join(subject.split()), body=lines + "\n", headers=kept)
    db.add(mail)
    db.flush()
    return mail


def in_its_direction(line: str) -> str:
    """Mail programs take a line's direction from its first letter: one with a Latin name in front would run the wrong way."""
    is_its_own = 3 * len(ITS_LETTERS.findall(line)) > sum(
        sign.isalpha() for sign in line
    )  # not a month or a name alone
    return MARK + line if is_its_own else line


# -- sending


def send_due(db: Session, config: Settings | None = None) -> None:
    """The job: send what is due, each mail in a transaction of its own.

    A mail is locked while it is sent, so that two processes never send the same one. A process that is killed between the
    server's word and ours leaves the mail as unsent: it comes twice rather than never, and under one Message-ID.
    """
    way = way_out(config or settings())
    on = db.get_bind()
    while way and isinstance(on, Engine) and send_next(on, way):
        pass


def send_next(on: Engine, way: "Server | Folder") -> bool:
    """Whether to go on: there was a mail, and the way out is open."""
    with transaction(on) as db:
        mail = queries.lock_next_mail(db)
        if mail is None:
            return False
        try:
            way.send(written(mail, way.sender, way.encoding))
        except (OSError, UnicodeError, Unsendable) as error:  # every error of smtplib is an OSError
            note_failure(mail, error)
            return isinstance(error, smtplib.SMTPRecipientsRefused | Unsendable)
        mail.sent_at, mail.recipient, mail.body, mail.failure = datetime.now(UTC), None, None, None
        mail.headers = None
        return True


def note_failure(mail: Mail, error: Exception) -> None:
    """Try again after 10 s, 30 s, 90 s … 2 h. Who gave up is told by the empty body: the links in it are worthless then."""
    mail.attempts += 1
    mail.failure = reason(error)
    wait = min(10 * 3 ** (mail.attempts - 1), LONGEST_WAIT_S)
    mail.next_attempt_at = datetime.now(UTC) + timedelta(seconds=wait)
    gives_up = mail.next_attempt_at - mail.created_at > GIVEN_UP_AFTER or is_for_good(error)
    if gives_up:
        mail.body, mail.headers = None, None
    log.warning("mail not sent", mail=str(mail.id), attempt=mail.attempts, given_up=gives_up, reason=mail.failure)


def is_for_good(error: Exception) -> bool:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code in NOBODY_THERE for code, _said in error.recipients.values())
    return isinstance(error, Unsendable)


def reason(error: Exception) -> str:
    """What the mail server said, or why it was not reached, on one line."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        said = " ".join(f"{code} {said.decode(errors='replace')}" for code, said in error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        said = f"{error.smtp_code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
    else:
        said = str(error) or type(error).__name__
    return " ".join(said.split())[:300]


def written(mail: Mail, sender: str, encoding: str) -> EmailMessage:
    """The mail as it travels. Headers take no line ends (the library refuses them), so nobody adds one of his own."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["Subject"] = mail.subject
    try:
        message["To"] = in_ascii(mail.recipient or "")
    except ValueError as error:  # UnicodeError is one
        raise Unsendable(str(error)) from None
    message["Date"] = mail.created_at
    message["Message-ID"] = f"<{mail.id}@{parseaddr(sender)[1].rpartition('@')[2] or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"  # nobody's holiday notice answers it
    for name, value in (mail.headers or {}).items():
        message[name] = value
    message.set_content(mail.body or "", cte=encoding)
    return message


def in_ascii(address: str) -> str:
    """A domain of other letters as the network knows it: aida@пример.рф is aida@xn--e1afmkfd.xn--p1ai."""
    name, _at, domain = address.rpartition("@")
    return f"{name}@{domain.encode('idna').decode()}"


# -- the two ways out


@dataclass(frozen=True)
class Server:
    """The mail server of SMTP_URL. Its certificate must be good, and no password goes out unencrypted."""

    sender: str
    host: str
    port: int
    is_encrypted: bool = False
    user: str = ""
    password: str = ""
    encoding = "quoted-printable"  # passes through servers of any age

    def send(self, message: EmailMessage) -> None:
        with self.connected() as server:
            server.send_message(message)

    def connected(self) -> smtplib.SMTP:
        """Raises an OSError that says what is wrong."""
        trust = ssl.create_default_context()
        if self.is_encrypted:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=PATIENCE_S, context=trust)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=PATIENCE_S)
        try:
            self.introduce(server, trust)
        except BaseException:
            server.close()
            raise
        return server

    def introduce(self, server: smtplib.SMTP, trust: ssl.SSLContext) -> None:
        server.ehlo_or_helo_if_needed()
        is_safe = self.is_encrypted
        if not is_safe and server.has_extn("starttls"):
            server.starttls(context=trust)
            server.ehlo()
            is_safe = True
        if self.user:
            if not is_safe and not is_loopback(self.host):
                raise OSError(f"{self.host} offers no encryption, so it is not told the password.")
            server.login(self.user, self.password)


@dataclass(frozen=True)
class Folder:
    """Without a mail server: one file a mail, for the owner of the machine to read and pass on."""

    sender: str
    path: Path
    encoding = "8bit"  # a person reads it

    def send(self, message: EmailMessage) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{str(message['Message-ID']).strip('<').partition('@')[0]}.eml"
        making = self.path / f".{name}"
        with suppress(FileNotFoundError):
            making.unlink()
        with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(message.as_bytes())
        making.rename(self.path / name)


def way_out(config: Settings) -> Server | Folder | None:
    """By which mails leave; None where neither a server nor a folder is named, and they wait."""
    if config.smtp_url:
        return server_of(config.smtp_url, config.mail_from)
    return Folder(config.mail_from, Path(config.mail_folder)) if config.mail_folder else None


def server_of(url: str, sender: str) -> Server:
    """Raises ValueError for what is no address of a mail server."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("SMTP_URL must be smtp://user:password@host:587 or smtps://user:password@host:465.")
    return Server(
        sender,
        parts.hostname,
        parts.port or PORTS[parts.scheme],
        parts.scheme == "smtps",
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


# -- forgetting


def forget_old(db: Session) -> None:
    """A job's work: of a mail that is out, or given up, nothing is left after a month."""
    queries.forget_mails(db, datetime.now(UTC) - timedelta(days=30))
