"""Four promises about bookings that no load may break, judged from what was acknowledged and what is read back later.

Pure: `loadtests/api/read_back.py` reads the server. A booking whose last change was not answered may be in either
state: that accuses nobody.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import accumulate

from loadtests.judge.judgement import Judgement, Outcome
from loadtests.judge.lives import CANCELED, Booking, Hold, Life, State, instant, lives_of, shown
from loadtests.measure.result import Change

ONE_FOR_EACH_KEY = "one booking for each idempotency key"
NAMES = (
    "no seat is sold twice",
    ONE_FOR_EACH_KEY,
    "canceled seats are free",
    "nothing acknowledged is lost",
)
REFUSED = "retry refused"
SHOWN = 3  # cases that a sentence names; the others are counted


@dataclass(frozen=True, slots=True)
class Before:
    """The server before the load: free seats by start over all hosts, and the bookings that were there already.

    `known` is empty where there was no platform key to ask with. Two bookings on one host whose starts are closer than
    `spacing` get into each other's way.
    """

    free: Mapping[datetime, int]
    spacing: timedelta
    known: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class After:
    """What could be read back. `found` is None for a number that the server denies; `unread` says why there is nothing.

    `now` is the server's clock; `free` is None where availability could not be read, `listed` (every booking in the
    slots of the run) where there was no platform key.
    """

    now: datetime
    free: Mapping[datetime, int] | None
    found: Mapping[str, Booking | None]
    unread: Mapping[str, str] = field(default_factory=dict)
    listed: Sequence[Booking] | None = None

    @property
    def gap(self) -> str:
        """Why a promise cannot be said to be kept although nothing broke it; empty where all was read."""
        if not self.unread:
            return ""
        everything = len(self.unread) + len(self.found)
        return f"{len(self.unread)} of {everything} bookings were not read back: {next(iter(self.unread.values()))}"


def judge(changes: Sequence[Change], before: Before, after: After, lost: bool = False) -> tuple[Judgement, ...]:
    """One judgement for each invariant; of what is broken it names slots, confirmation numbers, idempotency keys.

    `lost`: a worker was, and with it the last changes that it had asked for. Only what the answers themselves
    contradict is then broken for certain.
    """
    told = sorted(changes, key=lambda change: change.at)
    changes = [change for change in told if change.kind != REFUSED]
    lives = lives_of(changes)
    if not lives:
        why = "the server acknowledged no booking, so there was nothing to read back"
        return tuple(Judgement(name, "not judged", why) for name in NAMES)
    judged = (
        _sold_once(lives, before, after),
        _one_for_each_key(changes, [change for change in told if change.kind == REFUSED], before, after),
        _canceled_is_free(lives, _unanswered(changes), before, after),
        _nothing_lost(lives, after),
    )
    judgements = (Judgement(name, *said) for name, said in zip(NAMES, judged, strict=True))
    return tuple(_doubted(judgement) if lost else judgement for judgement in judgements)


def _doubted(judgement: Judgement) -> Judgement:
    if judgement.outcome != "broken" or judgement.name == ONE_FOR_EACH_KEY:
        return judgement
    return replace(
        judgement,
        outcome="not judged",
        reason=f"a worker was lost with what it did last, so this may be its doing: {judgement.reason}",
    )


def _unanswered(changes: Sequence[Change]) -> frozenset[datetime]:
    """Slots in which somebody may hold a seat or not: nobody was told."""
    return frozenset(
        instant(change.starts_at)
        for change in changes
        if change.kind != CANCELED and not change.acknowledged and change.starts_at
    )


def _sold(lives: Mapping[str, Life], after: After, surely: bool) -> Counter[datetime]:
    """Seats taken by start: as the server says it, or as it had acknowledged it where it could not be asked.

    What may be in several states then is in none `surely`, and otherwise in all of them.
    """
    sold: Counter[datetime] = Counter()
    for number, life in lives.items():
        booking = after.found.get(number)
        states = life.states if booking is None else {State.of(booking)}
        if surely and len(states) > 1:
            continue
        for state in states:
            if not state.canceled:
                sold[state.starts_at] += life.seats
    return sold


Said = tuple[Outcome, str]


def _most_held(lives: Mapping[str, Life], after: After) -> Counter[datetime]:
    """The most seats of each slot that were acknowledged at one moment of the run."""
    turns: defaultdict[datetime, list[tuple[float, int]]] = defaultdict(list)
    for number, life in lives.items():
        booking = after.found.get(number)
        holds = list(life.held)
        if life.since is not None and (booking is None or State.of(booking) == life.last):
            holds.append(Hold(life.last.starts_at, life.since, math.inf))
        for hold in holds:
            if hold.until > hold.since:
                turns[hold.starts_at] += [(hold.since, life.seats), (hold.until, -life.seats)]
    return Counter({start: max(accumulate(seats for _, seats in sorted(each))) for start, each in turns.items()})


def _sold_once(lives: Mapping[str, Life], before: Before, after: After) -> Said:
    sold = _sold(lives, after, surely=True) | _most_held(lives, after)
    broken = [
        f"{shown(start)}: {seats} seats sold where {before.free[start]} were free"
        for start, seats in sorted(sold.items())
        if start in before.free and seats > before.free[start]
    ]
    if broken:
        return "broken", _several(broken)
    if unknown := [shown(start) for start in sorted(sold) if start not in before.free]:
        return "not judged", f"before the load no slot was offered at {_several(unknown)}, so its seats are unknown"
    if after.gap:
        return "not judged", after.gap
    if not sold:
        return "no case", "no booking surely held a seat"
    return (
        "kept",
        f"{_count(len(lives), 'booking')} in {_count(len(sold), 'slot')}, none of them overbooked at any time",
    )


def _one_for_each_key(changes: Sequence[Change], refused: Sequence[Change], before: Before, after: After) -> Said:
    made = [change for change in changes if change.kind == "created" and change.acknowledged]
    numbers: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    reasons: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)  # by contact
    for change in made:
        if change.idempotency_key:
            numbers[change.key, change.idempotency_key].add(change.confirmation_number)
        cause = change.idempotency_key or change.confirmation_number
        reasons[change.contact.casefold()].add((change.key, cause))
    if not numbers:
        return "no case", "no booking was made with an idempotency key"
    broken = [
        f"{key} of {whose} made {' and '.join(sorted(told))}"
        for (whose, key), told in sorted(numbers.items())
        if len(told) > 1
    ]
    broken += [
        f"{change.idempotency_key} of {change.key} had made a booking, and its retry was answered with {change.status}"
        for change in refused
    ]
    if broken := broken or list(_silent_doubles(reasons, before, after)):
        return "broken", _several(broken)
    told = "by the answers" if after.listed is None else "by the answers and the list of bookings"
    return "kept", f"{_count(len(numbers), 'key')}, {_count(len(made), 'answer')}, judged {told}"


def _silent_doubles(reasons: Mapping[str, set[tuple[str, str]]], before: Before, after: After) -> Iterator[str]:
    """Bookings that no answer told of: more of them on the server than their contact had reason to get."""
    listed: defaultdict[str, set[str]] = defaultdict(set)
    for booking in after.listed or ():
        for contact in booking.contacts:
            listed[contact.casefold()].add(booking.confirmation_number)
    for contact, causes in reasons.items():
        numbers = listed[contact] - before.known
        if contact and len(numbers) > len(causes):
            keys = " and ".join(sorted(cause for _, cause in causes))
            yield f"{keys} made {' and '.join(sorted(numbers))}"


def _canceled_is_free(lives: Mapping[str, Life], unsure: frozenset[datetime], before: Before, after: After) -> Said:
    left = sorted({start for life in lives.values() for start in life.left})
    if not left:
        return "no case", "nothing was canceled or rescheduled"
    if after.free is None:
        return "not judged", "availability could not be read after the load"
    sold = _sold(lives, after, surely=False)
    broken, judged = [], 0
    for start in left:
        in_the_way = any(start != taken and abs(start - taken) < before.spacing for taken in sold)
        unclear = any(abs(start - taken) < before.spacing or start == taken for taken in unsure)
        if start not in before.free or start <= after.now or in_the_way or unclear:
            continue
        judged += 1
        wanted, seen = before.free[start] - sold[start], after.free.get(start, 0)
        if seen < wanted:
            broken.append(f"{shown(start)}: {seen} of {wanted} seats are offered again")
    if broken:
        return "broken", _several(broken)
    if not judged:
        return "not judged", "the slots that were left are over, were not offered before, or overlap other bookings"
    if after.gap:
        return "not judged", after.gap
    rest = f"; {len(left) - judged} more could not be told from other bookings'" if judged < len(left) else ""
    return "kept", f"{_count(judged, 'slot')} that bookings left{rest}"


def _nothing_lost(lives: Mapping[str, Life], after: After) -> Said:
    broken = []
    for number, life in sorted(lives.items()):
        if number not in after.found:
            continue
        booking = after.found[number]
        if booking is None:
            broken.append(f"{number}: acknowledged as {life.last}, and not found any more")
        elif not life.admits(State.of(booking)):
            broken.append(f"{number}: acknowledged as {life.last}, now {State.of(booking)}")
    if broken:
        return "broken", _several(broken)
    if after.gap:
        return "not judged", after.gap
    return "kept", f"{_count(len(lives), 'booking')} found as acknowledged"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _several(cases: Sequence[str]) -> str:
    more = len(cases) - SHOWN
    return "; ".join(cases[:SHOWN]) + (f"; and {more} more" if more > 0 else "")
