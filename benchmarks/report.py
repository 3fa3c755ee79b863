"""Tables in Markdown, and their places in docs/benchmarks.md: between lines `<!-- NAME -->` and `<!-- /NAME -->`."""

import os
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.processes import CORES, ROOT

PAGE = ROOT / "docs" / "benchmarks.md"


@dataclass(frozen=True, slots=True)
class Effort:
    """`rounds` of each measurement, in turns; `seconds` of each load."""

    rounds: int = 3
    seconds: int = 1


@dataclass(frozen=True, slots=True)
class Section:
    """What a benchmark found, in Markdown, with the files beside the page that it shows."""

    text: str
    files: Mapping[str, str] = field(default_factory=dict)


def table(head: Sequence[str], rows: Iterable[Sequence[object]], texts: int = 1) -> str:
    """The first columns are texts, the others figures."""
    lines = [head, [*["---"] * texts, *["---:"] * (len(head) - texts)], *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def put(name: str, section: Section, page: Path = PAGE) -> None:
    """Raises LookupError where the page has no such place."""
    before = page.read_text("utf-8")
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    place = re.compile(f"^{re.escape(begin)}$.*?^{re.escape(end)}$", re.DOTALL | re.MULTILINE)
    if place.search(before) is None:
        raise LookupError(f"{page} has no place {begin} … {end}")
    page.write_text(place.sub(lambda _: f"{begin}\n{section.text}\n{end}", before), "utf-8")
    for file, content in section.files.items():
        page.with_name(file).write_text(content, "utf-8")


class Machine:
    """How busy the machine was while something was measured, in a sentence."""

    def __init__(self) -> None:
        self._before = os.getloadavg()[0]

    def __str__(self) -> str:
        after = os.getloadavg()[0]
        return (
            f"CPython {platform.python_version()} on {len(CORES)} cores, load average {self._before:.1f} before and "
            f"{after:.1f} after"
        )
