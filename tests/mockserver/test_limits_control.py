"""`/_mock/limits`: a test looks at the limits, switches them, and leaves as much of them as it wants."""

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.limits.algorithms import ALGORITHMS

ORGANIZATION = "public/org/acme-salon"
KEY = "key_acme_public"
HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


@pytest.fixture
def limited(start: Callable[..., Any]) -> Any:
    return start(limits=True)


def control(client: Any, method: str, path: str = "", **how: Any) -> Any:
    return client.request(method, f"/_mock/limits{path}", **how)


def counters(client: Any) -> dict[tuple[str, str], tuple[int, int, str]]:
    """Used, remaining and reset by policy and subject."""
    shown = control(client, "GET").get_json()["counters"]
    return {(c["policy"], c["subject"]): (c["used"], c["remaining"], c["reset"]) for c in shown}


def is_problem(answer: Any, status: int, *words: str) -> None:
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert (answer.get_json()["status"], set(answer.get_json())) == (status, {"title", "status", "detail"})
    for word in words:
        assert word in answer.get_json()["detail"]


def test_policies_and_algorithm_are_those_of_the_contract(limited: Any) -> None:
    shown = control(limited, "GET").get_json()
    stated = limited.built.contract.rate_limits
    assert (shown["enabled"], shown["algorithm"], shown["counters"]) == (True, stated.algorithm, [])
    assert shown["policies"] == [
        {"policy": p.name, "limit": p.limit, "window": p.window, "scope": p.scope} for p in stated.policies.values()
    ]


def test_counters_are_shown_by_policy_and_subject(limited: Any, booking_body: Callable[..., Any]) -> None:
    limited.get(ORGANIZATION)
    limited.advance(5)
    limited.post("public/bookings", json=booking_body())
    limited.get("public/bookings/confirmation/Book_Nothing00?contact=a@example.com")
    assert counters(limited) == {
        ("public-general", KEY): (2, 58, "2025-12-01T08:01:00Z"),
        ("creation", KEY): (1, 9, "2025-12-01T08:01:05Z"),
        ("self-service", "127.0.0.1"): (1, 59, "2025-12-01T08:01:05Z"),
        ("verification", "book_nothing00"): (1, 9, "2025-12-01T08:01:05Z"),
    }
    limited.advance(60)
    assert counters(limited) == {}


def test_what_is_shown_is_what_the_headers_say(limited: Any) -> None:
    for number in (1, 2, 3):
        answer = limited.get(ORGANIZATION)
        used, remaining, _ = counters(limited)["public-general", KEY]
        assert (used, str(remaining)) == (number, answer.headers["X-RateLimit-Remaining"])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("remaining", [0, 1, 17, 60])
def test_the_api_answers_by_what_was_left(limited: Any, algorithm: str, remaining: int) -> None:
    control(limited, "PUT", json={"algorithm": algorithm})
    limited.get(ORGANIZATION)
    answer = control(limited, "PUT", f"/public-general/{KEY}", json={"remaining": remaining})
    assert answer.status_code == 200
    shown = answer.get_json()
    reset = shown.pop("reset")
    assert shown == {"policy": "public-general", "subject": KEY, "used": 60 - remaining, "remaining": remaining}
    assert counters(limited)["public-general", KEY] == (60 - remaining, remaining, reset)
    statuses = [limited.get(ORGANIZATION).status_code for _ in range(remaining + 1)]
    assert statuses == [200] * remaining + [429]
    limited.advance(60 * ALGORITHMS[algorithm].windows)
    assert limited.get(ORGANIZATION).headers["X-RateLimit-Remaining"] == "59"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_remaining_that_is_written_as_5_0_is_the_whole_number_5_as_json_schema_has_it(
    limited: Any, algorithm: str
) -> None:
    control(limited, "PUT", json={"algorithm": algorithm})
    text = {"data": '{"remaining": 5.0}', "content_type": "application/json"}
    answer = control(limited, "PUT", f"/public-general/{KEY}", **text)
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        assert limited.get(ORGANIZATION).headers["X-RateLimit-Remaining"] == "4"


def test_anybody_can_be_left_something_before_they_come(limited: Any, keys: Callable[..., str]) -> None:
    control(limited, "PUT", "/platform-day/org_abc123", json={"remaining": 1})
    control(limited, "PUT", "/self-service/2001:db8::1", json={"remaining": 0})
    control(limited, "PUT", "/verification/BOOK_ABC123XYZ", json={"remaining": 0})
    platform = limited.with_key(keys(limited, "platform"))
    answers = [platform.get("bookings", headers={"x-organization-id": "abc123"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    lookup = "public/bookings/confirmation/{}?contact=a@example.com"
    assert limited.get(lookup.format("BOOK_X"), environ_base={"REMOTE_ADDR": "2001:db8::1"}).status_code == 429
    assert limited.get(lookup.format("book_ABC123xyz")).status_code == 429
    assert limited.get(lookup.format("BOOK_X")).status_code == 404
    assert ("verification", "book_abc123xyz") in counters(limited)


def test_setting_what_is_left_keeps_the_window_that_is_open(limited: Any) -> None:
    limited.get(ORGANIZATION)
    limited.advance(20)
    control(limited, "PUT", f"/public-general/{KEY}", json={"remaining": 0})
    assert limited.get(ORGANIZATION).headers["Retry-After"] == "40"


def test_all_counters_can_be_forgotten(limited: Any) -> None:
    control(limited, "PUT", f"/public-general/{KEY}", json={"remaining": 0})
    assert limited.get(ORGANIZATION).status_code == 429
    answer = control(limited, "DELETE")
    assert (answer.status_code, answer.data) == (204, b"")
    assert counters(limited) == {}
    assert limited.get(ORGANIZATION).headers["X-RateLimit-Remaining"] == "59"


def test_another_algorithm_begins_anew_and_the_same_does_not(limited: Any) -> None:
    limited.get(ORGANIZATION)
    shown = control(limited, "PUT", json={"algorithm": "fixed-window"}).get_json()
    assert (shown["algorithm"], len(shown["counters"])) == ("fixed-window", 1)
    for algorithm in ("sliding-window", "token-bucket", "fixed-window"):
        shown = control(limited, "PUT", json={"algorithm": algorithm}).get_json()
        assert (shown["enabled"], shown["algorithm"], shown["counters"]) == (True, algorithm, [])
        assert limited.get(ORGANIZATION).headers["X-RateLimit-Remaining"] == "59"


def test_an_algorithm_taken_at_run_time_counts_by_its_own_rule(limited: Any) -> None:
    """All sixty at once, then what comes back within a second, and within half a minute."""
    back = {}
    for algorithm in ALGORITHMS:
        control(limited, "PUT", json={"algorithm": algorithm})
        control(limited, "DELETE")
        admitted = []
        for seconds in (0, 1, 29):
            limited.advance(seconds)
            count = 0
            while limited.get(ORGANIZATION).status_code == 200:
                count += 1
            admitted.append(count)
        back[algorithm] = admitted
    assert back == {
        "fixed-window": [60, 0, 0],
        "aligned-fixed-window": [60, 0, 60],  # whose minute is over then
        "sliding-window": [60, 0, 0],
        "sliding-window-counter": [60, 0, 0],
        "token-bucket": [60, 1, 29],
    }


def test_limits_can_be_switched_off_and_on_while_the_mock_runs(limited: Any) -> None:
    control(limited, "PUT", f"/public-general/{KEY}", json={"remaining": 0})
    assert limited.get(ORGANIZATION).status_code == 429
    assert control(limited, "PUT", json={"enabled": False}).get_json()["enabled"] is False
    for _ in range(3):
        answer = limited.get(ORGANIZATION)
        assert answer.status_code == 200
        assert not set(HEADERS) & set(answer.headers.keys())
    shown = control(limited, "PUT", json={"enabled": True}).get_json()
    assert (shown["enabled"], len(shown["counters"])) == (True, 1)
    assert limited.get(ORGANIZATION).status_code == 429


def test_limits_that_were_off_from_the_start_can_be_switched_on(client: Any) -> None:
    assert control(client, "GET").get_json()["enabled"] is False
    control(client, "PUT", json={"enabled": True, "algorithm": "token-bucket"})
    assert set(HEADERS) <= set(client.get(ORGANIZATION).headers.keys())


def test_a_reset_forgets_what_was_used(limited: Any) -> None:
    limited.get(ORGANIZATION)
    limited.request("POST", "/_mock/reset")
    assert counters(limited) == {}


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        ("", b"{}", "body"),
        ("", b"[]", "body"),
        ("", b"{", "JSON"),
        ("", b'{"enabled": "yes"}', "enabled"),
        ("", b'{"enabled": null}', "enabled"),
        ("", b'{"algorithm": "leaky-bucket"}', "fixed-window"),
        ("", b'{"enabled": true, "limit": 5}', ""),
        (f"/public-general/{KEY}", b"{}", "remaining"),
        (f"/public-general/{KEY}", b'{"remaining": -1}', "remaining"),
        (f"/public-general/{KEY}", b'{"remaining": 61}', "60"),
        (f"/public-general/{KEY}", b'{"remaining": 1e30}', "60"),
        (f"/public-general/{KEY}", b'{"remaining": 1.5}', "integer"),
        (f"/public-general/{KEY}", b'{"remaining": "5"}', "integer"),
        (f"/public-general/{KEY}", b'{"remaining": true}', "integer"),
        (f"/public-general/{KEY}", b'{"remaining": 5, "used": 1}', ""),
        (f"/public-general/{KEY}", b"\xff", "JSON"),
    ],
)
def test_bad_values_are_told_and_change_nothing(limited: Any, path: str, body: bytes, word: str) -> None:
    limited.get(ORGANIZATION)
    before = control(limited, "GET").get_json()
    is_problem(control(limited, "PUT", path, data=body, content_type="application/json"), 400, word)
    assert control(limited, "GET").get_json() == before


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("public-general", ("counts by key", "GET /_mock/keys")),
        ("platform-day", ("counts by organization", "ready-file")),
    ],
)
def test_a_subject_that_is_none_is_not_found_and_not_repeated(
    limited: Any, policy: str, words: tuple[str, ...]
) -> None:
    pasted = "kord_test_AcmeSalonPublic0000000000000Apub"
    answer = control(limited, "PUT", f"/{policy}/{pasted}", json={"remaining": 0})
    is_problem(answer, 404, *words)
    assert pasted not in answer.text
    assert counters(limited) == {}


def test_an_unknown_policy_is_not_found_and_the_known_ones_are_named(limited: Any) -> None:
    answer = control(limited, "PUT", f"/general/{KEY}", json={"remaining": 0})
    is_problem(answer, 404, "general", *limited.mock.policies)
    assert counters(limited) == {}
