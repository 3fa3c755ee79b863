"""What a client wishes to go wrong with one request: `Prefer: code=503`, or `Prefer: fault=response-lost, delay=2`."""

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from mockserver.domain.faults import KINDS, Action

_PREFERENCE = re.compile(r'\s*([a-z]+)\s*=\s*(?:"([^"]*)"|([^",;\s]*))\s*(?:;[^,]*)?', re.ASCII | re.IGNORECASE)
_ALONE = [kind for kind, choices in KINDS.items() if () in choices]


class Preferences(NamedTuple):
    """What is heeded of a `Prefer` (RFC 7240): actions in their order, the preferences that they come from, and a
    sentence on each that cannot be heeded."""

    actions: Sequence[Action]
    applied: Sequence[str]
    problems: Sequence[str]


def preferences(header: str, statuses: Collection[int]) -> Preferences:
    """Others' preferences, such as `respond-async`, are nobody's concern here. `statuses` are those of errors."""
    actions: list[Action] = []
    applied: list[str] = []
    problems: list[str] = []
    seen: set[str] = set()
    for part in header.split(","):
        found = _PREFERENCE.fullmatch(part)
        name = found[1].lower() if found else ""
        if found is None or name not in ("code", "fault", "delay") or name in seen:
            continue  # of a preference that is stated twice, the first counts
        seen.add(name)
        value: str = found[2] if found[2] is not None else found[3]
        try:
            actions.append(_action(name, value, statuses))
        except ValueError as error:
            problems.append(f"Prefer: {name}={value} {error}")
        else:
            applied.append(f"{name}={value}")
    return Preferences(actions, applied, problems)


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
