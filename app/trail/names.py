"""What is done, what it is done to, and what columns are called, in the reader's language."""

from app.languages import gettext as _


def actions() -> dict[str, str]:
    """What was done, as the reader's language says it of a record."""
    return (
        of_people()
        | signing_in()
        | of_warnings()
        | of_requests()
        | of_offers()
        | of_deployments()
        | of_the_inbox()
        | of_stock()
        | of_figures()
        | {
            "logged": _("Logged"),
            "registered": _("Registered"),
            "changed": _("Changed"),
            "verified": _("Confirmed as correct"),
            "withdrawn": _("Withdrawn"),
            "restored": _("Restored"),
            "read": _("Read"),
            "erased": _("Personal data erased"),
            "imported": _("Imported"),
            "added": _("Added"),
            "begun": _("Begun"),
            "published": _("Published"),
            "corrected": _("Corrected"),
            "reported": _("Said how it is"),
        }
    )


def of_figures() -> dict[str, str]:
    return {
        "recorded": _("Recorded"),
        "superseded": _("Corrected"),
        "headline chosen": _("Headline chosen"),
        "headline released": _("Headline left to the rule"),
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


def of_the_inbox() -> dict[str, str]:
    """And of feeds, of what is told outside, and of how events belong together."""
    return {
        "merged": _("Merged"),
        "unmerged": _("Merging undone"),
        "related": _("Related"),
        "unrelated": _("No longer related"),
        "secret renewed": _("Secret renewed"),
        "paused": _("Paused"),
        "resumed": _("Resumed"),
        "ended": _("Ended"),
        "turned on": _("Turned on"),
        "turned off": _("Turned off"),
        "asked": _("Fetched at once"),
        "made an event": _("Made an event"),
        "joined with an event": _("Joined with an event"),
        "dismissed": _("Dismissed"),
        "taken back": _("Taken back into the inbox"),
        "change seen": _("Change seen, the decision stays"),
        "moved": _("Moved"),
    }


def of_people() -> dict[str, str]:
    return {
        "invited": _("Invited"),
        "suspended": _("Suspended"),
        "made": _("Made"),
        "revoked": _("Revoked"),
        "signed in": _("Signed in"),
        "signed out": _("Signed out"),
        "renamed": _("Renamed"),
        "removed": _("Removed"),
        "refused": _("Refused"),
        "linked": _("Linked with an identity provider"),
        "invited again": _("Invited again"),
        "invitation accepted": _("Invitation accepted"),
        "roles changed": _("Roles changed"),
        "second factor reset": _("Second factor reset"),
        "password recovered": _("Password recovered"),
        "new password asked for": _("New password asked for"),
        "administrator link printed": _("Link for an administrator printed"),
        "demonstration accounts opened": _("Demonstration accounts opened"),
        "demonstration accounts closed": _("Demonstration accounts closed"),
    }


def signing_in() -> dict[str, str]:
    return {
        "signed out elsewhere": _("Signed out everywhere else"),
        "sign-in failed": _("Signing in failed"),
        "password changed": _("Password changed"),
        "second factor set up": _("Second factor set up"),
        "second factor replaced": _("Second factor replaced"),
        "second factor removed": _("Second factor removed"),
        "recovery codes replaced": _("New recovery codes"),
    }


def of_warnings() -> dict[str, str]:
    return {
        "drafted": _("Drafted"),
        "discarded": _("Discarded"),
        "issued": _("Issued"),
        "told": _("Told"),
        "acknowledged": _("Acknowledged"),
        "rules changed": _("Rules changed"),
    }


def of_requests() -> dict[str, str]:
    return {
        "submitted": _("Submitted"),
        "approved": _("Approved"),
        "rejected": _("Rejected"),
        "closed": _("Closed"),
        "cancelled": _("Cancelled"),
        "line cancelled": _("Line cancelled"),
        "appeal published": _("Page for donors published"),
        "appeal taken back": _("Page for donors taken back"),
    }


def of_offers() -> dict[str, str]:
    return {
        "accepted": _("Accepted"),
        "partly_accepted": _("Partly accepted"),
        "declined": _("Declined"),
        "lapsed": _("Lapsed"),
        "tied": _("Tied to a request"),
        "released": _("Released"),
    }


def fields_of_offers() -> dict[str, str]:
    return {
        "conditions": _("Conditions"),
        "financing": _("Who pays"),
        "available_from": _("Available from"),
        "valid_until": _("Valid until"),
    }


def of_stock() -> dict[str, str]:
    return {
        "reserved": _("Reserved"),
        "reservation released": _("Reservation released"),
        "stock received": _("Received"),
        "stock issued": _("Issued from stock"),
        "stock returned": _("Came back"),
        "transferred": _("Transferred"),
        "adjusted": _("Adjusted"),
        "counted": _("Counted"),
        "reversed": _("Reversed"),
        "kit made": _("Kit made"),
        "kit broken": _("Kit taken apart"),
        "kit defined": _("Kit defined"),
        "item added": _("Item added"),
        "warehouse added": _("Warehouse added"),
        "minimum set": _("Minimum set"),
    }


def of_deployments() -> dict[str, str]:
    return {
        "planned": _("Planned"),
        "mobilising": _("Getting ready"),
        "in_transit": _("On the way"),
        "at_border": _("At the border"),
        "on_site": _("There"),
        "returned": _("Returned"),
        "lost": _("Lost"),
        "consumed": _("Used up"),
        "time noted": _("Time noted"),
        "received": _("Signed for"),
        "outcome recorded": _("What became of it"),
        "extension asked": _("Extension asked for"),
        "extension accepted": _("Extension accepted"),
        "extension declined": _("Extension declined"),
        "recall asked": _("Recalled"),
        "recall accepted": _("Recall accepted"),
        "recall declined": _("Recall declined"),
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


def nouns() -> dict[str, str]:
    """What history speaks of."""
    return {
        "warnings": _("Warning"),
        "warning_rules": _("Rules of reminding"),
        "requests": _("Request"),
        "offers": _("Offer"),
        "deployments": _("Deployment"),
        "events": _("Event"),
        "figures": _("Figure"),
        "candidates": _("Candidate of the inbox"),
        "inbox_rules": _("Rule of the inbox"),
        "documents": _("Document"),
        "situation_reports": _("Situation report"),
        "capacities": _("Capacity"),
        "equipment_profiles": _("Equipment in use"),
        "contacts": _("Contact"),
        "users": _("Account"),
        "api_keys": _("API key"),
        "identity_providers": _("Identity provider"),
        "passkeys": _("Passkey"),
        "sessions": _("Session"),
        "webhooks": _("Webhook"),
        "subscriptions": _("Subscription"),
        "feeds": _("Feed"),
        "stock": _("Stock"),
        "entry-points": _("Entry point"),
        "agreements": _("Agreement"),
        "host-nation-support": _("Receiving help from abroad"),
    }


def fields_of_assistance() -> dict[str, str]:
    """Of requests, offers and deployments."""
    return fields_of_requests() | fields_of_offers() | fields_of_deployments()


def fields() -> dict[str, str]:
    """What columns are called on the pages."""
    return (
        of_accounts()
        | fields_of_warnings()
        | fields_of_assistance()
        | fields_of_figures()
        | fields_of_capacities()
        | fields_of_entry_points()
        | {
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
    )


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
