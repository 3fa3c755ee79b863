"""What worlds beside a mock cost: `python benchmarks/worlds.py` makes a thousand, and asks each once."""

import resource
import sys
import time

from benchmarks.hot_path import API
from mockserver.settings import Settings
from mockserver.wiring import build

WORLDS = 1000
ACME = f"{API}/org/acme-salon"


def resident() -> float:
    """MB that this process has held at the most."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def main() -> None:
    built = build(Settings(limits=False))
    client = built.app.test_client()
    headers = {built.contract.key_header: built.dataset.keys[0].value}
    assert client.get(ACME, headers=headers).status_code == 200
    before = resident()
    took = []
    for number in range(WORLDS):
        begun = time.perf_counter()
        built.front.worlds.create(f"world-{number}")
        took.append((time.perf_counter() - begun) * 1000)
    made = resident()
    for number in range(WORLDS):
        assert client.get(f"/w/world-{number}{ACME}", headers=headers).status_code == 200
    took.sort()
    print(f"a world is made in {took[0]:.2f} ms at best, {took[WORLDS // 2]:.2f} in the median")
    print(f"{WORLDS} of them take {made - before:.0f} MB, and {resident() - before:.0f} when each was asked once")


if __name__ == "__main__":
    main()
