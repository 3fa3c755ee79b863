"""One booking, one idempotency key: a request that is repeated must not book twice (/api/bookings/create)."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from mockserver.observing.advice.finding import Sign, Trace
from mockserver.observing.advice.memory import Recent, caller, header, succeeded, told_too_little
from mockserver.observing.journal import Entry
from mockserver.ports import SECOND

_PASSING = frozenset({"rate_limited", "request_in_progress"})


class _Attempt(NamedTuple):
    """`key` is None where none was sent; `unsure`: the client may not know that it booked, or that it did not."""

    trace: Trace
    key: str | None
    booked: bool
    unsure: bool
    passing: bool


class Keys:
    """The same body within `seconds` is meant to be the same booking. `variable` of the WSGI
    environment has the idempotency key."""

    def __init__(self, operations: Collection[str], variable: str, seconds: float) -> None:
        self.operations = frozenset(operations)
        self._variable = variable
        self._window = seconds * SECOND
        self._attempts: Recent[tuple[object, ...], _Attempt] = Recent()

    def look(self, entry: Entry) -> Sequence[Sign]:
        attempt = _Attempt(
            Trace.of(entry),
            header(entry, self._variable),
            booked=succeeded(entry),
            unsure=told_too_little(entry) or entry.fault is not None,
            passing=entry.cause in _PASSING,
        )
        if entry.cause == "idempotency_key_reused":
            detail = f"{entry.operation} was sent another body with a key that had been used"
            return (Sign("idempotency.other-body", detail, (attempt.trace,)),)
        request = (caller(entry), entry.operation, hash(entry.body))
        before = self._attempts.get(request)
        self._attempts.set(request, attempt)
        if before is None or attempt.trace.arrived - before.trace.arrived > self._window:
            return ()
        return self._repeated(before, attempt)

    def _repeated(self, before: _Attempt, attempt: _Attempt) -> Sequence[Sign]:
        traces, operation = (before.trace, attempt.trace), attempt.trace.operation
        if before.key is None or attempt.key is None:
            if before.booked and attempt.booked:
                return (Sign("idempotency.booked-twice", f"{operation} made two bookings of one body", traces),)
            if before.booked or before.unsure:
                return (Sign("idempotency.no-key", f"{operation} was sent again, and might have booked twice", traces),)
        elif before.key != attempt.key and (before.unsure or before.passing):
            detail = f"{operation} was sent again with another key, so that it might have booked twice"
            return (Sign("idempotency.new-key", detail, traces),)
        return ()
