"""Whether operations without a key are counted for each client, which takes two: requests from two addresses."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from contracts.spec.contract import Contract
from loadtests.api import target as targets
from loadtests.limiter import judge
from loadtests.limiter.verdict import Verdict
from loadtests.run.plan import Plan
from tests.loadtests.running import run

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.2 has to be set up first"),
    pytest.mark.usefixtures("forked_generators"),
]

# One operation is limited, for each client.
OVERLAY = """
overlay: 1.0.0
info: {title: Windows of seconds, version: "1"}
actions:
  - {target: "$.paths[*][*]['x-rate-limit']", remove: true}
  - target: $.paths['/api/calendar/v1/public/bookings/confirmation/{confirmation_number}'].get
    update: {x-rate-limit: [self-service]}
  - {target: $.x-rate-limits.policies.self-service, update: {limit: 7, window: 2}}
"""
StartMock = Callable[..., Path]
Judged = tuple[Verdict, set[tuple[str, str]]]  # and which label's requests came from which address


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    path = tmp_path / "seconds.yaml"
    path.write_text(OVERLAY)
    return path


@pytest.fixture
def judged(start_mock: StartMock, overlay: Path) -> Callable[..., list[Judged]]:
    """Mocks with these flags, all at once."""

    def one(flags: tuple[str, ...]) -> Judged:
        target = targets.read(start_mock("--overlay", str(overlay), *flags))
        result = run(Plan("limiter", target, overlays=(overlay,)))
        (verdict,) = judge(result.observations, Contract.load(None, [overlay]))
        journal = requests.get(f"{target.control_url}/requests?limit=10000", timeout=10).json()["requests"]
        came_from = {request["path"].rpartition("/")[2]: request["client"] for request in journal}
        return verdict, {(seen.key, came_from[seen.subject]) for seen in result.observations}

    def all_of_them(*flags: tuple[str, ...]) -> list[Judged]:
        with ThreadPoolExecutor() as pool:
            return list(pool.map(one, flags))

    return all_of_them


def test_one_counter_for_each_client_is_told_from_one_for_all(judged: Callable[..., list[Judged]]) -> None:
    (clean, came_from), (shared, _) = judged((), ("--mutant", "clients-share-a-counter"))
    assert came_from == {("client", "127.0.0.1"), ("client 2", "127.0.0.2")}
    assert (clean.scope, clean.limit, clean.certain, clean.outcome) == ("client", 7, True, "kept"), clean.sentence
    assert clean.reason == "", "nothing is open"
    # That each client has a counter of its own is no more than assumed.
    assert (shared.scope, shared.limit, shared.certain, shared.outcome) == ("all", 7, True, "note"), shared.sentence
    assert "one counter for all, where the contract has one per client" in shared.findings
