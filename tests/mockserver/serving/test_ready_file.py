"""The ready-file is there while the mock answers, and at no other time."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema

from mockserver.serving.ready_file import ReadyFile
from tests.mock_process import ROOT, get_ready, running_mock

STALE = '{"url": "http://127.0.0.1:1"}'


def started(file: Path, *flags: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(ROOT / "kordkit.py"), "mock", "--ready-file", str(file), *flags]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_it_goes_with_the_mock_and_is_of_its_schema(tmp_path: Path) -> None:
    file = tmp_path / "ready.json"
    schema = json.loads((ROOT / "contracts/target/ready_file.schema.json").read_text("utf-8"))
    with started(file, "--port", "0") as process:
        jsonschema.validate(get_ready(process, file), schema)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_stale_one_goes_even_if_the_start_fails(tmp_path: Path) -> None:
    file = tmp_path / "ready.json"
    file.write_text(STALE)
    with started(file, "--port", "0", "--data", "nowhere.yaml") as process:
        assert process.wait(timeout=60) == 2
    assert not file.exists()


def test_that_of_another_mock_on_the_same_port_stays(tmp_path: Path) -> None:
    with running_mock() as mock:
        file = tmp_path / "ready.json"
        file.write_text(STALE)
        with started(file, "--port", mock.url.rpartition(":")[2]) as process:
            assert process.wait(timeout=60) == 2
        assert file.read_text() == STALE


def test_a_file_of_somebody_else_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "ready.json"
    path.write_text("no ready-file")
    file = ReadyFile(path)
    file.remove_former()
    assert path.exists()
    file.write({"url": "http://a"})
    path.write_text(STALE)
    file.remove()
    assert path.read_text() == STALE
