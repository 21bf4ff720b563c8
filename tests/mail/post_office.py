"""A real mail server on this machine, for tests: it takes mails over SMTP, and refuses what a test wants refused."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "portal@example.org", "p@ss:w%rd/1"


@dataclass
class PostOffice:
    """What arrived, and what to say instead of taking it."""

    arrived: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    refusing_recipients: str = ""
    refusing_all: str = ""
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if self.refusing_recipients:
            return self.refusing_recipients
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.refusing_all:
            return self.refusing_all
        assert isinstance(envelope.content, bytes)
        self.arrived.append(message_from_bytes(envelope.content, _class=EmailMessage, policy=policy.default))
        self.envelopes.append(envelope)
        self.encrypted.append(session.ssl is not None)
        return "250 taken"

    @property
    def url(self) -> str:
        return f"smtp://localhost:{self.port}"


def knows(server: SMTP, session: Session, envelope: Envelope, mechanism: str, sent: LoginPassword) -> AuthResult:
    is_right = (sent.login.decode(), sent.password.decode()) == (USER, PASSWORD)
    return AuthResult(success=is_right, handled=False)


class OnAnyPort(Controller):
    """The library would knock at port 0 to see whether it serves."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()


@contextmanager
def open_post_office(certificate: Path | None = None, *, wants_password: bool = False) -> Iterator[PostOffice]:
    """On a free port of localhost; with a certificate it offers STARTTLS."""
    office = PostOffice()
    options: dict[str, Any] = {"authenticator": knows} if wants_password else {}
    if certificate:
        trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        trust.load_cert_chain(certificate)
        options |= {"tls_context": trust, "auth_required": wants_password}
    elif wants_password:
        options |= {"auth_require_tls": False}
    controller = OnAnyPort(office, hostname="127.0.0.1", port=0, **options)
    controller.start()
    office.port = controller.port
    try:
        yield office
    finally:
        controller.stop()


def make_certificate(folder: Path, host: str = "localhost") -> Path:
    """Key and certificate in one file, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file = folder / f"{host}.pem"
    file.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    return file
