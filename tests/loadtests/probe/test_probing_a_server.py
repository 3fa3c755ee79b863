"""The probe's rounds over real sockets: sent when planned, on a timeline that goes along with the server's clock."""

import json
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from contracts.errors import TargetError
from contracts.spec.contract import Contract
from contracts.target.control import ControlApi
from loadtests.api.endpoint import Endpoint
from loadtests.api.fakes import Data
from loadtests.api.target import Target
from loadtests.measure.result import Result
from loadtests.messages import Probe, decode, encode
from loadtests.probe.target import Other
from loadtests.probe.targets import targets
from loadtests.run.plan import Plan
from tests.loadtests.running import run

pytestmark = pytest.mark.usefixtures("forked_generators")


def moments(result: Result) -> list[tuple[float, float]]:
    """When each request was sent by the run's timeline, and what the server's clock showed then (whole seconds)."""
    return [
        (seen.sent, parsedate_to_datetime(seen.headers["date"]).timestamp())
        for seen in result.observations
        if seen.operation == "createBooking"
    ]


def test_the_timeline_of_a_probe_goes_along_with_the_clock_of_the_server(limited_mock: Any) -> None:
    control = ControlApi(limited_mock.ready["control_url"])
    plan = limited_mock.plan(
        "limiter", rate=None, duration=4.0, processes=2, target=replace(limited_mock.target, control_url=control.url)
    )
    with control.kept():
        result = run(plan)
    assert result.moved > 60, "a minute's window did not take a minute"
    apart = [shown - sent for sent, shown in moments(result)]
    assert len(apart) > 30
    assert max(apart) - min(apart) < 1.5, "a date is cut to seconds; nothing else sets the two clocks apart"
    refused = [seen for seen in result.observations if seen.refused]
    assert refused
    assert all("retry-after" in seen.headers for seen in refused)
    assert {seen.worker for seen in result.observations} == {0, 1}
    assert result.statistics.of().errors == 0
    assert result.statistics.arrivals.sent == len(result.observations) == result.statistics.of().count


def test_without_a_control_api_long_windows_are_not_asked_and_that_is_said(limited_mock: Any) -> None:
    result = run(limited_mock.plan("limiter", rate=None, duration=2.0))
    assert result.moved == 0
    assert any(note.startswith("platform-hour was not asked") for note in result.notes)


def test_who_may_ask_follows_from_contract_and_keys(limited_mock: Any) -> None:
    contract = Contract.load()
    plan = limited_mock.plan("limiter")
    found = {target.policy: target for target in targets(contract, Endpoint.of(plan.target, contract), Data(7, "run"))}
    assert set(found) == set(contract.rate_limits.policies)
    assert [target.window for target in found.values()] == sorted(target.window for target in found.values())
    general, creation, day = found["public-general"], found["creation"], found["platform-day"]
    assert (general.operation, general.limit, general.window) == ("getOrganization", 60, 60)
    assert creation.operation == "createBooking"
    assert [asker.keys for asker in creation.askers] == [("key 1",)]
    assert day.askers[0].subjects == (plan.target.organizations[0].slug,)
    assert day.paces == (Other(100, 60), Other(1000, 3600))
    assert len(found["verification"].askers) == 2
    assert len(set(found["self-service"].askers[0].subjects)) == 200


def test_targets_go_through_json(limited_mock: Any) -> None:
    contract = Contract.load()
    found = targets(contract, Endpoint.of(limited_mock.target, contract), Data(7, "run"))
    told = Probe(found, "http://127.0.0.1:9/_mock", "token")
    assert decode(Probe, json.loads(json.dumps(encode(told)))) == told


def test_a_limiter_that_nobody_can_ask_is_refused() -> None:
    with pytest.raises(TargetError, match="needs an organization"):
        run(Plan("limiter", Target("http://127.0.0.1:9")))


def test_what_is_documented_is_asked_for_before_what_is_assumed(limited_mock: Any) -> None:
    contract = Contract.load()
    found = [target.policy for target in targets(contract, Endpoint.of(limited_mock.target, contract), Data(7, "run"))]
    minute = ["creation", "public-general", "platform-minute", "verification", "self-service"]
    assert found == [*minute, "platform-hour", "platform-day"]
