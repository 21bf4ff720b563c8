"""The pages a reader meets, one of each kind."""

LISTS = ("/events", "/capacities", "/stock", "/organisations")
PAGES = (
    "/",
    *LISTS,
    "/events?country=AFG&q=earthquake",
    "/capacities?country=KAZ,KGZ&status=available",
    "/capacities?q=nothing-is-called-so",
    "/places",
    "/places/KAZ",
    "/organisations/KAZ-MES",
    "/directory",
    "/recover",
    "/map",
    "/about",
    "/search?q=Kunduz",
    "/api/docs",
    "/patterns",
)
FIRST_OF = {
    "/events": "table.records tbody a.title",
    "/capacities": "table.records tbody a.title",
    "/stock": "table.records tbody a.title",
    "/places/KAZ": "#parts + ul a",
}


def short(address: str) -> str:
    """A list with few rows, which all are of one kind: axe takes its time over each."""
    return (
        f"{address}{'&' if '?' in address else '?'}limit=5" if address.split("?", maxsplit=1)[0] in LISTS else address
    )
