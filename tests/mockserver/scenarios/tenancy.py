"""What is whose, and what is not there at all."""

from tests.mockserver.mutant_server import SALON, Case, Server


def with_headers_of_others(server: Server) -> list[int]:
    return [server.list(headers={"x-organization-id": named}).status_code for named in ("hbr456", "org_nobody")]


def without_header(server: Server) -> int:
    return server.list(headers={}).status_code


def statuses_of_bookings(server: Server) -> list[int]:
    return [server.lookup("BOOK_AAAAAAAAA").status_code, server.lookup(server.booked(), "else").status_code]


def bookability_of_the_list(server: Server) -> set[bool]:
    return {service["isBookablePublic"] for service in server.get(SALON).json["services"]}  # type: ignore[index]


CASES = {
    "foreign-key-not-found": Case(lambda s: s.get("public/org/harbor-clinic").status_code, 403, 404),
    "wrong-kind-unauthorized": Case(
        lambda s: [s.get(SALON, "acme_platform").status_code, s.list("acme_public").status_code], [403, 403], [401, 401]
    ),
    "organization-header-not-compared": Case(with_headers_of_others, [403, 403], [200, 200]),
    "organization-header-tells": Case(with_headers_of_others, [403, 403], [403, 404]),
    "organization-header-optional": Case(without_header, 403, 200),
    "organization-header-validated": Case(without_header, 403, 400),
    "unknown-organization-forbidden": Case(lambda s: s.get("public/org/nowhere").status_code, 404, 403),
    "unknown-service-invalid": Case(
        lambda s: [s.get(f"{SALON}/service/x").status_code, s.slots("x").status_code], [404, 404], [400, 400]
    ),
    "unknown-booking-forbidden": Case(statuses_of_bookings, [404, 403], [403, 403]),
    "unknown-host-invalid": Case(lambda s: s.create(host_id="host_nobody").status_code, 404, 400),
    "unknown-team-invalid": Case(lambda s: s.create(team_id="team_nobody").status_code, 404, 400),
    "listed-service-not-bookable": Case(bookability_of_the_list, {True}, {True, False}),
}

IMPLIED: dict[str, set[str]] = {}
