"""Whoever guesses numbers or invents keys for ever must not fill the memory."""

import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from ipaddress import IPv6Address
from itertools import islice
from random import Random
from typing import Any

import pytest

from mockserver.adapters.ids import RandomIds
from mockserver.application.idempotency import Claim, Idempotency
from mockserver.limits.algorithms import ALGORITHMS, Policy
from mockserver.limits.limiter import Limiter
from mockserver.ports import SECOND, Outcome
from mockserver.storage.counters import MemoryCounters
from mockserver.storage.memory import MemoryState
from tests.effort import draws

MANY = draws(120_000, share=6)
MINUTE, DAY = 60 * SECOND, 86_400 * SECOND
START = 1_764_576_000 * SECOND
SLACK = 2 * MANY  # bytes
POLICIES = [Policy("general", 60, MINUTE, "key"), Policy("hour", 1000, 60 * MINUTE, "key")]


def names(seed: int) -> Iterator[str]:
    draw = Random(seed)
    return (f"{draw.getrandbits(64):016x}" for _ in range(MANY))


def bytes_of(root: object) -> int:
    """All that it holds, tables with room to spare included."""
    gc.collect()
    seen: set[int] = set()
    waiting, total = [root], 0
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, type) or callable(thing):
            continue
        seen.add(id(thing))
        total += sys.getsizeof(thing)
        waiting += gc.get_referents(thing)
    return total


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_random_subjects_leave_memory_where_it_was_once_their_counters_have_expired(algorithm: str) -> None:
    limiter = Limiter(MemoryCounters(), algorithm)
    limiter.admit([(policy, "first") for policy in POLICIES], START)
    before = bytes_of(limiter)
    for number, name in enumerate(names(0)):
        limiter.admit([(policy, name) for policy in POLICIES], START + number)
    assert limiter.size() == 2 * MANY + 2
    limiter.forget(POLICIES, START + ALGORITHMS[algorithm].windows * 60 * MINUTE + MANY)
    assert limiter.size() == 0
    assert bytes_of(limiter) < before + SLACK


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_newcomers_make_room_for_themselves(algorithm: str) -> None:
    """A new subject every 60 ms, for ever: there are never more counters than subjects in the windows that count."""
    limiter, policy = Limiter(MemoryCounters(), algorithm), POLICIES[0]
    largest = 0
    for number, name in enumerate(islice(names(1), MANY // 5)):
        limiter.admit([(policy, name)], START + number * 60_000_000)
        largest = max(largest, limiter.size())
    assert largest == 1000 * ALGORITHMS[algorithm].windows


def test_a_subject_that_comes_back_is_not_forgotten_with_those_that_do_not() -> None:
    limiter, policy = Limiter(MemoryCounters(), "fixed-window"), POLICIES[0]
    limiter.admit([(policy, "regular")], START)
    limiter.admit([(policy, "guest")], START)
    limiter.admit([(policy, "regular")], START + 30 * SECOND)
    limiter.forget([policy], START + MINUTE)
    assert [subject for subject, _ in limiter.usages([policy], START + MINUTE)] == ["regular"]


def test_random_confirmation_numbers_clients_and_keys_leave_the_mock_as_it_was(start: Callable[..., Any]) -> None:
    client = start(limits=True, journal=0, trusted_proxies=1)
    pipeline = client.built.front.pipeline
    environ = {"REQUEST_METHOD": "GET", "REMOTE_ADDR": "10.0.0.1"}

    def guess(name: str) -> None:
        path = f"/api/calendar/v1/public/bookings/confirmation/{name}"
        address = str(IPv6Address(int.from_bytes(sha256(name.encode()).digest()[:16])))
        asked = {"PATH_INFO": path, "QUERY_STRING": f"contact={name}@example.com", "HTTP_X_FORWARDED_FOR": address}
        assert pipeline.handle({**environ, **asked}).status == 404

    def try_key(name: str) -> None:
        path = "/api/calendar/v1/public/org/acme-salon"
        assert pipeline.handle({**environ, "PATH_INFO": path, "HTTP_X_KORDLESS_KEY": name}).status == 401

    for name in islice(names(3), 1100):  # addresses that were read are remembered, a thousand of them
        guess(name)
    assert client.request("POST", "/_mock/clock/advance", json={"seconds": 60}).status_code == 200
    for name in ("one", "two", "three"):
        guess(name)
        try_key(name)
    gc.collect()
    before, blocks = bytes_of(client.mock.limiter), sys.getallocatedblocks()
    some = list(islice(names(2), MANY // 5))
    for name in some:
        guess(name)
        try_key(name)
    assert client.mock.limiter.size() == 2 * (len(some) + 3)
    del some
    assert client.request("POST", "/_mock/clock/advance", json={"seconds": 60}).status_code == 200
    assert client.mock.limiter.size() == 0
    gc.collect()
    assert bytes_of(client.mock.limiter) < before + SLACK
    assert sys.getallocatedblocks() < blocks + 2_000


def held(state: MemoryState) -> Sequence[object]:
    with state.work() as work:
        return work.replays.all()


def test_random_idempotency_keys_leave_memory_where_it_was_once_their_lifetime_is_over() -> None:
    state = MemoryState(RandomIds(7, {"production": "kord_live_"}, 32))
    idempotency = Idempotency(state, DAY)
    before = bytes_of(state.tables.replays)
    for number, name in enumerate(names(3)):
        claim = idempotency.claim("key", name, b"fingerprint", START + number)
        assert isinstance(claim, Claim)
        if number % 2:
            idempotency.release(claim)
        else:
            with state.work() as work:
                idempotency.complete(claim, Outcome(201, (), b"{}"), work)
    assert len(held(state)) == MANY // 2
    idempotency.fulfil(START + MANY + DAY)
    assert len(held(state)) == 0
    assert bytes_of(state.tables.replays) < before + SLACK
