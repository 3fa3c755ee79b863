"""A limiter that never lets go: it refuses although all that it had admitted lies further back than any window."""

from collections.abc import Iterable, Sequence

from loadtests.measure.observation import Observation

SLACK = 1.0  # seconds: a server may count in whole ones


def stuck(refused: Iterable[Observation], observations: Sequence[Observation], longest: float) -> str:
    """A sentence, or nothing. `longest` is the longest window, in seconds, of the policies that may have refused.

    A refusal costs nothing, so whoever was admitted nothing for a whole window has a whole limit left, whichever way it
    is counted and however much was in use when the run began. That nobody else asks is for the caller to see to.
    """
    ordered = sorted(observations, key=lambda seen: seen.sent)
    if not ordered:
        return ""
    refusals = sorted(refused, key=lambda seen: seen.sent)
    admitted = iter(seen for seen in ordered if seen.answered and not seen.refused)
    following = next(admitted, None)
    since = ordered[0].sent
    waits = []
    for refusal in refusals:
        while following is not None and following.sent <= refusal.received:
            since = max(since, following.received)
            following = next(admitted, None)
        waits.append(refusal.sent - since)
    late = [wait for wait in waits if wait > longest + SLACK]
    if not late:
        return ""
    return f"{len(late)} requests were refused up to {max(late):.0f} s after the last that was admitted"
