"""What the headers say of the limits."""

from email.utils import parsedate_to_datetime
from itertools import pairwise

from tests.mockserver.mutant_server import SALON, Case, Server, admitted, numbers

END = 1764576060
"""Of the first minute."""


def exhaust(server: Server) -> None:
    admitted(lambda: server.get(SALON))


def told_on_refusal(server: Server) -> set[bool]:
    server.leave("public-general", "key_acme_public", 0)
    return {told is not None for told in numbers(server.get(SALON))}


def told_to_wait(server: Server) -> bool:
    exhaust(server)
    return "Retry-After" in server.get(SALON).headers


def after_waiting_as_told(server: Server) -> int:
    exhaust(server)
    server.advance(int(server.get(SALON).headers.get("Retry-After", 60)))
    return server.get(SALON).status_code


def retry_after_at_the_very_end(server: Server) -> str:
    exhaust(server)
    server.advance(59.5)
    return server.get(SALON).headers.get("Retry-After", "1")


def resets(server: Server) -> list[int]:
    """Of two requests, 10 seconds apart."""
    first = int(numbers(server.get(SALON))[2] or END)
    server.advance(10)
    return [first, int(numbers(server.get(SALON))[2] or END)]


def told_on_failure(server: Server) -> set[bool]:
    return {told is not None for told in numbers(server.get(f"{SALON}/service/x"))}


def limit_told(server: Server) -> str:
    """Not told is not told wrong."""
    return server.get(SALON).headers.get("X-RateLimit-Limit", "60")


def described(server: Server) -> tuple[bool, bool]:
    """Is it the creation limit, by what is left of it?"""
    remaining = [int(numbers(server.send("{}"))[1] or 0) for _ in range(2)]
    return remaining[0] <= 10, remaining[1] <= 10


def falls(server: Server) -> bool:
    """Is each Remaining less than the one before it?"""
    told = [int(numbers(server.get(SALON))[1] or 0) for _ in range(12)]
    return all(after < before for before, after in pairwise(told))


def lag(server: Server) -> float:
    answer = server.get(SALON)
    return server.built.mock.clock.now() / 1e9 - parsedate_to_datetime(answer.headers["Date"]).timestamp()


CASES = {
    "limit-headers-missing": Case(lambda s: {told is not None for told in numbers(s.get(SALON))}, {True}, {False}),
    "limit-headers-missing-when-refused": Case(told_on_refusal, {True}, {False}),
    "limit-headers-missing-on-errors": Case(told_on_failure, {True}, {False}),
    "limit-overstated": Case(limit_told, "60", "61"),
    "limit-header-renamed": Case(lambda s: numbers(s.get(SALON))[0] is None, False, True),
    "remaining-too-high": Case(lambda s: numbers(s.get(SALON))[1], "59", "60"),
    "reset-in-seconds-to-go": Case(resets, [END, END], [60, 50]),
    "reset-moves-along": Case(resets, [END, END], [END, END + 10]),
    "retry-after-too-short": Case(after_waiting_as_told, 200, 429),
    "retry-after-missing": Case(told_to_wait, True, False),
    "retry-after-zero": Case(retry_after_at_the_very_end, "1", "0"),
    "first-policy-described": Case(described, (True, True), (False, False)),
    "remaining-rises": Case(falls, True, False),
    "date-behind": Case(lag, 0.0, 90.0),
}

IMPLIED = {
    "limit-headers-missing": {
        "limits.header.limit",
        "limits.header.remaining",
        "limits.headers_on",
        "limits.remaining_never_rises",
    },
    "limit-header-renamed": {"limits.headers_exist", "limits.headers_on"},
}
