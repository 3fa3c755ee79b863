"""The wheel, tried outside the checkout, where the dependencies are and nothing else of us.

Started as the Containerfile starts it. On other Pythons, with their own dependencies: tests/installers.py.
"""

import json
import re
import shutil
import site
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
import requests

from tests.mock_process import get_ready
from tests.turns import PATIENCE
from tests.wheel import BUILD, CONTAINER, ENVIRONMENT, ROOT, built

PACKAGES = ("contracts", "loadtests", "mockserver")


def instruction(name: str) -> list[str]:
    """The words of an instruction of the Containerfile that is written as JSON."""
    (words,) = re.findall(rf"^{name}[^\[\n]* (\[.*\])$", CONTAINER, re.MULTILINE)
    return [str(word) for word in json.loads(words)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the commands of a fresh environment that has the wheel."""
    home = tmp_path_factory.mktemp("elsewhere") / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    commands = home / "bin"
    (packages,) = home.glob("lib/python*/site-packages")
    # A path within a .pth is searched, but its own .pth files are not read: those lead to the checkout.
    (packages / "dependencies.pth").write_text("\n".join(site.getsitepackages()))
    pip = [sys.executable, "-m", "pip", "--python", str(commands / "python"), "install", "-q"]
    offline = ["--no-index", "--no-deps", "--ignore-installed", "--disable-pip-version-check"]
    subprocess.run([*pip, *offline, str(wheel)], env=ENVIRONMENT, check=True, capture_output=True, timeout=60)
    return commands


@pytest.fixture
def small_project(tmp_path: Path) -> Path:
    """One whose wheel is compiled as ours can be, of a single module."""
    project = tmp_path / "project"
    (project / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "compile.py", project / ".ci")
    (project / "small").mkdir()
    (project / "small" / "__init__.py").touch()
    (project / "small" / "sums.py").write_text("def double(number: int) -> int:\n    return 2 * number\n")
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "small"\nversion = "1"\n'
        '[tool.hatch.build.targets.wheel.hooks.custom]\nenable-by-default = false\npath = ".ci/compile.py"\n'
        'modules = ["small/*.py"]\n'
    )
    return project


def build(project: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        BUILD, cwd=project, env=ENVIRONMENT | environment, capture_output=True, text=True, timeout=PATIENCE
    )


def test_a_wheel_is_compiled_where_that_is_wished_for_and_the_checkout_never(small_project: Path) -> None:
    before = {path for path in small_project.rglob("*") if "dist" not in path.parts}
    for environment in ({}, {"HATCH_BUILD_HOOKS_ENABLE": "1"}):
        done = build(small_project, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
    assert {path for path in small_project.rglob("*") if not {"dist", "__pycache__"} & {*path.parts}} == before
    plain, compiled = sorted((small_project / "dist").iterdir(), key=lambda path: "none-any" not in path.name)
    assert files_in(plain) == {"small/__init__.py", "small/sums.py"}
    assert {name.partition(".")[0] for name in files_in(compiled) - files_in(plain)} > {"small/sums"}
    script = f"import sys; sys.path.insert(0, {str(small_project / 'unpacked')!r}); import small.sums as it; "
    with zipfile.ZipFile(compiled) as archive:
        archive.extractall(small_project / "unpacked")
    script += "print(it.double(21), it.__file__.endswith('.py'))"
    assert subprocess.check_output([sys.executable, "-c", script], text=True) == "42 False\n"


def test_what_cannot_be_compiled_is_refused_with_a_way_out(small_project: Path) -> None:
    done = build(small_project, HATCH_BUILD_HOOKS_ENABLE="1", CC="/nowhere/cc")
    assert done.returncode != 0
    assert "kordkit cannot be compiled here: " in done.stderr
    assert "install gcc and python3-dev" in done.stderr
    assert "Traceback" not in done.stderr


def files_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def said(scripts: Path, *words: str) -> str:
    """What a command prints that ends well, started where nothing of the checkout is."""
    command = [str(scripts / words[0]), *words[1:]]
    done = subprocess.run(command, cwd=scripts.parent, env=ENVIRONMENT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_file_of_the_packages_is_in_the_wheel_and_no_other(wheel: Path) -> None:
    files = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {Path(file).suffix for file in files} >= {".j2", ".json", ".py", ".typed", ".yaml"}
    assert files_in(wheel) == files | {"kordkit.py"}


def test_what_is_tried_is_the_wheel(scripts: Path) -> None:
    script = "import contracts, kordkit, loadtests, mockserver\n"
    script += "print(*(module.__file__ for module in (contracts, kordkit, loadtests, mockserver)), sep='\\n')"
    files = said(scripts, "python", "-c", script).split()
    assert [file for file in files if not Path(file).is_relative_to(scripts.parent)] == []


def test_its_commands_find_what_they_need(scripts: Path) -> None:
    assert "mock" in said(scripts, "kordkit", "--help")
    assert "The contract is sound" in said(scripts, "kordkit", "lint")
    assert said(scripts, "kordkit", "run", "--", "sh", "-c", "echo $KORDKIT_ORG") == "acme-salon\n"
    listed = [line.split()[0] for line in said(scripts, "kordkit", "mock", "--data", "list").splitlines()]
    shipped = {path.stem for path in (ROOT / "mockserver" / "datasets").glob("*.yaml")} - {"schema"}
    assert shipped <= set(listed)


def test_its_doctor_knows_the_tested_versions(scripts: Path) -> None:
    script = "from contracts.versions import otherwise_tested as of; print(of({'Flask': '0.1'}))"
    (line,) = re.findall(r"^flask==.*$", (ROOT / "constraints.txt").read_text(), re.MULTILINE | re.IGNORECASE)
    assert said(scripts, "python", "-c", script) == f"{[line.replace('flask', 'Flask')]}\n"


def test_its_mock_answers(scripts: Path, tmp_path: Path) -> None:
    target = tmp_path / "ready.json"
    (program,), words = instruction("ENTRYPOINT"), instruction("CMD")
    here = ["127.0.0.1" if word == "0.0.0.0" else word for word in words]
    command = [str(scripts / program), *here, "--port", "0", "--ready-file", str(target)]
    environment = ENVIRONMENT | {"KORDKIT_ADMIN_TOKEN": "choose-one"}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=quiet, stderr=quiet) as mock:
        try:
            ready = get_ready(mock, target)
            first = ready["organizations"][0]
            url = f"{ready['url']}/api/calendar/v1/public/org/{first['slug']}"
            answer = requests.get(url, headers={"x-kordless-key": first["keys"]["public"]}, timeout=PATIENCE)
            python, *script = instruction("HEALTHCHECK")
            asked = [word.replace("127.0.0.1:4020", ready["url"].removeprefix("http://")) for word in script]
            assert asked != script
            subprocess.run([str(scripts / python), *asked], env=environment, check=True, timeout=60)
        finally:
            mock.terminate()
    assert answer.status_code == 200, answer.text
    assert mock.returncode == 0
