"""After a form was done the next page says so, once, and to nobody else."""

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.make import make_event

DONE = "Done, and noted in the history."


def test_the_page_that_follows_says_that_it_is_done(client: TestClient, db: Session, cast: Cast) -> None:
    event = make_event(db)
    db.commit()
    operator = cast.person("operator")
    assert DONE not in client.get(f"/events/{event.ref}", headers=operator).text
    form = client.get(f"/events/{event.ref}/withdraw", headers=operator).text
    version = form.split('name="version" value="')[1].split('"')[0]
    sent = {"reason": "Logged twice", "version": version, "key": "k1"}
    answer = client.post(f"/events/{event.ref}/withdraw", data=sent, headers=operator, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    [line] = [line for line in answer.headers.get_list("set-cookie") if line.startswith("notice=")]
    assert "HttpOnly" in line
    cookie = line.partition(";")[0]
    signed_in = operator | {"Cookie": f"{operator['Cookie']}; {cookie}"}
    client.cookies.clear()
    assert DONE in client.get(answer.headers["location"], headers=signed_in).text
    assert DONE not in client.get("/events", headers=signed_in).text
    assert DONE not in client.get("/events", headers={"Cookie": "notice=%2Fevents"}).text


def test_what_was_refused_is_not_said_to_be_done(client: TestClient, cast: Cast) -> None:
    answer = client.post("/events", data={"key": "k"}, headers=cast.person("operator"), follow_redirects=False)
    assert answer.status_code == 422
    assert "notice=" not in str(answer.headers)
