"""Property rules: nothing wrong is found in the mock, and what is wrong in a mock is."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from contracts.exchange import Request
from contracts.harness.check import Check
from contracts.harness.fakes import Fakes
from contracts.harness.ledger import Ledger
from contracts.properties import data, property_rules
from contracts.run.run import Run
from contracts.spec.contract import Contract
from tests.contracts.properties.conftest import Bench
from tests.mock_process import KORDKIT, running_mock
from tests.turns import PATIENCE

Start = Callable[..., Any]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, list[Request], Path]:
    """The mock as it should be: the run, what was sent, and the ledger."""
    folder = tmp_path_factory.mktemp("clean")
    bench = Bench(folder / "ledger.jsonl")
    check = bench.check()
    return bench.run(check), [answer.request for answer in check.target.answers], folder / "ledger.jsonl"


def test_nothing_wrong_is_found_in_the_mock(clean: tuple[Run, list[Request], Path]) -> None:
    run, _, _ = clean
    assert [(finding.rule, finding.sentence, finding.curl) for finding in run.findings] == []
    assert {result.outcome for result in run.results.values()} == {"passed"}
    assert len(run.results) == len(property_rules(Contract.load(), 0)) == 11


def test_every_operation_is_served_and_refused(clean: tuple[Run, list[Request], Path]) -> None:
    run, _, _ = clean
    seen = {(answer.request.operation, answer.status // 100) for answer in run.check.target.answers}
    assert {(name, hundred) for name in run.check.contract.operations for hundred in (2, 4)} <= seen


def test_no_rule_sends_more_than_it_says(clean: tuple[Run, list[Request], Path]) -> None:
    run, _, _ = clean
    most = {rule.id: rule.requests for rule in run.plan.rules}
    assert all(0 < result.requests <= most[result.id] for result in run.results.values())


def test_nobody_elses_address_is_sent(clean: tuple[Run, list[Request], Path]) -> None:
    _, sent, _ = clean
    texts = [request.content.decode("utf-8", "replace") for request in sent if request.content is not None]
    addresses = {found for text in texts for found in re.findall(r'"email": ?"([^"]*@[^"]*)"', text)}
    numbers = {found for text in texts for found in re.findall(r'"phone": ?"(\+[1-9][0-9]*)"', text)}
    assert addresses
    assert [address for address in addresses if not address.endswith("@example.com")] == []
    assert numbers
    assert all(number.startswith("+1555010") for number in numbers)


def test_no_booking_is_left_behind(clean: tuple[Run, list[Request], Path]) -> None:
    run, _, ledger = clean
    made = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert sum("made" in line for line in made) > 10
    run.clean_up(None)
    assert run.left_behind == []
    control = run.check.control
    assert control is not None
    bookings = control._call("GET", "/bookings")["bookings"]
    assert bookings
    assert {booking["status"] for booking in bookings} == {"canceled"}


SEEDS = 5  # one of them draws what shows a defect
MUTANTS = {
    "detail-called-message": ("errors.envelope", "properties.getOrganization"),
    "status-of-not-found": ("errors.404", "properties.getService"),
    "type-of-validation-error": ("errors.type.validation_error", "properties.getAvailability"),
    "request-id-missing": ("http.request_id", "properties.getOrganization"),
    "allow-missing": ("http.allow", "properties.getOrganization"),
    "reversed-range-accepted": ("errors.400.range_reversed", "properties.getAvailability"),
    "duration-unchecked": ("errors.400.wrong_duration", "properties.createBooking"),
    "missing-field-crashes": ("operations.createBooking", "properties.createBooking"),
    "invalid-field-crashes": ("operations.listBookings", "properties.listBookings"),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_broken_mock_is_found_broken(mutant: str, bench: Bench) -> None:
    statement, rule = MUTANTS[mutant]
    drawn = (bench.run(bench.check(mutant), rule, seed=seed) for seed in range(SEEDS))  # it is a matter of chance
    run = next((run for run in drawn if statement in bench.found(run)), None)
    assert run is not None
    assert [result.outcome for result in run.results.values()] == ["broken"]
    assert len(bench.found(run)) == len(run.findings)  # each statement is named once


def answering(path: str, status: int, instead: bytes, told: str) -> Callable[[Any], Any]:
    """A server that answers so where the mock, at a path of that pattern, answers with that status."""

    def around(app: Any) -> Any:
        def broken(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
            answered: list[Any] = []
            body = app(environ, lambda *args: answered.append(args))
            if re.search(path, environ["PATH_INFO"]) and answered[0][0].startswith(str(status)):
                headers = [pair for pair in answered[0][1] if pair[0].lower() != "content-length"]
                start(told, [*headers, ("Content-Length", str(len(instead)))])
                return [instead]
            start(*answered[0])
            return list(body)

        return broken

    return around


def crashing(at: str, over: str) -> Callable[[Any], Any]:
    """A server that breaks over something in the query or body, a pattern, of requests to a path that ends so."""

    def around(app: Any) -> Any:
        def broken(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
            content = environ["wsgi.input"].read()
            environ["wsgi.input"] = type(environ["wsgi.input"])(content)
            sent = environ["QUERY_STRING"] + content.decode("latin-1")
            if environ["PATH_INFO"].endswith(at) and re.search(over, sent):
                start("500 Internal Server Error", [("Content-Type", "text/plain")])
                return [b"Traceback (most recent call last):"]
            return list(app(environ, start))

        return broken

    return around


DEFECTS = {
    "reversed ranges are taken where a booking is moved": (
        answering("/confirmation/.*/availability$", 400, b'{"slots":[]}', "200 OK"),
        "errors.400.range_reversed",
        "properties.getRescheduleAvailability",
    ),
    "one operation asks for no key": (
        answering("/service/", 401, b'{"slots":[]}', "200 OK"),
        "errors.401.missing",
        "properties.getService",
    ),
    "a text beyond the basic plane crashes": (
        crashing("/bookings", r"\\ud83"),
        "operations.createBooking",
        "properties.createBooking",
    ),
    "a cursor that is no ASCII crashes": (
        crashing("/bookings", "cursor=[^&]*%[C-F]"),
        "operations.listBookings",
        "properties.listBookings",
    ),
    "a booking can be canceled twice": (
        answering("/cancel$", 422, b"{}", "200 OK"),
        "errors.422.already_canceled",
        "properties.cancelBooking",
    ),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_what_only_generated_requests_reach_is_found(defect: str, bench: Bench) -> None:
    broken, statement, rule = DEFECTS[defect]
    found: set[str] = set()
    for seed in range(4):  # what is drawn depends on what else was imported, and a rare value may take luck
        found |= bench.found(bench.run(bench.check(broken=broken), rule, seed=seed))
        if statement in found:
            break
    assert statement in found, found


def test_a_refusal_of_what_breaks_no_rule_is_found(bench: Bench) -> None:
    refusing = answering(
        "/confirmation/.*/availability$",
        200,
        b'{"detail":"no","status":400,"type":"validation_error"}',
        "400 Bad Request",
    )
    run = bench.run(bench.check(broken=refusing), "properties.getRescheduleAvailability")
    (finding,) = run.findings
    assert finding.statement == "operations.getRescheduleAvailability"
    assert "accepted" in finding.expected


def test_a_server_that_was_checked_before_is_checked_again(bench: Bench, tmp_path: Path) -> None:
    first = bench.check()
    bench.run(first, "properties.createBooking")
    again = Check(first.contract, first.target, Fakes(0), Ledger(tmp_path / "again.jsonl"), first.control)
    run = bench.run(again, "properties.createBooking")
    assert [(finding.sentence, finding.curl) for finding in run.findings] == []


def test_a_check_that_may_not_write_sends_declared_get_requests_alone(bench: Bench) -> None:
    check = bench.check()
    check.target.may_write = False
    run = bench.run(check)
    assert {request.method for request in (answer.request for answer in check.target.answers)} == {"GET"}
    passed = {result.id for result in run.results.values() if result.outcome == "passed"}
    assert passed == {f"properties.{name}" for name in READ_ONLY}


READ_ONLY = ("getOrganization", "getService", "getAvailability", "listBookings", "reading-links")


def test_a_spent_budget_ends_the_check_as_incomplete(bench: Bench) -> None:
    check = bench.check()
    check.bookings.write_budget = 5
    run = bench.run(check, "properties.createBooking")
    assert run.incomplete == "the budget of --write-budget is spent"
    assert check.bookings.creations == 5


def test_a_server_that_falls_silent_is_said_to(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    check = bench.check()
    _fall_silent(check, after=40, monkeypatch=monkeypatch)
    run = bench.run(check, "properties.getAvailability")
    (finding,) = run.findings
    assert finding.seen.startswith("did not answer")


def _fall_silent(check: Check, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    import requests

    adapter, sent = check.target._session.get_adapter(check.credentials.url), [0]
    send = adapter.send

    def silent(*args: Any, **how: Any) -> Any:
        sent[0] += 1
        if sent[0] > after:
            raise requests.ConnectionError
        return send(*args, **how)

    monkeypatch.setattr(adapter, "send", silent)


def test_an_error_of_the_tester_is_not_taken_for_a_pass(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def defective(*_: Any) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(data, "inform", defective)
    run = bench.run(bench.check(), "properties.getService")
    (result,) = run.results.values()
    assert result.outcome == "not run"
    assert "out of order" in result.reason


def test_the_same_seed_makes_the_same_requests(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contracts.harness.fakes.secrets.token_hex", lambda _: "same")
    monkeypatch.setattr("contracts.harness.fakes.secrets.choice", lambda among: among[0])
    runs = []
    for seed in (1, 1, 2):
        check = bench.check(seed=1, now=1_764_576_000 * 10**9, frozen=True, limits=False)
        bench.run(check, "properties.getRescheduleAvailability", seed=seed)
        # Their bodies too, apart from the boundaries of forms, which werkzeug draws.
        runs.append([(answer.request.url, answer.request.method) for answer in check.target.answers])
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_an_interrupt_does_not_wait_for_the_pace_and_leaves_nothing(tmp_path: Path) -> None:
    with running_mock("--seed", "1") as mock:
        target = mock.without_control(tmp_path)
        command = [sys.executable, KORDKIT, "check", "--target", str(target), "--allow-writes"]
        check = subprocess.Popen([*command, "--only", "properties.createBooking"], cwd=tmp_path)
        try:
            deadline = time.monotonic() + PATIENCE
            # The tenth creation of a minute is sent; the next one waits for the minute's end.
            while sum(r["operation"] == "createBooking" for r in mock.control("GET", "/requests")["requests"]) < 10:
                assert check.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            check.send_signal(signal.SIGINT)
            assert check.wait(timeout=30) == 4
        finally:
            check.kill()
            check.wait()
        assert {booking["status"] for booking in mock.control("GET", "/bookings")["bookings"]} == {"canceled"}
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_the_plan_of_a_check_does_not_wait_for_schemathesis() -> None:
    code = "import sys, contracts.wiring; sys.exit('schemathesis' in sys.modules or 'hypothesis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
