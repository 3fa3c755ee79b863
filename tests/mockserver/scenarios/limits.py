"""How many requests are admitted, and what they use up."""

from tests.mockserver.mutant_server import SALON, Case, Server, admitted, refused

NOWHERE = "BOOK_AAAAAAAAA"


def general(server: Server) -> int:
    return admitted(lambda: server.get(SALON))


def creations(server: Server) -> int:
    return admitted(lambda: server.send("{}"))


def guesses(server: Server) -> int:
    return admitted(lambda: server.lookup(NOWHERE, "x"))


def self_service(server: Server) -> int:
    """Each request about another number, so that no guesses are counted together."""
    names = iter(range(1000))
    return admitted(lambda: server.lookup(f"BOOK_{next(names):09}"))


def last_of_the_hour(server: Server) -> int:
    server.leave("platform-hour", "key_acme_platform", 1)
    return admitted(server.list)


def last_of_the_day(server: Server) -> int:
    server.leave("platform-day", "org_abc123", 1)
    return admitted(server.list)


def refused_when_the_first_window_ends(server: Server) -> bool:
    """One request, 59 half a minute later; another half a minute later the window of them all is over."""
    server.get(SALON)
    server.advance(30)
    for _ in range(59):
        server.get(SALON)
    server.advance(30)
    return any(refused(server.get(SALON)) for _ in range(50))


def refused_when_the_minute_is_over(server: Server) -> bool:
    """The clock's minute, not the window's, which began in the middle of it."""
    server.advance(30)
    general(server)
    server.advance(30)
    return refused(server.get(SALON))


def refused_half_a_minute_later(server: Server) -> bool:
    general(server)
    server.advance(30)
    return refused(server.get(SALON))


def refused_a_window_later(server: Server) -> bool:
    general(server)
    server.advance(60)
    return refused(server.get(SALON))


def general_after_creations(server: Server) -> str:
    """What a read says is left after five creations."""
    for _ in range(5):
        server.send("{}")
    return server.get(SALON).headers["X-RateLimit-Remaining"]


def general_used_by_refused_creations(server: Server) -> int:
    creations(server)
    before = int(server.get(SALON).headers["X-RateLimit-Remaining"])
    for _ in range(10):
        server.send("{}")
    return before - 1 - int(server.get(SALON).headers["X-RateLimit-Remaining"])


def self_service_used_by_refused_guesses(server: Server) -> int:
    number = server.booked()
    guesses(server)
    before = int(server.lookup(number).headers["X-RateLimit-Remaining"])
    for _ in range(5):
        server.lookup(NOWHERE, "x")
    return before - int(server.lookup(number).headers["X-RateLimit-Remaining"])


def refused_again_after_being_refused_late(server: Server) -> list[bool]:
    general(server)
    server.advance(0.5)
    late = refused(server.get(SALON))
    server.advance(59.5)
    return [late, refused(server.get(SALON))]


def creations_after_refusal_by_the_general_limit(server: Server) -> str:
    general(server)
    for _ in range(3):
        server.send("{}")
    server.leave("public-general", "key_acme_public", 60)
    return server.send("{}").headers["X-RateLimit-Remaining"]


def another_key_refused_when_one_is_exhausted(server: Server) -> bool:
    general(server)
    return refused(server.get("public/org/harbor-clinic", "harbor_public"))


def status_of_a_refusal(server: Server) -> int:
    general(server)
    return server.get(SALON).status_code


CASES = {
    "limit-off-by-one": Case(general, 60, 61),
    "limit-one-short": Case(general, 60, 59),
    "creation-limit-off-by-one": Case(creations, 10, 11),
    "creation-limit-one-short": Case(creations, 10, 9),
    "platform-minute-off-by-one": Case(lambda s: admitted(s.list), 100, 101),
    "platform-hour-off-by-one": Case(last_of_the_hour, 1, 2),
    "platform-day-off-by-one": Case(last_of_the_day, 1, 2),
    "self-service-off-by-one": Case(self_service, 60, 61),
    "verification-off-by-one": Case(guesses, 10, 11),
    "window-slides": Case(refused_when_the_first_window_ends, False, True),
    "window-weighted": Case(refused_a_window_later, False, True),
    "tokens-refill": Case(refused_half_a_minute_later, True, False),
    "window-on-the-minute": Case(refused_when_the_minute_is_over, True, False),
    "creation-counted-once": Case(general_after_creations, "54", "59"),
    "refused-request-charged": Case(general_used_by_refused_creations, 0, 10),
    "refused-guess-charged": Case(self_service_used_by_refused_guesses, 1, 6),
    "refusal-prolongs-wait": Case(refused_again_after_being_refused_late, [True, False], [True, True]),
    "policies-charged-in-turn": Case(creations_after_refusal_by_the_general_limit, "9", "6"),
    "keys-share-a-counter": Case(another_key_refused_when_one_is_exhausted, False, True),
    "limit-unavailable": Case(status_of_a_refusal, 429, 503),
}

IMPLIED = {
    "window-weighted": {"limits.refused_counts"},
    "tokens-refill": {"limits.window_start"},
    "creation-counted-once": {"limits.all_or_none"},
    "refused-request-charged": {"limits.all_or_none"},
}
