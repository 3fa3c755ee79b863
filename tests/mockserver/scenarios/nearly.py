"""What counts as the same Idempotency-Key, and for how long."""

from tests.mockserver.mutant_server import Server, at, truths
from tests.mockserver.scenarios.self_service import THURSDAY

ELSEWHEN = {"starts_at": THURSDAY[0], "ends_at": THURSDAY[1]}


def keys_in_another_case(server: Server) -> None:
    assert server.create("retry-1").status_code == 201
    assert server.create("RETRY-1", **ELSEWHEN).status_code == 201


def keys_with_another_end(server: Server) -> None:
    assert server.create("k" * 40).status_code == 201
    assert server.create("k" * 39 + "l", **ELSEWHEN).status_code == 201


def other_notes(server: Server) -> None:
    assert server.create("retry-2").status_code == 201
    assert server.create("retry-2", notes="Other").status_code == 422


def retry_of_a_moved_booking(server: Server) -> None:
    first = server.create("retry-3")
    server.reschedule(str(at(first, "booking", "confirmation_number")), *THURSDAY)
    assert server.create("retry-3").json == first.json


def keys_with_quotation_marks(server: Server) -> None:
    assert server.create("retry-4").status_code == 201
    assert server.create('"retry-4"', **ELSEWHEN).status_code == 201


def keys_with_a_percent_sign(server: Server) -> None:
    assert server.create("retry-5").status_code == 201
    assert server.create("retry%2D5", **ELSEWHEN).status_code == 201


def retry_of_a_canceled_booking(server: Server) -> None:
    first = server.create("retry-6")
    server.cancel(str(at(first, "booking", "confirmation_number")))
    assert server.create("retry-6").json == first.json


def retry_of_a_limited_creation(server: Server) -> None:
    server.leave("creation", "key_acme_public", 0)
    assert server.create("retry-7").status_code == 429
    server.leave("creation", "key_acme_public", 5)
    assert server.create("retry-7").status_code == 201


CASES = truths(
    {
        "keys-unwrapped": keys_with_quotation_marks,
        "keys-decoded": keys_with_a_percent_sign,
        "canceled-booking-not-replayed": retry_of_a_canceled_booking,
        "limited-creation-keeps-key": retry_of_a_limited_creation,
        "keys-in-any-case": keys_in_another_case,
        "keys-cut-short": keys_with_another_end,
        "notes-not-compared": other_notes,
        "changed-booking-frees-key": retry_of_a_moved_booking,
    }
)
