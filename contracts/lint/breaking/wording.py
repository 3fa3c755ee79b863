"""Changes that mean nothing to a program: descriptions, examples, pages, levels."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from contracts.lint.breaking.changes import Change, editorial
from contracts.lint.finding import Document, place

_WORDS = frozenset(
    {"description", "summary", "title", "example", "examples", "tags", "links", "externalDocs", "license", "contact"}
    | {"info", "x-provenance", "x-statuses", "x-untested", "x-readings", "x-error-types", "webhooks"}
)


def wording_changes(old: Document, new: Document, others: Sequence[Change]) -> list[Change]:
    """The places where only words differ. Where documents differ and nothing else was found, one place that does."""
    differing = list(_differences(old, new))
    found = [editorial(place(path), "reads otherwise") for path in _shortened(differing)]
    if differing and not found and not others:
        found.append(editorial(place(differing[0]), "is written otherwise"))
    return found


def _shortened(paths: Iterable[tuple[str | int, ...]]) -> Iterator[tuple[str | int, ...]]:
    """Each path as far as its first word that is no program's, once."""
    shortened = (path[: index + 1] for path in paths for index, name in enumerate(path) if name in _WORDS)
    seen = set()
    for path in shortened:
        if not any(path[:length] in seen for length in range(1, len(path) + 1)):
            seen.add(path)
            yield path


def _differences(old: Any, new: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in (*old, *(name for name in new if name not in old)):
            if name in old and name in new:
                yield from _differences(old[name], new[name], (*path, name))
            else:
                yield (*path, name)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _differences(before, after, (*path, index))
    elif old != new:
        yield path
