"""What others see of a unit of work: nothing, until it has ended."""

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import delete

from mockserver.application.admin import Admin
from mockserver.domain.faults import Action, Fault
from mockserver.domain.keys import ApiKey, digest_of
from mockserver.ports import ClockSetting, ReplayRecord, StandingFault, State, Switch
from mockserver.storage.sql.schema import COUNTERS
from mockserver.storage.sql.statements import Statement
from tests.turns import PATIENCE

THREADS = 64
TURNS = 30

SIDE_BY_SIDE = pytest.mark.parametrize("state_url", ["memory", "postgresql"], indirect=True)
"""In a file of SQLite one unit runs at a time: whoever needs two at once finds no end."""


def test_what_is_read_without_a_unit_is_what_was_committed(state: State) -> None:
    key = ApiKey.of_value("value", id="key_1", organization="org_1", kind="public", label="", created_at=0)
    lost = Fault(action=Action(kind="response-lost"))
    with state.work(alone=True) as work:
        work.clock.set(ClockSetting(1, 2))
        work.counters.turn(Switch(enabled=False))
        work.keys.save(key)
        work.faults.save(StandingFault("fault_1", lost))
        assert (state.clock, state.switch, state.find_key(digest_of("value"))) == (ClockSetting(), Switch(), None)
        assert not state.faults
    assert (state.clock, state.switch, state.find_key(digest_of("value"))) == (
        ClockSetting(1, 2),
        Switch(enabled=False),
        key,
    )
    assert state.faults == {"fault_1": lost}


@SIDE_BY_SIDE
def test_a_unit_that_ends_publishes_nothing_of_one_that_still_runs(state: State) -> None:
    key = ApiKey.of_value("value", id="key_1", organization="org_1", kind="public", label="", created_at=0)
    begun, go_on = threading.Event(), threading.Event()

    def saves_a_key() -> None:
        with state.work() as work:
            work.keys.save(key)
            begun.set()
            assert go_on.wait(PATIENCE)

    other = threading.Thread(target=saves_a_key, daemon=True)
    other.start()
    try:
        assert begun.wait(PATIENCE)
        with state.work() as work:
            work.counters.put("policy", "subject", (1,))
        assert state.find_key(key.digest) is None
    finally:
        go_on.set()
        other.join(PATIENCE)
    assert state.find_key(key.digest) == key


@SIDE_BY_SIDE
def test_a_claim_waits_for_no_rules(state: State) -> None:
    """Whoever looks for a slot holds up neither claims of Idempotency-Keys nor limits."""
    begun, go_on = threading.Event(), threading.Event()

    def looks_for_a_slot() -> None:
        with state.work() as work:
            work.bookings.occupied("salon", ("ann",), 0, 1)
            begun.set()
            assert go_on.wait(PATIENCE)

    other = threading.Thread(target=looks_for_a_slot, daemon=True)
    other.start()
    try:
        assert begun.wait(PATIENCE)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(claim, state).result(PATIENCE) is None
            assert pool.submit(claim, state).result(PATIENCE) == ReplayRecord(b"x", 1, None)
    finally:
        go_on.set()
        other.join(PATIENCE)


def claim(state: State) -> ReplayRecord | None:
    with state.work() as work:
        work.counters.put("policy", "subject", (1,))
    with state.work() as work:
        return work.replays.claim("scope", "key", ReplayRecord(b"x", 1, None), 0)


def test_state_is_used_in_a_unit_and_in_one_order(state: State) -> None:
    """Both are mistakes of whoever writes a use case; the second could let two units wait for each other for ever."""
    with pytest.raises(RuntimeError, match=r"with state\.work"):
        state.work().bookings.all()  # type: ignore[attr-defined]
    with state.work() as work:
        work.keys.all()
        with pytest.raises(RuntimeError, match=r"\w+Bookings is taken up before \w+Keys"):
            work.bookings.all()
    with state.work() as work:
        work.bookings.all()


def test_counters_are_exact_whoever_counts_at_the_same_time(state: State, state_url: str) -> None:
    times = 10 if state_url.startswith("postgresql") else 50

    def counts(_: int) -> None:
        for _ in range(times):
            with state.work() as work:
                (used,) = work.counters.held([("policy", "subject")])[0] or (0,)
                work.counters.put("policy", "subject", (used + 1,))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(counts, range(THREADS)))
    with state.work() as work:
        assert work.counters.held([("policy", "subject")]) == [(times * THREADS,)]


@pytest.mark.parametrize("door", ["direct"])
def test_nobody_sees_half_of_a_reset_or_an_import(start: Callable[..., Any], wish: Callable[..., Any]) -> None:
    """64 threads: a quarter import one state or the other or reset, the others look at all there is."""
    client = start(limits=True, journal=0)
    admin = Admin(client.mock)
    states = []
    for number, slot in enumerate(("2025-12-03T15:00:00Z", "2025-12-04T15:00:00Z")):
        body = wish(client, "haircut", slot)
        assert client.post("public/bookings", json=body, headers={"Idempotency-Key": f"k{number}"}).status_code == 201
        admin.keys.revoke(["key_harbor_public", "key_harbor_platform"][number])
        admin.advance(7 * 10**9)
        states.append(admin.export_state())
        admin.limits.set(None, "token-bucket")
    allowed = [*states]
    for imported in states:
        admin.import_state(imported)
        admin.reset()
        allowed.append(admin.export_state())
    assert len({repr(one) for one in allowed}) == 4
    together = threading.Barrier(THREADS)

    def act(number: int) -> list[int]:
        together.wait()
        seen = []
        for turn in range(TURNS):
            match number % 4, turn % 3:
                case 0, 2:
                    admin.reset()
                case 0, which:
                    admin.import_state(states[(which + number // 4) % 2])
                case _:
                    found = admin.export_state()
                    seen.append(next((at for at, one in enumerate(allowed) if one == found), -1))
        return seen

    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that threads do take turns amid a step
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            seen = [one for found in pool.map(act, range(THREADS)) for one in found]
    finally:
        sys.setswitchinterval(usual)
    assert len(seen) == 48 * TURNS
    assert -1 not in seen
    assert len(set(seen)) > 1


@pytest.mark.parametrize("state_url", ["sqlite", "postgresql"], indirect=True)
def test_what_writes_and_answers_is_undone_like_any_other(state: Any) -> None:
    taken = Statement(delete(COUNTERS).returning(COUNTERS.c.subject))
    with state.work() as work:
        work.counters.put("policy", "subject", (1,))
    with suppress(ZeroDivisionError), state.work() as work:
        assert work.counters.unit.run_and_ask(taken) == [("subject",)]
        raise ZeroDivisionError
    with state.look() as work:
        assert work.counters.items("policy") == [("subject", (1,))]


@pytest.mark.parametrize("state_url", ["sqlite"], indirect=True)
def test_what_is_given_up_is_forgotten_before_anybody_else_begins(state: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one process has at hand beside its file: running claims, and counters."""
    at_hand: list[tuple[Any, Any]] = []

    class Turn:
        def acquire(self) -> None: ...

        def release(self) -> None:
            at_hand.append((state.kept_counters.contents(), dict(state.claims)))

    monkeypatch.setattr(state._database, "turn", Turn())
    with suppress(ZeroDivisionError), state.work() as work:
        work.counters.put("policy", "subject", (1,))
        work.replays.claim("scope", "key", ReplayRecord(b"x", 1, None), 0)
        assert state.kept_counters.contents()
        assert state.claims
        raise ZeroDivisionError
    monkeypatch.undo()
    assert at_hand == [({}, {})]
