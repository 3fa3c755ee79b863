"""What excuses a server, and what does not: only what really may come from somebody else stays unsettled."""

from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from contracts.exchange import Answer, Request
from contracts.harness.fakes import Fakes
from contracts.harness.limits import Limits
from contracts.outcome import UnsettledError
from tests.contracts.checks.in_process import CONTRACT, checked

LIMIT, REMAINING = (CONTRACT.rate_limits.headers[part] for part in ("limit", "remaining"))


def limits(alone: bool) -> Limits:
    session: Any = SimpleNamespace(contract=CONTRACT, target=SimpleNamespace(clock=SimpleNamespace(now=0.0)))
    nothing: Any = None
    return Limits(session, nothing, nothing, alone=alone)


def answers(*remaining: int) -> list[Answer]:
    request = Request("GET", "/")
    return [Answer(request, 200, {LIMIT: "60", REMAINING: str(left)}, b"", 0, 0) for left in remaining]


@pytest.mark.parametrize(
    ("remaining", "drawn"),
    [
        ((59, 58, 57), False),
        ((58, 56, 54, 52), False),  # two for each of our own
        ((50, 49, 48), True),  # somebody was there before
        ((59, 58, 54, 53), True),  # and here in between
    ],
)
def test_what_each_of_our_requests_takes_alike_is_no_sign_of_others(remaining: tuple[int, ...], drawn: bool) -> None:
    assert limits(alone=False).others_draw(answers(*remaining)) is drawn
    assert not limits(alone=True).others_draw(answers(*remaining)), "what a control API steers is there for us alone"


def test_a_server_that_takes_two_units_for_every_read_is_found(tmp_path: Path) -> None:
    def around(app: Any) -> Any:
        def twice(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            if environ["REQUEST_METHOD"] == "GET" and "/public/org/" in environ["PATH_INFO"]:
                b"".join(app(dict(environ), lambda *_: None))
            answer: Iterable[bytes] = app(environ, start_response)
            return answer

        return twice

    outcome = checked(tmp_path / "ledger.jsonl", only=["limits.public_general"], around=around)
    assert outcome.statements == {"limits.public_general"}


def test_a_rule_that_stays_unsettled_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody_knows(*_: object) -> None:
        raise UnsettledError("somebody else may have been there")

    monkeypatch.setattr(Fakes, "api_key", nobody_knows)  # one rule of `auth` asks for it
    results = checked(tmp_path / "ledger.jsonl", only=["auth"]).run.results
    assert (results["auth.unknown-key"].outcome, results["auth.unknown-key"].reason) == (
        "unsettled",
        "somebody else may have been there",
    )
