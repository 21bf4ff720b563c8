"""GET /deployments/{ref}/waybill.pdf and goods-received.pdf: for those who take part, as things stand now."""

import pypdfium2
import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from tests.conftest import Cast
from tests.deployments.sent import Headers, goods, move, planned, sign, underway


def read(client: TestClient, who: Headers, path: str) -> str:
    answer = client.get(f"/deployments/{path}", headers=who)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(answer.content))


def test_the_waybill_names_lots_weights_and_the_way(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    ref = planned(client, here.sender, here.offer, vehicle="02 KZ 123 ABC", driver="B. Driver", mode="road")["ref"]
    text = read(client, here.sender, f"{ref}/waybill.pdf")
    for said in (
        "Waybill",
        ref,
        here.request,
        "EARLY",
        "LATE",
        "2036-01-01",
        "Kunduz airfield",
        "02 KZ 123 ABC",
        "B. Driver",
    ):
        assert said in text


def test_the_note_follows_what_was_signed(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    ref = underway(client, here)["ref"]
    assert "A. Receiver" not in read(client, here.receiver, f"{ref}/goods-received.pdf")
    short = {"line": 1, "quantity_received": 5, "difference": "missing", "note": "Box open"}
    answer = sign(client, here.receiver, ref, short, {"line": 2, "quantity_received": 4}, place="Kunduz airfield")
    assert answer.status_code == 200, answer.text
    text = read(client, here.receiver, f"{ref}/goods-received.pdf")
    for said in (f"{ref}/1", "A. Receiver", "Box open", "missing"):
        assert said in text
    assert client.get(f"/deployments/{ref}/goods-received.pdf?no=2", headers=here.receiver).status_code == 404


def test_the_same_state_gives_the_same_paper_under_the_same_tag(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    ref = planned(client, here.sender, here.offer)["ref"]
    first, again = (client.get(f"/deployments/{ref}/waybill.pdf", headers=here.sender) for _ in range(2))
    assert first.content == again.content
    assert first.headers["etag"] == again.headers["etag"]
    assert first.headers["content-disposition"] == f'inline; filename="{ref}-waybill.pdf"'
    move(client, here.keeper, ref, "in_transit")
    assert client.get(f"/deployments/{ref}/waybill.pdf", headers=here.sender).headers["etag"] != first.headers["etag"]


def test_the_languages_can_be_chosen(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    ref = planned(client, here.sender, here.offer)["ref"]
    assert "Афганистан" in read(client, here.sender, f"{ref}/waybill.pdf?languages=ru")
    assert "Afghanistan" not in read(client, here.sender, f"{ref}/waybill.pdf?languages=ru")


@pytest.mark.parametrize("query", ["languages=xx", "languages=en,ru,kk,ky", "lang=xx", "size=a3", "no=0"])
def test_what_cannot_be_asked_is_refused(db: Session, client: TestClient, cast: Cast, query: str) -> None:
    here = goods(db, client, cast)
    ref = planned(client, here.sender, here.offer)["ref"]
    assert client.get(f"/deployments/{ref}/goods-received.pdf?{query}", headers=here.sender).status_code == 422


def test_who_may_not_see_the_deployment_finds_no_paper(db: Session, client: TestClient, cast: Cast) -> None:
    here = goods(db, client, cast)
    ref = planned(client, here.sender, here.offer)["ref"]
    for stranger in ({}, cast.person("reader", organisation="OTHER")):
        for paper in ("waybill", "goods-received"):
            assert client.get(f"/deployments/{ref}/{paper}.pdf", headers=stranger).status_code == 404
