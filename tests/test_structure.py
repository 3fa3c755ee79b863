"""The tool that says how a checkout is built, on checkouts with one planted fault each."""

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.structure import PACKAGES, circles, main, read

LAYERS = """
[[tool.importlinter.contracts]]
type = "layers"
containers = ["contracts"]
layers = ["cli", "(reports) | run", "spec"]
"""
Checkout = Callable[..., Path]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """`files` by path below `contracts`; the other packages are one empty file each."""

    def made(**files: str) -> Path:
        (tmp_path / "pyproject.toml").write_text(LAYERS)
        for package in PACKAGES:
            (tmp_path / package).mkdir()
            (tmp_path / package / "__init__.py").touch()
        for name, text in files.items():
            path = tmp_path / "contracts" / f"{name.replace('__', '/')}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return tmp_path

    return made


def test_rooms_arrows_files_and_lines_are_counted(checkout: Checkout) -> None:
    found = read(
        checkout(cli="import contracts.run.plan\n", run__plan="from contracts import spec\n", spec="X = 1\n\nY = 2\n"),
        "contracts",
    )
    assert sorted(found.rooms) == ["cli", "run", "spec"]
    assert found.arrows == [("cli", "run"), ("run", "spec")]
    assert found.upward == []
    assert (len(found.imports), found.lines) == (4, 5)


def test_an_arrow_that_runs_upward_is_found_inside_a_function_too(checkout: Checkout) -> None:
    found = read(checkout(cli="", spec="def f():\n    from contracts.cli import X\n"), "contracts")
    assert found.upward == [("spec", "cli")]


def test_a_circle_behind_type_checking_is_found(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    hidden = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from contracts.run.a import A\n"
    folder = checkout(run__a="from contracts.spec.b import B\n", spec__b="import contracts.spec.c\n", spec__c=hidden)
    found = read(folder, "contracts")
    assert circles(found.rooms) == [["run", "spec"]]
    assert circles(found.imports) == [["contracts.run.a", "contracts.spec.b", "contracts.spec.c"]]
    assert main([str(folder)]) == 0
    printed = capsys.readouterr().out
    assert "contracts: spec -> run runs upward" in printed
    assert "contracts: circle of 3 files: contracts.run.a, contracts.spec.b, contracts.spec.c" in printed


def test_two_circles_are_two(checkout: Checkout) -> None:
    both = {"a": "import contracts.b", "b": "import contracts.a", "c": "import contracts.d", "d": "import contracts.c"}
    assert circles(read(checkout(**both), "contracts").rooms) == [["a", "b"], ["c", "d"]]


def test_the_packages_of_this_checkout_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:4]] == list(PACKAGES)
