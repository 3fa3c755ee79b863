"""Why not more is known, and what would settle it: sentences."""

from collections.abc import Sequence

from loadtests.limiter.hypothesis import Hypothesis
from loadtests.limiter.policies import Inferred
from loadtests.limiter.splitting import counters
from loadtests.limiter.stream import stretch
from loadtests.measure.observation import Observation


def unsettled(inferred: Inferred) -> list[str]:
    """What is open, nothing if all is known."""
    found: list[str] = []
    left = sorted(inferred.hypotheses)
    if not left:
        return [
            f"nothing that was seen for two windows explains {len(inferred.refused)} refusals; a longer run, without "
            "other traffic on the keys, would tell"
        ]
    if inferred.hypothesis is None:
        found.append(_several(left))
    scopes = sorted({counting.scope for counting in inferred.countings})
    if len(scopes) > 1:
        who = {"key": "each key", "subject": "each organization or number", "all": "all together"}
        found.append(f"counted for {' or for '.join(who[scope] for scope in scopes)}: a second key of one would tell")
    return found


def _several(left: Sequence[Hypothesis]) -> str:
    limits, windows = [each.limit for each in left], [each.window for each in left]
    algorithms = sorted({each.algorithm for each in left})
    settle = "another round of bursts"
    if min(windows) != max(windows) and len(algorithms) == 1:
        settle = "requests shortly before and after each possible end of the window"
    elif min(limits) != max(limits) and len(algorithms) == 1:
        settle = "bursts with less delay between client and server"
    return (
        f"{_range(limits)} per {_range(windows)} s, {' or '.join(algorithms)}: {len(left)} policies fit; "
        f"{settle} would tell"
    )


def _range(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return f"{low}" if low == high else f"{low} to {high}"


def in_use(inferred: Inferred, observations: Sequence[Observation]) -> list[str]:
    """What had been used before the run: counters that refused before they had given out their limit."""
    hypothesis = inferred.hypothesis
    if hypothesis is None:
        return []
    own = set(map(id, inferred.refused))
    used: list[int] = []
    for group in counters(min(inferred.countings), observations).values():
        clear = stretch(group)
        first = next((seen for seen in clear if id(seen) in own), None)
        if first is not None:
            given = sum(not seen.refused and seen.sent <= first.received for seen in clear)
            used.append(hypothesis.limit - given)
    if max(used, default=0) <= 0:
        return []
    return [f"{max(used)} of {hypothesis.limit} were in use when the run began, and were waited out"]
