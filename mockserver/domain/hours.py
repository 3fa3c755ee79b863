"""Opening hours in three tiers: business ⊇ team ⊇ individual (/platform/availability).

All in local wall time; `grid.py` makes instants of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property, lru_cache, reduce

DAY_MINUTES = 24 * 60
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EPOCH = date(1970, 1, 1)
_PLAIN_MONDAY = date(1969, 1, 6)
"""Begins a week in which nothing is an exception."""


@dataclass(frozen=True, slots=True, order=True)
class Opening:
    """[opens, closes) in minutes after local midnight, 0 to 1440."""

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= DAY_MINUTES:
            raise ValueError(f"an opening must end after it begins, within one day: {self.opens}-{self.closes}")


Openings = tuple[Opening, ...]
"""Of one day: in order, and neither overlapping nor adjoining."""


def openings(stated: Iterable[Opening]) -> Openings:
    """Openings of one day, adjoining ones joined. Raises ValueError where they overlap or are out of order."""
    joined: list[Opening] = []
    for opening in stated:
        if joined and opening.opens < joined[-1].closes:
            raise ValueError("the openings of a day must be in order and must not overlap")
        if joined and opening.opens == joined[-1].closes:
            opening = Opening(joined.pop().opens, opening.closes)
        joined.append(opening)
    return tuple(joined)


def intersection(some: Openings, others: Openings) -> Openings:
    return tuple(
        Opening(max(a.opens, b.opens), min(a.closes, b.closes))
        for a in some
        for b in others
        if max(a.opens, b.opens) < min(a.closes, b.closes)
    )


def union(some: Openings, others: Openings) -> Openings:
    joined: list[Opening] = []
    for opening in sorted(some + others):
        if joined and opening.opens <= joined[-1].closes:
            last = joined.pop()
            opening = Opening(last.opens, max(last.closes, opening.closes))
        joined.append(opening)
    return tuple(joined)


@dataclass(frozen=True, slots=True)
class Hours:
    """One tier. `weekdays`, Monday first, is None where it inherits; an exception replaces the hours of its date."""

    weekdays: tuple[Openings, ...] | None = None
    exceptions: Mapping[date, Openings] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.weekdays is not None and len(self.weekdays) != len(WEEKDAYS):
            raise ValueError("weekly hours have seven days")
        if min(self.exceptions, default=EPOCH) < EPOCH:
            raise ValueError("exceptions are dated 1970 or later")

    def on(self, day: date) -> Openings | None:
        """None: as the tier above."""
        if day in self.exceptions:
            return self.exceptions[day]
        return None if self.weekdays is None else self.weekdays[day.weekday()]


INHERITED = Hours()


@dataclass(frozen=True, eq=False)
class Schedule:
    """When one host is open: the intersection of business, teams and own hours.

    The teams' hours are joined: who is in several teams is open when any of them is. Hosts of the same tiers share one
    schedule, and what is worked out for it is remembered by its identity.
    """

    timezone: str
    business: Hours
    teams: Sequence[Hours]
    own: Hours

    def on(self, day: date) -> Openings:
        return _effective(self, day)

    def full(self, day: date) -> bool:
        """Open from midnight to midnight."""
        return self.on(day) == (Opening(0, DAY_MINUTES),)

    def began(self, day: date) -> tuple[date, int]:
        """Where the opening that holds the first minute of `day` began: a date and a minute of it.

        Adjoining openings join over midnight. One that never began, because nothing before it was closed, began with
        the epoch: its grid has to begin somewhere, and must not depend on who asks.
        """
        return _began(self, day)

    @cached_property
    def dated(self) -> frozenset[date]:
        """The dates on which any tier has an exception."""
        return frozenset().union(*(tier.exceptions for tier in (self.business, *self.teams, self.own)))


@lru_cache(maxsize=65536)
def _effective(schedule: Schedule, day: date) -> Openings:
    business = schedule.business.on(day) or ()
    parent = business
    if schedule.teams:
        of_teams = (_within(business, team.on(day)) for team in schedule.teams)
        parent = reduce(union, of_teams)
    return _within(parent, schedule.own.on(day))


def _within(parent: Openings, own: Openings | None) -> Openings:
    return parent if own is None else intersection(parent, own)


@lru_cache(maxsize=16384)
def _began(schedule: Schedule, day: date) -> tuple[date, int]:
    closed = _last_not_full(schedule, day)
    if closed is None:
        return EPOCH, 0
    last = schedule.on(closed)[-1:]
    if last and last[0].closes == DAY_MINUTES:
        return closed, last[0].opens
    return closed + timedelta(days=1), 0


def _last_not_full(schedule: Schedule, day: date) -> date | None:
    """The latest date before `day` that is not open from midnight to midnight; None: there has never been one."""
    dated = schedule.dated
    usual: set[int] = set()
    before = day - timedelta(days=1)
    while schedule.full(before):
        if before not in dated:
            usual.add(before.weekday())
        if len(usual) == len(WEEKDAYS):  # only an exception can have closed it
            return max((d for d in dated if d < before and not schedule.full(d)), default=None)
        before -= timedelta(days=1)
    return before


def outside_parent(parent: Schedule, tier: Hours) -> Iterator[str]:
    """The weekdays and dates on which a tier states hours outside its parent's: a likely mistake, not an error.

    A holiday of the parent is none, though the tier's weekly hours go on.
    """
    for offset, weekday in enumerate(WEEKDAYS):
        if _sticks_out(parent, tier, _PLAIN_MONDAY + timedelta(days=offset)):
            yield weekday
    for day in sorted(tier.exceptions):
        if _sticks_out(parent, tier, day):
            yield day.isoformat()


def _sticks_out(parent: Schedule, tier: Hours, day: date) -> bool:
    own = tier.on(day)
    return own is not None and intersection(own, parent.on(day)) != own
