"""Whatever a server sends, and however it is reached: an answer or a sentence, without a trace and within bounds."""

import gzip
import os
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from contracts.errors import TargetError, UnreachableError
from contracts.target import transport
from contracts.target.control import ControlApi
from tests.processes import run
from tests.scripted_server import dripping, plain, scripted

HINT = b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n"


def check(url: str, *flags: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`kordkit check` of one rule that reads."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().endswith(("_PROXY", "_BUNDLE"))}
    arguments = [url, "--key", "k1234", "--org", "acme-salon", "--only", "auth.key-header", *flags]
    return run(Path.cwd(), "check", *arguments, environment={**kept, "COLUMNS": "300", "NO_COLOR": "1", **variables})


def asked(url: str) -> requests.Response:
    return transport.send(transport.session(), requests.Request("GET", url).prepare())


@pytest.mark.parametrize("interim", [HINT, b"HTTP/1.1 100 Continue\r\n\r\n", HINT * 3])
def test_an_interim_answer_is_not_the_answer(interim: bytes) -> None:
    with scripted(lambda _: interim + plain(b"{}")) as url:
        done = check(url)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "1 passed" in done.stdout


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"HTTP/1.1 000 \r\nContent-Length: 0\r\n\r\n", "what it sends is no HTTP"),
        (HINT * 30, "does not answer"),
        (plain(gzip.compress(b" " * (17 << 20)), "Content-Encoding: gzip\r\n"), "unfolds to more than 16 MiB"),
        (plain(b" " * ((16 << 20) + 1)), "its answer has no end: more than 16 MiB"),
    ],
)
def test_what_is_no_answer_or_one_without_bound_is_one_sentence(answer: bytes, sentence: str) -> None:
    with scripted(lambda _: answer) as url:
        done = check(url)
        assert done.returncode == 3, done.stdout
        assert sentence in done.stderr
        assert "Traceback" not in done.stderr


def test_json_that_is_nested_too_deeply_is_found_and_breaks_nothing() -> None:
    with scripted(lambda _: plain(b"[" * 100_000, "Content-Type: application/json\r\n")) as url:
        done = check(url)
        assert done.returncode == 1, done.stderr
        assert "answered with JSON in more than 200 levels" in done.stdout


@pytest.mark.parametrize(
    ("body", "deep"),
    [
        (b'[{"a": ["[[[", "\\"[["]}]' + b" " * 300, False),
        (b"[" + b",".join([b'{"a": [1]}'] * 1000) + b"]", False),
        (b'["' + b"[" * 1000 + b'"]', False),
        (b'["", "' + b"[" * 1000 + b'", ""]', False),
        (b'["", ' + b"[" * 200 + b'""' + b"]" * 201, True),
        (b"[" * 200 + b"]" * 200, False),
        (b"[" * 201 + b"]" * 201, True),
        (b'{"a":' * 300 + b"1" + b"}" * 300, True),
        (b"[" * 100_000, True),
    ],
)
def test_depth_is_counted_outside_of_texts(body: bytes, deep: bool) -> None:
    assert transport.is_deep(body) is deep


def test_an_answer_that_comes_byte_by_byte_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "LONGEST", 0.3)
    over = threading.Event()

    def drip() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nX-Long: "
        while not over.wait(0.02):
            yield b"x"

    with dripping(drip()) as url:
        began = time.monotonic()
        with pytest.raises(transport.NoAnswerError, match=r"its answer has no end: more than 0\.3 s"):
            asked(url)
        assert time.monotonic() - began < transport.TIMEOUT / 2
        over.set()


def test_a_url_that_is_not_what_it_seems_is_explained() -> None:
    with scripted(lambda _: plain(b"{}")) as url:
        done = check(url.replace("http:", "https:"))
    assert done.returncode == 3
    assert "that port does not speak TLS: is the URL one with http://?" in done.stderr
    done = check("http://no.such.host.invalid")
    assert done.returncode == 3
    assert "the host no.such.host.invalid is not known" in done.stderr


def test_a_redirect_is_named_with_its_target_and_not_followed() -> None:
    with scripted(lambda _: plain(b"", "Location: https://other.example/x?k=hidden\r\n", "302 Found")) as url:
        done = check(url)
    assert done.returncode == 3
    assert "sends on to other.example (302)" in done.stderr
    assert "hidden" not in done.stdout + done.stderr


def test_what_comes_with_a_redirect_is_kept_and_has_an_end() -> None:
    with scripted(lambda _: plain(b"moved", "Location: /x\r\n", "302 Found")) as url:
        assert asked(url).content == b"moved"
    long = plain(b" " * ((16 << 20) + 1), "Location: /x\r\n", "302 Found")
    with scripted(lambda _: long) as url, pytest.raises(transport.NoAnswerError, match="more than 16 MiB"):
        asked(url)


def test_no_cookie_is_kept() -> None:
    session = transport.session()
    with scripted(lambda _: plain(b"{}", "Set-Cookie: a=b\r\n")) as url:
        transport.send(session, requests.Request("GET", url).prepare())
    assert not session.cookies


def test_a_control_url_without_its_path_is_explained() -> None:
    with (
        scripted(lambda _: plain(b"{}", status="404 Not Found")) as url,
        pytest.raises(UnreachableError, match=r"its URL ends in /_mock"),
    ):
        ControlApi(url).state()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that no authority of the machine signed, with its key."""
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(path), "-out", str(path) + ".crt"]
    subprocess.run([*command, *names], check=True, capture_output=True)
    return path


def test_a_private_authority_is_trusted_where_it_is_named(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority = f"{certificate}.crt"
    context.load_cert_chain(authority, certificate)
    with scripted(lambda _: plain(b"{}"), context) as url:
        refused = check(url)
        assert refused.returncode == 3
        assert "its certificate is not accepted: self" in refused.stderr
        assert "--ca-bundle of kordkit check" in refused.stderr
        for done in (
            check(url, "--ca-bundle", authority),
            check(url, REQUESTS_CA_BUNDLE=authority),
            check(url, SSL_CERT_FILE=authority),
        ):
            assert done.returncode == 0, done.stderr


def test_a_file_of_certificates_that_is_none_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("nothing")
    done = check("http://127.0.0.1:9", "--ca-bundle", str(tmp_path / "no.pem"))
    assert done.returncode == 2
    assert "is no file of certificates (PEM)" in done.stderr
    with pytest.raises(TargetError, match="no file of certificates"):
        ControlApi("http://127.0.0.1:9/_mock", authority=tmp_path / "missing.pem")


def test_loopback_is_reached_directly_whatever_proxy_the_environment_names() -> None:
    proxy = "http://127.0.0.1:9"
    with scripted(lambda _: plain(b"{}")) as url:
        assert check(url, http_proxy=proxy, HTTP_PROXY=proxy).returncode == 0
        assert check(url.replace("127.0.0.1", "localhost"), all_proxy=proxy).returncode == 0


def test_elsewhere_the_proxy_is_used_and_named() -> None:
    refused = check("http://api.example.com", http_proxy="http://user:hidden@127.0.0.1:9")
    assert refused.returncode == 3
    assert "the connection was refused (through the proxy 127.0.0.1:9)" in refused.stderr
    assert "hidden" not in refused.stderr
    with scripted(lambda _: HINT + plain(b"{}")) as proxy:
        assert check("http://api.example.com", http_proxy=proxy).returncode == 0
