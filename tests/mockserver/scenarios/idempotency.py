"""Retries."""

import json
from itertools import pairwise

from mockserver.application.idempotency import Claim
from tests.mockserver.mutant_server import Case, Server

CLASS = {"service_slug": "styling-class", "starts_at": "2025-12-03T14:00:00Z", "ends_at": "2025-12-03T15:30:00Z"}
"""Eight may come: a retry that books again is 201."""
HOUR = 3600


def booked_once(server: Server) -> list[bool]:
    """Is the retry the same booking?"""
    first, again = (server.create("k", **CLASS) for _ in range(2))
    return [first.status_code == 201, again.data == first.data]


def status_of_a_replay(server: Server) -> list[int]:
    return [server.create("k").status_code for _ in range(2)]


def mark_of_a_replay(server: Server) -> tuple[int, str | None]:
    server.create("k")
    again = server.create("k")
    return again.status_code, again.headers.get("Idempotency-Replayed")


def names_of_two(server: Server) -> bool:
    return len({server.create("k").headers["X-Request-Id"] for _ in range(2)}) == 2


def turned_around(server: Server) -> list[int]:
    body = server.wish()
    bodies = [json.dumps(body), json.dumps(dict(reversed(body.items())), indent=1)]
    return [server.send(data, headers={"Idempotency-Key": "k"}).status_code for data in bodies]


def default_written_out(server: Server) -> list[int]:
    return [server.create("k", party_size=size).status_code for size in (None, 1)]


def same_key_of_another(server: Server) -> list[int]:
    first = server.create("k").status_code
    other = server.create(
        "k",
        "harbor_public",
        org_slug="harbor-clinic",
        service_slug="checkup",
        starts_at="2025-12-04T09:00:00Z",
        ends_at="2025-12-04T09:30:00Z",
    )
    return [first, other.status_code]


def kept_until(server: Server) -> list[bool]:
    """Is there no new booking after a second less than a day, and after a day?"""
    numbers = [server.booked(idempotency_key="k", **CLASS)]
    for seconds in (24 * HOUR - 1, 1):
        server.advance(seconds)
        numbers.append(server.booked(idempotency_key="k", **CLASS))
    return [after == before for before, after in pairwise(numbers)]


def conflict_given_again(server: Server) -> list[int]:
    number = server.booked(idempotency_key="another")
    first = server.create("k").status_code
    server.cancel(number)
    return [first, server.create("k").status_code]


def conflict_given_again_and_marked(server: Server) -> list[tuple[int, str | None]]:
    """While the slot is taken, and when it is free."""
    number = server.booked(idempotency_key="another")
    server.create("k")
    answers = [server.create("k")]
    server.cancel(number)
    answers.append(server.create("k"))
    return [(answer.status_code, answer.headers.get("Idempotency-Replayed")) for answer in answers]


def corrected(server: Server) -> list[int]:
    wrong = server.create("k", timezone="Nowhere"), server.create("k", service_slug="x")
    return [answer.status_code for answer in (*wrong, server.create("k"))]


def canceled_twice_with_a_key(server: Server) -> list[int]:
    number = server.booked(idempotency_key="another")
    return [server.cancel(number, headers={"Idempotency-Key": "k"}).status_code for _ in range(2)]


def keys_of_many_forms(server: Server) -> list[int]:
    return [server.create(key, **CLASS).status_code for key in ("!", "k" * 65, "k" * 255, "k" * 256, "a b")]


def while_another_runs(server: Server) -> int:
    mock = server.built.mock
    running = mock.idempotency.claim("key_acme_public", "k", b"", mock.clock.now())
    assert isinstance(running, Claim)
    return server.create("k").status_code


def same_key_of_a_second_one(server: Server) -> list[int]:
    """Of the same organization."""
    second = server.control("POST", "keys", organization="acme-salon", kind="public", label="second")["key"]
    keys: list[dict[str, str]] = [{}, {"x-kordless-key": second}]
    return [
        server.ask("POST", "public/bookings", headers={"Idempotency-Key": "k", **key}, json=server.wish()).status_code
        for key in keys
    ]


CASES = {
    "keys-of-organization": Case(same_key_of_a_second_one, [201, 409], [201, 201]),
    "idempotency-key-ignored": Case(booked_once, [True, True], [True, False]),
    "idempotency-key-required": Case(lambda s: s.create().status_code, 201, 400),
    "replay-not-created": Case(status_of_a_replay, [201, 201], [201, 200]),
    "replay-encoded-anew": Case(booked_once, [True, True], [True, False]),
    "replay-unmarked": Case(mark_of_a_replay, (201, "true"), (201, None)),
    "replay-with-old-request-id": Case(names_of_two, True, False),
    "fingerprint-of-bytes": Case(turned_around, [201, 201], [201, 422]),
    "fingerprint-with-defaults": Case(default_written_out, [201, 422], [201, 201]),
    "idempotency-scope-shared": Case(same_key_of_another, [201, 201], [201, 422]),
    "idempotency-for-an-hour": Case(kept_until, [True, False], [False, True]),
    "idempotency-for-two-days": Case(kept_until, [True, False], [True, True]),
    "refusal-not-stored": Case(conflict_given_again, [409, 409], [409, 201]),
    "conflict-judged-anew": Case(conflict_given_again_and_marked, [(409, "true")] * 2, [(409, "true"), (201, "true")]),
    "key-not-released": Case(corrected, [400, 404, 201], [400, 409, 409]),
    "failure-stored": Case(corrected, [400, 404, 201], [400, 422, 422]),
    "changes-replayed": Case(canceled_twice_with_a_key, [200, 422], [200, 200]),
    "long-key-refused": Case(keys_of_many_forms, [201, 201, 201, 400, 400], [201, 400, 400, 400, 400]),
    "every-key-taken": Case(keys_of_many_forms, [201, 201, 201, 400, 400], [201, 201, 201, 201, 201]),
    "invalid-key-unprocessable": Case(lambda s: s.create("a b").status_code, 400, 422),
    "replay-ignores-body": Case(
        lambda s: [s.create("k", notes=note).status_code for note in ("a", "b")], [201, 422], [201, 201]
    ),
    "running-request-overlooked": Case(while_another_runs, 409, 201),
}

IMPLIED = {
    # In the scenario a request of the key itself is running.
    "keys-of-organization": {"errors.409.request_in_progress"},
    "idempotency-key-ignored": {
        "errors.400.invalid_idempotency_key",
        "errors.409.request_in_progress",
        "errors.422.idempotency_key_reused",
        "idempotency.fingerprint",
        "idempotency.key_syntax",
        "idempotency.lifetime",
        "idempotency.replay",
        "idempotency.replay_status",
        "idempotency.replayed_header",
        "idempotency.stored",
    },
    "replay-encoded-anew": {"idempotency"},
    "replay-not-created": {"idempotency.replayed_header", "idempotency.fingerprint"},
    "replay-ignores-body": {"idempotency.fingerprint"},
    "every-key-taken": {"errors.400.invalid_idempotency_key"},
    "invalid-key-unprocessable": {"idempotency.key_syntax"},
}
