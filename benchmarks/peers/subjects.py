"""Who is compared: the mock, its peers, and the floor below them; each with the least that it has to be told.

Prism and Mockoon mock the contract itself. WireMock and MockServer are told what to answer, word for word what the mock
does, to requests with the right method, path and key. Both keep the last requests in a journal, as the mock does.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.full_class import files_of_class
from benchmarks.peers.bare import DOOR, FLASK, WSGI
from benchmarks.peers.packages import MissingError, fetched, program
from benchmarks.peers.requests import AVAILABILITY, CREATE, HEADERS, NOW, ORGANIZATION, REPLAY, Answer
from benchmarks.processes import KORDKIT, ROOT

MOCK, COMPILED, THROUGH_FLASK = "kordkit mock", "kordkit mock, compiled", "kordkit mock, through Flask"
MOCKS = (MOCK, COMPILED, THROUGH_FLASK)
PACKAGES = ROOT / "build" / "compiled"
CONTRACT = str(ROOT / "contracts" / "openapi" / "kordless-booking.yaml")
JOURNAL = 10_000  # requests, as the mock
EVERYTHING = (ORGANIZATION, AVAILABILITY, CREATE, REPLAY)
NO_REPLAY = (ORGANIZATION, AVAILABILITY, CREATE)
FLOOR = (ORGANIZATION,)


@dataclass(frozen=True, slots=True)
class Subject:
    """`command` is made for a port; `answers` are the kinds of request that it can be asked."""

    command: Callable[[int], Sequence[str]]
    answers: Sequence[str] = NO_REPLAY


Maker = Callable[[Path, Mapping[str, Answer]], Subject]
"""Of a folder of its own, and of what the mock answers. Raises MissingError."""


def mock(folder: Path, _: Mapping[str, Answer]) -> Subject:
    data, unlimited = map(str, files_of_class(folder))
    flags = ["--data", data, "--overlay", unlimited, "--now", NOW, "--freeze"]
    return Subject(lambda port: [*KORDKIT, "mock", "--port", str(port), *flags], EVERYTHING)


def compiled(it: Maker) -> Maker:
    """The same as `make compiled` has left it."""

    def make(folder: Path, answers: Mapping[str, Answer]) -> Subject:
        if not (PACKAGES / "mockserver").exists():
            raise MissingError("it has not been made: make compiled")
        subject = it(folder, answers)
        where = ("env", f"PYTHONPATH={PACKAGES}")
        return replace(subject, command=lambda port: [*where, *subject.command(port)])

    return make


def through_flask(folder: Path, _: Mapping[str, Answer]) -> Subject:
    data, unlimited = map(str, files_of_class(folder))
    return Subject(lambda port: _bare(DOOR, port, data, unlimited), EVERYTHING)


def prism(_: Path, __: Mapping[str, Answer]) -> Subject:
    script = fetched("@stoplight/prism-cli") / "dist" / "index.js"
    node = program("node")
    return Subject(lambda port: [node, str(script), "mock", "-p", str(port), "-v", "silent", CONTRACT])


def mockoon(_: Path, __: Mapping[str, Answer]) -> Subject:
    script = fetched("@mockoon/cli") / "bin" / "run.js"
    node = program("node")
    flags = ["--disable-log-to-file", "--disable-admin-api"]
    return Subject(lambda port: [node, str(script), "start", "-d", CONTRACT, "-p", str(port), *flags])


def wiremock(folder: Path, answers: Mapping[str, Answer]) -> Subject:
    jar = next((fetched("wiremock") / "build").glob("*.jar"))
    java = program("java")
    mappings = folder / "mappings"
    mappings.mkdir(exist_ok=True)
    keys = {name: {"equalTo": value} for name, value in HEADERS.items()}
    for number, answer in enumerate(answers.values()):
        told = {
            "request": {"method": answer.method, "urlPath": answer.path, "headers": keys},
            "response": {"status": answer.status, "body": answer.body.decode(), "headers": _JSON},
        }
        (mappings / f"{number}.json").write_text(json.dumps(told))
    flags = ["--root-dir", str(folder), "--disable-banner", "--max-request-journal-entries", str(JOURNAL)]
    return Subject(lambda port: [java, "-jar", str(jar), "--port", str(port), *flags])


def mockserver(folder: Path, answers: Mapping[str, Answer]) -> Subject:
    jar = next(fetched("mockserver-node").glob("*.jar"))
    java = program("java")
    keys = {name: [value] for name, value in HEADERS.items()}
    expectations = folder / "expectations.json"
    told = [
        {
            "httpRequest": {"method": answer.method, "path": answer.path, "headers": keys},
            "httpResponse": {
                "statusCode": answer.status,
                "body": answer.body.decode(),
                "headers": {name: [value] for name, value in _JSON.items()},
            },
        }
        for answer in answers.values()
    ]
    expectations.write_text(json.dumps(told))
    flags = [f"-Dmockserver.initializationJsonPath={expectations}", f"-Dmockserver.maxLogEntries={JOURNAL}"]
    return Subject(
        lambda port: [java, *flags, "-jar", str(jar), "-serverPort", str(port), "-logLevel", "ERROR"],
    )


def bare_flask(_: Path, __: Mapping[str, Answer]) -> Subject:
    return Subject(lambda port: _bare(FLASK, port), FLOOR)


def bare_wsgi(folder: Path, answers: Mapping[str, Answer]) -> Subject:
    body = folder / "answer.json"
    body.write_bytes(answers[ORGANIZATION].body)
    return Subject(lambda port: _bare(WSGI, port, str(body)), FLOOR)


def nginx(folder: Path, answers: Mapping[str, Answer]) -> Subject:
    """A file that is found by the path of the request."""
    it = answers[ORGANIZATION]
    file = folder / it.path.strip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(it.body)
    server = program("nginx")

    def command(port: int) -> Sequence[str]:
        configuration = folder / "nginx.conf"
        configuration.write_text(_NGINX % {"folder": folder, "port": port})
        return [server, "-c", str(configuration), "-e", str(folder / "error.log")]

    return Subject(command, FLOOR)


MAKERS: Mapping[str, Maker] = {
    MOCK: mock,
    COMPILED: compiled(mock),
    THROUGH_FLASK: through_flask,
    "Prism": prism,
    "Mockoon": mockoon,
    "WireMock": wiremock,
    "MockServer": mockserver,
    "a bare Flask view": bare_flask,
    "a bare WSGI function": bare_wsgi,
    "bare WSGI, compiled": compiled(bare_wsgi),
    "nginx, a static file": nginx,
}

_JSON = {"Content-Type": "application/json"}
_NGINX = """
daemon off; master_process off; worker_processes 1; pid %(folder)s/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 100000000; default_type application/json;
  client_body_temp_path %(folder)s/body; proxy_temp_path %(folder)s/proxy; fastcgi_temp_path %(folder)s/fastcgi;
  uwsgi_temp_path %(folder)s/uwsgi; scgi_temp_path %(folder)s/scgi;
  server { listen 127.0.0.1:%(port)s; root %(folder)s; }
}
"""


def _bare(what: str, port: int, *files: str) -> Sequence[str]:
    return [sys.executable, "-m", "benchmarks.peers.bare", what, str(port), *files]
