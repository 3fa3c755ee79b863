"""What a schema cannot say of a snapshot: whether a mock can work with it. What is taken works in every operation."""

import json
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

from mockserver.domain.localtime import zone
from mockserver.domain.organizations import Organization
from mockserver.limits.algorithms import ALGORITHMS, Algorithm, Policy

LARGEST = 2**63 - 1  # what JSON for other programs, and databases, can hold
LAST_SECOND = 253_370_764_799  # of the year 9998
_NAME = re.compile(r"[!-~]{1,255}")
_SENT = re.compile(r"[ -~\x80-\xff]{0,8000}")  # what a header can bring; the contract says which of it is a key
_BOOKING_ID = re.compile(r"[a-z0-9_]{1,64}")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_HEADER_VALUE = re.compile(r"[ -~]{0,8000}")
_NEVER_STORED = frozenset({"connection", "content-length", "date", "transfer-encoding"})
_LONGEST_QUOTE = 60
_ADMITTED_BY_MUTANTS = 1  # units beyond a limit; what a mock has exported it must take back, a broken one too
_MERSENNE_WORDS = 625  # the state of Python's generator: 624 words and a place among them

Problem = tuple[str, str]  # where, and what is wrong


def unusable(
    snapshot: Mapping[str, Any], organizations: Mapping[str, Organization], policies: Mapping[str, Policy]
) -> str | None:
    """The first reason why a snapshot of the right shape cannot be taken, with its place.

    `organizations` by slug, `policies` by name.
    """
    for check in (_numbers(snapshot), _limits(snapshot, policies), _ids(snapshot), _keys(snapshot, organizations),
                  _bookings(snapshot, organizations), _replays(snapshot), _deliveries(snapshot)):  # fmt: skip
        for place, reason in check:
            return f"{place} {reason}"
    return None


def _numbers(snapshot: Any) -> Iterator[Problem]:
    """Places are told of a snapshot with such a number only: they take most of the time."""
    left = [snapshot]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            left += value.values()
        elif isinstance(value, list):
            left += value
        elif _is_beyond(value):
            yield from _numbers_of(snapshot, "")
            return


def _numbers_of(value: Any, place: str) -> Iterator[Problem]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _numbers_of(member, f"{place}.{name}" if place else name)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _numbers_of(member, f"{place}[{index}]")
    elif _is_beyond(value):
        yield place, "is a number beyond 64 bits"


def _is_beyond(value: Any) -> bool:
    return isinstance(value, (int, float)) and not (isfinite(value) and abs(value) <= LARGEST)


def _limits(snapshot: Mapping[str, Any], policies: Mapping[str, Policy]) -> Iterator[Problem]:
    limits, now = snapshot["limits"], snapshot["clock"]["now"]
    algorithm = ALGORITHMS.get(limits["algorithm"])
    if algorithm is None:
        yield "limits.algorithm", f"is no algorithm of this mock; there are {', '.join(ALGORITHMS)}"
        return
    for name, counters in limits["counters"].items():
        if name not in policies:
            yield f"limits.counters.{name}", f"is no policy of this mock's contract; there are {', '.join(policies)}"
            continue
        for subject, numbers in counters.items():
            if (reason := _uncountable(numbers, algorithm, policies[name], now)) is not None:
                yield f"limits.counters.{name}[{json.dumps(subject[:_LONGEST_QUOTE])}]", reason


def _uncountable(numbers: Sequence[int], algorithm: Algorithm, policy: Policy, now: int) -> str | None:
    try:
        state = algorithm.read(numbers)
    except ValueError:
        return f"is no counter of this algorithm, which holds {len(algorithm.unused)} numbers"
    if state[0] > now:
        return "is later than the snapshot's own clock"
    remaining = algorithm.look(state, policy, now).remaining
    if -_ADMITTED_BY_MUTANTS <= remaining <= policy.limit:
        return None
    return f"holds more than the {policy.limit} units of the policy"


def _ids(snapshot: Mapping[str, Any]) -> Iterator[Problem]:
    taken = {booking["id"] for booking in snapshot["bookings"]}
    for index, waiting in enumerate(snapshot["ids"]["waiting"]):
        if not _BOOKING_ID.fullmatch(waiting):
            yield f"ids.waiting[{index}]", "is no id of a booking"
        if waiting in taken:
            yield f"ids.waiting[{index}]", "is taken already"
        taken.add(waiting)
    drawn = snapshot["ids"]["random"]
    if drawn is None:
        return
    if len(drawn) != 3 or drawn[0] != 3 or not isinstance(drawn[1], list) or len(drawn[1]) != _MERSENNE_WORDS:
        yield "ids.random", "is no state of a generator"
        return
    *words, position = drawn[1]
    if not all(type(word) is int and 0 <= word < 2**32 for word in words):
        yield "ids.random[1]", "must have words of 32 bits"
    if type(position) is not int or not 0 <= position <= len(words):
        yield f"ids.random[1][{len(words)}]", "is no place among the words"
    if drawn[2] is not None and not (isinstance(drawn[2], float) and abs(drawn[2]) < 100):
        yield "ids.random[2]", "is no normally distributed number"


def _keys(snapshot: Mapping[str, Any], organizations: Mapping[str, Organization]) -> Iterator[Problem]:
    known = {organization.id for organization in organizations.values()}
    seen: set[str] = set()
    digests: set[str] = set()
    for index, key in enumerate(snapshot["keys"]):
        place = f"keys[{index}]"
        if key["digest"] in digests:
            yield f"{place}.digest", "is another key's, too"
        digests.add(key["digest"])
        if not _NAME.fullmatch(key["id"]) or "/" in key["id"]:
            yield f"{place}.id", "may have ASCII letters, digits and punctuation only"
        if key["id"] in seen:
            yield f"{place}.id", "is another key's, too"
        seen.add(key["id"])
        if key["organization"] not in known:
            yield f"{place}.organization", "is no organization of this mock's dataset"
        yield from _moments(key, ("created_at", "expires_at"), place)


def _bookings(snapshot: Mapping[str, Any], organizations: Mapping[str, Organization]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, booking in enumerate(snapshot["bookings"]):
        place = f"bookings[{index}]"
        if not _BOOKING_ID.fullmatch(booking["id"]):
            yield f"{place}.id", "is no id of a booking"
        if booking["id"] in seen:
            yield f"{place}.id", "is another booking's, too"
        seen.add(booking["id"])
        organization = organizations.get(booking["organization"])
        if organization is None:
            yield f"{place}.organization", "is no organization of this mock's dataset"
            continue
        for member, known in (
            ("service", organization.services),
            ("host", organization.hosts),
            ("team", organization.teams),
        ):
            if booking.get(member) is not None and booking[member] not in known:
                yield f"{place}.{member}", f"is no {member} of {organization.slug}"
                return
        service = organization.services[booking["service"]]
        if booking["host"] not in organization.hosts_of(service):
            yield f"{place}.host", f"does not take {service.slug}"
        if booking["party_size"] > service.calendar.seats:
            yield f"{place}.party_size", f"is more than the {service.calendar.seats} seats of {service.slug}"
        for member in ("buffer_before", "buffer_after"):
            if booking.get(member, 0) > organization.widest_buffer:
                yield f"{place}.{member}", f"is longer than any buffer of {organization.slug}"
        if not _is_zone(booking["timezone"]):
            yield f"{place}.timezone", "is not in the IANA time zone database"
        yield from _moments(booking, ("start", "end", "created_at"), place)
        if booking["start"] >= booking["end"]:
            yield f"{place}.end", "must be after its start"


def _is_zone(name: str) -> bool:
    try:
        zone(name)
    except LookupError:
        return False
    return True


def _moments(holder: Mapping[str, Any], names: tuple[str, ...], place: str) -> Iterator[Problem]:
    for name in names:
        moment = holder.get(name)
        if moment is not None and not 0 <= moment <= LAST_SECOND:
            yield f"{place}.{name}", "must be in the years 1970 to 9998"


def _replays(snapshot: Mapping[str, Any]) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for index, replay in enumerate(snapshot["replays"]):
        place, outcome = f"replays[{index}]", replay["outcome"]
        if (replay["scope"], replay["key"]) in seen:
            yield f"{place}.key", "is another replay's of this scope, too"
        seen.add((replay["scope"], replay["key"]))
        if not _NAME.fullmatch(replay["scope"]):
            yield f"{place}.scope", "may have ASCII letters, digits and punctuation only"
        if not _SENT.fullmatch(replay["key"]):
            yield f"{place}.key", "is no value that a header can have"
        if outcome["status"] not in range(200, 600) or outcome["status"] in (204, 304):
            yield f"{place}.outcome.status", "is no status of an answer with a body"
        for number, pair in enumerate(outcome["headers"]):
            if not _is_header(pair):
                yield f"{place}.outcome.headers[{number}]", "is no header that an outcome may have"
        try:
            json.loads(b64decode(outcome["body"], validate=True))
        except ValueError:
            yield f"{place}.outcome.body", "is not JSON in base64"


def _deliveries(snapshot: Mapping[str, Any]) -> Iterator[Problem]:
    for part in ("webhooks", "deliveries"):
        seen: set[str] = set()
        for index, one in enumerate(snapshot.get(part, ())):
            if one["id"] in seen:
                yield f"{part}[{index}].id", "is another's, too"
            seen.add(one["id"])
    webhooks = {webhook["id"] for webhook in snapshot.get("webhooks", ())}
    for index, delivery in enumerate(snapshot.get("deliveries", ())):
        if delivery["due"] is not None and delivery["webhook"] not in webhooks:
            yield f"deliveries[{index}].webhook", "is none of webhooks, and the delivery is pending"
        try:
            json.loads(b64decode(delivery["payload"], validate=True))
        except ValueError:
            yield f"deliveries[{index}].payload", "is not JSON in base64"


def _is_header(pair: Any) -> bool:
    return (
        len(pair) == 2
        and _HEADER.fullmatch(pair[0]) is not None
        and pair[0].lower() not in _NEVER_STORED
        and _HEADER_VALUE.fullmatch(pair[1]) is not None
    )
