"""Which answered requests are meant: by the words of `mockserver/domain/matching.py`, and by those of an answer.

These are `status` (`409`, or `4xx`), `cause`, `request_id`, `since` and `until` (RFC 3339, on the mock's clock, `until`
excluded).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from mockserver.domain.instants import parse_instant, render_instant
from mockserver.domain.matching import REQUEST_WORDS, Asked, Criterion, Match, criterion, same
from mockserver.ports import SECOND

__all__ = ["ANSWER_WORDS", "Answered", "Criterion", "Match", "match_of_answer"]


class Answered(Asked, Protocol):
    """`arrived` in nanoseconds."""

    @property
    def status(self) -> int: ...
    @property
    def cause(self) -> str | None: ...
    @property
    def request_id(self) -> str: ...
    @property
    def arrived(self) -> int: ...


def match_of_answer(stated: Iterable[tuple[str, str]]) -> Match[Answered]:
    """From words and what they must be. Raises ValueError, one sentence."""
    return Match(tuple(criterion(word, wanted, ANSWER_WORDS) for word, wanted in stated))


def _status(wanted: str) -> Criterion[Answered]:
    if not _STATUS.fullmatch(wanted):
        raise ValueError("status must be one of three digits, or a class of them such as `4xx`")
    digits = wanted.rstrip("x")

    def seen(answered: Answered) -> str:
        return str(answered.status)

    return Criterion("status", wanted, seen, lambda answered: seen(answered).startswith(digits))


def _arrived(answered: Answered) -> str:
    return render_instant(answered.arrived // SECOND)


def _moment(word: str, wanted: str) -> int:
    try:
        return parse_instant(wanted) * SECOND
    except ValueError as error:
        raise ValueError(f"{word}: {error}") from None


def _since(wanted: str) -> Criterion[Answered]:
    moment = _moment("since", wanted)
    return Criterion("since", wanted, _arrived, lambda answered: answered.arrived >= moment)


def _until(wanted: str) -> Criterion[Answered]:
    moment = _moment("until", wanted)
    return Criterion("until", wanted, _arrived, lambda answered: answered.arrived < moment)


_STATUS = re.compile(r"[1-5]([0-9]{2}|xx)", re.ASCII)
ANSWER_WORDS: Mapping[str, Callable[[str], Criterion[Answered]]] = {
    **REQUEST_WORDS,
    "status": _status,
    "cause": same("cause", lambda answered: answered.cause),
    "request_id": same("request_id", lambda answered: answered.request_id),
    "since": _since,
    "until": _until,
}
