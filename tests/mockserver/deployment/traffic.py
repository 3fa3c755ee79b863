"""Clients that book, cancel and read whatever happens to the server, and the audit of what they were told.

The audit is the clients' side of the story: what was acknowledged is there, and nothing is there twice.
"""

import random
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from tests.mockserver.deployment.clients import Client, Told
from tests.mockserver.deployment.studio import KEY_ID, SEATS

API = "/api/calendar/v1/public"
MONTH = {"from": "2025-12-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}

Slot = tuple[str, str, str]
"""Service, start and end."""


def open_slots(client: Client) -> list[Slot]:
    """What can be booked within a month."""
    found = []
    for service in SEATS:
        query = urlencode({"org_slug": "studio", "service_slug": service, **MONTH})
        status, said = client.insist("GET", f"{API}/availability?{query}")
        assert status == 200, said
        found += [(service, slot["startsAt"], slot["endsAt"]) for slot in said["slots"]]
    return sorted(set(found))


def booking_of(slot: Slot, name: str) -> dict[str, Any]:
    service, start, end = slot
    return {
        "org_slug": "studio",
        "service_slug": service,
        "starts_at": start,
        "ends_at": end,
        "timezone": "UTC",
        "contact": {"name": name, "email": f"{name}@example.com"},
    }


class Load:
    """So many clients at once, each with a connection of its own; `urls` are shared out among them."""

    def __init__(
        self, urls: Sequence[str], clients: int, told: Told, *, token: str | None = None, seed: int = 1
    ) -> None:
        self._told = told
        self._clients = [Client(urls[number % len(urls)], told, token) for number in range(clients)]
        self._slots = open_slots(self._clients[0])
        self._random = random.Random(1)
        self._stop = threading.Event()
        self._failures: list[BaseException] = []

    @contextmanager
    def running(self) -> Iterator[None]:
        """Raises at the end what a client met that must not be."""
        threads = [
            threading.Thread(target=self._run, args=(client, random.Random(self._random.random()), number))
            for number, client in enumerate(self._clients)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()
        if self._failures:
            raise self._failures[0]

    def _run(self, client: Client, draw: random.Random, number: int) -> None:
        try:
            for turn in range(1_000_000):
                if self._stop.is_set():
                    return
                self._turn(client, draw, f"{number}-{turn}-{draw.getrandbits(32):08x}")
        except BaseException as failure:
            self._failures.append(failure)
        finally:
            client.close()

    def _turn(self, client: Client, draw: random.Random, key: str) -> None:
        """Book, under a key of its own, perhaps again, and mostly cancel it; one turn in four only reads."""
        told = self._told
        if draw.random() < 0.25:
            status, said = client.ask("GET", f"{API}/org/studio")
            assert status != 200 or said["organization"]["slug"] == "studio"
            return
        slot = draw.choice(self._slots)
        status, said = client.insist("POST", f"{API}/bookings", booking_of(slot, key), {"Idempotency-Key": key})
        assert status in (201, 409), said
        if status != 201:
            return
        booking = said["booking"]["id"]
        with told.lock:
            told.bookings[key].add(booking)
            told.slots[booking] = slot[0], slot[1]
        if draw.random() < 0.3:
            again, repeated = client.insist("POST", f"{API}/bookings", booking_of(slot, key), {"Idempotency-Key": key})
            assert (again, repeated) == (status, said), "a replay is the first answer"
        if draw.random() < 0.9:  # or all would soon be sold
            with told.lock:
                told.maybe_canceled.add(booking)
            status, said = client.insist("POST", f"/_mock/bookings/{booking}/cancel")
            assert status in (200, 409), said  # 409: it was canceled, and the answer was lost
            with told.lock:
                told.canceled.add(booking)


def audit(url: str, told: Told, token: str | None = None) -> None:
    """What the server says in the end is what the clients were told on the way."""
    control = Client(url, told, token)
    _, said = control.insist("GET", "/_mock/bookings")
    _, limits = control.insist("GET", "/_mock/limits")
    control.close()
    held = {booking["id"]: booking for booking in said["bookings"]}
    assert told.slots, "nothing was booked"
    missing = told.slots.keys() - held.keys()
    assert not missing, f"{len(missing)} of {len(told.slots)} acknowledged bookings are gone"
    for booking, (service, start) in told.slots.items():
        assert (held[booking]["service_id"], held[booking]["start_at"]) == (service, start)
    active = {booking for booking in held if held[booking]["status"] != "canceled"}
    assert not told.canceled & active, "an acknowledged cancellation is undone"
    assert told.slots.keys() - active <= told.maybe_canceled, "what nobody canceled is canceled"

    taken = Counter((held[b]["host_id"], held[b]["service_id"], held[b]["start_at"]) for b in active)
    oversold = {place: count for place, count in taken.items() if count > SEATS[place[1]]}
    assert not oversold, f"sold twice: {oversold}"
    made = Counter(booking["contact"]["name"] for booking in held.values())  # each names its idempotency key
    assert max(made.values()) == 1, f"one idempotency key, several bookings: {made.most_common(3)}"
    assert all(len(bookings) == 1 for bookings in told.bookings.values())

    used = {counter["policy"]: counter["used"] for counter in limits["counters"] if counter["subject"] == KEY_ID}
    assert told.charged <= used["public-general"] <= told.charged + told.unsure, (
        "requests were admitted and not counted"
    )
