"""What roles add up to: rights join, limits to countries join, and no limit beats any."""

import pytest

from app.permissions import (
    ANYBODY,
    CENTRE_ROLES,
    NEEDS_SECOND_FACTOR,
    ROLES,
    SCOPES,
    By,
    Permission,
    Role,
    rights_of,
    visible,
)


def test_two_limits_of_one_right_join() -> None:
    rights = rights_of([(Role.CONTRIBUTOR, ["KGZ"]), (Role.REQUESTER, ["TJK"])])
    assert rights[Permission.READ_PARTNERS] == {"KGZ", "TJK"}
    assert rights[Permission.CAPACITY_WRITE] == {"KGZ"}


def test_no_limit_beats_any() -> None:
    assert rights_of([(Role.READER, ["KGZ"]), (Role.ANALYST, [])])[Permission.READ_PARTNERS] is None
    assert rights_of([(Role.ANALYST, []), (Role.READER, ["KGZ"])])[Permission.READ_PARTNERS] is None


def test_a_right_limited_to_countries_serves_for_one_of_them() -> None:
    by = By("person", rights=rights_of([(Role.OPERATOR, ["KGZ"])]))
    assert by.may(Permission.EVENT_WRITE)
    assert by.may(Permission.EVENT_WRITE, "KGZ", "KAZ")
    assert not by.may(Permission.EVENT_WRITE, "KAZ")
    assert not by.may(Permission.PEOPLE_MANAGE)


def test_nobody_may_anything_and_sees_what_is_public() -> None:
    assert not any(ANYBODY.may(permission) for permission in Permission)
    assert visible(ANYBODY) == "r.visibility = 'public'"


@pytest.mark.parametrize("role", sorted(set(Role) - CENTRE_ROLES))
def test_no_role_of_a_partner_reads_what_only_the_centre_is_told(role: Role) -> None:
    assert Permission.READ_CENTRE not in ROLES[role]
    assert Permission.CAPACITY_WRITE_ANY not in ROLES[role]


def test_every_permission_belongs_to_somebody() -> None:
    assert set().union(*ROLES.values()) == set(Permission)
    assert set(ROLES) == set(Role)


def test_whoever_manages_people_or_logs_events_gives_two_factors() -> None:
    powerful = {role for role, rights in ROLES.items() if rights & {Permission.PEOPLE_MANAGE, Permission.EVENT_WRITE}}
    assert powerful <= NEEDS_SECOND_FACTOR


def test_no_program_manages_people_or_keys() -> None:
    assert SCOPES.isdisjoint({Permission.PEOPLE_MANAGE, Permission.KEY_MANAGE, Permission.HISTORY_SEARCH})
