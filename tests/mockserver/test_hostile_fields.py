"""The contract's schemas are the oracle: what they refuse is a 400 that names the field, what they accept no 500."""

import json
import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.domain.instants import parse_instant
from mockserver.ports import SECOND
from mockserver.settings import Settings
from mockserver.wiring import Built, build
from tests.effort import draws

API = "/api/calendar/v1"
KEYS = {
    "public": "kord_test_AcmeSalonPublic0000000000000Apub",
    "platform": "kord_test_AcmeSalonPlatform00000000000Aplt",
}
NUMBER = "BOOK_ABC123XYZ"
OPERATIONS = [
    "getOrganization",
    "getService",
    "getAvailability",
    "createBooking",
    "lookupBooking",
    "cancelBooking",
    "rescheduleBooking",
    "getRescheduleAvailability",
    "listBookings",
]
WITH_BODY = ["createBooking", "rescheduleBooking"]
VALID_QUERY = {
    "org_slug": "acme-salon",
    "service_slug": "haircut",
    "contact": "sarah@example.com",
    "from": "2025-12-03T00:00:00Z",
    "to": "2025-12-04T00:00:00Z",
}
_INTEGER = re.compile(r"-?[0-9]{1,18}")

usual = settings(
    max_examples=draws(100),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
thorough = settings(usual, max_examples=draws(200))
# JSON that every parser agrees about: no lone surrogates, no numbers beyond 64 bits.
numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
instants = st.sampled_from(
    [
        "2025-12-03T15:00:00Z",
        "2025-12-03t15:00:00z",
        "2025-12-03T10:00:00-05:00",
        "2025-12-03T15:00:00.999999999999Z",
        "2025-12-03T23:59:60Z",
        "2016-12-31T23:59:60Z",
        "2025-02-29T00:00:00Z",
        "2025-12-03T24:00:00Z",
        "2025-12-03T15:00:00+24:00",
        "2025-12-03T15:00:00-00:00",
        "2025-12-03T15:00:00",
        "2025-12-03 15:00:00Z",
        "2025-12-03",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "1969-12-31T23:59:59Z",
        "9999-12-31T23:59:59-23:59",
        "٢٠٢٥-12-03T15:00:00Z",
        "2025-12-03T15:00:00Z\n",
    ]
)
awkward = st.sampled_from(
    [
        *("", " ", "\0", "+", "+1", "+15551234567", "a@b", "@", "a@b.c\n", "Ä@ö.de", "x" * 300, "x" * 2001),
        *("Asia", "UTC", "America/New_York", "../../etc/passwd", "localtime", "host_sarah", "team_color"),
        *("__proto__", "{field}", "%s", "１"),
    ]
)
scalars = st.none() | st.booleans() | numbers | texts | instants | awkward
junk = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))


@pytest.fixture(scope="module")
def empty() -> Built:
    """A mock without bookings."""
    now = parse_instant("2025-12-01T08:00:00Z") * SECOND
    return build(Settings(now=now, frozen=True, limits=False, seed=7, journal=0))


@pytest.fixture(scope="module")
def built() -> Built:
    """A mock with one booking of Sarah's."""
    now = parse_instant("2025-12-01T08:00:00Z") * SECOND
    mock = build(Settings(now=now, frozen=True, limits=False, seed=7, journal=0))
    status, answer = ask(mock, "createBooking", {}, documented(mock, "CreateBooking"))
    assert (status, answer["booking"]["confirmation_number"]) == (201, NUMBER)
    return mock


def documented(built: Built, name: str) -> Any:
    return built.contract.document["components"]["examples"][name]["value"]


def ask(built: Built, operation: str, query: Mapping[str, str], body: object = None) -> tuple[int, Any]:
    """The answer to a request whose path, key and organization are right."""
    stated = built.contract.operations[operation]
    path = re.sub(
        "{.*?}", lambda m: {"{org_slug}": "acme-salon", "{service_slug}": "haircut"}.get(m[0], NUMBER), stated.path
    )
    sent = b"" if body is None else json.dumps(body).encode()
    environ = {
        "REQUEST_METHOD": stated.method,
        "PATH_INFO": path,
        "QUERY_STRING": "&".join(f"{quote(name)}={quote(value)}" for name, value in query.items()),
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(sent)),
        "HTTP_HOST": "localhost",
        "HTTP_X_ORGANIZATION_ID": "abc123",
        "wsgi.input": BytesIO(sent),
        "wsgi.url_scheme": "http",
    }
    if stated.key_kind:
        environ["HTTP_X_KORDLESS_KEY"] = KEYS[stated.key_kind]
    seen: list[int] = []
    chunks = built.gate(environ, lambda status, headers: seen.append(int(status[:3])))
    return seen[0], json.loads(b"".join(chunks))


def changed(valid: dict[str, Any], values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A valid object with one to three members removed, replaced, renamed or added, at any depth."""
    places = [path for path, _ in members(valid)] + [("party_size",), ("host_id",), ("team_id",), ("unknown",)]
    spellings = [
        "startsAt",
        "start_at",
        "StartsAt",
        "partySize",
        "hostId",
        "organization_slug",
        "service_id",
        "Contact",
    ]
    change = st.tuples(st.sampled_from(places), st.sampled_from(["remove", "replace", "replace", "rename"]), values)
    return st.builds(
        lambda changes, name: applied(valid, changes, name),
        st.lists(change, min_size=1, max_size=3),
        st.sampled_from(spellings),
    )


def members(value: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, member in value.items():
        yield (*above, name), member
        if isinstance(member, dict):
            yield from members(member, (*above, name))


def applied(valid: dict[str, Any], changes: list[tuple[tuple[str, ...], str, Any]], name: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(json.dumps(valid))
    for path, how, value in changes:
        holder: Any = result
        for part in path[:-1]:
            holder = holder.get(part) if isinstance(holder, dict) else None
        if not isinstance(holder, dict):
            continue
        former = holder.pop(path[-1], None)
        if how != "remove":
            holder[name if how == "rename" else path[-1]] = former if how == "rename" else value
    return result


def hold(built: Built, operation: str, problems: list[Any], status: int, answer: Any) -> None:
    """`problems` are what the contract's validator says of the request."""
    stated = built.contract.operations[operation]
    assert status < 500
    assert status in stated.responses
    assert stated.responses[status].is_valid(answer)
    if not problems:
        return
    assert status == 400
    assert answer["type"] == "validation_error"
    blamed = {field for problem in problems for field in named(problem)}
    said = re.match(r"[\w.\[\]]+", answer["detail"]) or re.search(r"(?<=wants `)[\w.\[\]]+", answer["detail"])
    assert said, answer["detail"]
    assert said[0] in blamed, f"{answer['detail']!r}, while the schema refuses {blamed}"


def problems_of(built: Built, operation: str, body: object) -> list[Any]:
    schema = built.contract.operations[operation].body
    assert schema is not None
    return list(schema.problems(body))


def named(problem: Any) -> list[str]:
    return list(problem.limit) if problem.keyword == "requiredAny" else [problem.field]


@thorough
@given(data=st.data())
def test_a_createbooking_body_is_judged_as_the_contract_judges_it(empty: Built, data: st.DataObject) -> None:
    body = data.draw(changed(documented(empty, "CreateBooking"), junk))
    if isinstance(body.get("org_slug"), str):
        body["org_slug"] = "acme-salon"  # another one is 404 or 403 before anything else is looked at
    empty.mock.reset()
    status, answer = ask(empty, "createBooking", {}, body)
    hold(empty, "createBooking", problems_of(empty, "createBooking", body), status, answer)
    status, listed = ask(empty, "listBookings", {})
    hold(empty, "listBookings", [], status, listed)
    assert len(listed["bookings"]) == ("booking" in answer)


@thorough
@given(data=st.data())
def test_a_reschedulebooking_body_is_judged_as_the_contract_judges_it(built: Built, data: st.DataObject) -> None:
    body = data.draw(changed(documented(built, "RescheduleBooking"), junk))
    status, answer = ask(built, "rescheduleBooking", VALID_QUERY, body)
    hold(built, "rescheduleBooking", problems_of(built, "rescheduleBooking", body), status, answer)


@pytest.mark.parametrize("operation", OPERATIONS)
@usual
@given(data=st.data())
def test_a_query_is_judged_as_the_contract_judges_it(built: Built, operation: str, data: st.DataObject) -> None:
    stated = built.contract.operations[operation]
    names = [*stated.query_types, "unknown", "FROM", "party_size"]
    values = (
        texts | instants | awkward | st.sampled_from(["0", "1", "-1", "200", "201", "1.0", "1e3", "9" * 18, "9" * 40])
    )
    query = {name: value for name, value in VALID_QUERY.items() if name in stated.query_types}
    query |= data.draw(st.dictionaries(st.sampled_from(names), values, max_size=3))
    for name in data.draw(st.sets(st.sampled_from(names), max_size=1)):
        query.pop(name, None)
    if stated.key_kind and "org_slug" in query:
        query["org_slug"] = "acme-salon"
    read = {
        name: int(value) if stated.query_types.get(name) == "integer" and _INTEGER.fullmatch(value) else value
        for name, value in query.items()
    }
    body = documented(built, "RescheduleBooking") if operation == "rescheduleBooking" else None
    if operation == "createBooking":
        body = documented(built, "CreateBooking")
    status, answer = ask(built, operation, query, body)
    hold(built, operation, list(stated.query.problems(read)), status, answer)


def test_every_operation_is_tried(built: Built) -> None:
    assert list(built.contract.operations) == OPERATIONS
    assert [name for name, operation in built.contract.operations.items() if operation.body] == WITH_BODY
