"""Deliveries in memory: what may be sent next is found without looking at all that waits."""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush, nsmallest

from mockserver.domain.webhooks import Delivery
from mockserver.storage.table import Table, swapping


class MemoryDeliveries(Table):
    """A claim ends with its delivery or with the process, so nobody looks at the time."""

    order = 4

    def __init__(self) -> None:
        super().__init__()
        self._begin()

    def _begin(self) -> None:
        self._held: dict[str, Delivery] = {}
        self._settled: set[str] = set()
        self._claimed: set[str] = set()
        self._queues: defaultdict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
        """Pending deliveries by webhook and booking: (sequence, id), in order."""
        self._heads: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
        """Heaps of (due, id) by webhook. They have every head that nobody has claimed, and some that are none now."""

    def get(self, delivery_id: str) -> Delivery | None:
        return self._held.get(delivery_id)

    def save(self, delivery: Delivery) -> None:
        self._change(delivery.id, delivery, claimed=False)

    def claim(self, webhook: str, until: int, most: int, seconds: int) -> Sequence[Delivery]:
        found: list[Delivery] = []
        while len(found) < most and (head := self._first(webhook)) is not None:
            if head.due is None or head.due > until:
                break
            self._change(head.id, head, claimed=True)
            found.append(head)
        return found

    def next_due(self) -> int | None:
        free = (self._first(webhook) for webhook in list(self._heads))
        claimed = (one for one in map(self._held.__getitem__, self._claimed) if self._is_head(one))
        due = (head.due for head in (*free, *claimed) if head is not None)
        return min((moment for moment in due if moment is not None), default=None)

    def all(self) -> Sequence[Delivery]:
        return sorted(self._held.values(), key=lambda one: (one.created_at, one.booking, one.sequence, one.id))

    def forget(self, keep: int) -> None:
        settled = map(self._held.__getitem__, self._settled)
        for delivery in nsmallest(len(self._settled) - keep, settled, key=lambda one: (one.created_at, one.id)):
            self._change(delivery.id, None, claimed=False)

    def restart(self, deliveries: Iterable[Delivery]) -> None:
        self.require_alone()
        self.undo.append(swapping(self, "_held", "_settled", "_claimed", "_queues", "_heads"))
        self._begin()
        for delivery in deliveries:
            self._put(delivery.id, delivery, False)

    def _change(self, delivery_id: str, delivery: Delivery | None, *, claimed: bool) -> None:
        self.undo.append((self._put, delivery_id, self._held.get(delivery_id), delivery_id in self._claimed))
        self._put(delivery_id, delivery, claimed)

    def _put(self, delivery_id: str, delivery: Delivery | None, claimed: bool) -> None:
        """Whatever stood there before."""
        known = self._held.pop(delivery_id, None)
        self._settled.discard(delivery_id)
        self._claimed.discard(delivery_id)
        if known is not None and known.due is not None:
            self._leave_queue(known)
        if delivery is None:
            return
        self._held[delivery_id] = delivery
        if delivery.due is None:
            self._settled.add(delivery_id)
            return
        queue = self._queues[delivery.webhook, delivery.booking]
        insort(queue, (delivery.sequence, delivery_id))
        if claimed:
            self._claimed.add(delivery_id)
        self._show_head(queue)

    def _leave_queue(self, delivery: Delivery) -> None:
        name = delivery.webhook, delivery.booking
        queue = self._queues[name]
        queue.remove((delivery.sequence, delivery.id))
        if queue:
            self._show_head(queue)
        else:
            del self._queues[name]

    def _show_head(self, queue: list[tuple[int, str]]) -> None:
        head = self._held[queue[0][1]]
        if head.due is not None and head.id not in self._claimed:
            heappush(self._heads[head.webhook], (head.due, head.id))

    def _first(self, webhook: str) -> Delivery | None:
        """The head that falls due first, of those that nobody has claimed."""
        heap = self._heads.get(webhook)
        while heap:
            due, delivery_id = heap[0]
            delivery = self._held.get(delivery_id)
            shown = delivery is not None and delivery.due == due and delivery_id not in self._claimed
            if delivery is not None and shown and self._is_head(delivery):
                return delivery
            heappop(heap)
        self._heads.pop(webhook, None)
        return None

    def _is_head(self, delivery: Delivery) -> bool:
        return self._queues[delivery.webhook, delivery.booking][0][1] == delivery.id
