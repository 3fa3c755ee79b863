"""The same journey on two mocks: clean ones differ in nothing, mutants where they are broken."""

import json
import os
from pathlib import Path
from zlib import crc32

import pytest

from contracts.comparing.diff.comparison import Comparison
from contracts.comparing.diff.journey import planned
from contracts.rules.rule import Need
from mockserver.mutants import MUTANTS, find
from tests.contracts.checks.in_process import CONTRACT, RULES
from tests.contracts.comparing.journeys import compared, side
from tests.processes import run
from tests.scripted_server import plain, scripted

ASKED = [rule for rule in RULES if rule.requests and Need.WEBHOOKS not in rule.needs]
RULED = {rule.statement for rule in ASKED}
SEEN = sorted(name for name, mutant in MUTANTS.items() if mutant.statement in RULED)
SOME = ["tenancy", "paging", "idempotency", "framing"]


@pytest.mark.parametrize("topics", [[]] if os.environ.get("THOROUGH") else [SOME])
def test_two_clean_mocks_differ_in_nothing_whenever_they_began(topics: list[str]) -> None:
    a, b = side("A", seed=1), side("B", seed=2, now=1_764_576_000_250_000_000)  # of another year, and between seconds
    b_earlier = compared(a, b, topics)
    assert (b_earlier.differences, b_earlier.left_out) == ([], [])
    assert b_earlier.answers.compared > 100
    assert b_earlier.fidelity == 100


def test_most_mutants_differ_in_the_very_statement_that_they_break() -> None:
    """Each is asked for its own statement alone. What the others say otherwise is stated elsewhere (by a schema, of a
    header), or is seen when more is asked. A name alone says whether it is one of those that are always asked."""
    asked = SEEN if os.environ.get("THOROUGH") else [name for name in SEEN if crc32(name.encode()) % 20 == 3]
    found: list[str] = []
    elsewhere: list[str] = []
    for name in asked:
        mutant = find(name)
        comparison = compared(side("A", seed=1), side("B", mutant, seed=2), [mutant.statement])
        (found if mutant.statement in statements(comparison) else elsewhere).append(name)
        assert (comparison.fidelity == 100) == (not statements(comparison) - {""}), name
    assert len(found) >= 3 * len(asked) // 4, elsewhere


def statements(found: Comparison) -> set[str]:
    return {difference.statement for difference in found.differences}


def test_what_differs_is_told_by_operation_and_field_with_its_level() -> None:
    found = compared(side("A", seed=1), side("B", find("tagline-missing"), seed=2), ["organization.fields"])
    [difference] = [each for each in found.differences if each.statement == "organization.fields"]
    assert (difference.operation, difference.field) == ("getOrganization", "organization.tagline")
    assert (difference.a, difference.b) == ("Your neighborhood salon since 2010", "absent")
    assert (difference.level, difference.page) == ("documented", "/api/services/list-services")


def test_both_are_left_as_they_were() -> None:
    a, b = side("A", seed=1), side("B", seed=2)
    assert a.control is not None
    before = json.loads(a.control.state())
    compared(a, b, ["bookings"])
    after = json.loads(a.control.state())
    assert [after["bookings"], after["clock"]["frozen"]] == [before["bookings"], before["clock"]["frozen"]]


def test_a_mock_that_does_not_take_its_own_keys_differs_and_no_flag_is_wrong() -> None:
    a, b = side("A"), side("B", find("key-in-authorization-alone"))
    assert (a.unknown(planned(CONTRACT, a, b, (), ())), b.unknown(planned(CONTRACT, a, b, (), ()))) == ("", "")


ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("KORD")}


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ((), 2, "name two servers"),
        (("http://127.0.0.1:1", "missing.json"), 2, "missing.json cannot be read"),
        (("http://127.0.0.1:1", "http://127.0.0.1:1"), 2, "needs --key"),
        (("http://127.0.0.1:1", "http://127.0.0.1:1", "--key", "k", "--org", "acme"), 3, "the connection was refused"),
    ],
)
def test_wrong_usage_and_dead_servers_have_their_exit_codes(
    words: tuple[str, ...], code: int, told: str, tmp_path: Path
) -> None:
    ended = run(tmp_path, "diff", *words, environment=ENVIRONMENT)
    assert (ended.returncode, told in ended.stderr) == (code, True), ended.stderr


def test_servers_without_control_api_are_only_read_and_compared_by_form(tmp_path: Path) -> None:
    """Scripted: each answers the same to whatever it is asked."""
    asked: list[bytes] = []

    def answers(status: str) -> bytes:
        body = json.dumps({"detail": "Gone fishing", "status": 503, "type": "service_unavailable"}).encode()
        return plain(body, "Content-Type: application/json\r\nX-Request-Id: 1\r\n", status)

    def a(request: bytes) -> bytes:
        asked.append(request)
        return answers("503 Service Unavailable")

    with scripted(a) as one, scripted(lambda _: answers("500 Internal Server Error")) as other:
        report, flags = "", ("--key", "kord_test_Secret0123456789", "--org", "acme", "--rate", "100000")
        for second, code in ((one, 0), (other, 1)):
            ended = run(tmp_path, "diff", one, second, *flags, "--report-dir", "out", environment=ENVIRONMENT)
            report = (tmp_path / "out" / "diff.json").read_text("utf-8")
            assert ended.returncode == code, ended.stdout + ended.stderr
            assert json.loads(report)["exit_code"] == code
            assert "Secret0123456789" not in report + ended.stdout
            assert json.loads(report)["summary"]["answers"]["compared"] >= 2
    assert {request.split()[0] for request in asked} == {b"GET"}
    assert {(each["operation"], each["field"]) for each in json.loads(report)["differences"]} >= {
        ("getOrganization", "status code")
    }
