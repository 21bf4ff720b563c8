"""Items that tell of the same happening find together, among those at hand and those that were sorted before."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.inbox.likeness import kin_of, likeness, tolerance_of
from app.inbox.told import Told, differences


@dataclass
class Change:
    """What a feed came to say otherwise."""

    feed: str
    revision: int
    was: dict[str, Any]
    is_now: dict[str, Any]


@dataclass(eq=False)
class Group:
    """The items of one candidate. `came` are those of this turn, `changes` what they say otherwise than before."""

    id: UUID | None = None
    members: dict[UUID, Told] = field(default_factory=dict)
    came: list[Told] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def add(self, told: Told) -> None:
        """Raises nothing: an item that says what it said before changes nothing."""
        own = self.members.get(told.item_id)
        before = own or self.latest_of(told.feed_id)
        if before and (own or before.newest <= told.newest):
            was, is_now = differences(before.said, told.said)
            if was:
                self.changes.append(Change(told.feed, told.revision, was, is_now))
        self.members[told.item_id] = told
        self.came.append(told)

    def latest_of(self, feed_id: UUID) -> Told | None:
        """What a feed says now: of several items by it, that which its source touched last."""
        return max(
            (one for one in self.members.values() if one.feed_id == feed_id), key=lambda one: one.newest, default=None
        )

    def tellers(self) -> Iterator[Told]:
        """What each feed says now."""
        for feed_id in dict.fromkeys(one.feed_id for one in self.members.values()):
            if latest := self.latest_of(feed_id):
                yield latest

    def has(self, feed_id: UUID) -> bool:
        return any(one.feed_id == feed_id for one in self.members.values())


class Groups:
    """The groups at hand, found by item, by name, or by likeness."""

    def __init__(self, known: Iterable[Group]) -> None:
        self.by_item: dict[UUID, Group] = {}
        self.by_key: dict[str, Group] = {}
        self.by_time: dict[str, list[tuple[datetime, int, Told, Group]]] = {}
        self.touched: dict[Group, None] = {}
        self.number = 0
        for group in known:
            for told in group.members.values():
                self.learn(told, group)

    def learn(self, told: Told, group: Group) -> None:
        self.by_item[told.item_id] = group
        for key in told.keys:
            self.by_key.setdefault(key, group)
        kin, began = kin_of(told.said.get("hazard")), told.started_at
        if kin and began:
            self.number += 1
            insort(self.by_time.setdefault(kin, []), (began, self.number, told, group))

    def take(self, told: Told) -> Group:
        """The group that an item belongs to, with the item in it; a new one where none is like it."""
        group = self.by_item.get(told.item_id) or self.named(told) or self.like(told) or Group()
        group.add(told)
        self.learn(told, group)
        self.touched[group] = None
        return group

    def named(self, told: Told) -> Group | None:
        """By a name that some body gave it. One that stands for another kind of hazard (a GLIDE number may) is not meant."""
        kin = kin_of(told.said.get("hazard"))
        for key in sorted(told.keys):
            group = self.by_key.get(key)
            if group and (
                not kin or any(kin_of(one.said.get("hazard")) in (kin, "") for one in group.members.values())
            ):
                return group
        return None

    def like(self, told: Told) -> Group | None:
        """The likeliest of those in which its feed does not speak already."""
        near = [
            (rating, group)
            for other, group in self.about_then(told)
            if not group.has(told.feed_id) and (rating := likeness(told, other)) is not None
        ]
        return max(near, key=lambda one: one[0])[1] if near else None

    def about_then(self, told: Told) -> Iterator[tuple[Told, Group]]:
        kin, began = kin_of(told.said.get("hazard")), told.started_at
        if not kin or not began:
            return
        line, reach = self.by_time.get(kin, []), tolerance_of(kin).time
        for at, _number, other, group in line[bisect_left(line, (began - reach,)) :]:
            if at > began + reach:
                return
            yield other, group
