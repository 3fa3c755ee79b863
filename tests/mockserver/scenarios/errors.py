"""The bodies of errors."""

from collections.abc import Callable

from werkzeug.test import TestResponse

from mockserver.mutants.errors import TOLD, TYPED, WORDS
from tests.mockserver.mutant_server import SALON, Case, Server, admitted

Refusal = Callable[[Server], TestResponse]


def canceled_twice(server: Server) -> TestResponse:
    number = server.booked()
    server.cancel(number)
    return server.cancel(number)


def booked_twice(server: Server) -> TestResponse:
    server.booked()
    return server.create()


def over_the_limit(server: Server) -> TestResponse:
    admitted(lambda: server.get(SALON))
    return server.get(SALON)


REFUSALS: dict[int, tuple[str, Refusal]] = {
    400: ("validation_error", lambda s: s.create(starts_at=None)),
    401: ("authentication_error", lambda s: s.get(SALON, None)),
    403: ("permission_error", lambda s: s.get("public/org/harbor-clinic")),
    404: ("not_found", lambda s: s.get("public/org/nowhere")),
    405: ("method_not_allowed", lambda s: s.ask("DELETE", SALON)),
    409: ("conflict", booked_twice),
    413: ("payload_too_large", lambda s: s.send(b" " * 65_537)),
    415: ("unsupported_media_type", lambda s: s.send("{}", "text/plain")),
    422: ("unprocessable", canceled_twice),
    429: ("rate_limit_error", over_the_limit),
}


def told(refusal: Refusal, member: str) -> Callable[[Server], object]:
    return lambda server: refusal(server).json[member]  # type: ignore[index]


def fields_named(server: Server) -> list[bool]:
    details = [
        ("contact.name", server.create(contact={"email": "a@example.com"})),
        ("party_size", server.create(party_size="two")),
        ("partySize", server.slots(partySize="two")),
        ("service_slug", server.get("public/availability?org_slug=acme-salon&service_slug=a&service_slug=b")),
        ("starts_at", server.create(starts_at=None, startsAt="2025-12-03T15:00:00Z")),
    ]
    return [field in answer.json["detail"] for field, answer in details]  # type: ignore[index]


CASES = {
    "detail-called-message": Case(
        lambda s: set(s.get("public/nowhere").json or ()), {"detail", "status", "type"}, {"message", "status", "type"}
    ),
    **{
        f"status-of-{WORDS[status]}": Case(told(refusal, "status"), status, TOLD[status])
        for status, (_, refusal) in REFUSALS.items()
    },
    **{
        f"type-of-{name.replace('_', '-')}": Case(told(refusal, "type"), name, TYPED[name])
        for name, refusal in REFUSALS.values()
    },
    "field-not-named": Case(fields_named, [True] * 5, [False, False, False, False, True]),
    "detail-of-unauthorized": Case(
        told(REFUSALS[401][1], "detail"), "Invalid or missing API key", "You are not signed in"
    ),
    "detail-of-forbidden": Case(told(REFUSALS[403][1], "detail"), "Insufficient permissions", "Access denied"),
}

IMPLIED: dict[str, set[str]] = {
    "detail-called-message": {"errors.names_field", "errors.known_details"},
}
