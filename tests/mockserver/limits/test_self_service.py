"""Those who come with a confirmation number: limits for each client, and for wrong guesses at one number."""

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.limits.algorithms import ALGORITHMS

NUMBER = "BOOK_ABC123XYZ"
OWNER, STRANGER = "sarah@example.com", "stranger@example.com"


def lookup(
    client: Any, number: str = NUMBER, contact: str | None = OWNER, address: str = "10.0.0.1", **how: Any
) -> Any:
    query = {} if contact is None else {"contact": contact}
    path = f"public/bookings/confirmation/{number}"
    return client.get(path, query_string=query, environ_base={"REMOTE_ADDR": address}, **how)


def used(client: Any, policy: str) -> dict[str, int]:
    """By subject."""
    usages = client.mock.limiter.usages([client.mock.policies[policy]], client.mock.clock.now())
    return {
        subject: usage.policy.limit - usage.remaining
        for subject, usage in usages
        if usage.remaining < usage.policy.limit
    }


@pytest.fixture
def begin(start: Callable[..., Any], booking_body: Callable[..., Any]) -> Callable[..., Any]:
    """A mock with one booking, BOOK_ABC123XYZ."""

    def started(**settings: Any) -> Any:
        client = start(limits=True, **settings)
        assert client.post("public/bookings", json=booking_body()).status_code == 201
        return client

    return started


# --- clients


def test_a_client_is_the_address_that_it_comes_from(begin: Callable[..., Any]) -> None:
    client = begin()
    for left in range(59, -1, -1):
        answer = lookup(client)
        assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (200, str(left))
    refused = lookup(client)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert lookup(client, headers={"X-Forwarded-For": "10.0.0.9"}).status_code == 429
    assert lookup(client, address="10.0.0.2").status_code == 200
    assert lookup(client, address="2001:db8::1").status_code == 200
    client.advance(60)
    assert lookup(client).status_code == 200
    assert used(client, "self-service") == {"10.0.0.1": 1}


def test_a_key_makes_no_difference_to_self_service(begin: Callable[..., Any]) -> None:
    client = begin()
    before = used(client, "public-general")
    lookup(client)
    lookup(client.with_key(None))
    lookup(client.with_key("kord_test_nobody"))
    assert used(client, "self-service") == {"10.0.0.1": 3}
    assert used(client, "public-general") == before


@pytest.mark.parametrize(
    ("proxies", "forwarded", "counted"),
    [
        (0, "1.1.1.1", "10.0.0.1"),
        (1, None, "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "1.1.1.1", "1.1.1.1"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
        (2, "1.1.1.1,2.2.2.2", "1.1.1.1"),
        (2, "2.2.2.2", "2.2.2.2"),
        (3, " 1.1.1.1 , ,2.2.2.2", "1.1.1.1"),
    ],
)
def test_behind_trusted_proxies_a_client_is_what_the_outermost_of_them_saw(
    begin: Callable[..., Any], proxies: int, forwarded: str | None, counted: str
) -> None:
    client = begin(trusted_proxies=proxies)
    lookup(client, headers={} if forwarded is None else {"X-Forwarded-For": forwarded})
    assert used(client, "self-service") == {counted: 1}


def test_every_self_service_operation_counts_even_if_it_fails(begin: Callable[..., Any]) -> None:
    client, own = begin(), {"REMOTE_ADDR": "10.0.0.1"}
    path = f"public/bookings/confirmation/{NUMBER}"
    statuses = [
        lookup(client, contact=None).status_code,
        client.request("HEAD", f"{path}?contact={OWNER}", environ_base=own).status_code,
        client.post(f"{path}/reschedule?contact={OWNER}", json={}, environ_base=own).status_code,
        client.get(f"{path}/availability?contact={OWNER}", environ_base=own).status_code,
        client.post(f"{path}/cancel?contact={OWNER}", environ_base=own).status_code,
        client.post(f"{path}/cancel?contact={OWNER}", environ_base=own).status_code,
        client.request("OPTIONS", path, environ_base=own).status_code,
        client.request("DELETE", path, environ_base=own).status_code,
    ]
    assert statuses == [400, 200, 400, 400, 200, 422, 204, 405]
    assert used(client, "self-service") == {"10.0.0.1": 6}


# --- guesses


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_ten_wrong_guesses_shut_the_owner_out_until_the_window_is_over(
    begin: Callable[..., Any], algorithm: str
) -> None:
    client = begin(algorithm=algorithm)
    for guess in range(10):
        number = NUMBER.lower() if guess % 2 else NUMBER
        assert lookup(client, number, STRANGER, f"10.1.0.{guess}").status_code == 403
    refused = [lookup(client), lookup(client, "Book_Abc123xyz"), lookup(client, contact=STRANGER, address="10.9.9.9")]
    # A moment after the next window began a whole one is still used, less a moment.
    wait = {"token-bucket": 6, "sliding-window-counter": 61}.get(algorithm, 60)
    for answer in refused:
        assert (answer.status_code, answer.headers["X-RateLimit-Limit"]) == (429, "10")
        assert answer.headers["Retry-After"] == str(wait)
    path = f"public/bookings/confirmation/{NUMBER}"
    assert client.post(f"{path}/cancel?contact={OWNER}").status_code == 429
    assert client.get(f"{path}/availability?contact={OWNER}").status_code == 429
    client.advance(wait - 1)
    assert lookup(client).status_code == 429
    client.advance(1)
    assert lookup(client).json["booking"]["status"] == "confirmed"


def test_a_number_that_does_not_exist_is_counted_like_one_that_does(begin: Callable[..., Any]) -> None:
    client = begin()
    for guess in range(10):
        number = "book_zzzzzzzzz" if guess % 2 else "BOOK_ZZZZZZZZZ"
        assert lookup(client, number, OWNER, f"10.1.0.{guess}").status_code == 404
    assert lookup(client, "BOOK_ZZZZZZZZZ", address="10.2.0.0").status_code == 429
    assert lookup(client).status_code == 200
    assert used(client, "verification") == {"book_zzzzzzzzz": 10}


def test_the_right_contact_costs_no_guess_however_often_and_whatever_becomes_of_the_request(
    begin: Callable[..., Any],
) -> None:
    client = begin()
    path = f"public/bookings/confirmation/{NUMBER}"
    for number in range(15):
        assert lookup(client, address=f"10.1.0.{number}").status_code == 200
    late = {"start_at": "2025-11-03T15:00:00Z", "end_at": "2025-11-03T16:00:00Z"}
    assert client.post(f"{path}/reschedule?contact={OWNER}", json=late).status_code == 422
    assert client.post(f"{path}/cancel?contact={OWNER}").status_code == 200
    assert client.post(f"{path}/cancel?contact={OWNER}").status_code == 422
    assert used(client, "verification") == {}


@pytest.mark.parametrize("query", ["", "contact", "contact=&contact=x", f"contact={OWNER}&contact={OWNER}"])
def test_a_contact_that_is_missing_or_no_single_one_costs_no_guess(begin: Callable[..., Any], query: str) -> None:
    client = begin()
    for number in range(11):
        path = f"public/bookings/confirmation/{NUMBER}?{query}"
        answer = client.get(path, environ_base={"REMOTE_ADDR": f"10.1.0.{number}"})
        assert answer.status_code == 400
    assert used(client, "verification") == {}


def test_who_mistypes_a_move_or_a_question_with_the_right_contact_is_not_shut_out(begin: Callable[..., Any]) -> None:
    client = begin()
    path = f"public/bookings/confirmation/{NUMBER}"
    for number in range(10):
        own = {"REMOTE_ADDR": f"10.1.0.{number}"}
        mistyped = client.post(f"{path}/reschedule?contact={OWNER}", json={"start_at": "soon"}, environ_base=own)
        asked = client.get(f"{path}/availability?contact={OWNER}&from=x&to=y", environ_base=own)
        large = client.post(f"{path}/reschedule?contact={OWNER}", data=b"x" * 65537, environ_base=own)
        assert (mistyped.status_code, asked.status_code, large.status_code) == (400, 400, 413)
    assert used(client, "verification") == {}
    assert lookup(client).status_code == 200


@pytest.mark.sources
def test_a_request_that_breaks_down_costs_no_guess(begin: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    client = begin()
    monkeypatch.setattr(client.mock.bookings, "verified_booking", None)
    assert lookup(client).status_code == 500
    assert used(client, "verification") == {}


def test_a_match_gives_back_its_own_unit_and_no_earlier_failure(begin: Callable[..., Any]) -> None:
    client = begin()
    for guess in range(9):
        lookup(client, contact=STRANGER, address=f"10.1.0.{guess}")
        client.advance(1)
    for attempt in range(3):
        answer = lookup(client, address=f"10.2.0.{attempt}")
        assert (answer.status_code, answer.headers["X-RateLimit-Limit"]) == (200, "10")
        assert answer.headers["X-RateLimit-Remaining"] == "1"
    assert used(client, "verification") == {"book_abc123xyz": 9}
    assert lookup(client, contact=STRANGER, address="10.3.0.0").status_code == 403
    assert lookup(client).status_code == 429


def test_headers_after_a_match_describe_what_is_left_then(begin: Callable[..., Any]) -> None:
    answer = lookup(begin())
    assert (answer.headers["X-RateLimit-Limit"], answer.headers["X-RateLimit-Remaining"]) == ("60", "59")


def test_a_client_shut_out_uses_up_no_guess_and_an_exhausted_number_no_unit_of_the_client(
    begin: Callable[..., Any],
) -> None:
    client = begin()
    policies, now = client.mock.policies, client.mock.clock.now()
    client.mock.limiter.set_remaining(policies["self-service"], "10.0.0.1", 0, now)
    assert lookup(client, contact=STRANGER).status_code == 429
    assert used(client, "verification") == {}
    client.mock.limiter.set_remaining(policies["verification"], NUMBER.casefold(), 0, now)
    assert lookup(client, address="10.0.0.2").status_code == 429
    assert used(client, "self-service") == {"10.0.0.1": 60}
