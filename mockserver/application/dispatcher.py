"""Sends what is in the outbox: at once, or when it falls due.

Couriers are threads that come when there is something to be sent and go when there is nothing more. Each claims a
delivery, sends it, records what became of it, and looks for the next; one that finds a delivery calls another, so a
receiver that hangs keeps nobody but its own. Requests wait for none of them. Of one booking only the first delivery
that is pending can be claimed, so each webhook is told of it in order.

When the mock's clock is moved, what falls due on the way is sent by whoever moves it, each try at its moment of that
clock, and the couriers stand aside.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

from mockserver.application.webhooks import Terms
from mockserver.domain.webhooks import Attempt, Delivery, Webhook
from mockserver.observing.advice.receivers import Told
from mockserver.ports import SECOND, Answer, Clock, Post, Sender, State, StateUnavailableError

MOST_COURIERS = 32
MOST_FOR_EACH = 8
"""Deliveries that are under way to one webhook at the same time."""
LEASE_SECONDS = 15
"""Of real time, beyond that of the receiver, after which whoever claimed a delivery counts as dead."""
LOOK_SECONDS = 1.0
"""So often somebody looks, while anything is pending: time may have been moved elsewhere, another process have died."""
LINGER_SECONDS = 2.0
"""So long a courier waits for the next delivery when nothing is pending."""
KEPT = 2_000
"""Settled deliveries that are remembered: an exported state has them, too."""
FORGET_EVERY = 64


class Dispatcher:
    """`uptime` is real time, in seconds from any moment. With a state that is `shared` others deliver, too, and may
    leave deliveries behind. `tell` is told of every try."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        terms: Terms | None,
        sender: Sender,
        uptime: Callable[[], float],
        *,
        shared: bool,
        tell: Callable[[Told], None] = lambda _: None,
    ) -> None:
        self._state = state
        self._clock = clock
        self._terms = terms
        self._sender = sender
        self._uptime = uptime
        self._shared = shared
        self._tell = tell
        self._stays = False
        self._closed = False
        self._lock = threading.Lock()
        """Guards what follows; nobody asks anything of the state while he has it."""
        self._news, self._tried = threading.Condition(self._lock), threading.Condition(self._lock)
        self._wakes = self._couriers = self._waiting = self._recorded = 0
        self._looking = False
        self._under_way: Counter[str] = Counter()
        self.leading = threading.RLock()
        """Of whoever claims; as long as it takes, of whoever moves the clock."""
        self._using = threading.Lock()
        """Of whoever asks something of the state, which may else be closed meanwhile."""

    # --- from outside

    def start(self) -> None:
        """Go on with what an earlier process left behind; where the state is shared, look for what others leave."""
        self._stays = self._shared
        self.wake()

    def wake(self) -> None:
        """There may be something to be sent. Waits for nothing."""
        if self._terms is None:
            return
        with self._lock:
            self._wakes += 1
            if self._waiting:
                self._news.notify()
            elif self._couriers < MOST_COURIERS and not self._closed:
                self._couriers += 1
                threading.Thread(target=self._carry, name="courier", daemon=True).start()

    def close(self) -> None:
        """The state may be closed afterwards: what is under way is not recorded any more."""
        with self._using, self._lock:
            self._closed = True
            self._news.notify_all()

    def probe(self, webhook: Webhook, delivery: Delivery, delivery_id: str) -> Told:
        """Send what was delivered once more, under another id and wrongly signed. It is recorded nowhere."""
        if self._terms is None:
            raise ValueError("the contract has no webhooks")
        at, forging = self._clock.now(), replace(webhook, secret=webhook.secret[::-1] + webhook.secret)
        forged = replace(
            delivery, id=delivery_id, payload=delivery.payload.replace(delivery.id.encode(), delivery_id.encode())
        )
        answer = self._sent(forging, forged, at, self._terms)
        told = Told(delivery_id, delivery.event, at, answer, answer.status in self._terms.success, forged=True)
        self._tell(told)
        return told

    # --- as a duty of the agenda

    def next_due(self) -> int | None:
        if not self._state.webhooks:
            return None
        with self._state.look() as work:
            return work.deliveries.next_due()

    def fulfil(self, until: int) -> bool:
        """Try what is due by then, in order, each at its moment.

        Waits for receivers; begins nothing new when one try could have run out of time meanwhile.
        """
        if self._terms is None:
            return True
        deadline = self._uptime() + self._terms.seconds
        try:
            with self.leading:
                return self._fulfilled(until, deadline)
        except _ClosedError:
            return False
        finally:
            self.wake()

    def _fulfilled(self, until: int, deadline: float) -> bool:
        """Whether that was done by the deadline, in seconds of `uptime`. Raises _ClosedError."""
        moment = 0
        while (due := self.next_due()) is not None and due <= until:
            if self._uptime() > deadline:
                return False
            moment = max(moment, due)
            found = [each for webhook in list(self._state.webhooks) for each in self._claim(webhook, moment)]
            if found:
                self._send_all(found)
            else:
                self._wait_for_others()
        return True

    def _send_all(self, found: "Sequence[_Found]") -> None:
        if len(found) == 1:
            self._deliver(*found[0])
            return
        with ThreadPoolExecutor(min(len(found), MOST_FOR_EACH)) as pool:
            list(pool.map(lambda each: self._deliver(*each), found))

    def _wait_for_others(self) -> None:
        """What is due is under way with a courier, perhaps of another process."""
        with self._lock:
            self._tried.wait(LOOK_SECONDS / 20)

    # --- couriers

    def _carry(self) -> None:
        try:
            while (found := self._next()) is not None:
                self.wake()
                self._deliver(*found)
        except BaseException:
            with self._lock:
                self._couriers -= 1
            raise

    def _next(self) -> "_Found | None":
        """Waits for something to be sent. None: there is nothing for this courier to do."""
        while True:
            with self._lock:
                seen = self._wakes
            found, pause = self._looked()
            if found is not None:
                return found
            with self._lock:
                if self._closed or (self._wakes == seen and not self._waited(seen, pause)):
                    self._couriers -= 1
                    return None

    def _waited(self, seen: int, pause: float | None) -> bool:
        """Whether it is worth looking again. While anything is pending one courier looks after each pause; the others
        wait for news, or for its place."""
        looks = pause is not None and not self._looking
        self._looking = self._looking or looks
        self._waiting += 1
        self._news.wait(pause if looks else LINGER_SECONDS)
        self._waiting -= 1
        self._looking = self._looking and not looks
        return looks or self._wakes != seen or (pause is not None and not self._looking)

    def _looked(self) -> "tuple[_Found | None, float | None]":
        """What there is to be sent now; else the seconds until it is worth looking again, None: nothing is pending."""
        try:
            with self.leading:
                with self._open() as state:
                    webhooks = list(state.webhooks)
                for webhook in webhooks:
                    if self._under_way[webhook] < MOST_FOR_EACH and (found := self._claim(webhook, None, 1)):
                        return found[0], None
            with self._open():
                due, now = self.next_due(), self._clock.now()
        except _ClosedError:
            return None, None
        except StateUnavailableError:
            return None, LOOK_SECONDS
        if due is None:
            return None, LOOK_SECONDS if self._stays else None
        return None, min((due - now) / SECOND, LOOK_SECONDS) if due > now else LOOK_SECONDS

    # --- one delivery

    def _claim(self, webhook: str, until: int | None, most: int = MOST_FOR_EACH) -> "Sequence[_Found]":
        """Until None: now, which is read within, as a reset may set the clock back. Raises _ClosedError."""
        seconds = 0 if self._terms is None else round(self._terms.seconds) + LEASE_SECONDS
        with self._open() as state, state.work() as work:
            at = self._clock.now() if until is None else until
            found = [_Found(each, at) for each in work.deliveries.claim(webhook, at, most, seconds)]
        with self._lock:
            self._under_way[webhook] += len(found)
        return found

    def _deliver(self, delivery: Delivery, at: int) -> None:
        try:
            with self._open() as state:
                webhook = state.webhooks.get(delivery.webhook)
            if webhook is not None and self._terms is not None:
                self._record(delivery, self._try(webhook, delivery, at, self._terms), self._terms)
        except (_ClosedError, StateUnavailableError):
            pass  # its claim will run out, and it is sent again
        finally:
            with self._lock:
                self._under_way[delivery.webhook] -= 1
                self._tried.notify_all()

    def _try(self, webhook: Webhook, delivery: Delivery, at: int, terms: Terms) -> Attempt:
        delivery_id, payload = delivery.id, delivery.payload
        if not terms.id_kept and delivery.attempts:
            delivery_id = f"{delivery.id}_{len(delivery.attempts)}"
            payload = payload.replace(delivery.id.encode(), delivery_id.encode())
        answer = self._sent(webhook, replace(delivery, id=delivery_id, payload=payload), at, terms)
        self._tell(Told(delivery.id, delivery.event, at, answer, answer.status in terms.success))
        return Attempt(at, answer.took, answer.status, answer.error)

    def _sent(self, webhook: Webhook, delivery: Delivery, at: int, terms: Terms) -> Answer:
        headers = terms.headers(webhook.secret, at // SECOND, delivery.id, delivery.payload)
        return self._sender.send(Post(terms.method, webhook.url, headers, delivery.payload), terms.seconds)

    def _record(self, delivery: Delivery, attempt: Attempt, terms: Terms) -> None:
        """What was reset or given up meanwhile stays so. Raises _ClosedError."""
        with self._open() as state, state.work() as work:
            known = work.deliveries.get(delivery.id)
            if known is None or known.due is None:
                return
            taken = attempt.status in terms.success
            work.deliveries.save(known.after(attempt, taken=taken, retries=terms.retries))
            self._recorded += 1
            if self._recorded % FORGET_EVERY == 0:
                work.deliveries.forget(KEPT)

    @contextmanager
    def _open(self) -> Iterator[State]:
        """The state, which nobody closes meanwhile. Raises _ClosedError when somebody has."""
        with self._using:
            if self._closed:
                raise _ClosedError
            yield self._state


class _Found(NamedTuple):
    """A delivery that has been claimed, and when it is sent."""

    delivery: Delivery
    at: int


class _ClosedError(Exception):
    """Nothing is asked of the state any more."""
