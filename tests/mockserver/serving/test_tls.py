"""A mock that answers by https: with a certificate made for it, or with the user's own."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mockserver.serving.tls import Tls, UnusableTlsError
from tests.mock_process import ROOT, RunningMock, running_mock
from tests.processes import run
from tests.turns import PATIENCE

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("KORD")}


@pytest.fixture(scope="module")
def mock() -> Iterator[RunningMock]:
    with running_mock("--tls") as started:
        yield started
        folder, deadline = Path(started.ready["ca_bundle"]).parent, time.monotonic() + PATIENCE
        os.kill(started.process, signal.SIGTERM)
        while folder.exists():
            assert time.monotonic() < deadline, "the files of its certificate stay behind"
            time.sleep(0.02)


def asked(mock: RunningMock, path: str, host: str = "127.0.0.1", authority: str | None = None) -> Any:
    trusting = ssl.create_default_context(cafile=authority or mock.ready["ca_bundle"])
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusting))
    with opener.open(mock.url.replace("127.0.0.1", host) + path, timeout=PATIENCE) as answer:
        return json.load(answer)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_who_trusts_its_authority_is_answered(mock: RunningMock, host: str) -> None:
    assert mock.url.startswith("https://")
    assert asked(mock, "/_mock/health", host)["status"] == "ok"


def test_who_does_not_trust_it_is_not(mock: RunningMock) -> None:
    with pytest.raises(urllib.error.URLError, match="certificate verify failed"):
        asked(mock, "/_mock/health", authority=ssl.get_default_verify_paths().cafile or os.devnull)


def test_its_links_are_of_https(mock: RunningMock) -> None:
    world = json.loads(
        urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=mock.ready["ca_bundle"])),
        )
        .open(urllib.request.Request(f"{mock.url}/_mock/worlds/one", method="POST"), timeout=PATIENCE)
        .read()
    )
    assert world["control_url"] == f"{mock.url}/w/one/_mock"


def test_nobody_reads_what_goes_over_the_line(mock: RunningMock) -> None:
    host, _, port = mock.url.removeprefix("https://").partition(":")
    with socket.create_connection((host, int(port)), PATIENCE) as plain:
        plain.sendall(b"GET /_mock/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"HTTP/1.1 200" not in plain.recv(1000)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["check", "--only", "organization"], 0),
        (["load", "browse", "--rate", "5/s", "--duration", "1"], 0),
        (["load", "limiter", "--max-requests", "100"], 4),  # of which one limit is asked, and the clock moved
    ],
    ids=["check", "load", "probe"],
)
def test_who_is_handed_its_target_file_trusts_it(
    mock: RunningMock, tmp_path: Path, words: list[str], code: int
) -> None:
    ended = run(tmp_path, *words, "--target", str(mock.target), environment=ENVIRONMENT)
    assert ended.returncode == code, ended.stdout + ended.stderr


def test_who_is_not_told_whom_to_trust_is_told_how(mock: RunningMock, tmp_path: Path) -> None:
    ready = {name: value for name, value in mock.ready.items() if name != "ca_bundle"}
    (tmp_path / "target.json").write_text(json.dumps(ready))
    ended = run(tmp_path, "check", "--target", "target.json", environment=ENVIRONMENT)
    assert ended.returncode == 3, ended.stdout + ended.stderr
    assert "its certificate is not accepted" in ended.stderr


def test_whom_nobody_can_trust_is_told_of(mock: RunningMock, tmp_path: Path) -> None:
    (tmp_path / "target.json").write_text(json.dumps({**mock.ready, "ca_bundle": "gone.pem"}))
    ended = run(tmp_path, "check", "--target", "target.json", environment=ENVIRONMENT)
    assert ended.returncode == 2
    assert "ca_bundle of the target file: gone.pem is no file of certificates" in ended.stderr


def test_one_may_bring_a_certificate_of_ones_own(tmp_path: Path) -> None:
    own = Tls.made("127.0.0.1")
    with running_mock("--tls-cert", str(own.certificate), "--tls-key", str(own.key)) as mock:
        assert "ca_bundle" not in mock.ready
        assert asked(mock, "/_mock/health", authority=str(own.authority))["status"] == "ok"
    assert own.certificate.exists()
    own.remove()
    assert not own.certificate.exists()


def test_a_command_that_runs_beside_it_knows_whom_to_trust(tmp_path: Path) -> None:
    check = "import sys, kordkit; sys.argv = ['kordkit', 'check', '--only', 'organization']; kordkit.main()"
    environment = {**ENVIRONMENT, "PYTHONPATH": str(ROOT)}
    ended = run(tmp_path, "run", "--tls", "--", sys.executable, "-c", check, environment=environment)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def made() -> Iterator[Tls]:
    tls = Tls.made("localhost")
    yield tls
    tls.remove()


def test_every_mistake_is_one_sentence(made: Tls, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.pem"
    other = Tls.made("localhost")
    protected = tmp_path / "protected.pem"
    words = ["openssl", "ec", "-aes256", "-passout", "pass:x", "-in", str(made.key), "-out", str(protected)]
    subprocess.run(words, check=True, capture_output=True)
    for chosen, sentence in (
        ((True, made.certificate, None), "give one or the other"),
        ((False, made.certificate, None), "belong together"),
        ((False, made.certificate, nothing), f"{nothing} cannot be read: No such file"),
        ((False, made.certificate, other.key), "must be PEM files that belong together"),
        ((False, made.key, made.key), "must be PEM files that belong together"),
        ((False, made.certificate, protected), "the key without a password"),
    ):
        with pytest.raises(UnusableTlsError, match=sentence):
            Tls.chosen("localhost", *chosen)
    other.remove()


def test_without_trustme_the_line_to_type_is_told(tmp_path: Path) -> None:
    words = (
        "-c",
        "import sys; sys.modules['trustme'] = None; import kordkit; kordkit.main()",
        "mock",
        "--port",
        "0",
        "--tls",
    )
    ended = subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("Error: trustme is not installed: pip install 'kordkit[tls]'")
