"""What the project promises about its own shape."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("contracts", "loadtests", "mockserver")
LONGEST_FILE = 330

TOP_LEVEL = {
    *PACKAGES,
    ".ci",
    ".github",
    ".gitignore",
    "LICENSE",
    "Makefile",
    "README.md",
    "benchmarks",
    "constraints.txt",
    "docs",
    "kordkit.py",
    "pyproject.toml",
    "tests",
}


def source_files() -> list[Path]:
    files = [ROOT / "kordkit.py"]
    for package in PACKAGES:
        files.extend((ROOT / package).rglob("*.py"))
    return sorted(files)


def normalized(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return {normalized(name): version for name, _, version in (x.partition("==") for x in lines)}


def test_no_source_file_outgrows_one_sitting() -> None:
    long = {
        str(path.relative_to(ROOT)): length
        for path in source_files()
        if (length := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    }
    assert long == {}, "split by concept"


def test_there_is_no_drawer_for_odds_and_ends() -> None:
    drawers = {"utils.py", "util.py", "helpers.py", "misc.py"}
    assert [path for path in source_files() if path.name in drawers] == []


def test_constraints_are_names_and_versions_and_nothing_else() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pin = re.compile(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.+]*")
    odd = [line for line in lines if not pin.fullmatch(line)]
    assert odd == []
    assert lines == sorted(lines, key=str.lower)
    assert len(pinned()) == len(lines), "a distribution is pinned twice"
    assert "kordkit" not in pinned()


def test_constraints_cover_every_dependency_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        wanted.extend(extra)
    names = {normalized(re.split(r"[\[<>=!~; ]", line)[0]) for line in wanted} - {"kordkit"}
    assert names - pinned().keys() == set()


def test_files_that_are_called_slow_are_there() -> None:
    slow = yaml.safe_load((ROOT / "tests" / "slow.yaml").read_text("utf-8"))
    assert [file for file in slow if not (ROOT / "tests" / file).is_file()] == []


def test_the_top_level_holds_what_the_design_allows() -> None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z"],
        capture_output=True,
        text=True,
        check=True,
    )
    entries = {path.partition("/")[0] for path in listing.stdout.split("\0") if path}
    assert entries - TOP_LEVEL == set()
