"""Every message keeps EDXL-RM 1.0: the tree, the code lists, and what its type must and must not hold."""

from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from app.errors import NotFound
from app.exchange import deploying, offering, requesting
from app.exchange.naming import Site
from app.formats import edxl_rm
from app.formats.edxl_rm import COMMON, MESSAGE, Message
from tests.exchange import records
from tests.exchange.rules import broken

SITE = Site("https://portal.example")
NS = {"m": MESSAGE, "r": COMMON}
Made = Callable[[], Message]
BOTH = [records.change(1, "extension", "accepted"), records.change(2, "recall", "declined")]


def changed(answer: str | None, kind: str) -> dict[str, Any]:
    return records.deployment(changes=[records.change(1, kind, answer)])


MESSAGES: dict[str, Made] = {
    "request": lambda: requesting.request_resource(SITE, records.request()),
    "request that was changed": lambda: requesting.request_resource(
        SITE, records.request(updated_at="2026-11-24T06:00:00+00:00")
    ),
    "request that was cancelled": lambda: requesting.request_resource(SITE, records.request(status="cancelled")),
    "request for preparedness": lambda: requesting.request_resource(
        SITE,
        records.request(
            event=None,
            needed_by=None,
            deliver_to=dict.fromkeys(("place", "area", "geometry", "entry_point", "contact")),
            lines=[records.request()["lines"][1]],
        ),
    ),
    "offer": lambda: offering.offer_resource(SITE, records.offer(), offering.ANSWER),
    "offer with conditions": lambda: offering.offer_resource(
        SITE, records.offer(conditions="Fuel is paid by the receiver"), offering.ANSWER
    ),
    "offer that was taken back": lambda: offering.offer_resource(
        SITE, records.offer(status="withdrawn"), offering.ANSWER
    ),
    "unsolicited offer": lambda: offering.offer_resource(SITE, records.offer(request=None), offering.OFFER),
    "order": lambda: offering.order_resource(SITE, records.offer(status="accepted"), records.request()),
    "order of an unsolicited offer": lambda: offering.order_resource(
        SITE, records.offer(status="accepted", request=None, financing=""), None
    ),
    "commitment": lambda: offering.commit_resource(SITE, records.offer(status="partly_accepted")),
    "report": lambda: deploying.report_deployment_status(SITE, records.deployment()),
    "report of a plan without anything": lambda: deploying.report_deployment_status(
        SITE,
        records.deployment(
            status="planned",
            mode=None,
            entry_point=None,
            request=None,
            purpose="",
            ends_at=None,
            origin={"country": None, "place": "", "geometry": None},
            destination={"country": None, "place": "", "geometry": None},
        ),
    ),
    "release": lambda: deploying.release_resource(SITE, records.deployment(status="released")),
    "extension": lambda: deploying.ask_for_change(SITE, changed(None, "extension"), deploying.EXTEND),
    "extension accepted": lambda: deploying.answer_change(SITE, changed("accepted", "extension"), deploying.EXTENDED),
    "extension declined": lambda: deploying.answer_change(SITE, changed("declined", "extension"), deploying.EXTENDED),
    "recall": lambda: deploying.ask_for_change(SITE, changed(None, "recall"), deploying.RECALL),
    "recall accepted": lambda: deploying.answer_change(SITE, changed("accepted", "recall"), deploying.RECALLED),
    "recall declined": lambda: deploying.answer_change(SITE, changed("declined", "recall"), deploying.RECALLED),
}


def tree(message: Message) -> Any:
    return etree.fromstring(edxl_rm.written(message))


def texts(message: Message, path: str) -> list[str]:
    return [element.text for element in tree(message).findall(path, NS)]


@pytest.mark.parametrize("which", MESSAGES)
def test_a_message_keeps_the_standard(which: str) -> None:
    assert broken(edxl_rm.written(MESSAGES[which]())) == []


def test_all_messages_about_resources_are_written_that_the_portal_has_anything_to_say_of() -> None:
    assert {made().type for made in MESSAGES.values()} == {
        "RequestResource", "ResponseToRequestResource", "OfferUnsolicitedResource", "RequisitionResource", "CommitResource",
        "ReportResourceDeploymentStatus", "ReleaseResource", "RequestReturn", "ResponseToRequestReturn",
        "RequestExtendedDeploymentDuration", "ResponseToRequestExtendedDeploymentDuration",
    }  # fmt: skip


def test_an_answer_finds_what_it_answers() -> None:
    """The chain from the report back to the request: originating, preceding, and the line."""
    request, offer, order, commit, report = (
        MESSAGES[name]() for name in ("request", "offer", "order", "commitment", "report")
    )
    assert request.originating == request.id == "RQ-2026-0007.RequestResource@portal.example"
    assert {each.originating for each in (offer, order, commit, report)} == {request.id}
    assert offer.preceding == request.id
    assert texts(offer, "m:ResourceInformation/m:ResponseInformation/r:PrecedingResourceInfoElementID") == ["line-1"]
    assert order.preceding == "OF-2026-0003.ResponseToRequestResource@portal.example"
    assert commit.preceding == order.id
    assert report.preceding == commit.id


def test_the_answer_to_a_wish_names_it() -> None:
    wish, answer = MESSAGES["extension"](), MESSAGES["extension accepted"]()
    assert answer.preceding == wish.id
    assert wish.id != MESSAGES["recall"]().id


def test_a_changed_request_replaces_the_first_message() -> None:
    first, later, off = (MESSAGES[f"request{how}"]() for how in ("", " that was changed", " that was cancelled"))
    assert first.recall is None
    assert later.id != first.id
    assert later.recall == edxl_rm.Recall(first.id, "Update")
    assert off.recall == edxl_rm.Recall(first.id, "Cancel")
    assert later.originating == first.id


def test_what_is_offered_beside_the_request_is_not_lost() -> None:
    message = MESSAGES["offer"]()
    assert "+ 12.5 each: Boat" in message.description
    assert len(message.information) == 1
    assert len(MESSAGES["unsolicited offer"]().information) == 2


def test_conditions_make_an_answer_provisional() -> None:
    message = MESSAGES["offer with conditions"]()
    assert texts(message, ".//r:ResponseType") == ["Provisional"]
    assert texts(message, ".//r:ResponseReason") == ["Fuel is paid by the receiver"]


def test_what_was_given_back_is_not_committed() -> None:
    assert texts(MESSAGES["commitment"](), ".//r:Amount") == ["8"]


def test_a_specification_is_told_as_keywords_of_lists() -> None:
    path = "m:ResourceInformation/m:Resource/m:Keyword/r:Value"
    assert texts(MESSAGES["request"](), path) == ["battery", "220", "fa-AF", "ps"]


def test_places_are_latitude_first() -> None:
    assert b"<gml:pos>36.73 68.87</gml:pos>" in edxl_rm.written(MESSAGES["request"]())


def test_no_person_is_named() -> None:
    for made in MESSAGES.values():
        document = edxl_rm.written(made()).decode()
        assert "+93 700" not in document
        assert "B. Driver" not in document


def test_quantities_are_never_in_powers_of_ten() -> None:
    lines = [records.request()["lines"][0] | {"quantity": 25_000_000.0}]
    assert texts(requesting.request_resource(SITE, records.request(lines=lines)), ".//r:Amount") == ["25000000.0"]


@pytest.mark.parametrize(
    "said",
    [
        lambda: offering.commit_resource(SITE, records.offer()),
        lambda: offering.order_resource(SITE, records.offer(status="declined"), None),
        lambda: offering.offer_resource(SITE, records.offer(), offering.OFFER),
        lambda: offering.offer_resource(SITE, records.offer(request=None), offering.ANSWER),
        lambda: deploying.release_resource(SITE, records.deployment()),
        lambda: deploying.ask_for_change(SITE, records.deployment(), deploying.RECALL),
        lambda: deploying.ask_for_change(SITE, changed(None, "extension"), deploying.RECALL),
        lambda: deploying.answer_change(SITE, changed(None, "extension"), deploying.EXTENDED),
    ],
)
def test_what_has_not_happened_has_no_message(said: Made) -> None:
    with pytest.raises(NotFound):
        said()


def break_order(document: bytes) -> bytes:
    return document.replace(b"<rmsg:MessageID>", b"<rmsg:SentDateTime>x</rmsg:SentDateTime><rmsg:MessageID>", 1)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b"MessageContentType>RequestResource", b"MessageContentType>CommitResource", "MessageContentType"),
        (b">RequestedArrival<", b">ActualArrival<", "ActualArrival"),
        (b">Requester<", b">Boss<", "ContactRole"),
        (b"-00:00</rmsg:SentDateTime>", b"Z</rmsg:SentDateTime>", "SentDateTime"),
        (b">line-2<", b">line-1<", "twice"),
        (b"rmsg:Name>", b"rm:Name>", "does not stand"),
        (b"rmsg:OriginatingMessageID>", b"rmsg:PrecedingMessageID>", "PrecedingMessageID"),
        (
            b"urn:oasis:names:tc:emergency:EDXL:RM:1.0:msg",
            b"urn:oasis:names:tc:emergency:EDXL:RM:1.0:x",
            "no such message",
        ),
    ],
)
def test_the_rules_find_what_is_wrong(old: bytes, new: bytes, told: str) -> None:
    """Otherwise the tests above would prove nothing."""
    document = edxl_rm.written(MESSAGES["request"]())
    assert old in document
    assert any(told in wrong for wrong in broken(document.replace(old, new)))


def test_the_rules_find_a_wrong_order() -> None:
    assert any("order" in wrong for wrong in broken(break_order(edxl_rm.written(MESSAGES["request"]()))))
