"""What was expected of an answer: each `expect…` says so, and raises Broken where the server did otherwise."""

from collections.abc import Callable
from contextlib import suppress

import orjson

from contracts.exchange import Answer
from contracts.harness.session import Session
from contracts.harness.slots import instant, seconds
from contracts.outcome import Broken


class Expectations(Session):
    """A session that knows what the contract lets it expect."""

    def expect(self, holds: bool, expected: str, seen: str, answer: Answer | None = None) -> None:
        """`seen` reads on from "the server"."""
        if not holds:
            raise Broken(expected, seen, answer)

    def expect_status(self, answer: Answer, *statuses: int) -> Answer:
        if answer.status not in statuses:
            raise Broken(" or ".join(map(str, sorted(statuses))), str(answer), answer)
        return answer

    def expect_served(self, answer: Answer) -> Answer:
        """With a status that the operation answers when it does what it was asked for."""
        return self.expect_status(answer, *self.successes(answer.request.operation))

    def expect_success(self, answer: Answer) -> Answer:
        """With any status of success: whether it is the right one is another rule's to judge."""
        if not 200 <= answer.status < 300:
            raise Broken("a success", str(answer), answer)
        return answer

    def expect_refusal(self, answer: Answer, expected: str) -> None:
        """Of what breaks a rule, with any status: which one its cause has is for the cause's own statement to say."""
        self.expect(answer.status >= 400, expected, str(answer), answer)

    def expect_refused(self, answer: Answer, cause: str) -> Answer:
        """With the status of a cause of `x-errors`, or one that its page allows beside it; not at all, where the
        contract refuses nothing for that cause."""
        error = self.contract.errors[cause]
        if cause not in self.contract.refusals:
            return self.expect_success(answer)
        return self.expect_status(answer, error.status, *error.also_accepted)

    def expect_member(self, answer: Answer, value: object, *path: str | int) -> None:
        found = answer.member(*path)
        name = ".".join(map(str, path))
        if found != value:
            told = _shown(found, answer.mask)
            raise Broken(f"{name} {_shown(value, answer.mask)}", f"answered with {name} {told}", answer)

    def expect_moment(self, answer: Answer, moment: int, *path: str | int) -> None:
        """However it is written: that is another rule's to judge."""
        with suppress(ValueError):
            if seconds(answer.text(*path)) == moment:
                return
        self.expect_member(answer, instant(moment), *path)

    def expect_header(self, answer: Answer, name: str, value: str) -> None:
        found = answer.headers.get(name)
        if found != value:
            raise Broken(f"the header {name}: {value}", f"sent {_header(name, found)}", answer)


def _shown(value: object, mask: Callable[[str], str]) -> str:
    text = mask(orjson.dumps(value, default=str).decode())
    return text if len(text) <= 120 else text[:120] + "…"


def _header(name: str, value: str | None) -> str:
    return f"no header {name}" if value is None else f"the header {name}: {value}"
