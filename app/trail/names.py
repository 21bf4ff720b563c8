"""What is done, and what it is done to, in the reader's language."""

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
