"""What people change of their own account."""

from sqlalchemy.orm import Session

from app import history, languages
from app.accounts import letters, passwords, queries, second_factor, sessions, throttle
from app.accounts.throttle import Counter
from app.errors import Invalid
from app.languages import gettext as _
from app.people.models import User
from app.permissions import By
from app.writing import composed

LONGEST_NAME = 200


def own(db: Session, by: By) -> User:
    assert by.user_id
    return queries.locked_account(db, by.user_id)


def change_details(db: Session, by: By, name: str, language: str) -> User:
    """Raises Invalid."""
    user = own(db, by)
    name = checked_name(name)
    if language not in languages.LANGUAGES:
        raise Invalid.field(
            "language", _("lang must be one of: %(codes)s.") % {"codes": ", ".join(languages.LANGUAGES)}
        )
    if (name, language) != (user.name, user.language):
        before, after = (
            {"name": history.personal(db, user.id, one), "language": other}
            for one, other in ((user.name, user.language), (name, language))
        )
        user.name, user.language = name, language
        history.record(db, by, "changed", "users", user.id, before=before, after=after)
    return user


def checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid.field("name", _("Write your name, in at most %(n)s characters.") % {"n": LONGEST_NAME})
    try:
        return composed(name)
    except ValueError as error:
        raise Invalid.field("name", str(error)) from None


def change_password(db: Session, by: By, site: str, present: str, password: str, again: str) -> None:
    """The other sessions end, and a letter says so. Raises Invalid; Throttled for who guesses at the present one."""
    user = own(db, by)
    if user.password_hash is not None:
        check_present(db, user, present)
    organisation = queries.own_organisation(db, user)
    about = (user.name, user.email or "", organisation.code, *organisation.names.values())
    if why := passwords.refusal(password, *about):
        raise Invalid.field("password", why)
    if password != again:
        raise Invalid.field("again", _("The two are not the same."))
    passwords.change(db, user, password)
    history.record(db, by, "password changed", "users", user.id)
    sessions.end_all(db, user.id, but=by.session_id)
    letters.password_changed(db, user, site)


def check_present(db: Session, user: User, present: str) -> None:
    counters = [Counter(f"present account {user.id}")]
    throttle.begin(db, counters)
    if not passwords.compare(user.password_hash, present).right:
        raise Invalid.field("present", _("This is not your present password."))
    throttle.passed(db, counters)


def replace_codes(db: Session, by: By) -> list[str]:
    user = own(db, by)
    if user.totp_secret is None:
        raise Invalid(_("Set up the app first: its recovery codes come with it."))
    history.record(db, by, "recovery codes replaced", "users", user.id)
    return second_factor.replace_codes(db, user)


def end_other_sessions(db: Session, by: By) -> None:
    user = own(db, by)
    ended = sessions.end_all(db, user.id, but=by.session_id)
    history.record(db, by, "signed out elsewhere", "users", user.id, after={"sessions": ended})
