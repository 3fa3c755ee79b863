"""What goes through the proxy tells how a server answers open questions."""

import json
from pathlib import Path

import pytest
import yaml

from contracts.comparing.proxy.exchanges import Exchange, Message
from contracts.comparing.proxy.learning import answers_of, overlay
from contracts.spec.contract import Contract
from tests.contracts.checks.in_process import CONTRACT, DAY

BASE = "/api/calendar/v1"


def refused(target: str, status: int, kind: str, *lines: tuple[str, str], method: str = "GET") -> Exchange:
    limit = [(name, "1") for name in CONTRACT.rate_limits.headers.values()]
    answer = Message([("Content-Type", "application/json"), ("X-Request-Id", "r1"), *limit])
    answer.add(json.dumps({"detail": "No", "status": status, "type": kind}).encode())
    request = Message([("x-kordless-key", "k"), *lines])
    answer.ended = request.ended = True
    return Exchange(method, BASE + target, request, 0.0, 0.0, status=status, answer=answer)


ORGANIZATION = ("x-organization-id", "abc123")


@pytest.mark.parametrize(
    ("exchange", "learnt"),
    [
        (refused("/bookings", 400, "validation_error"), {"errors.403.missing_organization_header": "400"}),
        (refused("/bookings", 403, "forbidden", ORGANIZATION), {"errors.type.permission_error": "forbidden"}),
        (refused("/bookings", 403, "permission_error", ORGANIZATION), {}),
        (refused("/bookings", 403, "of_no_answer", ORGANIZATION), {}),
    ],
)
def test_an_answer_that_fits_what_was_seen_is_learnt(
    exchange: Exchange, learnt: dict[str, str], tmp_path: Path
) -> None:
    found = answers_of(CONTRACT, [exchange] * 3)
    assert found == learnt
    made = overlay(CONTRACT, "http://server", found, DAY)
    (file := tmp_path / "learnt.yaml").write_text(yaml.safe_dump(dict(made)))
    amended = Contract.load(None, [file])
    assert answers_of(amended, [exchange]) == {}
    seen = {name: one for name, one in amended.statements.items() if one.level == "observed"}
    assert seen.keys() == found.keys()  # whose questions have the names of their statements
    assert {(one.server, one.day) for one in seen.values()} <= {("http://server", DAY)}
