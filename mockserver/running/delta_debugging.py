"""Delta debugging: which part of a whole makes it fail (Zeller and Hildebrandt, "Simplifying and isolating
failure-inducing input", 2002)."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def minimal(whole: Sequence[T], fails: Callable[[Sequence[T]], bool]) -> Sequence[T]:
    """A part of `whole` that fails, and would not if any one of its members were left out.

    `whole` is known to fail, and nothing at all not to. One culprit among n is found with some 2 log n questions.
    """
    part, pieces = whole, 2
    while len(part) > 1:
        chunks = list(_split(part, pieces))
        smaller = next((chunk for chunk in chunks if fails(chunk)), None)
        if smaller is not None:
            part, pieces = smaller, 2
            continue
        # Of two pieces each is what the other leaves.
        rests = (_without(part, chunk) for chunk in chunks) if pieces > 2 else ()
        smaller = next((rest for rest in rests if fails(rest)), None)
        if smaller is not None:
            part, pieces = smaller, pieces - 1
        elif pieces < len(part):
            pieces = min(len(part), 2 * pieces)
        else:
            break
    return part


def _split(part: Sequence[T], pieces: int) -> Iterator[Sequence[T]]:
    for number in range(pieces):
        yield part[number * len(part) // pieces : (number + 1) * len(part) // pieces]


def _without(part: Sequence[T], chunk: Sequence[T]) -> Sequence[T]:
    return [member for member in part if member not in chunk]
