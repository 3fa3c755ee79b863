"""The proxies of the environment: a load goes through them, as all other requests do."""

import json
import os
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import kordkit
from contracts.errors import TargetError, UnreachableError
from loadtests.api.proxies import Proxy
from loadtests.api.target import Organization, Target
from loadtests.measure.statistics import Tally
from loadtests.run.plan import Plan
from tests.loadtests.api.forward_proxy import ForwardProxy, forwarding
from tests.loadtests.running import run
from tests.scripted_server import plain, scripted

pytestmark = pytest.mark.usefixtures("forked_generators")

NAME = "booking.example"  # which nobody but the proxy knows
ANYTHING = json.dumps({"services": [{"slug": "s"}], "calendarSettings": {"booking_window_days": 1}, "slots": []})
ANSWER = plain(ANYTHING.encode(), "Date: Sat, 28 Nov 2026 08:00:00 GMT\r\n")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def proxy() -> Iterator[ForwardProxy]:
    with scripted(lambda _: ANSWER) as server, forwarding(server) as proxy:
        yield proxy


def loaded(url: str) -> Tally:
    target = Target(url, (Organization("o", keys=("kord_test_x",)),))
    return run(Plan("browse", target, rate="20/s", duration=0.5)).statistics.of()


@pytest.mark.parametrize(
    ("variables", "url", "found"),
    [
        ({"http_proxy": "http://10.0.0.1:3128"}, "http://api.example", Proxy("10.0.0.1", 3128)),
        ({"http_proxy": "10.0.0.1:3128"}, "http://api.example", Proxy("10.0.0.1", 3128)),
        ({"all_proxy": "http://proxy.example"}, "https://api.example", Proxy("proxy.example", 80)),
        ({"https_proxy": "http://a:b%40c@p:1"}, "https://api.example", Proxy("p", 1, "a", "b@c")),
        ({"http_proxy": "http://p:1"}, "https://api.example", None),
        ({"http_proxy": "http://p:1"}, "http://127.0.0.1:4020", None),
        ({"http_proxy": "http://p:1"}, "http://mock.localhost", None),
        ({"http_proxy": "http://p:1", "no_proxy": ".example"}, "http://api.example", None),
        ({}, "http://api.example", None),
    ],
)
def test_which_proxy_is_on_the_way(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str, found: Proxy | None
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert Proxy.on_the_way_to(url) == found


@pytest.mark.parametrize("named", ["socks5://p:1", "https://p:1", "http://p:port"])
def test_a_proxy_that_a_load_cannot_go_through_is_a_sentence(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.setenv("http_proxy", named)
    with pytest.raises(TargetError, match="set no_proxy to the host"):
        Proxy.on_the_way_to("http://api.example")
    flags = ["http://api.example", "--org", "o", "--key", "k", "--i-own-this-server"]
    found = CliRunner().invoke(kordkit.cli, ["load", "browse", *flags])
    assert (found.exit_code, "goes through http:// proxies alone" in found.output) == (2, True)


def test_plain_requests_are_forwarded(monkeypatch: pytest.MonkeyPatch, proxy: ForwardProxy) -> None:
    monkeypatch.setenv("http_proxy", proxy.url("me:secret@"))
    proxy.seen.clear()
    told = loaded(f"http://{NAME}:8080")
    assert (dict(told.statuses), told.errors) == ({200: 10}, 0)
    assert len(proxy.seen) > 10, "the load, and the questions before it"
    assert all(line.startswith(f"GET http://{NAME}:8080/api/") for line, _ in proxy.seen)
    assert {said for _, said in proxy.seen} == {"Basic bWU6c2VjcmV0"}


def test_a_proxy_that_wants_to_know_who_asks_is_named(monkeypatch: pytest.MonkeyPatch, proxy: ForwardProxy) -> None:
    monkeypatch.setenv("http_proxy", proxy.url())
    monkeypatch.setattr(proxy, "wants_to_know", True)
    with pytest.raises(UnreachableError, match=r"the proxy 127\.0\.0\.1:\d+ wants to know who asks"):
        loaded(f"http://{NAME}")


def test_a_proxy_that_is_not_there_is_named_and_its_password_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://me:secret@127.0.0.1:9")
    flags = [f"http://{NAME}", "--org", "o", "--key", "k", "--i-own-this-server"]
    found = CliRunner().invoke(kordkit.cli, ["load", "browse", *flags])
    assert found.exit_code == 3
    assert "The way there is through the proxy 127.0.0.1:9" in found.output
    assert "the connection was refused (through the proxy 127.0.0.1:9)" in found.output
    assert "secret" not in found.output


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ForwardProxy, Path]]:
    """A proxy on the way to a server that speaks TLS, and the authority of its certificate."""
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    authority = path.with_suffix(".crt")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}"]
    names = ["-addext", f"subjectAltName=DNS:{NAME}", "-keyout", str(path), "-out", str(authority)]
    subprocess.run([*command, *names], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, path)
    with scripted(lambda _: ANSWER, context) as server, forwarding(server) as proxy:
        yield proxy, authority


@pytest.mark.parametrize(("most", "statuses"), [(1_000, {200: 10}), (1, {0: 10})])
def test_to_a_server_that_speaks_tls_there_is_a_tunnel_or_no_answer(
    monkeypatch: pytest.MonkeyPatch, secure: tuple[ForwardProxy, Path], most: int, statuses: dict[int, int]
) -> None:
    proxy, authority = secure
    monkeypatch.setenv("https_proxy", proxy.url("me:secret@"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
    monkeypatch.setattr(proxy, "most_tunnels", most)  # the first is that of the questions before the load
    proxy.seen.clear()
    told = loaded(f"https://{NAME}")
    assert dict(told.statuses) == statuses
    assert len(proxy.seen) > 1
    assert set(proxy.seen) == {(f"CONNECT {NAME}:443", "Basic bWU6c2VjcmV0")}
