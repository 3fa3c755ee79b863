"""What `kordkit proxy` adds to a request, and what it lets through: `python benchmarks/proxy.py`.

A mock and a proxy before it in processes of their own, limits off; a client that keeps its connection asks both for the
same, in turns, at 500 requests a second in all; then as fast as it goes over eight connections.
"""

import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

KORDKIT = str(Path(__file__).parents[1] / "kordkit.py")
PATH = "/api/calendar/v1/public/org/acme-salon"
RATE, SECONDS = 500, 8
CONNECTIONS = 8


@contextmanager
def started(folder: Path, name: str, *words: str) -> Iterator[dict[str, Any]]:
    """What its ready-file says."""
    ready = folder / f"{name}.json"
    process = subprocess.Popen(
        [sys.executable, KORDKIT, *words, "--port", "0", "--ready-file", str(ready)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not ready.exists():
            time.sleep(0.05)
        yield json.loads(ready.read_text("utf-8"))
    finally:
        process.terminate()
        process.wait()


class Client:
    def __init__(self, url: str, key: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        self._headers = {"x-kordless-key": key}

    def ask(self) -> float:
        """Milliseconds."""
        began = time.perf_counter()
        self._connection.request("GET", PATH, headers=self._headers)
        answer = self._connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        return (time.perf_counter() - began) * 1000


def paced(clients: dict[str, Client]) -> dict[str, list[float]]:
    """In turns, each at its share of the rate."""
    took: dict[str, list[float]] = {name: [] for name in clients}
    began = time.perf_counter()
    for number in range(RATE * SECONDS):
        name = list(clients)[number % len(clients)]
        time.sleep(max(0.0, began + number / RATE - time.perf_counter()))
        took[name].append(clients[name].ask())
    print(f"paced: {RATE * SECONDS / (time.perf_counter() - began):.0f} requests a second")
    return took


def at_full_speed(url: str, key: str) -> float:
    """Requests a second over several connections."""
    counts = [0] * CONNECTIONS
    over = time.perf_counter() + SECONDS

    def go_on(number: int) -> None:
        client = Client(url, key)
        while time.perf_counter() < over:
            client.ask()
            counts[number] += 1

    threads = [threading.Thread(target=go_on, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as place,
        started(Path(place), "mock", "mock", "--limits", "off") as mock,
        started(Path(place), "proxy", "proxy", "--target-url", mock["url"]) as proxy,
    ):
        key = mock["organizations"][0]["keys"]["public"]
        clients = {"direct": Client(mock["url"], key), "through": Client(proxy["url"], key)}
        for client in clients.values():
            for _ in range(200):
                client.ask()
        took = paced(clients)
        for name, times in took.items():
            p50, p95, p99 = (statistics.quantiles(times, n=100)[share - 1] for share in (50, 95, 99))
            print(f"{name:8} p50 {p50:.2f} ms, p95 {p95:.2f} ms, p99 {p99:.2f} ms")
        added = statistics.median(took["through"]) - statistics.median(took["direct"])
        print(f"added at p50: {added:.2f} ms")
        print(f"at full speed: {at_full_speed(proxy['url'], key):.0f} requests a second through it")


if __name__ == "__main__":
    main()
