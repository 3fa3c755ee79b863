"""What excuses a server, and what does not: only what really may come from somebody else stays unsettled."""

from collections.abc import Callable, Iterable, Sequence
from itertools import cycle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from contracts.exchange import Answer, Request
from contracts.harness.charges import Charges
from contracts.harness.fakes import Fakes
from contracts.harness.limits import Limits
from contracts.outcome import UnsettledError
from tests.contracts.checks.in_process import CONTRACT, checked

LIMIT, REMAINING, RESET = (CONTRACT.rate_limits.headers[part] for part in ("limit", "remaining", "reset"))


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


class Counter:
    """A server's limit and its clock: it takes `costs` of each request in turn, and somebody else `draws` a second."""

    def __init__(self, costs: Sequence[int], draws: float = 0) -> None:
        self.now, self._left, self._costs, self._draws = 0.0, 60.0, cycle(costs), draws

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self._left -= seconds * self._draws

    def look(self) -> Answer:
        self._left -= next(self._costs)
        headers = {LIMIT: "60", REMAINING: str(int(self._left)), RESET: "100"}
        return Answer(Request("GET", "/", "getOrganization"), 200, headers, b"", self.now, self.now)


@pytest.mark.parametrize(
    ("costs", "draws", "others"),
    [
        ((1,), 0, False),
        ((2,), 0, False),
        ((1, 3), 0, False),  # odd, and nobody else's
        ((1,), 1, True),
        ((2,), 0.5, True),
    ],
)
def test_a_pause_shows_whether_somebody_else_draws(costs: Sequence[int], draws: float, others: bool) -> None:
    counter, limited = Counter(costs, draws), limits(alone=False)
    limited.rest = lambda *_: None  # type: ignore[method-assign]
    session: Any = SimpleNamespace(wait=counter.wait)
    assert Charges(session, limited).others_in_a_pause(look=counter.look) is others


@pytest.mark.parametrize(
    ("costs", "others", "outcome"),
    [
        ((0, 3, *[2] * 20), True, "unsettled"),
        ((0, 3, *[2] * 20), False, "broken"),
        ((1, 0, *[1] * 20), True, "unsettled"),  # a look that seems dear
        ((1, 0, *[1] * 20), False, "passed"),
    ],
)
def test_two_unlike_measurements_are_excused_where_a_pause_shows_others_and_not_elsewhere(
    costs: tuple[int, ...], others: bool, outcome: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = iter(costs)
    monkeypatch.setattr(Charges, "taken", lambda *_, **__: next(measured))
    monkeypatch.setattr(Charges, "others_in_a_pause", lambda *_, **__: others)
    results = checked(tmp_path / "ledger.jsonl", only=["each_cost.reads"]).run.results
    assert results["each_cost.reads"].outcome == outcome


def test_a_rule_that_stays_unsettled_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody_knows(*_: object) -> None:
        raise UnsettledError("somebody else may have been there")

    monkeypatch.setattr(Fakes, "api_key", nobody_knows)  # one rule of `auth` asks for it
    results = checked(tmp_path / "ledger.jsonl", only=["auth"]).run.results
    assert (results["auth.unknown-key"].outcome, results["auth.unknown-key"].reason) == (
        "unsettled",
        "somebody else may have been there",
    )
