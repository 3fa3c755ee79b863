"""Findings as others read them: as JSON values, as lines of text, as one line of the log."""

from collections.abc import Iterator, Sequence
from typing import Any

from mockserver.domain.instants import render_instant
from mockserver.observing.advice.finding import Finding, Sign, Trace
from mockserver.observing.redaction import redact
from mockserver.ports import SECOND

Found = Sequence[tuple[str | None, Finding]]
"""With the name of the world that each was found in, None: the mock's own."""


def shown(finding: Finding) -> dict[str, Any]:
    mistake = finding.mistake
    return {
        "id": mistake.id,
        "advice": mistake.advice,
        "remedy": mistake.remedy,
        "page": mistake.page,
        "level": mistake.level,
        "count": finding.times,
        "first_seen": _moment(finding.first_seen),
        "last_seen": _moment(finding.last_seen),
        "evidence": [_shown_sign(sign) for sign in finding.signs],
    }


def _shown_sign(sign: Sign) -> dict[str, Any]:
    return {"detail": redact(sign.detail), "requests": [_shown_trace(trace) for trace in sign.traces]}


def _shown_trace(trace: Trace) -> dict[str, Any]:
    return {
        "request_id": redact(trace.request_id),
        "arrived": _moment(trace.arrived),
        "operation": trace.operation,
        "key": trace.key_id,
    }


def text(found: Found, requests: int) -> str:
    """All that was found in a run of so many requests."""
    return "\n".join(_lines(found, requests))


def _lines(found: Found, requests: int) -> Iterator[str]:
    yield f"Advice on {_counted(requests, 'request')}: {_counted(len(found), 'finding') if found else 'none'}"
    for world, finding in found:
        mistake, sign = finding.mistake, finding.signs[0]
        where = "" if world is None else f" in world {world}"
        page = "" if mistake.page is None else f", {mistake.page}"
        named = ", ".join(redact(trace.request_id) for trace in sign.traces)
        yield ""
        yield f"  {mistake.id}{where}, {_counted(finding.times, 'time')} ({mistake.level}{page})"
        yield f"    {mistake.advice}"
        yield f"    {mistake.remedy}"
        yield f"    Seen: {redact(sign.detail)} ({named})"


def values(found: Found, requests: int) -> dict[str, Any]:
    """The same for programs."""
    advice = [shown(finding) | ({} if world is None else {"world": world}) for world, finding in found]
    return {"event": "advice", "requests": requests, "advice": advice}


def _moment(nanoseconds: int) -> str:
    return render_instant(nanoseconds // SECOND)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count:,} {noun}s"
