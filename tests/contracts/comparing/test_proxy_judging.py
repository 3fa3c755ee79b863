"""What the proxy sees, it judges; of an answer that breaks the contract one header says so."""

import json

import pytest

from contracts.comparing.proxy.relay import HEADER
from tests.contracts.comparing.proxies import ELSEWHERE, Proxied, Server, received, violations

ASK = b"GET /api/calendar/v1/public/org/acme-salon HTTP/1.1\r\nHost: api.example.com\r\nx-KORDLESS-key: k\r\n\r\n"


def answer(status: str, body: object, *headers: str) -> bytes:
    content = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(content)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def asked(server: Server, proxy: Proxied, request: bytes, told: bytes) -> bytes:
    with proxy.connect() as client:
        client.sendall(request)
        server.hear(len(request))
        server.say(told)
        server.close()
        return received(client)


UNAUTHORIZED = {"detail": "Invalid or missing API key", "status": 401, "type": "authentication_error"}


def test_an_answer_that_keeps_the_contract_gets_no_header(server: Server, proxy: Proxied) -> None:
    told = answer("401 Unauthorized", UNAUTHORIZED, "X-Request-Id: r1")
    assert asked(server, proxy, ASK, told) == told
    assert violations(proxy) == set()


def test_a_broken_one_has_the_statements_in_one_header_and_is_else_as_it_was(server: Server, proxy: Proxied) -> None:
    told = answer("401 Unauthorized", {**UNAUTHORIZED, "type": "odd", "status": 403})
    got = asked(server, proxy, ASK, told)
    [line] = [line for line in got.split(b"\r\n") if line.startswith(HEADER.encode())]
    assert got.replace(line + b"\r\n", b"") == told
    named = line.decode().removeprefix(f"{HEADER}: ").split(", ")
    assert set(named) == {"errors.401", "errors.type.authentication_error", "http.request_id"}
    assert violations(proxy) == {("server", statement) for statement in named}


def test_of_a_body_that_comes_later_the_header_says_what_the_head_shows(server: Server, proxy: Proxied) -> None:
    told = (
        b"HTTP/1.1 401 No\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    )
    got = asked(server, proxy, ASK, told)
    assert f"{HEADER}: http.request_id\r\n".encode() in got
    assert ("server", "errors.envelope") in violations(proxy)


def test_a_mistake_of_the_client_is_the_servers_only_if_it_is_not_refused(server: Server, proxy: Proxied) -> None:
    keyless = ASK.replace(b"x-KORDLESS-key: k\r\n", b"")
    asked(server, proxy, keyless, answer("401 Unauthorized", UNAUTHORIZED, "X-Request-Id: r1"))
    assert violations(proxy) == {("client", "errors.401.missing")}
    assert proxy.recorder.judge.worst is None


def test_a_mistake_that_is_let_pass_is_the_servers(server: Server, proxy: Proxied) -> None:
    keyless = ASK.replace(b"x-KORDLESS-key: k\r\n", b"")
    got = asked(server, proxy, keyless, answer("200 OK", {}, "X-Request-Id: r1"))
    assert {("client", "errors.401.missing"), ("server", "errors.401.missing")} <= violations(proxy)
    assert b"errors.401.missing" in got


@pytest.mark.parametrize(("status", "is_right"), [(400, True), (401, True), (422, False), (500, False), (503, True)])
def test_a_mistake_is_to_be_refused_with_its_status(
    status: int, is_right: bool, server: Server, proxy: Proxied
) -> None:
    """Or for what the request does not tell itself: a key that is not known, a server that is not there."""
    empty = (
        b"POST /api/calendar/v1/public/bookings HTTP/1.1\r\nHost: a\r\nx-kordless-key: k\r\n"
        b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    )
    asked(server, proxy, empty, answer(f"{status} So", {}))
    assert (("server", "errors.400.missing_field") not in violations(proxy)) is is_right


@pytest.mark.parametrize(
    ("request_", "cause"),
    [
        (b"GET /api/calendar/v1/nowhere HTTP/1.1\r\nHost: a\r\n\r\n", "errors.404.path"),
        (b"DELETE /api/calendar/v1/bookings HTTP/1.1\r\nHost: a\r\n\r\n", "errors.405.method"),
        (
            b"GET /api/calendar/v1/public/availability?org_slug=a&org_slug=b HTTP/1.1\r\nHost: a\r\n"
            b"x-kordless-key: k\r\n\r\n",
            "errors.400.repeated_parameter",
        ),
        (
            b"POST /w/x/api/calendar/v1/public/bookings HTTP/1.1\r\nHost: a\r\nx-kordless-key: k\r\n"
            b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
            "errors.400.missing_field",
        ),
        (
            b"POST /api/calendar/v1/public/bookings HTTP/1.1\r\nHost: a\r\nx-kordless-key: k\r\n"
            b"Content-Type: application/json\r\nContent-Length: 1\r\n\r\n{",
            "errors.400.malformed_body",
        ),
        (
            b"POST /api/calendar/v1/public/bookings HTTP/1.1\r\nHost: a\r\nx-kordless-key: k\r\n"
            b"Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}",
            "errors.415.media_type",
        ),
    ],
)
def test_requests_are_judged(request_: bytes, cause: str, server: Server, proxy: Proxied) -> None:
    asked(server, proxy, request_, answer("400 Bad Request", {}))
    assert ("client", cause) in violations(proxy)


def test_an_answer_that_is_cut_off_breaks_http(server: Server, proxy: Proxied) -> None:
    asked(server, proxy, ASK, b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\ncut")
    assert ("server", "http.framing") in violations(proxy)


def test_what_is_not_for_the_api_is_not_judged(server: Server, proxy: Proxied) -> None:
    asked(server, proxy, ELSEWHERE, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert (violations(proxy), proxy.recorder.judge.unjudged) == (set(), 1)
