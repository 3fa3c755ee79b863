"""Whatever a server answers, rules read it safely: what falls over in them would be a fault of ours."""

import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.checks.in_process import checked

ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**30,
    0.5,
    "",
    "odd",
    [],
    {},
    [None],
    [[]],
    {"a": None},
    ["odd"],
    "2026-99-99T99:99:99Z",
)


def answering(odd: Callable[[Any], Any], headers: Callable[[list[Any]], list[Any]] = lambda given: given) -> Any:
    """A middleware that alters the JSON of every answer of the API, its control API aside."""

    def around(app: Any) -> Any:
        def altered(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            started: list[Any] = []
            body = b"".join(app(environ, lambda *given: started.extend(given)))
            if "/api/" in environ["PATH_INFO"] and body[:1] in (b"{", b"["):
                body = json.dumps(odd(json.loads(body))).encode()
                named = [(name, value) for name, value in started[1] if name.lower() != "content-length"]
                started[1] = headers([*named, ("Content-Length", str(len(body)))])
            start_response(started[0], started[1])
            return [body]

        return altered

    return around


def somewhere(draw: random.Random, value: Any) -> Any:
    """In one answer of five, one odd value at some depth: most rules still get far enough to stumble over it."""
    return _odd(draw, value) if draw.random() < 0.2 else value


def _odd(draw: random.Random, value: Any) -> Any:
    if isinstance(value, dict | list) and value and draw.random() < 0.9:
        place = draw.choice(list(value) if isinstance(value, dict) else range(len(value)))
        value[place] = _odd(draw, value[place])
        return value
    return draw.choice(ODD)


@pytest.mark.parametrize("odd", [None, "odd", [], [None], {}], ids=repr)
def test_bodies_of_another_shape(odd: Any, tmp_path: Path) -> None:
    checked(tmp_path / "ledger.jsonl", around=answering(lambda _: odd))


@pytest.mark.parametrize("odd", [None, "odd", [None], {}], ids=repr)
def test_members_of_another_shape(odd: Any, tmp_path: Path) -> None:
    def around(value: Any) -> Any:
        return dict.fromkeys(value, odd)

    checked(tmp_path / "ledger.jsonl", around=answering(around))


@pytest.mark.parametrize("seed", range(5))
def test_odd_values_anywhere(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    checked(tmp_path / "ledger.jsonl", around=answering(lambda value: somewhere(draw, value)))


@pytest.mark.parametrize("text", ["odd", "-1", "9" * 400, "Thu, 99 Foo 2026 99:99:99 GMT"])
def test_odd_headers(text: str, tmp_path: Path) -> None:
    def odd(given: list[tuple[str, str]]) -> list[tuple[str, str]]:
        return [(name, value if name == "Content-Length" else text) for name, value in given]

    checked(tmp_path / "ledger.jsonl", around=answering(lambda value: value, odd))
