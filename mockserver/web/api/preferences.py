"""What a client wishes to go wrong with one request: `Prefer: code=503`, or `Prefer: fault=response-lost, delay=2`."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from mockserver.domain.faults import KINDS, Action

_PREFERENCE = re.compile(r'\s*([a-z]+)\s*=\s*(?:"([^"]*)"|([^",;\s]*))\s*(?:;[^,]*)?', re.ASCII | re.IGNORECASE)
_ALONE = [kind for kind, choices in KINDS.items() if () in choices]


@dataclass(slots=True)
class Preferences:
    """What is heeded of a `Prefer` (RFC 7240): an action, a delay in seconds, the preferences that they come from, and
    a sentence on each that cannot be heeded."""

    action: Action | None = None
    delay: float = 0.0
    applied: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def preferences(header: str, statuses: Collection[int]) -> Preferences:
    """Others' preferences, such as `respond-async`, are nobody's concern here. `statuses` are those of errors."""
    heeded = Preferences()
    seen: set[str] = set()
    for part in header.split(","):
        found = _PREFERENCE.fullmatch(part)
        name = found[1].lower() if found else ""
        if found is None or name not in ("code", "fault", "delay") or name in seen:
            continue  # of a preference that is stated twice, the first counts
        seen.add(name)
        value: str = found[2] if found[2] is not None else found[3]
        try:
            action = _action(name, value, statuses)
            if action.seconds is not None:
                heeded.delay = action.seconds
            elif heeded.action is None:
                heeded.action = action
            else:
                raise ValueError("is one thing too many to go wrong")
        except ValueError as error:
            heeded.problems.append(f"Prefer: {name}={value} {error}")
        else:
            heeded.applied.append(f"{name}={value}")
    return heeded


def _action(name: str, value: str, statuses: Collection[int]) -> Action:
    """Raises ValueError."""
    if name == "delay":
        try:
            return Action(kind="latency", seconds=float(value))
        except ValueError:
            raise ValueError("is no number of seconds that an answer can be held back") from None
    if name == "fault":
        if value not in _ALONE:
            raise ValueError(f"is none of {', '.join(_ALONE)}")
        return Action(kind=value)
    if value not in map(str, statuses):
        raise ValueError(f"is none of {', '.join(map(str, sorted(statuses)))}")
    return Action(kind="error", status=int(value))
