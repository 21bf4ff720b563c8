"""Mails at once: the first news of an event within seconds, what follows within ten minutes as one mail, no storm."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.people.models import User
from tests.announcements.happening import Happening
from tests.make import make_subscription, make_user
from tests.subscriptions.conftest import Mails


def test_the_first_news_comes_at_once(db: Session, reader: User, happening: Happening, mails: Mails) -> None:
    make_subscription(db, reader)
    ref = happening.log()
    happening.hand_on()
    mail = mails()[0]
    assert mail.recipient == "reader@example.org"
    assert mail.subject == "Mudflow above Almaty: An event is logged"
    assert f"http://localhost:8000/events/{ref}" in (mail.body or "")
    assert "Kazakhstan" in (mail.body or "")
    assert mails(60) == []


def test_what_follows_within_ten_minutes_is_one_mail(
    db: Session, reader: User, happening: Happening, mails: Mails
) -> None:
    make_subscription(db, reader)
    ref = happening.log()
    happening.hand_on()
    assert len(mails()) == 1
    for number in range(5):
        happening.change(ref, place={"en": f"Place {number}"})
        happening.hand_on()
        assert mails(number) == []
    gathered = mails(10.5)
    assert len(gathered) == 1
    assert (gathered[0].body or "").count("Something else about an event changes") == 5


def test_a_raised_alert_level_does_not_wait(db: Session, reader: User, happening: Happening, mails: Mails) -> None:
    make_subscription(db, reader)
    ref = happening.log(alert_level="green")
    happening.hand_on()
    mails()
    happening.change(ref, alert_level="red")
    happening.hand_on()
    raised = mails(1)
    assert len(raised) == 1
    assert "Alert level: Red" in (raised[0].body or "")


def test_many_events_at_the_same_moment_are_one_mail(
    db: Session, reader: User, happening: Happening, mails: Mails
) -> None:
    make_subscription(db, reader)
    refs = [happening.log() for _ in range(12)]
    happening.hand_on()
    sent = mails()
    assert len(sent) == 1
    assert sent[0].subject == "News of 12 events"
    assert all(ref in (sent[0].body or "") for ref in refs)


def test_each_reader_has_a_mail_of_their_own(db: Session, reader: User, happening: Happening, mails: Mails) -> None:
    for user in (reader, make_user(db, "reader"), make_user(db, "reader")):
        make_subscription(db, user)
    happening.log()
    happening.hand_on()
    assert len({mail.recipient for mail in mails()}) == 3


def test_who_asked_twice_is_told_once(db: Session, reader: User, happening: Happening, mails: Mails) -> None:
    make_subscription(db, reader, countries=["KAZ"])
    make_subscription(db, reader, hazards=["MS"])
    happening.log()
    happening.hand_on()
    assert len(mails()) == 1


def test_an_exercise_is_marked_in_the_subject(db: Session, reader: User, happening: Happening, mails: Mails) -> None:
    make_subscription(db, reader, exercises="yes")
    happening.log(exercise=True)
    happening.hand_on()
    assert mails()[0].subject.startswith("EXERCISE: ")


def test_it_comes_in_the_readers_language_and_direction(db: Session, happening: Happening, mails: Mails) -> None:
    make_subscription(db, make_user(db, "reader", language="ru"))
    dari = make_subscription(db, make_user(db, "reader", language="fa-AF"))
    happening.log()
    happening.hand_on()
    russian, other = mails()
    assert "Сель выше Алматы" in russian.subject
    assert "Казахстан" in (russian.body or "")
    assert "\u2068" in (other.body or "")
    assert f"/subscriptions/{dari.id}" in (other.body or "")


def test_it_says_why_it_came_and_how_to_change_it(
    db: Session, reader: User, happening: Happening, mails: Mails
) -> None:
    subscription = make_subscription(db, reader, countries=["KAZ"], alert_at_least="orange")
    happening.log()
    happening.hand_on()
    body = mails()[0].body or ""
    assert "Countries: Kazakhstan" in body
    assert "Alert level at least: Orange" in body
    assert f"http://localhost:8000/subscriptions/{subscription.id}" in body


def test_what_does_not_meet_the_conditions_is_not_mailed(
    db: Session, reader: User, happening: Happening, mails: Mails
) -> None:
    make_subscription(db, reader, countries=["KGZ"])
    happening.log()
    happening.hand_on()
    assert mails() == []


def test_one_that_cannot_be_written_keeps_nobody_else_from_theirs(
    db: Session, reader: User, happening: Happening, mails: Mails
) -> None:
    broken = make_user(db, "reader")
    for user in (broken, reader):
        make_subscription(db, user)
    happening.log()
    happening.hand_on()
    db.execute(text("UPDATE users SET language = 'xx' WHERE id = :id"), {"id": broken.id})
    db.commit()
    db.expire_all()
    assert [mail.recipient for mail in mails()] == ["reader@example.org"]
