"""Requests that are not what they should be, and the spelling of their fields."""

import json
from typing import Any

from tests.mockserver.mutant_server import SALON, Case, Server, nested

START, END = "2025-12-03T15:00:00Z", "2025-12-03T16:00:00Z"


def spaced(server: Server, length: int) -> int:
    """A booking's body filled up with spaces to that many bytes."""
    return server.send(json.dumps(server.wish()).ljust(length)).status_code


def lengths(server: Server) -> list[int]:
    return [spaced(server, 65_536), spaced(server, 65_537)]


def depths(server: Server) -> list[bool]:
    """Are 64, 65, 100 and 101 levels too many? (What is nested is not the trouble: the body misses its fields.)"""
    answers = [server.send(nested(depth)).json for depth in (64, 65, 100, 101)]
    return ["JSON" in answer["detail"] for answer in answers if answer]


def repeated(server: Server) -> list[int]:
    query = (
        "public/availability?service_slug=haircut&from=2025-12-03T00:00:00Z&to=2025-12-04T00:00:00Z&org_slug=acme-salon"
    )
    return [server.get(f"{query}{again}").status_code for again in ("", "&service_slug=haircut")]


def told_of_misspelling(server: Server) -> list[bool]:
    """Both spellings, and whose they are."""
    detail = server.create(starts_at=None, startsAt=START).json["detail"]  # type: ignore[index]
    return [word in detail for word in ("starts_at", "startsAt", "slots")]


def misspelled(**changes: Any) -> Any:
    return lambda server: server.create(**changes).status_code


def host_taken(field: str, value: str) -> Any:
    """Is an unknown host or team refused, by the API's spelling and by the other one?"""
    return lambda server: [server.create(**{name: value}).status_code for name in (field, field.replace("Id", "_id"))]


def seats_left(server: Server) -> int:
    class_at = {"starts_at": "2025-12-03T14:00:00Z", "ends_at": "2025-12-03T15:30:00Z"}
    server.create(service_slug="styling-class", party_size=None, partySize=5, **class_at)
    slots = server.slots("styling-class").json["slots"]  # type: ignore[index]
    return next(int(slot["availableCapacity"]) for slot in slots if slot["startsAt"] == class_at["starts_at"])


CASES = {
    "malformed-body-unprocessable": Case(lambda s: s.send("{").status_code, 400, 422),
    "list-body-unprocessable": Case(lambda s: s.send("[]").status_code, 400, 422),
    "missing-field-crashes": Case(lambda s: s.create(timezone=None).status_code, 400, 500),
    "invalid-field-crashes": Case(lambda s: s.create(timezone="Nowhere").status_code, 400, 500),
    "misspelling-not-explained": Case(told_of_misspelling, [True, True, True], [True, False, False]),
    "repeated-parameter-taken": Case(repeated, [200, 400], [200, 200]),
    "unknown-path-forbidden": Case(lambda s: s.get("public/nowhere").status_code, 404, 403),
    "unknown-method-not-found": Case(lambda s: s.ask("DELETE", SALON).status_code, 405, 404),
    "large-body-bad-request": Case(lambda s: s.send(b" " * 200_000, "text/plain").status_code, 413, 400),
    "body-limit-one-byte-short": Case(lengths, [201, 413], [413, 413]),
    "body-limit-doubled": Case(lengths, [201, 413], [201, 409]),
    "json-shallow": Case(depths, [False, False, False, True], [False, True, True, True]),
    "json-deep": Case(depths, [False, False, False, True], [False, False, False, False]),
    "media-type-ignored": Case(lambda s: s.send("{}", "text/plain").status_code, 415, 400),
    # The other spelling in place of the right one is as good as nothing, or is passed over if the field is optional.
    "start-of-slots-taken": Case(misspelled(starts_at=None, startsAt=START), 400, 201),
    "start-of-answers-taken": Case(misspelled(starts_at=None, start_at=START), 400, 201),
    "end-of-slots-taken": Case(misspelled(ends_at=None, endsAt=END), 400, 201),
    "end-of-answers-taken": Case(misspelled(ends_at=None, end_at=END), 400, 201),
    "organization-of-answers-taken": Case(misspelled(org_slug=None, organization_slug="acme-salon"), 400, 201),
    "service-of-answers-taken": Case(misspelled(service_slug=None, service_id="haircut"), 400, 201),
    "service-of-slots-taken": Case(misspelled(service_slug=None, serviceId="haircut"), 400, 201),
    "party-of-query-taken": Case(seats_left, 7, 3),
    "party-of-body-taken": Case(lambda s: len(s.starts("styling-class", party_size=9)) > 0, True, False),
    "host-of-slots-taken": Case(host_taken("hostId", "host_x"), [201, 404], [404, 404]),
    "team-of-slots-taken": Case(host_taken("teamId", "team_x"), [201, 404], [404, 404]),
}

IMPLIED = {
    "large-body-bad-request": {"http.max_body_bytes"},
    "start-of-slots-taken": {"errors.400.misspelled_field"},
}
