"""What is asked of the mock and of its peers; and what the mock answers, for those that are told what to answer."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from werkzeug.test import run_wsgi_app

from benchmarks.full_class import DAY, KEY, MONDAY, files_of_class, slot
from benchmarks.hot_path import API, Environ, environ_of
from benchmarks.wrk import Request
from mockserver.domain.instants import render_instant
from mockserver.ports import SECOND
from mockserver.settings import Settings
from mockserver.wiring import build

ORGANIZATION, AVAILABILITY = "GET organization", "GET availability, a week"
CREATE, REPLAY = "POST create", "POST replay"
HEADERS = {"x-kordless-key": KEY}
POSTED = {**HEADERS, "Content-Type": "application/json"}
SLOTS = 320  # that are booked in turn: four weeks of workdays
NOW = render_instant(MONDAY - DAY)


def _booking(number: int) -> dict[str, Any]:
    start = slot(number)
    return {
        "org_slug": "bench",
        "service_slug": "talk",
        "starts_at": render_instant(start),
        "ends_at": render_instant(start + 1800),
        "timezone": "UTC",
        "contact": {"name": "Ada Lovelace", "email": "ada@example.com", "phone": "+15551234567"},
    }


_WEEK = f"org_slug=bench&service_slug=talk&from={render_instant(MONDAY)}&to={render_instant(MONDAY + 7 * DAY)}"
REQUESTS: Mapping[str, Request] = {
    ORGANIZATION: Request(f"{API}/org/bench", HEADERS),
    AVAILABILITY: Request(f"{API}/availability?{_WEEK}", HEADERS),
    CREATE: Request(f"{API}/bookings", POSTED, [_booking(number) for number in range(SLOTS)]),
    REPLAY: Request(f"{API}/bookings", POSTED, [_booking(0)], key="again"),
}


class Answer(NamedTuple):
    """Of the mock: its body, and where it is found."""

    method: str
    path: str
    status: int
    body: bytes


def answers(folder: Path) -> Mapping[str, Answer]:
    """To the first three kinds of request."""
    data, _ = files_of_class(folder)
    built = build(Settings(data=str(data), now=(MONDAY - DAY) * SECOND, frozen=True))
    return {kind: _answer(built.app, REQUESTS[kind]) for kind in (ORGANIZATION, AVAILABILITY, CREATE)}


def _answer(app: Any, request: Request) -> Answer:
    path = request.path.partition("?")[0]
    chunks, status, _ = run_wsgi_app(app, environ_of_request(request, 0), buffered=True)
    return Answer("POST" if request.bodies else "GET", path, int(status.split()[0]), b"".join(chunks))


def environ_of_request(request: Request, number: int) -> Environ:
    """The same in process; `number` says which body, and is the Idempotency-Key."""
    path, _, query = request.path.partition("?")
    method, body, key = "GET", b"", {}
    if request.bodies:
        method, body = "POST", json.dumps(request.bodies[number % len(request.bodies)]).encode()
        key = {"HTTP_IDEMPOTENCY_KEY": str(number)}
    return environ_of(method, path, body, QUERY_STRING=query, HTTP_X_KORDLESS_KEY=KEY, **key)
