"""Which faults are in force, for which requests they fire, and how they are set."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.settings import Settings
from mockserver.storage.memory import MemoryState
from mockserver.wiring import Unusable, build
from tests.mockserver.fault_client import ACME, counted, faults, seen, set_fault, statuses


def test_a_fault_is_in_force_until_it_is_removed(client: Any) -> None:
    fault = set_fault(client, action={"kind": "error", "status": 503})
    assert statuses(client, 3) == [503] * 3
    assert counted(client) == [(3, 3)]
    assert client.request("DELETE", f"/_mock/faults/{fault['id']}").status_code == 204
    assert statuses(client, 1) == [200]
    assert faults(client) == []


def test_the_first_ones_and_every_nth(client: Any) -> None:
    set_fault(client, action={"kind": "error", "status": 500}, times=2)
    set_fault(client, action={"kind": "error", "status": 503}, every=3)
    assert statuses(client, 8) == [500, 500, 200, 200, 503, 200, 200, 503]
    assert counted(client) == [(8, 2), (6, 2)], "what another fault has ended is not shown to those behind it"


def test_faults_match_by_operation_organization_key_and_header(client: Any, keys: Callable[..., str]) -> None:
    harbor = client.with_key(keys(client, "public", "harbor"))
    for match, mine, others in (
        ({"operation": "getOrganization"}, 503, 503),
        ({"operation": "getService"}, 200, 200),
        ({"organization": "acme-salon"}, 503, 200),
        ({"key": "key_acme_public"}, 503, 200),
        ({"header": {"x-test": "7"}}, 200, 200),
    ):
        fault = set_fault(client, action={"kind": "error", "status": 503}, match=match)
        assert seen(client)[0] == mine, match
        assert seen(harbor, "public/org/harbor-clinic")[0] == others, match
        client.request("DELETE", f"/_mock/faults/{fault['id']}")
    set_fault(client, action={"kind": "error", "status": 503}, match={"header": {"x-test": "7"}})
    assert seen(client, ACME, **{"X-Test": "7"})[0] == 503
    assert seen(client, ACME, **{"X-Test": "8"})[0] == 200
    set_fault(client, action={"kind": "error", "status": 503}, match={"header": {"Content-Type": "text/csv"}})
    assert seen(client, ACME, **{"Content-Type": "text/csv"})[0] == 503


def test_what_a_path_a_key_or_an_options_request_is_refused_for_comes_first(client: Any) -> None:
    set_fault(client, action={"kind": "error", "status": 503})
    assert client.get("public/nowhere").status_code == 404
    assert client.with_key("kord_test_nobody").get(ACME).status_code == 401
    assert client.request("OPTIONS", ACME).status_code == 204
    assert client.get("/_mock/health").status_code == 200


def test_what_fails_before_the_limits_costs_nothing(start: Callable[..., Any]) -> None:
    client = start(limits=True)
    set_fault(client, action={"kind": "error", "status": 503}, times=5)
    assert statuses(client, 5) == [503] * 5
    assert seen(client)[1]["X-RateLimit-Remaining"] == "59"


def test_the_same_seed_fires_for_the_same_of_a_thousand_requests(client: Any) -> None:
    rule = {"action": {"kind": "error", "status": 503}, "probability": 0.1}
    fired: dict[int, list[int]] = {}
    for seed in (1, 2):
        for _ in range(2):
            set_fault(client, **rule, seed=seed)
            found = [number for number, status in enumerate(statuses(client, 1000)) if status == 503]
            assert fired.setdefault(seed, found) == found
            client.request("DELETE", "/_mock/faults")
    assert fired[1] != fired[2]
    assert 60 < len(fired[1]) < 140


def test_the_same_ones_of_a_thousand_whoever_serves_them(start: Callable[..., Any]) -> None:
    rule = {"action": {"kind": "error", "status": 503}, "probability": 0.1, "seed": 1}
    fired = []
    for threads in (1, 4):
        client = start()
        set_fault(client, **rule)
        with ThreadPoolExecutor(threads) as pool:
            served = [status for found in pool.map(statuses, [client] * 4, [250] * 4) for status in found]
        assert counted(client) == [(1000, served.count(503))]
        fired.append(served.count(503))
    assert fired[0] == fired[1]


def test_reset_brings_back_the_faults_of_the_start(start: Callable[..., Any]) -> None:
    client = start(faults=["error,status=503,times=1"])
    set_fault(client, action={"kind": "response-lost"})
    assert statuses(client, 2) == [503, 200]
    client.post("/_mock/reset")
    assert [(fault["id"], fault["fired"]) for fault in faults(client)] == [("fault_1", 0)]
    assert statuses(client, 2) == [503, 200]
    client.request("DELETE", "/_mock/faults")
    assert faults(client) == []


def test_an_exported_state_carries_them_and_their_counts(client: Any) -> None:
    set_fault(client, action={"kind": "error", "status": 503}, every=2, match={"header": {"X-Test": "7"}})
    once = {"X-Test": "7"}
    assert [seen(client, **once)[0] for _ in range(3)] == [200, 503, 200]
    state = json.loads(client.get("/_mock/state").data)
    client.request("DELETE", "/_mock/faults")
    assert client.request("PUT", "/_mock/state", json=state).status_code == 204
    assert counted(client) == [(3, 1)]
    assert [seen(client, **once)[0] for _ in range(2)] == [503, 200]
    del state["faults"]  # as an earlier version exported it
    assert client.request("PUT", "/_mock/state", json=state).status_code == 204
    assert faults(client) == []
    state["faults"] = [{"id": "fault_1", "action": {"kind": "error", "cause": "nobody"}, "matched": 0, "fired": 0}]
    assert client.request("PUT", "/_mock/state", json=state).status_code == 400


def test_who_sets_no_fault_opens_no_unit_of_work_for_one(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[None] = []
    work = MemoryState.work

    def counted_work(state: MemoryState, **how: Any) -> Any:
        opened.append(None)
        return work(state, **how)

    monkeypatch.setattr(MemoryState, "work", counted_work)
    assert seen(client)[0] == 200
    without = len(opened)
    set_fault(client, action={"kind": "response-lost"}, match={"operation": "createBooking"})
    opened.clear()
    assert seen(client)[0] == 200
    assert len(opened) == without


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({}, "give either action or profile"),
        ({"profile": "slow", "action": {"kind": "response-lost"}}, "give either action or profile"),
        ({"profile": "bad"}, "profile must be one of slow, flaky, outage, and stand alone"),
        ({"action": {"kind": "fire"}}, "action.kind must be one of latency, error"),
        ({"action": {"kind": "latency", "seconds": "1"}}, "action.seconds must be a number"),
        ({"action": {"kind": "latency"}}, "action of kind latency takes seconds or min and max"),
        ({"action": {"kind": "error", "status": 418}}, "action.status must be one of 400, 401, 403"),
        ({"action": {"kind": "error", "cause": "bad_luck"}}, "action.cause must be one of malformed_body,"),
        ({"action": {"kind": "response-lost"}, "match": {"operation": "create"}}, "match.operation must be one of"),
        ({"action": {"kind": "response-lost"}, "match": {"organization": "acme"}}, "match.organization must be one of"),
        ({"action": {"kind": "response-lost"}, "match": {"key": "key_9"}}, "match.key must be the id of a key"),
        (
            {"action": {"kind": "response-lost"}, "match": {"header": {"x-kordless-key": "k"}}},
            "match.header must hold no",
        ),
        ({"action": {"kind": "response-lost"}, "match": {"host": "x"}}, "match has the unknown member host"),
        ({"action": {"kind": "response-lost"}, "probability": 0}, "probability must be more than 0"),
        ({"action": {"kind": "response-lost"}, "every": 0}, "every must be at least 1"),
    ],
)
def test_a_rule_that_cannot_be_is_400_with_its_place_and_no_fault(client: Any, rule: Any, sentence: str) -> None:
    answer = client.post("/_mock/faults", json=rule)
    assert answer.status_code == 400
    assert answer.json["detail"].startswith(sentence)
    assert faults(client) == []


def test_a_profile_is_a_list_of_faults(client: Any) -> None:
    answer = client.post("/_mock/faults", json={"profile": "slow"})
    assert answer.status_code == 201
    assert answer.json["faults"] == faults(client)
    assert [fault["action"]["kind"] for fault in faults(client)] == ["latency", "slow-body"]
    assert [fault["id"] for fault in faults(client)] == ["fault_1", "fault_2"]


def test_what_is_not_there_cannot_be_removed(client: Any) -> None:
    answer = client.request("DELETE", "/_mock/faults/fault_9")
    assert (answer.status_code, answer.json["detail"]) == (
        404,
        "there is no fault fault_9; those in force stand in GET /_mock/faults",
    )


def test_flags_and_dataset_set_faults_in_their_order(tmp_path: Path) -> None:
    dataset = yaml.safe_load((Path(__file__).parents[2] / "mockserver/datasets/acme-salon.yaml").read_text("utf-8"))
    dataset["faults"] = ["outage", {"action": {"kind": "latency", "seconds": 1}, "every": 2}]
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(dataset))
    lost = "response-lost,operation=createBooking,header=X-Test:7,probability=0.5,seed=3"
    built = build(Settings(data=str(file), faults=[lost]))
    with built.mock.state.work() as work:
        values = [standing.values() for standing in work.faults.all()]
    assert [value["id"] for value in values] == ["fault_1", "fault_2", "fault_3"]
    assert values[0]["action"] == {"kind": "error", "status": 503, "retry_after": 30}
    assert values[1]["every"] == 2
    assert values[2]["match"] == {"operation": "createBooking", "header": {"X-Test": "7"}}
    assert (values[2]["probability"], values[2]["seed"]) == (0.5, 3)


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("fire", '--fault fire: "fire" is neither a profile (slow, flaky, outage) nor a kind of fault (latency, '),
        ("error", "--fault error: action of kind error takes cause or status"),
        ("error,status=soon", "--fault error,status=soon: action.status must be an integer"),
        ("latency,seconds", '--fault latency,seconds: "seconds" is not NAME=VALUE'),
        ("latency,sec=1", "--fault latency,sec=1: action has the unknown member sec"),
        ("response-lost,header=X", '--fault response-lost,header=X: "header=X" is not header=NAME:VALUE'),
        ("response-lost,operation=x", "--fault response-lost,operation=x: match.operation must be one of"),
    ],
)
def test_a_flag_that_is_no_fault_is_one_sentence(rule: str, sentence: str) -> None:
    with pytest.raises(Unusable) as refusal:
        build(Settings(faults=[rule]))
    assert str(refusal.value).startswith(sentence)


def test_a_dataset_with_what_is_no_fault_is_one_sentence(tmp_path: Path) -> None:
    dataset = yaml.safe_load((Path(__file__).parents[2] / "mockserver/datasets/acme-salon.yaml").read_text("utf-8"))
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump({**dataset, "faults": ["slow", {"action": {"kind": "fire"}}]}))
    with pytest.raises(Unusable) as refusal:
        build(Settings(data=str(file)))
    assert str(refusal.value).startswith(f"{file}: faults[1]: action.kind must be one of")
