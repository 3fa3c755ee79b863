"""What a file of tests has left unclosed is its own error, and not that of the file in which it is found."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEAVING = """
import socket
from tests.conftest import nothing_left_open

class Circle:
    def __init__(self):
        self.itself, self.socket = self, socket.socket()

def test_leaves_one_open():
    Circle()

def test_leaves_none():
    pass
"""
FINDING = "import gc\ndef test_finds_it():\n    gc.collect()\n"


def test_who_left_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "test_leaving.py").write_text(LEAVING)
    (tmp_path / "test_with_the_next.py").write_text(FINDING)
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-c", "/dev/null", "--rootdir", str(tmp_path)]
    options = ["-p", "no:cacheprovider", "-p", "no:locust", "-p", "no:schemathesis", str(tmp_path)]
    done = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert "3 passed, 1 error" in done.stdout, done.stdout + done.stderr
    assert re.search(r"^ERROR .*test_leaving\.py::test_leaves_none\b", done.stdout, re.MULTILINE), done.stdout
    assert "unclosed <socket.socket" in done.stdout
