"""What the guide for partners says of signatures is what receivers get."""

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.secrets import encrypt
from app.webhooks.signatures import headers, new_secret
from tests.announcements.happening import Happening
from tests.conftest import ROOT, Cast
from tests.make import SECRET, make_webhook
from tests.webhooks.receivers import Receiver

Check = Callable[[str, dict[str, str], bytes], bool]


@pytest.fixture(scope="module")
def check() -> Check:
    """The lines of docs/api.md."""
    code = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "api.md").read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(next(one for one in code if "is_from_the_portal" in one), names)
    found: Check = names["is_from_the_portal"]
    return found


def test_what_comes_is_checked_by_the_lines_of_the_guide(
    db: Session, happening: Happening, receiver: Receiver, deliver: Callable[[], None], check: Check
) -> None:
    make_webhook(db, receiver.url)
    db.commit()
    happening.log(titles={"ru": "Сель", "en": "Mudflow"})
    happening.hand_on()
    deliver()
    told, body = receiver.got[0]
    assert check(SECRET, told, body)
    assert not check(SECRET, told, body + b" ")
    assert not check(new_secret(), told, body)
    assert not check(SECRET, told | {"webhook-id": "msg_other"}, body)
    assert not check(SECRET, told | {"webhook-timestamp": str(int(time.time()) - 1)}, body)
    assert not check(SECRET, told | {"webhook-timestamp": str(int(time.time()) - 3600)}, body)


def test_a_message_signed_by_the_book() -> None:
    """Computed by hand: base64 of HMAC-SHA256 over `id.timestamp.body` with the decoded secret."""
    at = datetime.fromtimestamp(1674087231, UTC)
    made = headers(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}'
    )
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = b'msg_p5jXN8AQM9LWM0D4loKWxJek.1674087231.{"test": 2432232314}'
    assert made["webhook-signature"] == "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def test_while_two_secrets_serve_each_of_them_checks(
    db: Session, client: TestClient, cast: Cast, happening: Happening, receiver: Receiver,
    deliver: Callable[[], None], later: Callable[[float], None], check: Check,
) -> None:  # fmt: skip
    webhook = make_webhook(db, receiver.url, secret=encrypt(SECRET))
    db.commit()
    approver = cast.person("approver", organisation="TEST-ORG")
    page = client.post(f"/webhooks/{webhook.id}/secret", headers=approver)
    found = re.search(r"whsec_[A-Za-z0-9+/=]{44}", page.text)
    assert found
    happening.log()
    happening.hand_on()
    deliver()
    assert check(SECRET, *receiver.got[0])
    assert check(found[0], *receiver.got[0])
    later(25)
    happening.log()
    happening.hand_on()
    deliver()
    assert not check(SECRET, *receiver.got[1])
    assert check(found[0], *receiver.got[1])


def test_no_secret_gets_into_the_log(
    db: Session,
    happening: Happening,
    receiver: Receiver,
    deliver: Callable[[], None],
    capfd: pytest.CaptureFixture[str],
) -> None:
    receiver.says = [500]
    make_webhook(db, receiver.url)
    db.commit()
    happening.log()
    happening.hand_on()
    deliver()
    said = "".join(capfd.readouterr())
    assert SECRET not in said
    assert "whsec" not in said
