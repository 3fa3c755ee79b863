"""The algorithms by name: the `ALGORITHM` of every file beside this one that has one."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules

from loadtests.limiter import algorithms
from loadtests.limiter.algorithms.algorithm import Algorithm


def _found() -> Iterator[Algorithm]:
    for file in iter_modules(algorithms.__path__):
        if file.name != "table":
            algorithm: Algorithm | None = getattr(
                import_module(f"{algorithms.__name__}.{file.name}"), "ALGORITHM", None
            )
            if algorithm is not None:
                yield algorithm


ALGORITHMS: Mapping[str, Algorithm] = {each.name: each for each in sorted(_found(), key=lambda each: each.effort)}


def alike_for_one(name: str) -> frozenset[str]:
    """The algorithms that nobody can tell from this one where there is one unit to give.

    A window that starts with its only request, a log of one entry and a bucket of one token do the same at every
    moment; so do windows of the clock, weighted or not.
    """
    by_clock = ALGORITHMS[name].by_clock
    return frozenset(other for other, algorithm in ALGORITHMS.items() if algorithm.by_clock == by_clock)
