"""Which addresses a webhook may have. What is behind the name is judged again each time that something is sent there."""

import ipaddress
from urllib.parse import urlsplit

from app.languages import gettext as _
from app.outgoing import Address, may_ask

LONGEST = 500
BESIDE_US = ("localhost", "localhost.localdomain", "ip6-localhost")


def flaw_of(url: str, private: bool) -> str:
    """What is wrong with an address, in words; empty where nothing is."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or len(url) > LONGEST or not url.isascii() or any(sign <= " " or sign in '\\"<>' for sign in url):
        return _("Write a whole address, such as https://example.org/portal.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        return _("An address without name, password and # please: the signature proves who sends.")
    if parts.scheme == "https" and not is_ours(host):
        return ""
    address = address_in(host)
    if parts.scheme not in ("http", "https") or not address or not may_ask(parts.scheme, address, private):
        return _("The address must begin with https:// and be that of a machine outside.")
    return ""


def is_ours(host: str) -> bool:
    """Whether the name itself says that it is a machine of our own network, or is none that a name could be."""
    if (
        host in BESIDE_US
        or host.endswith((".localhost", ".local", ".internal"))
        or host.isdigit()
        or host.startswith("0x")
    ):
        return True
    address = address_in(host)
    return address is not None and not may_ask("https", address, private=False)


def address_in(host: str) -> Address | None:
    try:
        return ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        return None
