"""wrk, which loads a server from the core that is set aside for that, and what it says."""

import json
import re
import subprocess
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.processes import LOADING, Server, pinned

CONNECTIONS = 32
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
_POSTING = """
local bodies, sent, run = {%(bodies)s}, 0, "%(run)s"
function request()
  sent = sent + 1
  local headers = {%(headers)s, ["Idempotency-Key"] = %(key)s}
  return wrk.format("POST", nil, headers, bodies[sent %% #bodies + 1])
end
"""


@dataclass(frozen=True, slots=True)
class Request:
    """What every connection sends, again and again; `bodies` in turn. Without a `key` each POST has one of its own."""

    path: str
    headers: Mapping[str, str]
    bodies: Sequence[Any] = ()
    key: str = field(default="", kw_only=True)

    def send(self, url: str, key: str) -> None:
        """Once. Raises HTTPError if it is not answered well."""
        body = json.dumps(self.bodies[0]).encode() if self.bodies else None
        headers = {**self.headers, "Idempotency-Key": self.key or key}
        urllib.request.urlopen(urllib.request.Request(url + self.path, body, headers)).close()

    def script(self, run: str) -> str:
        """A POST in wrk's Lua; `run` is in the keys, so that those of an earlier run are others."""
        return _POSTING % {
            "bodies": ", ".join(_text(json.dumps(body)) for body in self.bodies),
            "headers": ", ".join(f"[{_text(name)}] = {_text(value)}" for name, value in self.headers.items()),
            "key": _text(self.key) if self.key else 'run .. "-" .. sent',
            "run": run,
        }


class Figures(NamedTuple):
    """Answers a second; milliseconds; microseconds of the server's processor time for each; how many there were."""

    rate: float
    p50: float
    p99: float
    cpu: float
    answers: int


def load(
    server: Server, request: Request, run: str, seconds: float, folder: Path, connections: int = CONNECTIONS
) -> Figures:
    """Raises SystemExit if not all was answered well. When it returns, the server has come to rest."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    if request.key:
        request.send(server.url, request.key)  # while the first one with a key runs, others would be refused
    if request.bodies:
        script = folder / "request.lua"
        script.write_text(request.script(run))
        command += ["-s", str(script)]
    else:
        command += [word for name, value in request.headers.items() for word in ("-H", f"{name}: {value}")]
    before = server.spent()
    said = spoken(command, server.url + request.path)
    spent = server.spent() - before
    server.rest()
    answers = int(number(r"(\d+) requests in", said))
    return Figures(
        number(r"Requests/sec:\s+([\d.]+)", said),
        _milliseconds("50", said),
        _milliseconds("99", said),
        spent / max(1, answers) * 1e6,
        answers,
    )


def spoken(command: Sequence[str], url: str) -> str:
    """What wrk prints. Raises SystemExit if not all was answered well."""
    said = subprocess.run(pinned(LOADING, [*command, url]), check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in said:
        raise SystemExit(f"not all was answered well at {url}:\n{said}")
    return said


def number(pattern: str, said: str) -> float:
    found = re.search(pattern, said)
    assert found, said
    return float(found[1])


def _milliseconds(percentile: str, said: str) -> float:
    found = re.search(rf"{percentile}%\s+([\d.]+)(us|ms|s|m)\b", said)
    assert found, said
    return float(found[1]) * _UNITS[found[2]]


def _text(value: str) -> str:
    """In Lua, whose strings are JSON's as far as they are used here."""
    return json.dumps(value)
