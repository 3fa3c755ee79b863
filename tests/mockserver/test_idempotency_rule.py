"""The replay rule against an oracle that is too simple to be wrong, over random histories with moving time."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from mockserver.adapters.ids import RandomIds
from mockserver.application.idempotency import Claim, Idempotency
from mockserver.domain.errors import Refused
from mockserver.ports import Outcome
from mockserver.storage.memory import MemoryState
from tests.effort import draws


def new_state() -> MemoryState:
    return MemoryState(RandomIds(7, {"production": "kord_live_"}, 32))


class IdempotencyMachine(RuleBasedStateMachine):
    """The oracle is a table of keys: what was sent, when it first arrived, and what came of it."""

    LIFETIME = 50

    def __init__(self) -> None:
        super().__init__()
        self.state = new_state()
        self.idempotency = Idempotency(self.state, self.LIFETIME)
        self.now = 1000
        self.known: dict[tuple[str, str], tuple[bytes, int, Outcome | None]] = {}
        self.running: list[Claim] = []

    def alive(self, name: tuple[str, str], now: int) -> bool:
        return name in self.known and now - self.known[name][1] < self.LIFETIME

    def move_to(self, moment: int) -> None:
        """Never so far that a request still runs when its key's lifetime is over."""
        oldest = min((claim.record.arrived for claim in self.running), default=moment)
        self.now = max(self.now, min(moment, oldest + self.LIFETIME - 1))

    @rule(nanoseconds=st.integers(0, 60))
    def time_passes(self, nanoseconds: int) -> None:
        self.move_to(self.now + nanoseconds)

    @precondition(lambda self: self.known)
    @rule(which=st.integers(0), off_by=st.integers(-1, 1))
    def time_passes_to_the_end_of_a_lifetime(self, which: int, off_by: int) -> None:
        _, arrived, _ = list(self.known.values())[which % len(self.known)]
        self.move_to(arrived + self.LIFETIME + off_by)

    @rule(
        scope=st.sampled_from(["a", "b"]),
        key=st.sampled_from(["k", "l"]),
        body=st.sampled_from([b"x", b"y"]),
        late=st.integers(0, 1),
    )
    def a_request_arrives(self, scope: str, key: str, body: bytes, late: int) -> None:
        """`late`: others that arrived after it have overtaken it."""
        name, now = (scope, key), self.now - late
        alive = self.alive(name, now)
        answer = self.claim(scope, key, body, now)
        if not alive:
            assert isinstance(answer, Claim)
            self.known[name] = (body, now, None)
            self.running.append(answer)
            return
        sent, _, outcome = self.known[name]
        if outcome is None:
            assert answer == "request_in_progress"
        else:
            assert answer == (outcome if sent == body else "idempotency_key_reused")

    def claim(self, scope: str, key: str, body: bytes, now: int) -> Claim | Outcome | str:
        """A refusal by its cause."""
        try:
            return self.idempotency.claim(scope, key, body, now)
        except Refused as refusal:
            return refusal.cause

    @precondition(lambda self: self.running)
    @rule(which=st.integers(0), status=st.sampled_from([201, 409, 422]))
    def a_request_is_done(self, which: int, status: int) -> None:
        claim = self.running.pop(which % len(self.running))
        outcome = Outcome(status, (("Content-Type", "application/json"),), claim.key.encode())
        with self.state.work() as work:
            self.idempotency.complete(claim, outcome, work)
        name = (claim.scope, claim.key)
        self.known[name] = (*self.known[name][:2], outcome)

    @precondition(lambda self: self.running)
    @rule(which=st.integers(0), crash=st.booleans())
    def a_request_comes_to_nothing(self, which: int, crash: bool) -> None:
        claim = self.running.pop(which % len(self.running))
        if crash:
            with pytest.raises(ZeroDivisionError):
                self.crash_after_completing(claim)
        self.idempotency.release(claim)
        del self.known[claim.scope, claim.key]

    def crash_after_completing(self, claim: Claim) -> None:
        with self.state.work() as work:
            self.idempotency.complete(claim, Outcome(201, (), b"never"), work)
            raise ZeroDivisionError

    @rule()
    def what_has_expired_is_forgotten(self) -> None:
        self.idempotency.fulfil(self.now - 1)


def test_the_replay_rule_does_what_its_oracle_does_over_random_histories() -> None:
    run_state_machine_as_test(
        IdempotencyMachine, settings=settings(max_examples=draws(400), stateful_step_count=15, deadline=None)
    )


def test_the_lifetime_of_a_key_that_was_overtaken_ends_no_later() -> None:
    state = new_state()
    idempotency = Idempotency(state, lifetime=50)
    for key, arrived in (("second", 1005), ("first", 1000)):
        claim = idempotency.claim("scope", key, b"body", arrived)
        assert isinstance(claim, Claim)
        with state.work() as work:
            idempotency.complete(claim, Outcome(201, (), b""), work)
    assert isinstance(idempotency.claim("scope", "first", b"body", 1049), Outcome)
    assert isinstance(idempotency.claim("scope", "second", b"body", 1050), Outcome)
    assert isinstance(idempotency.claim("scope", "first", b"body", 1050), Claim)


def test_a_request_that_was_overtaken_at_the_end_of_a_lifetime_still_gets_its_answer() -> None:
    state = new_state()
    idempotency = Idempotency(state, 50)
    first = idempotency.claim("a", "k", b"x", 1000)
    assert isinstance(first, Claim)
    outcome = Outcome(201, (), b"booking")
    with state.work() as work:
        idempotency.complete(first, outcome, work)
    idempotency.claim("b", "k", b"x", 1050)
    assert idempotency.claim("a", "k", b"x", 1049) == outcome
    assert isinstance(idempotency.claim("a", "k", b"x", 1050), Claim)
