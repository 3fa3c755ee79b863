"""Signs that a client makes a mistake, and the finding that they add up to."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Self

from mockserver.observing.journal import Entry

MOST_SIGNS = 3
"""Of a finding: those kept as evidence, the first."""


class Mistake(NamedTuple):
    """What clients should not do; `page` is the documentation's, None where it is silent, `level` how sure that is."""

    id: str
    advice: str
    remedy: str
    page: str | None
    level: str


class Trace(NamedTuple):
    """A request that shows a mistake; `arrived` in nanoseconds of the mock's clock."""

    request_id: str
    arrived: int
    operation: str | None
    key_id: str | None

    @classmethod
    def of(cls, entry: Entry) -> Self:
        return cls(entry.request_id, entry.arrived, entry.operation, entry.key_id)


class Sign(NamedTuple):
    """That a mistake was made once: its id, what happened in a sentence without secrets, the requests that show it."""

    mistake: str
    detail: str
    traces: tuple[Trace, ...]


class Finding(NamedTuple):
    """A mistake and how often it was seen; moments in nanoseconds."""

    mistake: Mistake
    times: int
    first_seen: int
    last_seen: int
    signs: tuple[Sign, ...]

    def again(self, sign: Sign) -> "Finding":
        signs = self.signs if len(self.signs) >= MOST_SIGNS else (*self.signs, sign)
        return Finding(self.mistake, self.times + 1, self.first_seen, sign.traces[-1].arrived, signs)

    def and_(self, other: "Finding") -> "Finding":
        """Both as one."""
        earlier, later = sorted((self, other), key=lambda finding: finding.first_seen)
        return Finding(
            self.mistake,
            self.times + other.times,
            earlier.first_seen,
            max(self.last_seen, other.last_seen),
            (*earlier.signs, *later.signs)[:MOST_SIGNS],
        )

    @classmethod
    def read(cls, values: Any) -> "Finding":
        """From JSON, in which named tuples are lists."""
        mistake, count, first, last, signs = values
        read = (Sign(name, detail, tuple(Trace(*trace) for trace in traces)) for name, detail, traces in signs)
        return cls(Mistake(*mistake), count, first, last, tuple(read))


class Findings:
    """One for each mistake, in the order in which they were first seen. `named` is the mistake of an id."""

    def __init__(self, named: Callable[[str], Mistake]) -> None:
        self._named = named
        self._found: dict[str, Finding] = {}

    def add(self, sign: Sign) -> Finding | None:
        """The finding, where it is new."""
        known = self._found.get(sign.mistake)
        if known is not None:
            self._found[sign.mistake] = known.again(sign)
            return None
        moment = sign.traces[-1].arrived
        finding = self._found[sign.mistake] = Finding(self._named(sign.mistake), 1, moment, moment, (sign,))
        return finding

    def all(self) -> list[Finding]:
        return list(self._found.values())

    def clear(self) -> None:
        self._found.clear()


def together(findings: Iterable[Finding]) -> list[Finding]:
    """Those of several processes, one for each mistake."""
    found: dict[str, Finding] = {}
    for finding in sorted(findings, key=lambda finding: finding.first_seen):
        known = found.get(finding.mistake.id)
        found[finding.mistake.id] = finding if known is None else known.and_(finding)
    return list(found.values())
