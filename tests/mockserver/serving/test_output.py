"""A mock whose output nobody reads, or that cannot be written."""

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.observing import request_log
from mockserver.observing.journal import Entry
from mockserver.observing.redaction import redact
from mockserver.observing.request_log import RequestLog
from tests.effort import draws
from tests.mock_process import ROOT, get_ready
from tests.turns import PATIENCE

ENTRY = Entry("req_1", 0, 0, "GET", "/a", "", "", (), b"", None, None, None, 200, None, (), b"")


@contextmanager
def started(tmp_path: Path, shell: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A mock started by a line of shell, in which $MOCK stands for it, and its URL."""
    ready = tmp_path / "ready.json"
    command = f"{sys.executable} {ROOT / 'kordkit.py'} mock --port 0 --ready-file {ready}"
    process = subprocess.Popen(["sh", "-c", shell.replace("$MOCK", f"exec {command}")], env={**os.environ})
    try:
        yield process, str(get_ready(process, ready)["url"])
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    "shell", ["$MOCK >&-", "$MOCK 2>&-", "$MOCK >&- 2>&-", "$MOCK >/dev/full", "$MOCK 2>/dev/full"]
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no /dev/full")
def test_it_serves_and_ends_well_whatever_its_output_is(tmp_path: Path, shell: str) -> None:
    with started(tmp_path, shell) as (process, url):
        for _ in range(3):
            subprocess.run(["curl", "-s", "-o", os.devnull, f"{url}/api/nowhere"], check=True, timeout=PATIENCE)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE) == 0


def test_a_stdout_that_has_lost_its_reader_does_not_end_it(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ready = tmp_path / "ready.json"
    command = [sys.executable, str(ROOT / "kordkit.py"), "mock", "--port", "0", "--ready-file", str(ready)]
    process = subprocess.Popen(command, stdout=writing)
    os.close(writing)
    try:
        assert get_ready(process, ready)["url"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE) == 0
    finally:
        process.kill()
        process.wait()


class Blocked(StringIO):
    """A pipe that nobody reads, until somebody does."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.opened = Event(), Event()

    def write(self, text: str) -> int:
        self.entered.set()
        assert self.opened.wait(PATIENCE)
        return super().write(text)


def test_of_lines_that_nobody_reads_the_last_are_kept() -> None:
    stream = Blocked()
    log = RequestLog("json", stream, max_waiting=100)
    log.start()
    log.write(ENTRY)
    assert stream.entered.wait(PATIENCE)
    for number in range(1000):
        log.write(ENTRY._replace(request_id=f"req_{number}"))
    stream.opened.set()
    log.stop()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert lines[1] == {"event": "lines lost", "count": 900}
    assert [line["request_id"] for line in lines[2:]] == [f"req_{number}" for number in range(900, 1000)]


class Full(StringIO):
    """A disk that is full for the first two batches."""

    def __init__(self) -> None:
        super().__init__()
        self.refused = 0
        self.written = Event()

    def write(self, text: str) -> int:
        if self.refused < 2:
            self.refused += 1
            self.written.set()
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(text)


def test_a_disk_that_was_full_for_a_moment_does_not_end_the_log() -> None:
    stream = Full()
    log = RequestLog("text", stream)
    log.start()
    for _ in range(2):
        log.write(ENTRY)
        assert stream.written.wait(PATIENCE)
        stream.written.clear()
    log.write(ENTRY)
    log.stop()
    told, line = stream.getvalue().splitlines()
    assert told == "... 2 lines of this log were lost: it could not be written in time"
    assert "GET /a -> 200" in line


@given(st.from_regex(request_log._PLAIN, fullmatch=True))
@settings(max_examples=draws(200))
def test_what_is_logged_as_it_is_has_nothing_to_redact(text: str) -> None:
    assert redact(text) == text


def test_words_that_look_like_keys_are_not_logged_as_they_are() -> None:
    log = StringIO()
    lines = RequestLog("text", log)
    lines.start()
    lines.write(ENTRY._replace(request_id="xkord_live_abc", path="/kord_live_abc"))
    lines.stop()
    assert "_live_" not in log.getvalue()
    assert "-> 200" in log.getvalue()
