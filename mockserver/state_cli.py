"""`kordkit state`: a whole state into a file, and out of one; the same JSON as `GET` and `PUT /_mock/state`."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

import click

_FILE = click.Path(path_type=Path)
_SECONDS = 60


class Unreachable(click.ClickException):
    exit_code = 3


def _source(command: Callable[..., None]) -> Callable[..., None]:
    """The flags that name a state."""
    for option in (
        click.option("--seed", type=int, metavar="N", help="That of the mock, where its dataset is generated."),
        click.option(
            "--data",
            metavar="NAME|FILE.yaml|generated:…",
            help="The dataset of a state that has not begun; by default acme-salon.",
        ),
        click.option("--target", type=_FILE, metavar="FILE", help="The ready-file of a mock that runs."),
        click.option("--state", metavar="sqlite:///FILE|postgresql://…", help="A state that no mock has to run for."),
    ):
        command = option(command)
    return command


@click.group
def state() -> None:
    """Bring the whole state of a mock into a file, or out of one.

    The state is that of a database (--state), or of a mock that runs (--target), in memory or not.
    """


@state.command("export")
@click.argument("file", type=_FILE)
@_source
def export_state(file: Path, **source: Any) -> None:
    """Write the whole state into FILE: bookings with their contacts, hashes of keys, secrets of webhooks, …"""
    held = _through_mock(source["target"], None) if _named(source) == "target" else _offline(source, None)
    text = json.dumps(held)
    part = file.with_name(file.name + ".part")
    try:
        part.touch(mode=0o600)
        part.write_text(text, encoding="utf-8")
        part.replace(file)
    except OSError as error:
        raise click.UsageError(f"{file} cannot be written: {error.strerror}") from error


@state.command("import")
@click.argument("file", type=_FILE)
@_source
def import_state(file: Path, **source: Any) -> None:
    """Put the state that FILE holds in the place of the present one."""
    named = _named(source)
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise click.UsageError(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{file} is not JSON: {error}") from error
    if named == "target":
        _through_mock(source["target"], held)
    else:
        _offline(source, held)


def _named(source: dict[str, Any]) -> str:
    given = [name for name in ("state", "target") if source[name]]
    if len(given) != 1:
        raise click.UsageError("name one state: --state URL of a database, or --target FILE of a mock that runs")
    if source["state"] == "memory://":
        raise click.UsageError("a state in memory is that of a mock that runs: name its ready-file with --target")
    return given[0]


def _offline(source: dict[str, Any], held: Any) -> Any:
    from mockserver.wiring import Unusable
    from mockserver.wiring.state import exchanged

    try:
        return exchanged(source["state"], source["data"], source["seed"], held)
    except Unusable as error:
        raise click.UsageError(str(error)) from error


def _through_mock(target: Path, held: Any) -> Any:
    try:
        ready = json.loads(target.read_text(encoding="utf-8"))
        url, token = ready["control_url"] + "/state", ready.get("admin_token")
    except OSError as error:
        raise click.UsageError(f"{target} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError) as error:
        raise click.UsageError(f"{target} is no ready-file with a control_url") from error
    body = None if held is None else json.dumps(held).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method="PUT" if body else "GET")
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_SECONDS) as response:
            answer = response.read()
    except urllib.error.HTTPError as error:
        raise click.UsageError(f"the mock at {url} refused: {_detail(error)}") from error
    except (OSError, ValueError, HTTPException) as error:
        raise Unreachable(f"no mock answers at {url}: {getattr(error, 'reason', error)}") from error
    return _state_in(answer, url) if held is None else None


def _state_in(answer: bytes, url: str) -> Any:
    with suppress(ValueError):
        state = json.loads(answer)
        if isinstance(state, dict) and "format" in state:
            return state
    raise Unreachable(f"what answers at {url} is no mock: name the ready-file of one with --target")


def _detail(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(error.read())["detail"])
    except (OSError, ValueError, TypeError, KeyError):
        return f"{error.code} {error.reason}"
