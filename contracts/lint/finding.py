"""What a check of the contract document has found."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, and where in the document."""

    where: str
    trouble: str


Check = Callable[[Document], Iterator[Finding]]


def place(path: Iterable[str | int]) -> str:
    """How a finding names a path within the document."""
    return "/".join(map(str, path)) or "the document"
