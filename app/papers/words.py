"""What stands on papers, in the language that is being spoken."""

from app.languages import gettext as _


def titles() -> dict[str, str]:
    return {"waybill": _("Waybill"), "goods-received": _("Goods received note")}


def labels() -> dict[str, str]:
    return {
        "from": _("Sender"),
        "to": _("Receiver"),
        "leaves_from": _("Place of departure"),
        "goes_to": _("Place of delivery"),
        "request": _("Request"),
        "transport": _("Transport"),
        "carrier": _("Carrier"),
        "vehicle": _("Vehicle or flight"),
        "driver": _("Driver"),
        "people": _("People"),
        "crossing": _("Border crossing"),
        "left": _("Departure"),
        "leaves": _("Departure, estimated"),
        "arrived": _("Arrival"),
        "arrives": _("Arrival, estimated"),
        "purpose": _("Purpose"),
        "waybill": _("Waybill"),
        "received_at": _("Received at"),
        "received_in": _("Place"),
        "remarks": _("Remarks"),
    }


def columns() -> dict[str, str]:
    return {
        "no": _("No."),
        "goods": _("Goods"),
        "lot": _("Lot"),
        "expires": _("Expires"),
        "packages": _("Packages"),
        "quantity": _("Quantity"),
        "weight": _("Weight, kg"),
        "volume": _("Volume, m³"),
        "sent": _("Sent"),
        "received": _("Received"),
        "missing": _("Not arrived"),
        "condition": _("Condition"),
        "difference": _("Reason for the difference"),
        "total": _("Total"),
    }


def surroundings() -> dict[str, str]:
    """What the layout itself says."""
    return {
        "name": _("Full name"),
        "date": _("Date and time"),
        "signature": _("Signature, stamp"),
        "page": _("Page"),
        "scan": _("Where it stands now"),
    }


def roles() -> dict[str, str]:
    return {"sender": _("Handed over by"), "carrier": _("Taken for transport by"), "receiver": _("Received by")}


def marks() -> dict[str, str]:
    return {"cancelled": _("CANCELLED"), "demonstration": _("Invented data of the demonstration")}


def unread() -> str:
    return _("The words in this language have not been reviewed by a native speaker yet.")
