"""What the headers of an answer tell of a limit."""

import re
from email.utils import parsedate_to_datetime

from contracts.exchange import Answer
from contracts.harness.session import Session
from contracts.outcome import NotRunError
from contracts.spec.contract import Contract

OF_A_LIMIT = re.compile(r"(x-)?rate-?limit", re.IGNORECASE)  # what servers call such headers


class LimitHeaders:
    def __init__(self, session: Session) -> None:
        self._session = session

    def header(self, part: str) -> str:
        """The name of the header for `limit`, `remaining` or `reset`."""
        return self._session.contract.rate_limits.headers[part]

    def told(self, answer: Answer, part: str) -> int | None:
        """None where the header is missing, or no whole number; `reset` in Unix seconds."""
        told = whole(answer.headers.get(self.header(part)))
        if told is None or part != "reset":
            return told
        form = self._session.contract.rate_limits.reset
        if form == "seconds-left":
            return told + (answer.date or 0)
        return -(-told // 1000) if form == "unix-milliseconds" else told

    @property
    def told_on_success(self) -> bool:
        return told_on_success(self._session.contract)

    def read(self, answer: Answer, part: str) -> int:
        """As `told`. Raises NotRunError where there is nothing to read."""
        found = self.told(answer, part)
        if found is None:
            raise NotRunError(f"{answer.request.operation} was answered without {self.header(part)}")
        return found

    def promised(self, answer: Answer) -> int | None:
        """The seconds of Retry-After."""
        found = answer.headers.get("Retry-After")
        if self._session.contract.rate_limits.retry_after != "http-date":
            return whole(found)
        try:
            return round(parsedate_to_datetime(found or "").timestamp()) - (answer.date or 0)
        except ValueError:
            return None

    def is_refused(self, answer: Answer) -> bool:
        return answer.status == self._session.contract.errors["rate_limited"].status


def told_on_success(contract: Contract) -> bool:
    """Whether it says that a success tells what is left, not a refusal alone."""
    return bool(contract.rule("limits.headers_on") != "refusals")


def whole(text: str | None) -> int | None:
    """None where that is no whole number, written in digits."""
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 19 else None
