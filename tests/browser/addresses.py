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
