"""History as sentences: what was done, and each field with what it was and what it is."""

from collections.abc import Iterable, Mapping
from typing import Any

from app import languages
from app.languages import gettext as _
from app.web import NOT_KNOWN, instant, listing, spoken

Entry = Mapping[str, Any]
Line = dict[str, Any]
Names = Mapping[str, str]  # what columns are called in the reader's language

# Fields whose values are codes that components/words.html knows
CODED = {
    "status",
    "alert_level",
    "relation",
    "visibility",
    "audience",
    "severity",
    "urgency",
    "certainty",
    "msg_type",
    "base_visibility",
    "readiness_equipment",
    "readiness_people",
    "readiness_funding",
}
HIDDEN = {"id", "search", "created_at", "updated_at", "kind", "organisation_id", "type_code", "base_area_id"}


def actions() -> dict[str, str]:
    """What was done, as the reader's language says it of a record."""
    return signing_in() | {
        **of_warnings(),
        "logged": _("Logged"),
        "registered": _("Registered"),
        "changed": _("Changed"),
        "verified": _("Confirmed as correct"),
        "withdrawn": _("Withdrawn"),
        "merged": _("Merged"),
        "unmerged": _("Merging undone"),
        "related": _("Related"),
        "unrelated": _("No longer related"),
        "restored": _("Restored"),
        "read": _("Read"),
        "erased": _("Personal data erased"),
        "invited": _("Invited"),
        "suspended": _("Suspended"),
        "made": _("Made"),
        "revoked": _("Revoked"),
        "secret renewed": _("Secret renewed"),
        "paused": _("Paused"),
        "resumed": _("Resumed"),
        "ended": _("Ended"),
        "turned on": _("Turned on"),
        "turned off": _("Turned off"),
        "asked": _("Fetched at once"),
        "signed in": _("Signed in"),
        "signed out": _("Signed out"),
        "imported": _("Imported"),
        "added": _("Added"),
        "renamed": _("Renamed"),
        "removed": _("Removed"),
        "refused": _("Refused"),
        "linked": _("Linked with an identity provider"),
        "made an event": _("Made an event"),
        "joined with an event": _("Joined with an event"),
        "dismissed": _("Dismissed"),
        "taken back": _("Taken back into the inbox"),
        "change seen": _("Change seen, the decision stays"),
        "moved": _("Moved"),
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
        "events": _("Event"),
        "candidates": _("Candidate of the inbox"),
        "inbox_rules": _("Rule of the inbox"),
        "documents": _("Document"),
        "situation_reports": _("Situation report"),
        "capacities": _("Capacity"),
        "contacts": _("Contact"),
        "users": _("Account"),
        "api_keys": _("API key"),
        "identity_providers": _("Identity provider"),
        "passkeys": _("Passkey"),
        "sessions": _("Session"),
        "webhooks": _("Webhook"),
        "subscriptions": _("Subscription"),
        "feeds": _("Feed"),
    }


def fields() -> dict[str, str]:
    """What columns are called on the pages."""
    return of_accounts() | {
        **fields_of_warnings(),
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
        "location": _("Coordinates"),
        "exact_location": _("Exact base"),
        "exact_place": _("Exact base"),
        "base_place": _("Base"),
        "base_visibility": _("Who may see the exact base"),
        "exercise": _("Exercise"),
        "visibility": _("Who may see it"),
        "countries": _("Countries"),
        "country": _("Country"),
        "country_iso3": _("Country"),
        "areas": _("Areas"),
        "area": _("Area"),
        "glide": "GLIDE",
        "glides": "GLIDE",
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
        "withdrawn_at": _("Withdrawn"),
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


def called(name: str, names: Names) -> str:
    return names.get(name) or name.replace("_", " ").capitalize()


def value(name: str, given: Any, names: Names) -> str:
    """A value as people read it; what is personal is not repeated here."""
    if given is None or given in ("", [], {}):
        return NOT_KNOWN
    if isinstance(given, bool):
        return _("yes") if given else _("no")
    if name == "languages":
        return spoken(given)
    if isinstance(given, list):
        return listing(value(name, one, names) for one in given)
    return of_object(given, names) if isinstance(given, Mapping) else single(name, str(given))


def single(name: str, given: str) -> str:
    if name.endswith("_at"):
        return instant(given, "minute")
    return precision().get(given, given) if name.endswith("_precision") else given


def precision() -> dict[str, str]:
    """How well a time or a place is known, as the form of events says it."""
    return {
        "minute": _("the minute"),
        "hour": _("the hour"),
        "day": _("the day"),
        "month": _("only the month"),
        "exact": _("exact"),
        "approximate": _("approximate"),
        "printed": _("as printed in the source"),
    }


def of_object(given: Mapping[str, Any], names: Names) -> str:
    if "digest" in given:
        return _("(personal, kept aside)")
    if "coordinates" in given:
        return place(given)
    if all(isinstance(text, str) for text in given.values()):
        return str(given.get(languages.current().code) or given.get("en") or next(iter(given.values())))
    return listing(f"{called(name, names)}: {value(name, one, names)}" for name, one in given.items())


def place(geometry: Mapping[str, Any]) -> str:
    if geometry.get("type") == "Point":
        lon, lat = geometry["coordinates"][:2]
        return f"{lat}, {lon}"
    return str(geometry.get("type"))


def in_words(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Entries for a template: with `done` in words and `lines` of {field, before, after}."""
    done, kinds, names = actions(), nouns(), fields()  # put together once, not for every line
    return [
        {
            **entry,
            "done": done.get(entry["action"]) or entry["action"].capitalize(),
            "kind": kinds.get(entry["noun"], entry["noun"]),
            "lines": lines(entry, names),
        }
        for entry in entries
    ]


def lines(entry: Entry, names: Names) -> list[Line]:
    before, after = entry["before"] or {}, entry["after"] or {}
    return [
        {
            "field": called(name, names),
            "before": value(name, before.get(name), names) if entry["before"] is not None else "",
            "after": value(name, after.get(name), names),
            "is_coded": name in CODED,
        }
        for name in {**before, **after}
        if name not in HIDDEN and not (entry["before"] is None and after.get(name) in (None, "", [], {}, False))
    ]
