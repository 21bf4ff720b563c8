"""What columns are called in histories, in the reader's language."""

from app.languages import gettext as _


def fields() -> dict[str, str]:
    """What columns are called on the pages."""
    return (
        of_accounts()
        | fields_of_warnings()
        | fields_of_assistance()
        | fields_of_figures()
        | fields_of_capacities()
        | fields_of_entry_points()
        | shared_fields()
    )


def shared_fields() -> dict[str, str]:
    """What columns of many nouns are called."""
    return {
        "titles": _("Title"),
        "kind": _("Kind"),
        "source": _("Source"),
        "published_on": _("Date of the document"),
        "file_name": _("File"),
        "sha256": "SHA-256",
        "names": _("Name"),
        "summary": _("Summary"),
        "description": _("Description"),
        "hazard_code": _("Hazard"),
        "event": _("Event"),
        "does": _("What it does"),
        "is_enabled": _("In use"),
        "hazard": _("Hazard"),
        "started_precision": _("What is known of the time"),
        "geometry_precision": _("How exact are they"),
        "status": _("Status"),
        "alert_level": _("Alert level"),
        "merged_into": _("Merged into"),
        "relation": _("Relation"),
        "other_event": _("The other event"),
        "started_at": _("Began"),
        "ended_at": _("Ended"),
        "place": _("Place"),
        "geometry": _("Coordinates"),
        "exercise": _("Exercise"),
        "visibility": _("Who may see it"),
        "countries": _("Countries"),
        "country": _("Country"),
        "country_iso3": _("Country"),
        "areas": _("Areas"),
        "area": _("Area"),
        "glide": "GLIDE",
        "glides": "GLIDE",
        "withdrawn_at": _("Withdrawn"),
        "lines": _("Lines"),
        "specification": _("Specification"),
        "lot": _("Lot"),
        "warehouse": _("Warehouse"),
        "parts": _("Parts"),
    }


def fields_of_figures() -> dict[str, str]:
    return {
        "indicator": _("Kind of harm"),
        "value": _("Figure"),
        "low": _("Low end"),
        "high": _("High end"),
        "source": _("Source"),
        "method": _("How it was counted"),
        "as_of": _("As of"),
        "reported_at": _("Said on"),
        "note": _("Note"),
        "parts": _("Of these"),
    }


def fields_of_offers() -> dict[str, str]:
    return {
        "conditions": _("Conditions"),
        "financing": _("Who pays"),
        "available_from": _("Available from"),
        "valid_until": _("Valid until"),
    }


def fields_of_deployments() -> dict[str, str]:
    return {
        "mode": _("How it travels"),
        "entry_point": _("Entry point"),
        "carrier": _("Carrier"),
        "vehicle": _("Vehicle or flight"),
        "driver": _("Driver"),
        "people": _("People"),
        "purpose": _("Purpose"),
        "ends_at": _("Stays until"),
        "receipt": _("Receipt"),
        "offer": _("Offer"),
        "until": _("Until"),
        "what": _("What"),
        "at": _("When"),
    }


def fields_of_requests() -> dict[str, str]:
    return {
        "priority": _("Priority"),
        "needed_by": _("Needed by"),
        "deliver_to": _("Delivery"),
        "line": _("Line"),
        "code": _("Code"),
        "unit": _("Unit"),
        "text": _("Text"),
        "prices": _("Prices"),
    }


def fields_of_warnings() -> dict[str, str]:
    return {
        "headlines": _("Headline"),
        "descriptions": _("What is happening"),
        "instructions": _("What to do"),
        "area_descriptions": _("Where, in words"),
        "severity": _("Severity"),
        "urgency": _("Urgency"),
        "certainty": _("Certainty"),
        "categories": _("Category"),
        "responses": _("What people should do"),
        "effective_at": _("To be heeded from"),
        "onset_at": _("Expected to begin"),
        "expires_at": _("In force until"),
        "audience": _("Who may see it"),
        "recipients": _("Who is told"),
        "msg_type": _("Kind of message"),
        "replaces": _("Message before"),
        "circles": _("Circles"),
        "parameters": _("More values"),
        "contact": _("Contact"),
    }


def fields_of_assistance() -> dict[str, str]:
    """Of requests, offers and deployments."""
    return fields_of_requests() | fields_of_offers() | fields_of_deployments()


def fields_of_entry_points() -> dict[str, str]:
    return {
        "code": _("Code"),
        "across": _("Other side"),
        "counterpart": _("Name on the other side"),
        "elevation_m": _("Height"),
        "may_pass": _("What may pass"),
        "hours_to_cross": _("Hours to cross"),
        "winter_from": _("Closed in winter from"),
        "winter_to": _("Closed in winter to"),
        "winter_note": _("About the winter"),
        "customs_contact": _("Customs"),
        "quarantine_contact": _("Quarantine"),
        "evidence": _("Evidence"),
        "said_by": _("Said by"),
        "from_at": _("From when it is so"),
        "until_at": _("Until when, if known"),
        "signed_on": _("Signed"),
        "in_force_from": _("In force from"),
        "in_force_until": _("In force until"),
        "texts": _("Text"),
        "url": _("Address on the web"),
    }


def fields_of_capacities() -> dict[str, str]:
    return {
        "location": _("Coordinates"),
        "exact_location": _("Exact base"),
        "exact_place": _("Exact base"),
        "base_place": _("Base"),
        "base_visibility": _("Who may see the exact base"),
        "type": _("Type"),
        "organisation": _("Organisation"),
        "quantity": _("Quantity"),
        "quantity_available": _("Available"),
        "unit_code": _("Unit"),
        "mobilisation_hours": _("Hours until it can leave"),
        "self_sufficiency_days": _("Days it needs nothing"),
        "readiness_equipment": _("Equipment"),
        "readiness_people": _("People"),
        "readiness_funding": _("Funding"),
        "languages": _("Languages"),
        "verified_at": _("Confirmed"),
        "verified_by": _("Confirmed by"),
        "transport_modes": _("Transport"),
        "transport_weight_kg": _("Weight"),
        "transport_volume_m3": _("Volume"),
    }


def of_accounts() -> dict[str, str]:
    return {
        "every_minutes": _("Asked every so many minutes"),
        "client_id": _("Client ID"),
        "client_secret": _("Client secret"),
        "enabled": _("In use"),
        "provider": _("Provider"),
        "url": _("Address"),
        "sees": _("What is sent"),
        "hazards": _("Hazards"),
        "alert_at_least": _("Alert level at least"),
        "statuses": _("Status"),
        "kinds": _("Kinds of news"),
        "exercises": _("Exercises"),
        "rhythm": _("When"),
        "hour": _("Hour of the digest"),
        "time_zone": _("Time zone"),
        "name": _("Name"),
        "language": _("Language"),
        "with": _("With"),
        "address": _("Address"),
        "browser": _("Browser"),
        "second factor": _("Second factor"),
        "sessions": _("Sessions"),
    }
