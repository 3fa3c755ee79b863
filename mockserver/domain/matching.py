"""Which requests are meant: a word and what it must be, as journal, verification and faults all say it.

There are `method`, `path` (where it begins), `operation`, `organization` (a slug), `key` (an id) and `header` (`Name`,
or `Name: value`). A word that is given twice must hold twice.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar


class Asked(Protocol):
    """A request as far as it can be matched. What is not known of it is None."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def operation(self) -> str | None: ...
    @property
    def organization(self) -> str | None: ...
    @property
    def key_id(self) -> str | None: ...
    def header(self, name: str, /) -> str | None:
        """By its name, in whatever case; None where it was not sent."""


Subject = TypeVar("Subject", contravariant=True)


class Criterion(NamedTuple, Generic[Subject]):
    """`seen` is what a request has where this one wants `wanted`; None where it has nothing."""

    word: str
    wanted: str
    seen: Callable[[Subject], str | None]
    holds: Callable[[Subject], bool]

    def __str__(self) -> str:
        return f"{self.word} {self.wanted}"


@dataclass(frozen=True, slots=True)
class Match(Generic[Subject]):
    """All criteria must hold; of none, every request is meant."""

    criteria: tuple[Criterion[Subject], ...]

    def __call__(self, subject: Subject) -> bool:
        return all(criterion.holds(subject) for criterion in self.criteria)

    def unmet(self, subject: Subject) -> tuple[Criterion[Subject], ...]:
        return tuple(criterion for criterion in self.criteria if not criterion.holds(subject))


def match_of_request(stated: Iterable[tuple[str, str]]) -> Match[Asked]:
    """From words and what they must be. Raises ValueError, one sentence."""
    return Match(tuple(criterion(word, wanted, REQUEST_WORDS) for word, wanted in stated))


def criterion(word: str, wanted: str, words: Mapping[str, Callable[[str], Criterion[Subject]]]) -> Criterion[Subject]:
    """One of the `words`. Raises ValueError, one sentence."""
    if word not in words:
        raise ValueError(f"requests cannot be matched by {word}; there are {', '.join(words)}")
    if not wanted:
        raise ValueError(f"{word} is empty")
    return words[word](wanted)


def same(word: str, seen: Callable[[Subject], str | None]) -> Callable[[str], Criterion[Subject]]:
    return lambda wanted: Criterion(word, wanted, seen, lambda subject: seen(subject) == wanted)


def _method(wanted: str) -> Criterion[Asked]:
    return Criterion("method", wanted, lambda asked: asked.method, lambda asked: asked.method == wanted.upper())


def _path(wanted: str) -> Criterion[Asked]:
    if not wanted.startswith("/"):
        raise ValueError("path must be the beginning of one, such as /api/calendar/v1/public")
    return Criterion("path", wanted, lambda asked: asked.path, lambda asked: asked.path.startswith(wanted))


def _header(wanted: str) -> Criterion[Asked]:
    name, colon, value = (part.strip() for part in wanted.partition(":"))
    if not _HEADER_NAME.fullmatch(name):
        raise ValueError("header must be a header's name, or name and value as in `X-Test: seven`")

    return having_header(name, value if colon else None, wanted)


def having_header(name: str, value: str | None, wanted: str) -> Criterion[Asked]:
    """With that value; None: with any."""

    def seen(asked: Asked) -> str | None:
        return asked.header(name)

    def holds(asked: Asked) -> bool:
        return seen(asked) == value if value is not None else seen(asked) is not None

    return Criterion("header", wanted, seen, holds)


_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^`|~-]{1,100}")
REQUEST_WORDS: Mapping[str, Callable[[str], Criterion[Asked]]] = {
    "method": _method,
    "path": _path,
    "operation": same("operation", lambda asked: asked.operation),
    "organization": same("organization", lambda asked: asked.organization),
    "key": same("key", lambda asked: asked.key_id),
    "header": _header,
}
