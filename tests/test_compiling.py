"""What `make compiled` compiles is fit for it: of some things the compiler makes others, and does not say so."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WHEEL = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
PATTERNS: list[str] = WHEEL["hooks"]["custom"]["modules"]
COMPILED = sorted(path for pattern in PATTERNS for path in ROOT.glob(pattern) if path.name != "__init__.py")
OTHERS = [path for path in (ROOT / "mockserver").rglob("*.py") if path not in COMPILED and "mutants" not in path.parts]
MISTAKEN = {"cached_property", "runtime_checkable"}
"""The first would be worked out each time that it is asked for, the second refuses a compiled class."""


def classes(path: Path) -> Iterator[ast.ClassDef]:
    return (node for node in ast.walk(parsed(path)) if isinstance(node, ast.ClassDef))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


COMPILED_CLASSES = {(module(path), each.name) for path in COMPILED for each in classes(path)}


def is_native(it: ast.ClassDef) -> bool:
    """mypyc makes others as Python does."""
    return not it.decorator_list and "NamedTuple" not in map(ast.unparse, it.bases)


def is_literal(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except ValueError:
        return False
    return True


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_each_pattern_is_that_of_a_file(pattern: str) -> None:
    assert any(ROOT.glob(pattern))


def test_nothing_compiled_is_left_in_the_checkout() -> None:
    """It would be imported, whatever becomes of its source."""
    assert [
        path for package in ("contracts", "loadtests", "mockserver") for path in (ROOT / package).rglob("*.so")
    ] == []


@pytest.mark.parametrize("path", COMPILED, ids=named)
def test_nothing_becomes_something_else(path: Path) -> None:
    used = {node.id for node in ast.walk(parsed(path)) if isinstance(node, ast.Name)}
    assert used & MISTAKEN == set()


@pytest.mark.parametrize("path", COMPILED, ids=named)
def test_what_a_class_begins_with_is_literal_or_set_in_its_init(path: Path) -> None:
    """The compiler warns of anything else, and leaves it out."""
    lost = [
        f"{each.name}: {ast.unparse(statement)}"
        for each in filter(is_native, classes(path))
        for statement in each.body
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value and not is_literal(statement.value)
    ]
    assert lost == []


def test_whether_a_mutant_is_wanted_is_known_before_anything_compiled_is_imported() -> None:
    script = "import sys, mockserver.cli; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "mockserver.cli" in found.stdout.split()
    assert {*found.stdout.split()} & {*map(module, COMPILED)} == set()


@pytest.mark.parametrize("path", OTHERS, ids=named)
def test_no_class_inherits_from_a_compiled_one_that_is_not_compiled(path: Path) -> None:
    """Those of mutants do: for them a mock is made of its sources (mockserver/sources.py)."""
    imported = {
        name.asname or name.name
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom)
        for name in node.names
        if (node.module, name.name) in COMPILED_CLASSES
    }
    bases = {ast.unparse(base).partition("[")[0] for each in classes(path) for base in each.bases}
    assert bases & imported == set()
