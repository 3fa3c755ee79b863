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
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

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
KEPT = 10_000
"""Settled deliveries that are remembered."""
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
        self._changed = threading.Condition()
        """Its lock guards what follows; nobody asks anything of the state while he has it."""
        self._wakes = self._couriers = self._recorded = 0
        self._waiting = False
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
        with self._changed:
            self._wakes += 1
            if self._waiting:
                self._changed.notify_all()
            elif self._couriers < MOST_COURIERS and not self._closed:
                self._couriers += 1
                threading.Thread(target=self._carry, name="courier", daemon=True).start()

    def close(self) -> None:
        """The state may be closed afterwards: what is under way is not recorded any more."""
        with self._using, self._changed:
            self._closed = True
            self._changed.notify_all()

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
        moment, deadline = 0, self._uptime() + self._terms.seconds
        with self.leading:
            while (due := self.next_due()) is not None and due <= until:
                if self._uptime() > deadline or self._closed:
                    self.wake()
                    return False
                moment = max(moment, due)
                found = [each for webhook in self._state.webhooks for each in self._claim(webhook, moment)]
                if found:
                    self._send_all(found, moment)
                else:
                    self._wait_for_others()
        self.wake()
        return True

    def _send_all(self, found: Sequence[Delivery], moment: int) -> None:
        if len(found) == 1:
            self._deliver(found[0], moment)
            return
        with ThreadPoolExecutor(min(len(found), MOST_FOR_EACH)) as pool:
            list(pool.map(lambda delivery: self._deliver(delivery, moment), found))

    def _wait_for_others(self) -> None:
        """What is due is under way with a courier, perhaps of another process."""
        with self._changed:
            self._changed.wait(LOOK_SECONDS / 20)

    # --- couriers

    def _carry(self) -> None:
        try:
            while (found := self._next()) is not None:
                self.wake()
                self._deliver(found, self._clock.now())
        except BaseException:
            with self._changed:
                self._couriers -= 1
            raise

    def _next(self) -> Delivery | None:
        """Waits for something to be sent. None: there is nothing for this courier to do."""
        while True:
            with self._changed:
                seen = self._wakes
            delivery, pause = self._looked()
            if delivery is not None:
                return delivery
            with self._changed:
                if self._closed or self._waiting:
                    self._couriers -= 1
                    return None
                if self._wakes != seen:
                    continue
                self._waiting = True
                self._changed.wait(LINGER_SECONDS if pause is None else pause)
                self._waiting = False
                if pause is None and self._wakes == seen and not self._stays:
                    self._couriers -= 1
                    return None

    def _looked(self) -> tuple[Delivery | None, float | None]:
        """What there is to be sent now; else the seconds until it is worth looking again, None: nothing is pending."""
        try:
            with self.leading:
                now = self._clock.now()
                for webhook in list(self._state.webhooks):
                    if self._under_way[webhook] < MOST_FOR_EACH and (found := self._claim(webhook, now, 1)):
                        return found[0], None
            with self._using:
                due = None if self._closed else self.next_due()
        except StateUnavailableError:
            return None, LOOK_SECONDS
        if due is None:
            return None, LOOK_SECONDS if self._stays else None
        return None, min((due - now) / SECOND, LOOK_SECONDS) if due > now else LOOK_SECONDS

    # --- one delivery

    def _claim(self, webhook: str, until: int, most: int = MOST_FOR_EACH) -> Sequence[Delivery]:
        seconds = 0 if self._terms is None else round(self._terms.seconds) + LEASE_SECONDS
        with self._using:
            if self._closed:
                return ()
            with self._state.work() as work:
                found = work.deliveries.claim(webhook, until, most, seconds)
        with self._changed:
            self._under_way[webhook] += len(found)
        return found

    def _deliver(self, delivery: Delivery, at: int) -> None:
        try:
            webhook = self._state.webhooks.get(delivery.webhook)
            if webhook is not None and self._terms is not None:
                self._record(delivery, self._try(webhook, delivery, at, self._terms), self._terms)
        except StateUnavailableError:
            pass  # its claim will run out, and it is sent again
        finally:
            with self._changed:
                self._under_way[delivery.webhook] -= 1
                self._changed.notify_all()

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
        """What was reset, imported or resent meanwhile is another's."""
        with self._using:
            if self._closed:
                return
            self._recorded += 1
            with self._state.work() as work:
                known = work.deliveries.get(delivery.id)
                if known is None or known.due is None:
                    return
                taken = attempt.status in terms.success
                work.deliveries.save(known.after(attempt, taken=taken, retries=terms.retries))
                if self._recorded % FORGET_EVERY == 0:
                    work.deliveries.forget(KEPT)
