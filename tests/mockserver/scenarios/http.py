"""HTTP itself."""

from tests.mockserver.mutant_server import SALON, Case, Server


def allow_of_a_wrong_method(server: Server) -> tuple[int, str | None]:
    answer = server.ask("DELETE", SALON)
    return answer.status_code, answer.headers.get("Allow")


def named(server: Server) -> list[bool]:
    return ["X-Request-Id" in answer.headers for answer in (server.get(SALON), server.get("public/nowhere"))]


def status_and_body_of_head(server: Server) -> tuple[int, bytes]:
    answer = server.ask("HEAD", SALON)
    return answer.status_code, answer.data


def statuses_of_changes(server: Server) -> list[int]:
    number = server.booked()
    times = {"start_at": "2025-12-04T15:00:00Z", "end_at": "2025-12-04T16:00:00Z"}
    query = {"contact": "sarah@example.com"}
    path = f"public/bookings/confirmation/{number}/reschedule"
    moved = server.ask("POST", path, None, query_string=query, json=times)
    return [moved.status_code, server.cancel(number).status_code, server.lookup(number).status_code]


def status_of_head_of_a_booking(server: Server) -> int:
    path = f"public/bookings/confirmation/{server.booked()}"
    return server.ask("HEAD", path, None, query_string={"contact": "sarah@example.com"}).status_code


CASES = {
    "head-of-bookings-unknown": Case(status_of_head_of_a_booking, 200, 405),
    "allow-missing": Case(allow_of_a_wrong_method, (405, "GET, HEAD, OPTIONS"), (405, None)),
    "request-id-missing": Case(named, [True, True], [False, False]),
    "request-id-not-echoed": Case(
        lambda s: s.get(SALON, headers={"X-Request-Id": "mine"}).headers.get("X-Request-Id") in ("mine", None),
        True,
        False,
    ),
    "trailing-slash-forgiven": Case(lambda s: s.get(f"{SALON}/").status_code, 404, 200),
    "slashes-merged": Case(lambda s: s.get("public//org/acme-salon").status_code, 404, 200),
    "version-optional": Case(lambda s: s.get(SALON, base="/api/calendar").status_code, 404, 200),
    "head-unknown": Case(status_and_body_of_head, (200, b""), (405, b"")),
    "options-unknown": Case(lambda s: s.ask("OPTIONS", SALON, None).status_code, 204, 405),
    "options-ok": Case(lambda s: s.ask("OPTIONS", SALON, None).status_code, 204, 200),
    "cors-for-everybody": Case(
        lambda s: s.get(SALON, headers={"Origin": "https://x.example"}).headers.get("Access-Control-Allow-Origin"),
        None,
        "*",
    ),
    "unknown-parameters-refused": Case(lambda s: s.get(f"{SALON}?unknown=1").status_code, 200, 400),
    "organization-tagged": Case(lambda s: "ETag" in s.get(SALON).headers, False, True),
    "nothing-cached": Case(lambda s: s.get(SALON).headers.get("Cache-Control"), None, "no-store"),
    "post-always-created": Case(statuses_of_changes, [200, 200, 200], [201, 201, 200]),
}

IMPLIED = {"head-unknown": {"http.allow"}}
