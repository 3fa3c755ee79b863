"""Judges what goes through, in both directions, and counts what it finds."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from contracts.comparing.proxy.exchanges import Exchange
from contracts.exchange import Answer, Request
from contracts.observe import breaches, framing, http
from contracts.observe.breach import Breach
from contracts.observe.requests import Mistake, Place, misanswered, mistakes, place_of
from contracts.observe.watch import Watch
from contracts.spec.contract import Contract
from contracts.spec.provenance import Level
from contracts.target.redaction import redacted, visible
from contracts.verdicts import Severity

Party = Literal["client", "server"]
STRANGER = "unknown"  # the label of a key that the server did not accept
HEAD = (http.REQUEST_ID, http.LIMIT_HEADERS, http.SUCCESS_STATUS, http.HEADER_PLACES, http.SINGLE_HEADERS)


@dataclass(slots=True)
class Violation:
    """`expected` and `seen` are those of the first time; `seen` reads on from who did it."""

    party: Party
    statement: str
    operation: str
    level: Level
    page: str | None
    expected: str
    seen: str
    asked: str
    times: int = 0


class Judge:
    """`secrets` are keys that were sent, and must be shown nowhere. `tell` is called with each violation that is
    new."""

    def __init__(self, contract: Contract, tell: Callable[["Violation"], None] = lambda _: None) -> None:
        self.contract = contract
        self._tell = tell
        self.secrets: set[str] = set()
        self.exchanges = self.unjudged = 0
        self._found: dict[tuple[Party, str, str], Violation] = {}

    @property
    def violations(self) -> Sequence[Violation]:
        """The server's first, and what is surest."""
        return sorted(self._found.values(), key=lambda it: (it.party == "client", -Severity.of(it.level), it.statement))

    @property
    def worst(self) -> Severity | None:
        """Of what the server did."""
        return max((Severity.of(it.level) for it in self._found.values() if it.party == "server"), default=None)

    def of_head(self, exchange: Exchange) -> Sequence[str]:
        """What its head alone breaks; statements, none twice."""
        place, answer = self._read(exchange)
        if place is None:
            return ()
        return _statements(self._watched(HEAD, answer))

    def of_whole(self, exchange: Exchange) -> Sequence[str]:
        """What answer and request break, which is counted; statements, none twice."""
        self.exchanges += 1
        place, answer = self._read(exchange)
        if place is None:
            self.unjudged += 1
            return ()
        wrong = mistakes(self.contract, answer.request, place) if exchange.request.whole else ()
        found = [*self._of_answer(exchange, answer), *misanswered(self.contract, wrong, answer)]
        for breach in found:
            self._count("server", exchange, answer, breach)
        for mistake in wrong:
            self._count_mistake(exchange, answer, mistake)
        return _statements(found)

    def unframed(self, exchange: Exchange, reason: str) -> None:
        """The bytes of an answer are not those that its head announced."""
        _, answer = self._read(exchange)
        self._count(
            "server", exchange, answer, Breach(framing.STATEMENT, "an answer of HTTP/1.1", f"answered, and {reason}")
        )

    def masked(self, text: str) -> str:
        return visible(redacted(text, self.secrets))

    def _of_answer(self, exchange: Exchange, answer: Answer) -> Iterator[Breach]:
        message = exchange.answer
        if answer.request.method == "HEAD" or (message is not None and message.content is not None):
            yield from breaches(self.contract, answer)
            yield from self._watched((http.MEDIA_TYPE, http.SINGLE_HEADERS, http.HEADER_PLACES), answer)
        else:  # its body cannot be read here
            yield from self._watched(HEAD, answer)

    def _watched(self, by: Sequence[Watch], answer: Answer) -> Iterator[Breach]:
        for watch in by:
            if watch.statement in self.contract.statements and watch.concerns(self.contract, answer):
                breach = watch.judge(self.contract, answer)
                if breach is not None:
                    yield breach

    def _read(self, exchange: Exchange) -> tuple[Place | None, Answer]:
        """As judges want it."""
        headers = exchange.request.headers
        place = place_of(self.contract, exchange.method, exchange.target)
        operation = place.operation if place else None
        key = headers.get(self.contract.key_header)
        if key:
            self.secrets.add(key)
        label = None
        if key is not None:
            refused = exchange.status in self.contract.statuses_of("unknown_key")
            label = STRANGER if refused else (operation and operation.key_kind) or "public"
        content = exchange.request.content
        request = Request(
            exchange.method, exchange.target, operation.id if operation else None, label, headers, content or None
        )
        message = exchange.answer
        body, lines = (b"", ()) if message is None else (message.content or b"", message.lines)
        found = message.headers if message else {}
        moment = exchange.began
        return place, Answer(
            request, exchange.status, found, body, moment, moment + exchange.seconds, self.masked, lines
        )

    def _count_mistake(self, exchange: Exchange, answer: Answer, mistake: Mistake) -> None:
        statement = self.contract.errors[mistake.cause].provenance.id
        breach = Breach(statement, "a request that is not refused", f"sent {mistake.about}")
        self._count("client", exchange, answer, breach)

    def _count(self, party: Party, exchange: Exchange, answer: Answer, breach: Breach) -> None:
        operation = answer.request.operation or ""
        stated = self.contract.statements.get(breach.statement)
        if stated is None:
            return
        known = (party, breach.statement, operation)
        is_new = known not in self._found
        if is_new:
            self._found[known] = Violation(
                *known,
                stated.level,
                stated.page,
                self.masked(breach.expected),
                self.masked(breach.seen),
                self.masked(f"{exchange.method} {exchange.target}"),
            )
        self._found[known].times += 1
        if is_new:
            self._tell(self._found[known])


def _statements(found: Iterable[Breach]) -> Sequence[str]:
    return list(dict.fromkeys(breach.statement for breach in found))
