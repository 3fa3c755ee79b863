"""What the rate-limit headers promise comes true: the future is replayed, without further requests, and looked at."""

import json
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.limits.algorithms import ALGORITHMS
from mockserver.ports import SECOND
from tests.effort import draws

START = 1_764_576_000 * SECOND
LIMIT, REMAINING, RESET = "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"
ORGANIZATION = "public/org/acme-salon"
# A few mocks serve all examples: `begin` begins one anew.
random_histories = settings(max_examples=draws(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
any_algorithm = st.sampled_from(sorted(ALGORITHMS))
steps = st.integers(0, 3) | st.integers(0, 1500) | st.sampled_from([500, 1000, 3000])  # milliseconds

Overlay = Callable[..., Path]


@pytest.fixture
def overlay(tmp_path: Path) -> Overlay:
    """An overlay with other limits: `overlay(creation=(3, 5))` allows 3 in 5 seconds."""

    def written(**policies: tuple[int, int]) -> Path:
        update = {name.replace("_", "-"): {"limit": n, "window": s} for name, (n, s) in policies.items()}
        actions = [{"target": "$['x-rate-limits'].policies", "update": update}]
        path = tmp_path / f"{'-'.join(policies)}.overlay.json"
        path.write_text(json.dumps({"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": actions}))
        return path

    return written


def begin(client: Any, algorithm: Any) -> None:
    client.mock.reset()
    client.mock.limiter.use(algorithm)
    client.mock.clock.restore(START, frozen=True)


def ask(client: Any) -> Any:
    return client.get(ORGANIZATION)


def told(answer: Any) -> tuple[int, int, int]:
    """Limit, Remaining, and Reset in seconds from now, by the answer's own clock."""
    date = int(parsedate_to_datetime(answer.headers["Date"]).timestamp())
    return int(answer.headers[LIMIT]), int(answer.headers[REMAINING]), int(answer.headers[RESET]) - date


def in_future(client: Any, at: int, look: Callable[[Any], Any]) -> Any:
    """What `look` sees at that moment (nanoseconds) if nobody asks before; then everything is as it was."""
    limiter, clock = client.mock.limiter, client.mock.clock
    now, counters = clock.now(), limiter.dump()
    clock.restore(at, frozen=True)
    try:
        return look(client)
    finally:
        clock.restore(now, frozen=True)
        limiter.load(limiter.algorithm, counters)


def is_untouched(client: Any) -> bool:
    answer = ask(client)
    return answer.status_code == 200 and told(answer)[1] == told(answer)[0] - 1


def exhaust(client: Any) -> int:
    """How many requests are admitted at this moment."""
    admitted = 0
    while ask(client).status_code == 200:
        admitted += 1
    return admitted


def test_limit_remaining_reset_and_retry_after_tell_the_truth_in_every_history(
    start: Callable[..., Any], overlay: Overlay
) -> None:
    sizes = ((1, 1), (3, 5), (4, 3), (7, 60))
    clients = [start(limits=True, journal=0, overlays=[overlay(public_general=size)]) for size in sizes]

    @random_histories
    @given(client=st.sampled_from(clients), algorithm=any_algorithm, waits=st.lists(steps, min_size=1, max_size=10))
    def history(client: Any, algorithm: str, waits: list[int]) -> None:
        begin(client, algorithm)
        for milliseconds in waits:
            client.advance(milliseconds / 1000)
            the_headers_are_true(client, ask(client))

    history()


def the_headers_are_true(client: Any, answer: Any) -> None:
    limit, remaining, reset = told(answer)
    now = client.mock.clock.now()
    assert limit == client.mock.policies["public-general"].limit
    assert in_future(client, now, exhaust) == remaining
    at_reset = int(answer.headers[RESET]) * SECOND
    assert reset > 0
    assert in_future(client, at_reset, is_untouched)
    if at_reset - SECOND >= now:
        assert not in_future(client, at_reset - SECOND, is_untouched)
    if answer.status_code == 429:
        assert remaining == 0
        retry_after = int(answer.headers["Retry-After"])
        assert retry_after >= 1
        assert in_future(client, now + retry_after * SECOND, ask).status_code == 200
        assert in_future(client, now + (retry_after - 1) * SECOND, ask).status_code == 429
    else:
        assert "Retry-After" not in answer.headers


def test_under_several_policies_the_tightest_is_described_and_the_longest_wait_is_told(
    start: Callable[..., Any], overlay: Overlay, booking_body: Callable[..., Any]
) -> None:
    """Creations that the rules refuse: what counts is that they are asked for."""
    sizes = [((2, 4), (2, 9)), ((4, 3), (2, 7)), ((3, 60), (2, 3)), ((6, 8), (3, 4))]
    clients = [
        start(limits=True, journal=0, overlays=[overlay(public_general=general, creation=creation)])
        for general, creation in sizes
    ]
    body = booking_body(starts_at="2025-11-30T15:00:00Z", ends_at="2025-11-30T16:00:00Z")

    def create(client: Any) -> Any:
        return client.post("public/bookings", json=body)

    @random_histories
    @given(
        client=st.sampled_from(clients),
        algorithm=any_algorithm,
        waits=st.lists(st.tuples(st.booleans(), steps), min_size=1, max_size=12),
    )
    def history(client: Any, algorithm: str, waits: list[tuple[bool, int]]) -> None:
        begin(client, algorithm)
        policies = [client.mock.policies["public-general"], client.mock.policies["creation"]]
        for creating, milliseconds in waits:
            client.advance(milliseconds / 1000)
            answer = create(client) if creating else ask(client)
            now = client.mock.clock.now()
            used = {usage.policy: usage for _, usage in client.mock.limiter.usages(policies, now)}
            assert answer.status_code in ((422, 429) if creating else (200, 429))
            shown = told(answer)[:2], int(answer.headers[RESET])
            candidates = [used[p] for p in policies[: 1 + creating] if p in used]
            assert shown in [((u.policy.limit, u.remaining), u.reset_seconds) for u in candidates]
            if answer.status_code == 429:
                wait = int(answer.headers["Retry-After"])
                again = create if creating else ask
                assert in_future(client, now + wait * SECOND, again).status_code != 429
                assert in_future(client, now + (wait - 1) * SECOND, again).status_code == 429
            else:
                tightest = min(candidates, key=lambda u: (u.remaining / u.policy.limit, -u.policy.window))
                assert shown == ((tightest.policy.limit, tightest.remaining), tightest.reset_seconds)

    history()


def test_under_fixed_windows_remaining_never_rises_before_reset(start: Callable[..., Any], overlay: Overlay) -> None:
    client = start(limits=True, journal=0, overlays=[overlay(public_general=(4, 6))])

    @random_histories
    @given(waits=st.lists(steps, min_size=2, max_size=25))
    def history(waits: list[int]) -> None:
        begin(client, "fixed-window")
        last, until = 4, 0
        for milliseconds in waits:
            client.advance(milliseconds / 1000)
            _, remaining, _ = told(answer := ask(client))
            assert remaining <= last or client.mock.clock.now() > until - SECOND
            last, until = remaining, int(answer.headers[RESET]) * SECOND

    history()


@pytest.mark.parametrize("wait", [1, 4])
def test_a_wait_of_whole_seconds_is_told_exactly(start: Callable[..., Any], overlay: Overlay, wait: int) -> None:
    client = start(limits=True, overlays=[overlay(public_general=(1, wait))])
    for algorithm in ALGORITHMS:
        begin(client, algorithm)
        assert ask(client).status_code == 200
        beyond = algorithm == "sliding-window-counter"  # when the next window begins, this one still weighs all of it
        for left in range(wait + beyond, 0, -1):
            refused = ask(client)
            assert (refused.status_code, refused.headers["Retry-After"]) == (429, str(left))
            client.advance(1)
        assert ask(client).status_code == 200


def test_reset_is_when_everything_is_back_by_each_algorithm_in_its_own_way(
    start: Callable[..., Any], overlay: Overlay
) -> None:
    """Two a minute, asked at 0, 20, 20, 60 and 80 seconds; Reset in seconds from the beginning."""
    client = start(limits=True, overlays=[overlay(public_general=(2, 60))])

    def history(algorithm: str) -> list[tuple[int, int, int]]:
        begin(client, algorithm)
        answers = []
        for at in (0, 20, 20, 60, 80):
            client.mock.clock.move_to(START + at * SECOND)
            answer = ask(client)
            answers.append((answer.status_code, told(answer)[1], told(answer)[2] + at))
        return answers

    assert history("fixed-window") == [(200, 1, 60), (200, 0, 60), (429, 0, 60), (200, 1, 120), (200, 0, 120)]
    assert history("aligned-fixed-window") == history("fixed-window")
    assert history("sliding-window") == [(200, 1, 60), (200, 0, 80), (429, 0, 80), (200, 0, 120), (200, 0, 140)]
    # Of one that was taken a whole one weighs no more a moment after the next window began, of two after half of it.
    assert history("sliding-window-counter") == [(200, 1, 61), (200, 0, 91), (429, 0, 91), (429, 0, 91), (200, 0, 121)]
    # A token comes back every 30 seconds.
    assert history("token-bucket") == [(200, 1, 30), (200, 0, 60), (429, 0, 60), (200, 1, 90), (200, 0, 120)]


def test_ties_are_described_by_the_longer_window(
    start: Callable[..., Any], overlay: Overlay, booking_body: Callable[..., Any]
) -> None:
    same = overlay(public_general=(4, 60), creation=(4, 61))
    client = start(limits=True, overlays=[same])
    assert told(client.post("public/bookings", json=booking_body())) == (4, 3, 61)
    longer = overlay(public_general=(8, 62), creation=(2, 61))
    client = start(limits=True, overlays=[longer])
    for expected in ((2, 1, 61), (2, 0, 61), (2, 0, 61)):
        assert told(client.post("public/bookings", json=booking_body())) == expected


def test_a_refusal_describes_the_policy_that_takes_longest(
    start: Callable[..., Any], overlay: Overlay, booking_body: Callable[..., Any]
) -> None:
    client = start(limits=True, overlays=[overlay(public_general=(3, 90), creation=(2, 30))])
    for _ in range(2):
        client.post("public/bookings", json=booking_body())
    refused = client.post("public/bookings", json=booking_body())
    assert (refused.status_code, told(refused), refused.headers["Retry-After"]) == (429, (2, 0, 30), "30")
    assert told(ask(client)) == (3, 0, 90)
    refused = client.post("public/bookings", json=booking_body())
    assert (refused.status_code, told(refused), refused.headers["Retry-After"]) == (429, (3, 0, 90), "90")


def test_every_counted_answer_has_the_headers_and_no_other_has(
    start: Callable[..., Any], keys: Callable[..., str], booking_body: Callable[..., Any]
) -> None:
    client = start(limits=True)
    platform = client.with_key(keys(client, "platform"))
    own = {"x-organization-id": "abc123"}
    counted = [
        (200, ask(client)),
        (200, client.request("HEAD", ORGANIZATION)),
        (404, client.get("public/org/nowhere")),
        (403, client.with_key(keys(client, "public", "harbor")).get(ORGANIZATION)),
        (403, platform.get(ORGANIZATION)),
        (400, client.get("public/availability")),
        (400, client.post("public/bookings", data="{", content_type="application/json")),
        (415, client.post("public/bookings", data="x", content_type="text/plain")),
        (413, client.post("public/bookings", data="x" * 65_537, content_type="application/json")),
        (201, client.post("public/bookings", json=booking_body())),
        (409, client.post("public/bookings", json=booking_body())),
        (404, client.get("public/bookings/confirmation/BOOK_000000000?contact=a@example.com")),
        (400, client.get("public/bookings/confirmation/BOOK_ABC123XYZ")),
        (403, client.get("public/bookings/confirmation/BOOK_ABC123XYZ?contact=a@example.com")),
        (200, client.get("public/bookings/confirmation/BOOK_ABC123XYZ?contact=sarah@example.com")),
        (200, platform.get("bookings", headers=own)),
        (403, platform.get("bookings", headers={"x-organization-id": "hbr456"})),
        (400, platform.get("bookings?limit=0", headers=own)),
    ]
    uncounted = [
        (401, client.with_key(None).get(ORGANIZATION)),
        (401, client.with_key(keys(client, "revoked")).get(ORGANIZATION)),
        (401, client.with_key(keys(client, "expired")).get(ORGANIZATION)),
        (404, client.get("nowhere")),
        (405, client.request("DELETE", ORGANIZATION)),
        (405, client.get("public/bookings")),
        (204, client.request("OPTIONS", ORGANIZATION)),
    ]
    assert [answer.status_code for _, answer in counted + uncounted] == [status for status, _ in counted + uncounted]
    assert all({LIMIT, REMAINING, RESET} <= set(answer.headers.keys()) for _, answer in counted)
    assert not any({LIMIT, REMAINING, RESET} & set(answer.headers.keys()) for _, answer in uncounted)


def test_without_limits_nothing_is_counted_and_no_header_sent(start: Callable[..., Any], overlay: Overlay) -> None:
    client = start(limits=False, overlays=[overlay(public_general=(1, 60))])
    for _ in range(3):
        answer = ask(client)
        assert answer.status_code == 200
        assert not {LIMIT, REMAINING, RESET, "Retry-After"} & set(answer.headers.keys())
    assert client.mock.limiter.size() == 0


def test_the_headers_have_the_names_that_the_contract_gives_them(start: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "names.json"
    names = {"limit": "RateLimit-Limit", "remaining": "RateLimit-Remaining", "reset": "RateLimit-Reset"}
    action = {"target": "$['x-rate-limits'].headers", "update": names}
    path.write_text(json.dumps({"overlay": "1.0.0", "actions": [action]}))
    answer = ask(start(limits=True, overlays=[path]))
    assert set(names.values()) <= set(answer.headers.keys())
    assert LIMIT not in answer.headers
