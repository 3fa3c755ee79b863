"""Who shares a counter, what is charged to it, and what is not."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.hot_path import bare_view, environ_of, timed
from mockserver.limits.algorithms import ALGORITHMS
from mockserver.ports import SECOND
from mockserver.settings import Settings
from mockserver.wiring import build
from tests.turns import assert_below

ROOT = Path(__file__).resolve().parents[3]
ORGANIZATION = "public/org/acme-salon"
LIST = "bookings"
LOOKUP = "public/bookings/confirmation/BOOK_ABC123XYZ"
OWNER = "sarah@example.com"
MINUTE, HOUR, DAY = 60, 3600, 86_400


@pytest.fixture
def limited(start: Callable[..., Any]) -> Any:
    return start(limits=True)


@pytest.fixture
def of_platform(keys: Callable[..., str]) -> Callable[..., Any]:
    """Sends listBookings with an organization's own platform key: `of_platform(client, "harbor")()`."""

    def sender(client: Any, organization: str = "acme") -> Callable[[], Any]:
        headers = {"x-organization-id": {"acme": "abc123", "harbor": "hbr456"}[organization]}
        holder = client.with_key(keys(client, "platform", organization))
        return lambda: holder.get(LIST, headers=headers)

    return sender


def used(client: Any) -> dict[tuple[str, str], int]:
    """By policy and subject."""
    policies = client.mock.policies.values()
    usages = client.mock.limiter.usages(policies, client.mock.clock.now())
    return {
        (usage.policy.name, subject): usage.policy.limit - usage.remaining
        for subject, usage in usages
        if usage.remaining < usage.policy.limit
    }


def leave(client: Any, policy: str, subject: str, remaining: int) -> None:
    client.mock.limiter.set_remaining(client.mock.policies[policy], subject, remaining, client.mock.clock.now())


def told(answer: Any) -> tuple[int, int]:
    return int(answer.headers["X-RateLimit-Limit"]), int(answer.headers["X-RateLimit-Remaining"])


# --- a day's limits


def exhaust_a_day(algorithm: str | None) -> float:
    """Seconds of work that it took. The requests go to the pipeline itself: the test client takes far longer."""
    built = build(Settings(algorithm=algorithm, now=1_764_576_000 * SECOND, frozen=True, journal=0))
    clock, policies = built.mock.clock, {str(p.limit): p for p in built.mock.policies.values()}
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/api/calendar/v1/bookings",
        "HTTP_X_KORDLESS_KEY": next(k.value for k in built.dataset.keys if k.record.id == "key_acme_platform"),
        "HTTP_X_ORGANIZATION_ID": "abc123",
        "REMOTE_ADDR": "127.0.0.1",
    }

    def until_refused() -> tuple[int, str, int]:
        """How many were admitted, the limit that ended it, and the seconds to wait."""
        admitted = 0
        while (reply := built.front.pipeline.handle(environ)).status == 200:
            admitted += 1
        headers = dict(reply.headers)
        return admitted, headers["X-RateLimit-Limit"], int(headers["Retry-After"])

    begun, admitted, refusals = clock.now(), 0, set()
    started = time.thread_time()
    while True:
        more, limit, retry_after = until_refused()
        admitted += more
        refusals.add(limit)
        if limit == "10000":
            break
        # A token bucket lets one through every few seconds: whoever waits for a whole window gets on sooner.
        clock.advance(policies[limit].window)
    assert refusals == {"100", "1000", "10000"}
    refilled = (clock.now() - begun) * 10_000 // (DAY * SECOND) if algorithm == "token-bucket" else 0
    assert 0 <= 10_000 + refilled - admitted <= refilled // 100
    clock.advance((retry_after - 1) * SECOND)
    assert until_refused()[0] == 0
    clock.advance(SECOND)
    assert until_refused()[0] > 0
    clock.advance(DAY * SECOND)
    assert until_refused()[:2] == (100, "100")
    return time.thread_time() - started


def exhaust_a_day_and_be_quick() -> None:
    bare, environ = bare_view(), environ_of("GET", "/")
    assert_below(16, lambda: exhaust_a_day(None) / sum(timed(bare, [environ] * 1000, "200")) * 1e6)


def test_a_whole_days_limits_are_exhausted_and_recover_in_about_a_second() -> None:
    """Which takes as long as 8,000 requests to a bare Flask view, twice that at the most.

    In a process of its own: one that has run thousands of tests is half as fast.
    """
    script = "from tests.mockserver.limits.test_policies import exhaust_a_day_and_be_quick as run; run()"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_whole_days_limits_are_exhausted_and_recover_with_every_algorithm(algorithm: str) -> None:
    exhaust_a_day(algorithm)


# --- minute, hour and day


def test_the_header_describes_the_tightest_of_minute_hour_and_day(
    limited: Any, of_platform: Callable[..., Any]
) -> None:
    ask = of_platform(limited)
    assert told(ask()) == (100, 99)
    leave(limited, "platform-hour", "key_acme_platform", 5)
    assert told(ask()) == (1000, 4)
    leave(limited, "platform-day", "org_abc123", 3)
    assert told(ask()) == (10_000, 2)
    leave(limited, "platform-minute", "key_acme_platform", 1)
    # 0 of 100, 2 of 1,000, 1 of 10,000
    assert told(ask()) == (100, 0)
    refused = ask()
    assert (refused.status_code, told(refused), refused.headers["Retry-After"]) == (429, (100, 0), str(MINUTE))


def test_a_refusal_waits_for_the_last_of_minute_hour_and_day(limited: Any, of_platform: Callable[..., Any]) -> None:
    ask = of_platform(limited)
    ask()
    limited.advance(10)
    leave(limited, "platform-minute", "key_acme_platform", 0)
    assert ask().headers["Retry-After"] == str(MINUTE - 10)
    leave(limited, "platform-day", "org_abc123", 0)
    assert (told(ask()), ask().headers["Retry-After"]) == ((10_000, 0), str(DAY - 10))
    leave(limited, "platform-hour", "key_acme_platform", 0)
    assert ask().headers["Retry-After"] == str(DAY - 10)
    limited.advance(HOUR)
    assert ask().status_code == 429
    limited.advance(DAY - 10 - HOUR - 1)
    assert (ask().status_code, ask().headers["Retry-After"]) == (429, "1")
    limited.advance(1)
    assert ask().status_code == 200


def test_the_day_of_one_organization_never_touches_another(limited: Any, of_platform: Callable[..., Any]) -> None:
    acme, harbor = of_platform(limited), of_platform(limited, "harbor")
    leave(limited, "platform-day", "org_abc123", 0)
    assert acme().status_code == 429
    answer = harbor()
    assert (answer.status_code, told(answer)) == (200, (100, 99))
    assert used(limited)["platform-day", "org_hbr456"] == 1
    assert acme().status_code == 429
    assert used(limited)["platform-day", "org_hbr456"] == 1


def test_keys_of_one_organization_share_its_day_but_neither_minute_nor_hour(
    limited: Any, of_platform: Callable[..., Any]
) -> None:
    new = {"organization": "acme-salon", "kind": "platform", "label": "Second"}
    second = limited.request("POST", "/_mock/keys", json=new).get_json()
    of_platform(limited)()
    other = limited.with_key(second["key"])
    other.get(LIST, headers={"x-organization-id": "abc123"})
    counts = used(limited)
    assert counts.pop(("platform-day", "org_abc123")) == 2
    holders = ("key_acme_platform", second["id"])
    assert counts == {(policy, key): 1 for policy in ("platform-minute", "platform-hour") for key in holders}


def test_each_public_key_has_limits_of_its_own_and_no_daily_one(limited: Any, keys: Callable[..., str]) -> None:
    harbor = limited.with_key(keys(limited, "public", "harbor"))
    for left in range(59, -1, -1):
        assert told(limited.get(ORGANIZATION)) == (60, left)
    assert limited.get(ORGANIZATION).status_code == 429
    assert told(harbor.get("public/org/harbor-clinic")) == (60, 59)
    assert used(limited) == {("public-general", "key_acme_public"): 60, ("public-general", "key_harbor_public"): 1}


# --- what counts


def test_who_fails_authentication_uses_up_nothing(limited: Any, keys: Callable[..., str]) -> None:
    for value in (None, "kord_test_nobody", keys(limited, "revoked"), keys(limited, "expired")):
        assert limited.with_key(value).get(ORGANIZATION).status_code == 401
        assert limited.with_key(value).get(LIST).status_code == 401
    assert limited.mock.limiter.size() == 0


def test_unknown_paths_wrong_methods_and_options_use_up_nothing(limited: Any) -> None:
    for method, path in (("GET", "nothing"), ("DELETE", ORGANIZATION), ("OPTIONS", ORGANIZATION), ("PUT", LOOKUP)):
        assert limited.request(method, path).status_code in (404, 405, 204)
    assert limited.mock.limiter.size() == 0


def test_whatever_else_is_authenticated_counts_though_it_fails(
    limited: Any, booking_body: Callable[..., dict[str, Any]]
) -> None:
    requests: list[tuple[str, str, dict[str, Any], int]] = [
        ("GET", "public/org/nowhere", {}, 404),
        ("GET", "public/org/harbor-clinic", {}, 403),
        ("GET", "public/availability", {}, 400),
        ("HEAD", ORGANIZATION, {}, 200),
        ("POST", "public/bookings", {"data": "{", "content_type": "application/json"}, 400),
        ("POST", "public/bookings", {"data": "{}", "content_type": "text/plain"}, 415),
        ("POST", "public/bookings", {"json": {}}, 400),
        ("POST", "public/bookings", {"json": booking_body(contact=None)}, 400),
    ]
    for number, (method, path, how, status) in enumerate(requests, 1):
        assert limited.request(method, path, **how).status_code == status
        assert used(limited)["public-general", "key_acme_public"] == number
    assert used(limited)["creation", "key_acme_public"] == 4


def test_a_key_of_the_wrong_kind_is_charged_where_it_came(limited: Any, keys: Callable[..., str]) -> None:
    assert limited.get(LIST, headers={"x-organization-id": "abc123"}).status_code == 403
    assert limited.with_key(keys(limited, "platform")).get(ORGANIZATION).status_code == 403
    assert used(limited) == {
        ("platform-minute", "key_acme_public"): 1,
        ("platform-hour", "key_acme_public"): 1,
        ("platform-day", "org_abc123"): 1,
        ("public-general", "key_acme_platform"): 1,
    }


def test_a_creation_counts_against_both_and_so_does_its_replay(
    limited: Any, booking_body: Callable[..., dict[str, Any]]
) -> None:
    headers = {"Idempotency-Key": "k"}
    for left in range(9, -1, -1):
        answer = limited.post("public/bookings", json=booking_body(), headers=headers)
        assert (answer.status_code, told(answer)) == (201, (10, left))
        assert ("Idempotency-Replayed" in answer.headers) == (left < 9)
    refused = limited.post("public/bookings", json=booking_body(), headers=headers)
    assert (refused.status_code, told(refused)) == (429, (10, 0))
    assert "Idempotency-Replayed" not in refused.headers
    assert used(limited) == {("public-general", "key_acme_public"): 10, ("creation", "key_acme_public"): 10}
    assert told(limited.get(ORGANIZATION)) == (60, 49)


def test_a_refused_request_consumes_nothing(limited: Any, booking_body: Callable[..., dict[str, Any]]) -> None:
    leave(limited, "creation", "key_acme_public", 0)
    for _ in range(3):
        assert limited.post("public/bookings", json=booking_body()).status_code == 429
    assert ("public-general", "key_acme_public") not in used(limited)
    leave(limited, "public-general", "key_acme_public", 0)
    leave(limited, "creation", "key_acme_public", 10)
    assert limited.post("public/bookings", json=booking_body()).status_code == 429
    assert ("creation", "key_acme_public") not in used(limited)
    assert limited.get(LOOKUP, query_string={"contact": OWNER}).status_code == 404
