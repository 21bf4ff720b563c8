"""The code lists of CAP 1.2 in the reader's words: (code, word, what it means)."""

from app.languages import gettext as _

Choices = list[tuple[str, str, str]]


def severities() -> Choices:
    return [
        ("extreme", _("Extreme"), _("extraordinary threat to life or property")),
        ("severe", _("Severe"), _("significant threat to life or property")),
        ("moderate", _("Moderate"), _("possible threat to life or property")),
        ("minor", _("Minor"), _("little or no known threat")),
        ("unknown", _("Unknown"), _("nobody can tell yet")),
    ]


def urgencies() -> Choices:
    return [
        ("immediate", _("Immediate"), _("act at once")),
        ("expected", _("Expected"), _("act within the next hour")),
        ("future", _("Future"), _("act in the near future")),
        ("past", _("Past"), _("nothing needs to be done any more")),
        ("unknown", _("Unknown"), _("nobody can tell yet")),
    ]


def certainties() -> Choices:
    return [
        ("observed", _("Observed"), _("it has happened or is going on")),
        ("likely", _("Likely"), _("more probable than not")),
        ("possible", _("Possible"), _("less probable than not")),
        ("unlikely", _("Unlikely"), _("not expected to happen")),
        ("unknown", _("Unknown"), _("nobody can tell yet")),
    ]


def statuses() -> Choices:
    return [
        ("actual", _("Actual"), _("it is meant in earnest: act on it")),
        ("exercise", _("Exercise"), _("only those who take part act on it; marked EXERCISE everywhere")),
        ("test", _("Test"), _("of the technology only: nobody acts on it")),
    ]


def categories() -> Choices:
    words = {
        "geo": _("Geophysical, landslides and mudflows too"), "met": _("Weather and floods"), "safety": _("Public safety"),
        "security": _("Security"), "rescue": _("Rescue"), "fire": _("Fire"), "health": _("Health"),
        "env": _("Pollution"), "transport": _("Transport"), "infra": _("Infrastructure"),
        "cbrne": _("Chemical, biological, radiological, nuclear, explosive"), "other": _("Other"),
    }  # fmt: skip
    return [(code, word, "") for code, word in words.items()]


def responses() -> Choices:
    words = {
        "shelter": _("Take shelter"), "evacuate": _("Evacuate"), "prepare": _("Prepare"), "execute": _("Do as planned"),
        "avoid": _("Stay away"), "monitor": _("Watch for news"), "assess": _("Look what has happened"),
        "all_clear": _("The danger is over"), "none": _("Nothing"),
    }  # fmt: skip
    return [(code, word, "") for code, word in words.items()]


def states() -> dict[str, str]:
    return {
        "draft": _("Draft"), "in_force": _("In force"), "expired": _("Expired"), "updated": _("Updated by a later one"),
        "cancelled": _("Cancelled"), "cancellation": _("Cancellation"),
    }  # fmt: skip


def words() -> dict[str, dict[str, str]]:
    """{field: {code: word}}, for whoever reads a warning."""
    lists = {
        "severity": severities, "urgency": urgencies, "certainty": certainties, "status": statuses,
        "categories": categories, "responses": responses,
    }  # fmt: skip
    return {name: {code: word for code, word, _more in choices()} for name, choices in lists.items()} | {
        "state": states(),
        "action": {
            "remind": _("Remind"), "tell_next": _("Tell the next contacts"), "tell_centre": _("Tell the Centre"),
        },
        "audience": {
            "public": _("everybody"), "partners": _("partners who sign in"), "centre": _("the Centre"),
            "own": _("only the organisation that keeps it"),
        },
    }  # fmt: skip
