"""What is asked of organisations and meetings."""

from app.facets import Facet, count_facets
from app.people.schemas import OrganisationFilter
from app.reference.queries import Detail, code_list
from app.sql import Sql

ORGANISATIONS = code_list(
    "organisations",
    "#org",
    layers=("people", "places"),
    table="SELECT code, names, aliases, kind, country_iso3 AS country, relation, url, source, search FROM organisations",
    details=(
        Detail("aliases", "#org+alias+list"),
        Detail("kind", "#org+type"),
        Detail("country", "#country+code+iso3"),
        Detail("relation", "#org+relation"),
        Detail("url", "#org+url"),
        Detail("source", "#meta+source"),
    ),
    document="r.search",
    filters={
        "country": "r.country = ANY (%(country)s)",
        "kind": "r.kind = ANY (%(kind)s)",
        "relation": "r.relation = ANY (%(relation)s)",
    },
)

FACETS = {
    "relation": Facet("r.relation"),
    "kind": Facet("r.kind"),
    "country": Facet("v.iso3", "v.names", "JOIN countries v ON v.iso3 = r.country"),
}


def facets(where: OrganisationFilter, lang: str) -> Sql:
    """How many organisations each value would leave."""
    return count_facets(ORGANISATIONS, FACETS, where, lang)


MEETINGS = code_list(
    "meetings",
    "#event",
    layers=("people",),
    table="SELECT code, names, held_on, held_until, place, status, note, source FROM meetings",
    details=(
        Detail("held_on", "#date+start"),
        Detail("held_until", "#date+end"),
        Detail("place", "#loc+name", "label(page.place, %(lang)s)"),
        Detail("status", "#status"),
        Detail("note", "#description", "label(page.note, %(lang)s)"),
        Detail("source", "#meta+source"),
    ),
    document="search_document(concat_ws(' ', r.code, all_names(r.names)), all_names(r.place), all_names(r.note))",
    filters={"status": "r.status = ANY (%(status)s)"},
)
