"""Documents that are meant to hurt, wherever kordkit takes one: one sentence, exit 2, and nothing is fetched."""

import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml

from contracts.spec.document import SHIPPED
from contracts.spec.yaml_text import MAX_DEPTH, YamlError, parse
from tests import processes

MEMORY = 1 << 30  # bytes
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)
HOSTILE = {
    "nested brackets": "[" * 50_000,
    "nested braces": "{a: " * 50_000,
    "nested dashes": "- " * 50_000 + "x",
    "an alias bomb": BOMB,
    "a merge bomb": BOMB.replace("[", "{<<: [").replace("]", "]}"),
    "what contains itself": "a: &a {b: [*a]}\n",
}
PLACES = {
    "--data": ["mock", "--port", "0", "--data"],
    "mock --contract": ["mock", "--port", "0", "--contract"],
    "mock --overlay": ["mock", "--port", "0", "--overlay"],
    "lint": ["lint"],
    "lint --overlay": ["lint", "--overlay"],
    "check --contract": ["check", "http://127.0.0.1:9", "--contract"],
    "load --overlay": ["load", "browse", "http://127.0.0.1:9", "--overlay"],
}


def kordkit(*words: str, folder: Path) -> tuple[int, str]:
    """Exit code and the last line of stderr, with little memory."""
    ended = processes.run(folder, *words, environment=os.environ, memory=MEMORY)
    assert "Traceback" not in ended.stderr
    return ended.returncode, (ended.stderr.splitlines() or [""])[-1]


@pytest.mark.parametrize("place", PLACES)
def test_nested_brackets_and_alias_bombs_are_one_sentence(place: str, tmp_path: Path) -> None:
    for name in ("nested brackets", "an alias bomb"):
        file = tmp_path / "hostile.yaml"
        file.write_text(HOSTILE[name])
        code, told = kordkit(*PLACES[place], str(file), folder=tmp_path)
        assert (code, "hostile.yaml" in told) == (2, True), told


@pytest.mark.parametrize("place", ["--data", "lint --overlay", "check --target"])
def test_a_file_without_end_is_one_sentence(place: str, tmp_path: Path) -> None:
    file = tmp_path / "endless.yaml"
    file.symlink_to("/dev/zero")
    code, told = kordkit(*{**PLACES, "check --target": ["check", "--target"]}[place], str(file), folder=tmp_path)
    assert code == 2
    assert "endless.yaml" in told
    assert told.endswith("MiB")


@pytest.mark.parametrize("name", HOSTILE)
def test_depth_and_size_are_bounded_before_anything_is_built(name: str) -> None:
    with pytest.raises(YamlError) as raised:
        parse(HOSTILE[name])
    assert "\n" not in str(raised.value)


def test_what_is_within_the_bounds_is_read() -> None:
    assert parse("a: &a [1, {b: 2}]\nc: [*a, *a]\n") == {"a": [1, {"b": 2}], "c": [[1, {"b": 2}]] * 2}
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH) != []


@pytest.fixture
def visited() -> Iterator[list[str]]:
    """A server on this machine, whose address is the first entry; then every path that was asked for."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        seen.append(f"http://127.0.0.1:{server.server_port}")
        yield seen
        server.shutdown()


@pytest.mark.parametrize("command", [["lint", "--overlay"], ["mock", "--port", "0", "--overlay"]], ids=["lint", "mock"])
@pytest.mark.parametrize("keyword", ["$ref", "$schema", "$id", "$dynamicRef"])
@pytest.mark.parametrize("kind", ["http", "file"])
def test_nothing_that_a_document_names_is_fetched(
    command: list[str], keyword: str, kind: str, visited: list[str], tmp_path: Path
) -> None:
    there = f"{visited[0]}/schema.json" if kind == "http" else SHIPPED.as_uri()
    update = {"target": "$.components.schemas.Notes", "update": {keyword: there}}
    overlay = tmp_path / "fetching.yaml"
    overlay.write_text(yaml.safe_dump({"overlay": "1.0.0", "actions": [update]}))
    code, told = kordkit(*command, str(overlay), folder=tmp_path)
    assert (code, f"{keyword} {there} leads out of the document, and is not fetched" in told) == (2, True), told
    assert visited[1:] == []


@pytest.mark.parametrize("zone", ["localtime", "posixrules", "right/UTC", "posix/UTC", "../../etc/passwd", "Factory/x"])
def test_zones_of_the_machine_are_none(zone: str) -> None:
    from mockserver.domain.localtime import zone as rules_of
    from mockserver.domain.localtime import zones

    assert zone not in zones()
    with pytest.raises(LookupError):
        rules_of(zone)
    assert {"Europe/Berlin", "UTC", "America/New_York"} <= zones()
