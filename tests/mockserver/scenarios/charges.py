"""Which requests are charged, and who is."""

from tests.mockserver.mutant_server import SALON, Case, Server, numbers

NOWHERE = "BOOK_AAAAAAAAA"


def left_after_a_replay(server: Server) -> list[str | None]:
    return [numbers(server.create("k"))[1] for _ in range(2)]


def left_after_failures(server: Server) -> list[str | None]:
    return [numbers(server.get(path))[1] for path in (f"{SALON}/service/x", "public/org/nowhere", SALON)]


def statuses_of_a_wrong_key(server: Server) -> set[int]:
    return {server.get(SALON, "acme_revoked").status_code for _ in range(70)}


def lookups_of_ones_own(server: Server) -> set[int]:
    number = server.booked()
    return {server.lookup(number).status_code for _ in range(20)}


def lookup_after_requests_without_contact(server: Server) -> int:
    number = server.booked()
    for _ in range(10):
        server.get(f"public/bookings/confirmation/{number}", None)
    return server.lookup(number).status_code


def lookup_after_mistyped_moves(server: Server) -> int:
    number = server.booked()
    for _ in range(10):
        server.reschedule(number, "tomorrow", "later")
    return server.lookup(number).status_code


def guesses_in_two_spellings(server: Server) -> list[int]:
    number = server.booked()
    for _ in range(10):
        server.lookup(number, "x")
    return [server.lookup(number, "x").status_code, server.lookup(number.lower(), "x").status_code]


def guesses_at_nothing(server: Server) -> set[int]:
    return {server.lookup(NOWHERE, "x").status_code for _ in range(12)}


def owner_and_guesser_after_ten_guesses(server: Server) -> list[int]:
    number = server.booked()
    for _ in range(10):
        server.lookup(number, "x")
    return [server.lookup(number).status_code, server.lookup(number, "x").status_code]


def limited_self_service(server: Server) -> list[object]:
    number = server.booked()
    answers = [server.lookup(number) for _ in range(61)]
    return [numbers(answers[0])[1] is not None, answers[-1].status_code]


CASES = {
    "replay-free": Case(left_after_a_replay, ["9", "8"], ["9", "9"]),
    "failure-free": Case(left_after_failures, ["59", "58", "57"], ["60", "60", "59"]),
    "failed-authentication-counted": Case(statuses_of_a_wrong_key, {401}, {401, 429}),
    "verification-kept": Case(lookups_of_ones_own, {200}, {200, 429}),
    "verification-of-missing-contacts": Case(lookup_after_requests_without_contact, 200, 429),
    "verification-of-mistyped-requests": Case(lookup_after_mistyped_moves, 200, 429),
    "verification-by-spelling": Case(guesses_in_two_spellings, [429, 429], [429, 403]),
    "verification-of-known-numbers": Case(guesses_at_nothing, {404, 429}, {404}),
    "verification-lets-owners-through": Case(owner_and_guesser_after_ten_guesses, [429, 429], [200, 429]),
    "self-service-unlimited": Case(limited_self_service, [True, 429], [False, 200]),
}

IMPLIED = {
    "self-service-unlimited": {"limits.verification_exhausted", "limits.verification_subject"},
}
