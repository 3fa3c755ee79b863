"""How answers are framed, and which headers they have."""

from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.test import TestResponse

from tests.mockserver.mutant_server import API, SALON, Server, truths

Scenario = Callable[[Server], None]


def raw(server: Server, method: str, path: str) -> tuple[Mapping[str, str], bytes]:
    """Headers and body as the application gives them, before any client has read them."""
    told: dict[str, Any] = {}
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": f"{API}/{path}",
        "QUERY_STRING": "",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "HTTP_X_KORDLESS_KEY": server.key("acme_public"),
    }
    app: Any = server.built.app
    return told, b"".join(app(environ, lambda _, headers: told.update(headers)))


def no_body_with_head(server: Server) -> None:
    assert raw(server, "HEAD", SALON)[1] == b""


def no_body_without_content(server: Server) -> None:
    assert raw(server, "OPTIONS", SALON)[1] == b""


def length_of_what_is_not_found(server: Server) -> None:
    headers, body = raw(server, "GET", "public/org/nobody")
    assert headers["Content-Length"] == str(len(body))


def media_type(server: Server) -> None:
    assert server.get(SALON).headers["Content-Type"] == "application/json"


def media_type_of_an_error(server: Server) -> None:
    assert server.get("public/nowhere").headers["Content-Type"] == "application/json"


def one_date(server: Server) -> None:
    assert len(server.get(SALON).headers.getlist("Date")) == 1


def without(name: str, ask: Callable[[Server], TestResponse]) -> Scenario:
    def scenario(server: Server) -> None:
        assert name not in ask(server).headers

    return scenario


def methods_that_are_allowed(server: Server) -> None:
    for method in server.ask("OPTIONS", SALON).headers["Allow"].split(", "):
        assert server.ask(method, SALON).status_code != 405


def methods_that_work(server: Server) -> None:
    path = f"public/bookings/confirmation/{server.booked()}"
    allowed = server.ask("OPTIONS", path).headers["Allow"]
    assert "DELETE" in allowed or server.ask("DELETE", path).status_code == 405


def too_large_a_party(server: Server) -> TestResponse:
    return server.create("first", party_size=100)


CASES = truths(
    {
        "head-with-body": no_body_with_head,
        "no-content-with-body": no_body_without_content,
        "length-one-short": length_of_what_is_not_found,
        "json-in-another-charset": media_type,
        "problems-as-plain-text": media_type_of_an_error,
        "date-twice": one_date,
        "limits-told-to-strangers": without("X-RateLimit-Limit", lambda server: server.get(SALON, None)),
        "retry-after-success": without("Retry-After", lambda server: server.get(SALON)),
        "reads-say-replayed": without("Idempotency-Replayed", lambda server: server.lookup(server.booked())),
        "location-of-what-is-found": without("Location", lambda server: server.get(SALON)),
        "allow-names-put": methods_that_are_allowed,
        "delete-kept-secret": methods_that_work,
        "first-refusal-says-replayed": without("Idempotency-Replayed", too_large_a_party),
    }
)
IMPLIED: dict[str, set[str]] = {}
