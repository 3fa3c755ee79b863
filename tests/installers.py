"""The wheel, installed by the lines of the README with pipx and uv, and on each Python that there is: `make packaging`.

No part of the suite: the dependencies come from the package index.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.wheel import ENVIRONMENT, ROOT, built

LINES = re.findall(r"^(?:pipx|uv) .*kordkit.*$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
SUPPORTED = ("3.11", "3.12", "3.13", "3.14")


def pythons() -> dict[str, str]:
    """Each supported version that this machine has, and where."""
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    found = {"{}.{}".format(*sys.version_info): sys.executable}
    for version in SUPPORTED:
        for path in (shutil.which(f"python{version}"), *map(str, kept.glob(f"{version}.*/bin/python{version}"))):
            if path is not None and _starts(path):
                found.setdefault(version, path)
    return found


def _starts(path: str) -> bool:
    """pyenv puts scripts on the PATH that stand for each Python, and start none that is not chosen."""
    return subprocess.run([path, "-c", ""], capture_output=True, timeout=60).returncode == 0


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    """In which both installers leave alone what the machine has."""
    homes = {"PIPX_HOME": "pipx", "PIPX_BIN_DIR": "bin", "PIPX_MAN_DIR": "man"}
    homes |= {"UV_TOOL_DIR": "uv", "UV_TOOL_BIN_DIR": "bin"}
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {**ENVIRONMENT, **{name: str(tmp_path / folder) for name, folder in homes.items()}, "PATH": path}


def said(folder: Path, environment: Mapping[str, str], *words: str) -> str:
    """What a command prints that ends well."""
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def try_out(tmp_path: Path, environment: Mapping[str, str]) -> None:
    """What was installed, in an empty folder."""
    empty = tmp_path / "empty"
    empty.mkdir()
    kordkit = str(tmp_path / "bin" / "kordkit")
    assert "mock" in said(empty, environment, kordkit, "--help")
    assert "The contract is sound" in said(empty, environment, kordkit, "lint")
    assert "All is well." in said(empty, environment, kordkit, "doctor")
    said(empty, environment, kordkit, "run", "--", kordkit, "check", "--only", "organization")


def test_the_readme_knows_both() -> None:
    assert {line.partition(" ")[0] for line in LINES} == {"pipx", "uv"}


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_the_readme_installs_it(
    line: str, wheel: Path, tmp_path: Path, environment: Mapping[str, str]
) -> None:
    said(
        tmp_path,
        environment,
        *(re.sub(r"^kordkit\S*", rf"\g<0> @ {wheel.as_uri()}", word) for word in shlex.split(line)),
    )
    try_out(tmp_path, environment)


@pytest.mark.parametrize("version", pythons())
def test_it_runs_on_each_python(version: str, wheel: Path, tmp_path: Path, environment: Mapping[str, str]) -> None:
    wanted = f"kordkit[check] @ {wheel.as_uri()}"
    said(tmp_path, environment, "uv", "tool", "install", "--python", pythons()[version], wanted)
    (python,) = (tmp_path / "uv").glob("kordkit/bin/python")
    assert version in said(tmp_path, environment, str(python), "--version")
    try_out(tmp_path, environment)
