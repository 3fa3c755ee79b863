"""What `make compiled` has compiled, where it stands: that it is what is served, and that it is no other mock.

No part of the suite: `make compiled` runs it in build/compiled, and the mock's own fast tests with it.
"""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tests.mock_process import KORDKIT, ROOT, get_ready, running_mock
from tests.test_compiling import COMPILED, module

NOW = "2025-12-01T08:00:00Z"


def said(*words: str, code: int = 0) -> str:
    """What a command prints that ends with this exit code."""
    done = subprocess.run([sys.executable, KORDKIT, *words], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("path", COMPILED, ids=module)
def test_it_is_compiled(path: Path) -> None:
    file = import_module(module(path)).__file__
    assert file is not None
    assert Path(file).suffix in {".so", ".pyd"}
    assert Path(file).parent == path.parent


def test_a_whole_check_finds_nothing() -> None:
    with running_mock("--now", NOW) as mock:
        assert "The server keeps the contract" in said("check", "--target", str(mock.target), "--allow-writes")


def test_a_mutant_is_what_it_is_said_to_be(tmp_path: Path) -> None:
    """Not forked of a process that has imported something, as other tests have it."""
    target = tmp_path / "ready.json"
    command = [sys.executable, KORDKIT, "mock", "--port", "0", "--ready-file", str(target)]
    with subprocess.Popen([*command, "--mutant", "revoked-key-accepted"], cwd=ROOT, stdout=subprocess.DEVNULL) as mock:
        try:
            get_ready(mock, target)
            assert "errors.401.revoked" in said("check", "--target", str(target), "--only", "auth", code=1)
        finally:
            mock.terminate()


def test_what_there_is_to_choose_from_is_listed() -> None:
    assert "revoked-key-accepted" in said("mock", "--mutant", "list")
    assert "acme-salon" in said("mock", "--data", "list")


def test_the_doctor_knows() -> None:
    assert "compiled" in said("doctor")
