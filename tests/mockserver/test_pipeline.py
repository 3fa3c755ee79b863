"""The order of steps, and what becomes of a request when one of them, or what comes after them, breaks down."""

import ast
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from werkzeug.test import EnvironBuilder, run_wsgi_app

import mockserver
from contracts.spec.contract import Contract
from mockserver.domain.causes import CAUSES
from mockserver.domain.errors import Refused
from mockserver.parts import STANDARD, Parts
from mockserver.settings import Settings
from mockserver.web.api.authentication import Authentication
from mockserver.web.api.exchange import WIRE, Exchange, Handler, Reply, Wire
from mockserver.web.api.pipeline import Pipeline, Step, Wrapping, chained
from mockserver.web.api.problems import Problems
from mockserver.web.api.rate_limits import RateLimits
from mockserver.web.api.routing import Router
from mockserver.wiring import Built, Unusable, build

ACME = "/api/calendar/v1/public/org/acme-salon"
OF_THE_CONTRACT = {
    "path": "route",
    "method": "route",
    "authentication": "authentication",
    "rate_limit": "rate limit",
    "body": "body",
    "organization": "tenancy",
    "permission": "tenancy",
    "idempotency": "idempotency",
    "validation": "validation",
    "rules": "operation",
}
"""What a word of the contract's `auth.order` is called in the list of steps."""


class Noted(Pipeline):
    seen: Mapping[str, object] = {}

    def __init__(self, steps: Mapping[str, Step | Wrapping], *others: Any, **more: Any) -> None:
        super().__init__(steps, *others, **more)
        type(self).seen = steps


def built(parts: Parts = STANDARD, **settings: Any) -> Built:
    return build(Settings(seed=7, **settings), parts=parts)


def ask(made: Built, path: str = ACME, method: str = "GET", **how: Any) -> Any:
    key = next(key.value for key in made.dataset.keys if key.record.kind == "public")
    return made.app.test_client().open(path, method=method, headers={"x-kordless-key": key}, **how)


# --- order


@pytest.mark.sources
def test_the_steps_stand_in_the_order_of_the_contract() -> None:
    contract = built(replace(STANDARD, pipeline=Noted)).contract
    wanted = [OF_THE_CONTRACT[word] for word in contract.rule("auth.order")]
    steps = [name for name in Noted.seen if name in wanted]
    assert steps == list(dict.fromkeys(wanted))


def test_a_step_that_wraps_acts_before_and_after_those_behind_it() -> None:
    happened: list[str] = []

    def named(name: str, reply: Reply | None = None) -> Step:
        def step(_: Exchange) -> Reply | None:
            happened.append(name)
            return reply

        return step

    class Wraps:
        def around(self, behind: Handler) -> Step:
            def step(exchange: Exchange) -> Reply:
                happened.append("in")
                reply = behind(exchange)
                happened.append("out")
                return reply

            return step

    answer = chained([named("first"), Wraps(), named("second"), Wraps(), named("last", Reply(200, b"", []))])
    assert answer(Exchange({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}, 0)).status == 200
    assert happened == ["first", "in", "second", "in", "last", "out", "out"]


# --- the head of a request, before its body is read


@pytest.mark.parametrize(
    ("changes", "status", "read"),
    [
        ({}, "400", True),
        ({"HTTP_X_KORDLESS_KEY": "kord_test_nobody"}, "401", False),
        ({"PATH_INFO": "/api/nowhere"}, "404", False),
        ({"REQUEST_METHOD": "OPTIONS"}, "204", False),
    ],
    ids=["a body is wanted", "unknown key", "unknown path", "no operation"],
)
@pytest.mark.parametrize("direct", [True, False])
@pytest.mark.sources
def test_a_head_is_looked_at_once(changes: dict[str, str], status: str, *, read: bool, direct: bool) -> None:
    looked: list[str] = []

    class Looking(Authentication):
        def __call__(self, exchange: Exchange) -> None:
            looked.append(exchange.path)
            super().__call__(exchange)

    class Routing(Router):
        def step(self, exchange: Exchange) -> Reply | None:
            looked.append(exchange.path)
            return super().step(exchange)

    made = built(replace(STANDARD, authentication=Looking, router=Routing), direct=direct)
    key = next(key.value for key in made.dataset.keys if key.record.kind == "public")
    posted: dict[str, Any] = {"data": b"{}", "content_type": "application/json", "headers": {"x-kordless-key": key}}
    environ = EnvironBuilder("/api/calendar/v1/public/bookings", method="POST", **posted).get_environ() | changes

    assert (made.gate.body_limit(environ) > 0) is read
    before = list(looked)
    _, answered, _ = run_wsgi_app(made.app, environ)
    assert looked == before
    assert len(set(looked)) == 1
    assert answered.startswith(status)


# --- whatever breaks down


class FailingStep(Pipeline):
    def __init__(self, steps: Mapping[str, Step | Wrapping], *others: Any, **more: Any) -> None:
        super().__init__({**steps, "operation": lambda exchange: exchange.nothing}, *others, **more)  # type: ignore[attr-defined]


class FailingFinish(RateLimits):
    def tell(self, exchange: Exchange, reply: Reply) -> None:
        raise ZeroDivisionError("secret")


class FailingProblems(Problems):
    def refuse(self, exchange: Exchange, refusal: Refused) -> Reply:
        raise ZeroDivisionError("secret")


class FailingRecord(Pipeline):
    def __init__(self, *others: Any, **more: Any) -> None:
        def record(*_: object) -> None:
            raise ZeroDivisionError("secret")

        super().__init__(*others, **{**more, "record": record})


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        (replace(STANDARD, pipeline=FailingStep), ACME),
        (replace(STANDARD, rate_limits=FailingFinish), ACME),
        (replace(STANDARD, rate_limits=FailingFinish), "/api/nowhere"),
        (replace(STANDARD, problems=FailingProblems), "/api/nowhere"),
    ],
)
@pytest.mark.parametrize("direct", [True, False])
@pytest.mark.sources
def test_what_breaks_down_is_a_500_with_what_every_answer_has_and_a_line_in_the_log(
    parts: Parts, path: str, direct: bool, caplog: pytest.LogCaptureFixture
) -> None:
    made = built(parts, direct=direct)
    answer = ask(made, path)
    assert answer.status_code == 500
    assert answer.json == {"detail": "Internal server error", "status": 500, "type": "server_error"}
    assert answer.headers["Content-Length"] == str(len(answer.data))
    request_id = answer.headers["X-Request-Id"]
    assert answer.headers["Date"]
    assert [(record.levelno, record.message) for record in caplog.records] == [
        (logging.ERROR, f"request {request_id} failed")
    ]
    assert [entry.cause for entry in made.mock.journal.entries()] == ["server_error"]


@pytest.mark.sources
def test_one_breakdown_leaves_nothing_behind_in_the_next(caplog: pytest.LogCaptureFixture) -> None:
    made = built(replace(STANDARD, rate_limits=FailingFinish))
    first, second = ask(made), ask(made)
    assert len(first.headers) == len(second.headers)
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]


@pytest.mark.sources
def test_a_request_that_cannot_be_recorded_is_answered_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    answer = ask(built(replace(STANDARD, pipeline=FailingRecord)))
    assert answer.status_code == 200
    assert "was answered, but could not be recorded" in caplog.text


# --- refusals and causes


@pytest.mark.parametrize(
    ("path", "cause"),
    [(ACME, None), (f"{ACME}/service/none", "unknown_service"), ("/api/nothing", "unknown_path")],
)
def test_the_journal_knows_why_a_request_was_refused(path: str, cause: str | None) -> None:
    made = built()
    ask(made, path)
    assert [entry.cause for entry in made.mock.journal.entries()] == [cause]
    listed: Any = made.app.test_client().get("/_mock/requests", query_string={"cause": cause} if cause else {}).json
    assert [request["cause"] for request in listed["requests"]] == [cause]


def test_the_journal_knows_why_a_request_with_an_idempotency_key_was_refused(
    booking_body: Callable[..., dict[str, Any]],
) -> None:
    made = built(now=0, frozen=True)
    key = next(key.value for key in made.dataset.keys if key.record.kind == "public")
    headers = {"x-kordless-key": key, "Idempotency-Key": "k"}
    path = "/api/calendar/v1/public/bookings"
    answer = made.app.test_client().post(path, json=booking_body(), headers=headers)
    assert answer.status_code == 422
    assert [entry.cause for entry in made.mock.journal.entries()] == ["beyond_booking_window"]


def test_a_contract_and_the_mock_know_the_same_causes() -> None:
    assert Contract.load().errors.keys() == CAUSES


def test_every_cause_is_raised_somewhere() -> None:
    """But for the one that only faults will give."""
    package = Path(mockserver.__file__).parent
    files = [path for path in package.rglob("*.py") if "mutants" not in path.parts]
    calls = [node for path in files for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    raised = {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "Refused" and isinstance(call.args[0], ast.Constant)
    }
    assert CAUSES - raised == {"service_unavailable"}


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        ({"target": "$['x-errors'].unknown_team", "remove": True}, "x-errors lacks the cause unknown_team"),
        (
            {
                "target": "$['x-errors']",
                "update": {
                    "too_tired": {
                        "status": 422,
                        "type": "unprocessable",
                        "detail": "Later",
                        "x-provenance": {"id": "errors.422.too_tired", "level": "assumed"},
                    }
                },
            },
            "x-errors has the cause too_tired, for which the mock refuses nothing",
        ),
    ],
)
def test_a_contract_with_other_causes_is_told_before_the_mock_starts(
    action: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(
        yaml.safe_dump({"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": [action]})
    )
    with pytest.raises(Unusable, match=sentence):
        build(Settings(overlays=[overlay]))


# --- the wire


class Slow(RateLimits):
    def tell(self, exchange: Exchange, reply: Reply) -> None:
        reply.wire = Wire(delay=0.5, cut=10)


@pytest.mark.parametrize("direct", [True, False])
@pytest.mark.sources
def test_what_is_to_happen_on_the_wire_is_left_for_the_server(direct: bool) -> None:
    for parts, wire in ((replace(STANDARD, rate_limits=Slow), Wire(delay=0.5, cut=10)), (STANDARD, None)):
        environ = EnvironBuilder(ACME).get_environ()
        app: Any = built(parts, direct=direct).app
        app(environ, lambda *_: None)
        assert environ.get(WIRE) == wire


@pytest.mark.parametrize("wrong", [{"delay": -1.0}, {"cut": -1}])
def test_a_wire_does_nothing_impossible(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="-1"):
        Wire(**wrong)
