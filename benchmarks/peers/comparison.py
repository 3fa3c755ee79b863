"""The mock beside its peers: `python -m benchmarks peers`.

wrk, on a core of its own, asks servers that share the other one, in turns: 32 connections, each of which waits for its
answer before it sends again. All is on in the mock that is on by default: authentication, limits (counted, and so high
that nobody is refused), validation, idempotency, journal, advice, a request log; a webhook is registered, too. Peers
come from the npm registry (packages.py); wrk, nginx, node and java are to be installed. What is missing is said.

A POST creates a booking under an Idempotency-Key of its own. Prism, Mockoon, WireMock and MockServer answer it and keep
nothing; none of them can replay.
"""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from benchmarks.peers.measuring import Found, measure
from benchmarks.peers.requests import CREATE, REPLAY
from benchmarks.peers.subjects import EVERYTHING, MAKERS, MOCK
from benchmarks.plot import bars
from benchmarks.report import Effort, Section, table
from benchmarks.wrk import Figures

PICTURE = "benchmarks.svg"


def report(effort: Effort) -> Section:
    found = measure(list(MAKERS), effort)
    asked = table(("request", "server", "a second", "p50", "p99", "CPU", "of the mock's"), _rates(found), texts=2)
    sizes = table(("server", "first answer", "idle", "loaded", "POSTs by then"), _sizes(found))
    missing = [f"Not measured: {name}, as {it.missing}." for name, it in found.items() if it.missing]
    return Section("\n\n".join([f"![Answers a second]({PICTURE})", asked, sizes, *missing]), {PICTURE: drawn(found)})


def _rates(found: Mapping[str, Found]) -> Iterator[Sequence[object]]:
    for kind in EVERYTHING:
        for name, it in found.items():
            if it.rounds[kind]:
                rate, p50, p99, cpu = (_median(it.rounds[kind], each) for each in ("rate", "p50", "p99", "cpu"))
                share = rate / found[MOCK].rate(kind)
                yield kind, name, f"{rate:,.0f}", f"{p50:.1f}", f"{p99:.1f}", f"{cpu:,.0f}", f"{share:.2f}"
    unable = [name for name, it in found.items() if it.rounds[CREATE] and not it.rounds[REPLAY]]
    yield REPLAY, f"{', '.join(unable)}: cannot", *[""] * 5


def _sizes(found: Mapping[str, Found]) -> Iterator[Sequence[object]]:
    for name, it in found.items():
        if not it.missing:
            yield name, f"{median(it.starts):.2f}", f"{it.idle:.0f}", f"{it.loaded:.0f}", f"{it.posts:,}"


def _median(rounds: Sequence[Figures], figure: str) -> float:
    return float(median(getattr(each, figure) for each in rounds))


def drawn(found: Mapping[str, Found]) -> str:
    panels = {
        f"{kind}, answers a second": {name: it.rate(kind) for name, it in found.items() if it.rounds[kind]}
        for kind in EVERYTHING
    }
    return bars(panels, MOCK)
