"""An answer as the fields that are compared: its status, its headers, and each member of its body."""

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.comparing.diff.volatile import Fields, Volatile
from contracts.comparing.diff.witness import Seen, Silence
from contracts.exchange import Answer, Wire
from contracts.observe import framing
from contracts.spec.contract import Contract

# With spaces or brackets where members of a body could have the same name.
STATUS, HEADER, LENGTH, FRAMING, BODY = "status code", "header ", "length of ", "(framing)", "(body)"

# Of the connection and of what stands between, not of the API.
_OF_THE_WAY = frozenset(
    {
        *("alt-svc", "cf-cache-status", "cf-ray", "connection", "content-length", "keep-alive", "nel"),
        *("proxy-connection", "report-to", "server", "strict-transport-security", "te", "trailer"),
        *("transfer-encoding", "upgrade", "via"),
    }
)


def fields_of(contract: Contract, seen: Seen, volatile: Volatile) -> Fields:
    match seen:
        case Silence():
            return {STATUS: ("none: it " + seen.seen,)}
        case Wire():
            breach = framing.judged(contract, seen)
            framed = {FRAMING: (breach.seen if breach else "as announced",)}
            return {STATUS: (seen.status,), **_headers(seen.lines, seen.request.headers, volatile), **framed}
        case Answer():
            volatile.learn(seen)
            headers = _headers(seen.lines or tuple(seen.headers.items()), seen.request.headers, volatile)
            return {STATUS: (seen.status,), **headers, **_body(seen, volatile)}


def _headers(lines: Any, sent: Mapping[str, str], volatile: Volatile) -> Fields:
    found: dict[str, tuple[str, ...]] = {}
    for name, value in lines:
        if (low := name.lower()) not in _OF_THE_WAY:
            found[HEADER + low] = (*found.get(HEADER + low, ()), volatile.header(low, value, sent))
    return found


def _body(answer: Answer, volatile: Volatile) -> Fields:
    if answer.json is None:
        return {BODY: (volatile.text(answer.body.decode("utf-8", "replace")),)} if answer.body else {}
    return volatile.once(answer.body, lambda: _grouped(answer.json, volatile))


def _grouped(body: Any, volatile: Volatile) -> Fields:
    found: dict[str, list[Any]] = {}
    for path, value in _members("", body, volatile):
        found.setdefault(path, []).append(value)
    return {path: tuple(values) for path, values in found.items()}


def _members(path: str, value: Any, volatile: Volatile) -> Iterator[tuple[str, Any]]:
    """`slots[].hostId` for each slot; a list has its length beside it."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _members(f"{path}.{name}" if path else name, inner, volatile)
    elif isinstance(value, list):
        yield f"{LENGTH}{path or BODY}", len(value)
        for inner in value:
            yield from _members(f"{path}[]", volatile.of_several(inner), volatile)
    else:
        yield path or BODY, volatile.value(path.rpartition(".")[2], value)
