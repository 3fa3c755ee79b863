"""What it costs to judge a request for advice: `python benchmarks/advice.py`, in microseconds of CPU time.

Requests of a client that makes no mistake, each put aside and judged as they are behind the requests' back; and of one
that asks the same again and again, which is found at every third of them. The least of many rounds.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from time import thread_time_ns

from benchmarks.hot_path import BARE, WEEK, Mock, bare_view, environ_of, timed
from mockserver.observing.journal import Entry
from mockserver.ports import SECOND

REQUESTS, ROUNDS = 200, 200


def entries(mock: Mock) -> Iterator[tuple[str, Callable[[int], Entry]]]:
    """By name, what makes the entry of the n-th request."""
    slot = mock._slots[0]
    mock.answer(mock.get("/availability", WEEK))
    mock.answer(mock.post(slot, HTTP_IDEMPOTENCY_KEY="k"))
    organization, availability, booking = list(mock.built.mock.journal.entries())[-3:]
    later = 100 * SECOND  # too late to be a repetition

    def other_booking(number: int) -> Entry:
        body = booking.body.replace(b'"name"', b'"name%d"' % number)
        return booking._replace(body=body)

    yield "GET organization", lambda number: organization._replace(arrived=organization.arrived + number * later)
    yield "GET organization, again and again", lambda _: organization
    yield "GET availability, a week", lambda _: availability
    yield "POST create, with a key", other_booking


def least(mock: Mock, requests: Sequence[Callable[[], Entry]]) -> float:
    advice = mock.built.mock.advice
    spent = []
    for _ in range(ROUNDS):
        made = [request() for request in requests]
        begun = thread_time_ns()
        for entry in made:
            advice.observe(entry)
        advice.judge()
        spent.append(thread_time_ns() - begun)
    return min(spent) / REQUESTS / 1000


def main() -> None:
    mock = Mock(journal=10)
    bare = min(timed(bare_view(), [environ_of("GET", "/") for _ in range(REQUESTS)], "200"))
    print(f"{BARE + ', the unit':36}{bare:5.1f}")
    for name, entry in entries(mock):
        numbers = count()
        cost = least(mock, [lambda entry=entry, numbers=numbers: entry(next(numbers))] * REQUESTS)  # type: ignore[misc]
        print(f"{name:36}{cost:5.1f}")


if __name__ == "__main__":
    main()
