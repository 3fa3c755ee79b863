"""Where deliveries of webhooks arrive: kept by the path that they came to, and answered as that path was told to."""

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from contracts.delivery import Delivery, Reply
from contracts.spec.webhooks import Webhooks
from contracts.target.receiver import Receiver

PATIENCE = 5.0  # seconds


class Inbox:
    """`url` is where it is reached from the server under test, `patience` the real seconds that a delivery may take
    which nothing holds up; `take` is called from whichever thread."""

    def __init__(self, success: int, url: str = "", patience: float = PATIENCE) -> None:
        self.url = url
        self.patience = patience
        self._success = success
        self._got: Mapping[str, list[Delivery]] = defaultdict(list)
        self._replies: dict[str, Sequence[int]] = {}
        self._arrival = threading.Condition()
        self._paths = 0

    def new_path(self, statuses: Sequence[int] = ()) -> str:
        """One that answers its deliveries with these statuses, one after the other, then with success."""
        with self._arrival:
            self._paths += 1
            path = f"/{self._paths}"
            self._replies[path] = statuses
        return path

    def take(self, delivery: Delivery) -> Reply:
        with self._arrival:
            before = len(self._got[delivery.path])
            self._got[delivery.path].append(delivery)
            self._arrival.notify_all()
        statuses = self._replies.get(delivery.path, ())
        return Reply(statuses[before] if before < len(statuses) else self._success)

    def at(self, path: str) -> Sequence[Delivery]:
        with self._arrival:
            return list(self._got[path])

    def wait(self, path: str, count: int, seconds: float) -> bool:
        """Whether as many came to that path, within real seconds."""
        with self._arrival:
            return self._arrival.wait_for(lambda: len(self._got[path]) >= count, seconds)


@contextmanager
def receiving(webhooks: Webhooks | None) -> Iterator[Inbox | None]:
    """One with a server in front of it, on loopback; None where there is nothing to receive."""
    if webhooks is None:
        yield None
        return
    inbox = Inbox(min(webhooks.success))
    with Receiver(inbox.take) as receiver:
        inbox.url = receiver.url
        yield inbox
