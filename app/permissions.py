"""The policy: who may do what. One table, on one screen; app/people/access.py keeps the doors by it.

`By` is who asks. Every query of records takes the condition that `visible()` makes for that asker, and no other.
"""

from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID


class Permission(StrEnum):
    """What can be allowed. An API key's scopes are some of these."""

    READ_PARTNERS = "records:read-partners"  # see what is shared with partners, and the directory of contacts so shared
    READ_CENTRE = "records:read-centre"  # see what only the Centre is told
    EVENT_WRITE = (
        "events:write"  # events and all below them: figures, situation reports, documents, decisions on the inbox
    )
    WARNING_ISSUE = "warnings:issue"  # warn neighbours
    CAPACITY_WRITE = "capacities:write"  # one's own organisation's capacities and contacts
    CAPACITY_WRITE_ANY = "capacities:write-any"  # those of any organisation
    REQUEST_WRITE = "requests:write"  # ask for assistance for one's country
    REQUEST_APPROVE = "requests:approve"  # decide on a request
    STOCK_WRITE = "stock:write"  # move the Centre's stock
    KEY_MANAGE = "keys:manage"  # make and revoke the API keys and webhooks of one's own organisation
    FEED_MANAGE = "feeds:manage"  # the feeds that are read, and the rules by which what they bring is sorted
    PEOPLE_MANAGE = "people:manage"  # invite people, give roles, suspend accounts, of every organisation
    HISTORY_SEARCH = "history:search"  # search who did what, over all records


class Role(StrEnum):
    READER = "reader"
    CONTRIBUTOR = "contributor"
    REQUESTER = "requester"
    APPROVER = "approver"
    OPERATOR = "operator"
    STOCK_KEEPER = "stock_keeper"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"


P = Permission
ROLES: Mapping[Role, frozenset[Permission]] = {
    Role.READER: frozenset({P.READ_PARTNERS}),
    Role.CONTRIBUTOR: frozenset({P.READ_PARTNERS, P.CAPACITY_WRITE}),
    Role.REQUESTER: frozenset({P.READ_PARTNERS, P.REQUEST_WRITE}),
    Role.APPROVER: frozenset({P.READ_PARTNERS, P.REQUEST_WRITE, P.REQUEST_APPROVE, P.KEY_MANAGE}),
    # at the Centre only
    Role.ANALYST: frozenset({P.READ_PARTNERS, P.READ_CENTRE}),
    Role.STOCK_KEEPER: frozenset({P.READ_PARTNERS, P.READ_CENTRE, P.STOCK_WRITE}),
    Role.OPERATOR: frozenset({P.READ_PARTNERS, P.READ_CENTRE, P.EVENT_WRITE, P.WARNING_ISSUE, P.CAPACITY_WRITE,
                              P.CAPACITY_WRITE_ANY, P.REQUEST_WRITE, P.REQUEST_APPROVE}),
    Role.ADMINISTRATOR: frozenset({P.READ_PARTNERS, P.READ_CENTRE, P.KEY_MANAGE, P.FEED_MANAGE, P.PEOPLE_MANAGE,
                                   P.HISTORY_SEARCH}),
}  # fmt: skip

CENTRE_ROLES = frozenset({Role.ANALYST, Role.STOCK_KEEPER, Role.OPERATOR, Role.ADMINISTRATOR})
NEEDS_SECOND_FACTOR = frozenset({Role.OPERATOR, Role.ADMINISTRATOR})
# A program reads and writes records; it neither manages people, keys and feeds nor searches who did what
SCOPES = frozenset(P) - {P.KEY_MANAGE, P.FEED_MANAGE, P.PEOPLE_MANAGE, P.HISTORY_SEARCH}

Countries = frozenset[str] | None  # None: everywhere
Rights = Mapping[Permission, Countries]


def rights_of(granted: Iterable[tuple[Role, Iterable[str]]]) -> dict[Permission, Countries]:
    """What roles add up to. Each comes with the ISO 3166-1 alpha-3 codes that limit it; none is no limit."""
    rights: dict[Permission, Countries] = {}
    for role, countries in granted:
        limit: Countries = frozenset(countries) or None
        for permission in ROLES[role]:
            had = rights.get(permission, frozenset())
            rights[permission] = None if limit is None or had is None else had | limit
    return rights


@dataclass(frozen=True)
class By:
    """Who asks or acts, for which organisation, and what they may."""

    kind: str = "nobody"  # person, key, portal (the program itself), nobody
    means: str = "api"  # page, api, command, job
    user_id: UUID | None = None
    key_id: UUID | None = None
    session_id: UUID | None = None
    organisation_id: UUID | None = None
    organisation_code: str = ""
    name: str = ""
    language: str = ""
    rights: Rights = field(default_factory=dict)
    roles: frozenset[Role] = frozenset()
    second_factor: bool = False
    request_id: str = ""
    demonstration: bool = False  # what such an account records is invented, too

    @property
    def is_known(self) -> bool:
        return self.kind != "nobody"

    def may(self, permission: Permission, *countries: str) -> bool:
        """Whether the right is held; with countries, for one of them at least."""
        if permission not in self.rights:
            return False
        limit = self.rights[permission]
        return limit is None or not countries or not limit.isdisjoint(countries)


ANYBODY = By()
Door = TypeVar("Door", bound=Callable[..., Any])


def public(door: Door) -> Door:
    """Said by a door that lets anybody in; what they see there depends on who they are."""
    door.is_public = True  # type: ignore[attr-defined]
    return door


PORTAL = By(kind="portal", means="job", name="Almaty Centre portal")

_asking: ContextVar[By] = ContextVar(
    "asking", default=ANYBODY
)  # whoever is forgotten is anybody, and sees what anybody sees


def asking() -> By:
    """Who the request that is being answered comes from."""
    return _asking.get()


def ask_as(by: By) -> None:
    _asking.set(by)


# Who sees what is only for the Centre sees what is for partners, too
AUDIENCES: Mapping[str, tuple[Permission, ...]] = {
    "partners": (P.READ_PARTNERS, P.READ_CENTRE),
    "centre": (P.READ_CENTRE,),
}


def reach(by: By, audience: str) -> Countries:
    """Where rows for this audience may be seen: in these countries, none of them: nowhere, None: everywhere."""
    limits = [by.rights[right] for right in AUDIENCES[audience] if right in by.rights]
    return None if None in limits else frozenset().union(*(limit for limit in limits if limit))


def seen_everywhere(by: By) -> tuple[str, ...]:
    """The visibilities of which every row may be seen, the widest first."""
    return ("public", *(word for word in AUDIENCES if reach(by, word) is None))


def layers_seen(by: By, layers: Iterable[str]) -> tuple[str, ...]:
    """These layers, and beside each those of the changes that only wider and wider circles of whom `by` belongs to see."""
    return tuple(f"{layer}/{seen}".removesuffix("/public") for layer in layers for seen in seen_everywhere(by))


def visible(
    by: By,
    visibility: str = "r.visibility",
    owner: str = "r.organisation_id",
    countries: str = "r.country_iso3 = ANY ({})",
) -> str:
    """The SQL condition of the rows that may be seen. `countries` says whether a row is of one of the countries `{}`."""
    if not by.is_known:
        return f"{visibility} = 'public'"
    everywhere = ", ".join(repr(word) for word in seen_everywhere(by))
    return f"({' OR '.join([f'{visibility} IN ({everywhere})', *seen_here(by, visibility, owner, countries)])})"


def seen_here(by: By, visibility: str, owner: str, countries: str) -> list[str]:
    """The conditions of the rows that a known asker sees although not all who see their like: of some countries, one's own."""
    limited = [word for word in AUDIENCES if reach(by, word)]
    of_countries = [f"({visibility} = '{word}' AND {countries.format(f'%(by_{word}_in)s')})" for word in limited]
    return [*of_countries, f"{owner} = %(by_organisation)s"]


def visible_values(by: By) -> dict[str, Any]:
    """The values that the condition of `visible()` names."""
    limited = {f"by_{word}_in": sorted(limit) for word in AUDIENCES if (limit := reach(by, word))}
    return {"by_organisation": by.organisation_id, **limited} if by.is_known else {}
