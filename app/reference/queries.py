"""What is asked of code lists. They are all read alike; rooms above describe their own with the same `code_list`."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from babel import Locale

from app.languages import LANGUAGES
from app.listing import Column, Listing, everybody
from app.paging import Key
from app.permissions import By

NAMES = ("en", "ru", "kk", "ky", "fa-AF", "ps")


class Detail(NamedTuple):
    """A field that a list has beside code and names: its HXL tag (none: not in tables), its SQL where it is no plain column."""

    name: str
    hxl: str
    sql: str = ""


def code_list(
    name: str,
    hxl: str,
    *,
    layers: tuple[str, ...],
    table: str,
    details: Sequence[Detail] = (),
    document: str = "search_document(concat_ws(' ', r.code, all_names(r.names)), NULL, NULL)",
    filters: Mapping[str, str] = {},
    id: str = "md5(code)::uuid",
    visible: Callable[[By], str] = everybody,
    has_position: bool = False,
    formats: tuple[str, ...] = ("json", "csv", "xlsx"),
) -> Listing:
    """A list ordered by its codes. `table` selects code and names and the columns of the details."""

    def keys(lang: str) -> dict[str, Key]:
        by_name = {"name": Key(f"lower(label(r.names, '{'ru' if lang == 'ru' else 'en'}'))")}
        by_position = {"position": Key("r.position", "int")} if has_position else {}
        rank = Key(f"ts_rank({document}, query)::float8", "float8", descending=True)
        return {"code": Key("r.code"), **by_name, **by_position, "q": rank}

    shown = [f"{detail.sql or f'page.{detail.name}'} AS {detail.name}" for detail in details]
    return Listing(
        name=name,
        layers=layers,
        # entries are known by their codes; the id made of it only breaks ties when paging
        table=f"(SELECT {id} AS id, entry.* FROM ({table}) entry)",
        record=", ".join(["page.code", "label(page.names, %(lang)s) AS name", "page.names", *shown]),
        filters={**filters, "q": f"{document} @@ query"},
        keys=keys,
        default="code",
        visible=visible,
        withdrawable=False,
        formats=formats,
        columns=(
            Column("code", f"{hxl}+code"),
            Column("name", f"{hxl}+name"),
            *(Column(f"names.{lang}", f"{hxl}+name+i_{lang.lower().replace('-', '_')}") for lang in NAMES),
            *(Column(detail.name, detail.hxl) for detail in details if detail.hxl),
        ),
    )


POSITION = Detail("position", "#meta+position")

HAZARDS = code_list(
    "hazards",
    "#cause",
    layers=("reference",),
    table="SELECT code, names, undrr_isc, position FROM hazards",
    details=(POSITION, Detail("undrr_isc", "#cause+code+undrr_isc")),
    has_position=True,
)

FAMILIES = code_list(
    "resource-families",
    "#capacity+family",
    layers=("reference",),
    table="SELECT code, names, position FROM resource_families",
    details=(POSITION,),
    has_position=True,
)

TYPES = code_list(
    "resource-types",
    "#capacity+type",
    layers=("reference",),
    table="""SELECT code, names, position, family_code AS family, parent_code AS parent, kind, unit_code AS unit,
                    standard, standard_ref, description FROM resource_types""",
    details=(
        POSITION,
        Detail("family", "#capacity+family+code"),
        Detail("parent", "#capacity+type+code+parent"),
        Detail("kind", "#capacity+kind"),
        Detail("unit", "#capacity+unit"),
        Detail("standard", "#meta+standard"),
        Detail("standard_ref", "#meta+standard+ref"),
        Detail("description", "#description", "label(page.description, %(lang)s)"),
    ),
    document="""search_document(concat_ws(' ', r.code, all_names(r.names)), concat_ws(' ', r.standard, r.standard_ref),
                                all_names(r.description))""",
    has_position=True,
)

UNITS = code_list("units", "#meta+unit", layers=("reference",), table="SELECT code, names FROM units")

INDICATORS = code_list(
    "indicators",
    "#indicator",
    layers=("reference",),
    table="SELECT code, names, position FROM indicators",
    details=(POSITION,),
    has_position=True,
)


def spoken() -> str:
    """The portal's languages as rows; what each is called in the others is known to Babel."""
    rows = []
    for language in LANGUAGES.values():
        names = {
            reader.code: Locale.parse(reader.locale).languages[name]
            for reader in LANGUAGES.values()
            for name in (language.code.replace("-", "_"),)
            if name in Locale.parse(reader.locale).languages
        }
        texts = [language.code, json.dumps(names, ensure_ascii=False), language.name, language.direction]
        quoted = ", ".join("'" + text.replace("'", "''").replace("%", "%%") + "'" for text in texts)
        rows.append(f"({quoted}, {language.is_complete})")
    return f"""SELECT code, names::jsonb, own_name, direction, is_complete
               FROM (VALUES {", ".join(rows)}) v (code, names, own_name, direction, is_complete)"""


SPOKEN = code_list(
    "languages",
    "#meta+language",
    layers=("reference",),
    table=spoken(),
    details=(
        Detail("own_name", "#meta+language+name+own"),
        Detail("direction", "#meta+language+direction"),
        Detail("is_complete", "#meta+language+complete"),
    ),
)
