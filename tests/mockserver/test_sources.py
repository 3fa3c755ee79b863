"""Sources are found beside what is compiled of them, in this package alone."""

import sys
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from mockserver import sources


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Of a package with a module that is there twice, and one that is only compiled."""
    for name in ("twice.py", *(f"{name}{suffix}" for name in ("twice", "once") for suffix in EXTENSION_SUFFIXES)):
        (tmp_path / name).touch()
    return str(tmp_path)


@pytest.fixture
def finders() -> Iterator[list[object]]:
    """Those of all imports, put back afterwards."""
    before = [*sys.meta_path]
    yield sys.meta_path  # type: ignore[misc]
    sys.meta_path[:] = before


def test_a_source_goes_before_what_is_compiled_of_it(folder: str) -> None:
    spec = sources.Sources().find_spec("mockserver.twice", [folder])
    assert spec is not None
    assert spec.origin == str(Path(folder, "twice.py"))


@pytest.mark.parametrize("name", ["contracts.twice", "mockserver.once", "mockserver.never"])
def test_anything_else_is_left_to_others(name: str, folder: str) -> None:
    assert sources.Sources().find_spec(name, [folder]) is None
    assert sources.Sources().find_spec("mockserver") is None


def test_they_are_looked_for_first_however_often_that_is_wished_for(finders: list[object]) -> None:
    sources.prefer()
    sources.prefer()
    assert [type(finder) for finder in finders].count(sources.Sources) == 1
    assert type(finders[0]) is sources.Sources
