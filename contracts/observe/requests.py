"""What is wrong with a request, and whether its answer says so: a mistake must be answered as the contract says."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import orjson

from contracts.exchange import Answer, Request
from contracts.observe.breach import Breach
from contracts.spec.contract import Contract, Operation
from contracts.spec.schemas import Problem

# For which a request is refused that looks well.
UNTOLD = (
    *("unknown_key", "revoked_key", "expired_key", "wrong_key_kind", "foreign_organization", "organization_mismatch"),
    *("unknown_organization", "unknown_service", "unknown_booking", "contact_mismatch", "rate_limited"),
    "service_unavailable",
)
UNTOLD_BY_KEYS = ("request_in_progress", "idempotency_key_reused")
_INTEGER = re.compile(r"-?[0-9]{1,15}")


class Mistake(NamedTuple):
    """Why a request is to be refused: a cause of `x-errors`, and what it is about, in words."""

    cause: str
    about: str


class Place(NamedTuple):
    """Where a request goes: the operation, or none; `known` are the methods of the path."""

    operation: Operation | None
    known: frozenset[str]


def place_of(contract: Contract, method: str, url: str) -> Place | None:
    """None where it is not for the API; what stands before the paths of the contract is passed over."""
    path = urlsplit(url).path
    _, base, rest = path.partition(contract.base_path)
    if not base:
        return None
    here = [one for one, form in _forms(contract).items() if form.fullmatch(base + rest)]
    known = frozenset(contract.operations[name].method for name in here)
    wanted = "GET" if method == "HEAD" else method
    found = next((contract.operations[name] for name in here if contract.operations[name].method == wanted), None)
    return Place(found, known)


def mistakes(contract: Contract, request: Request, place: Place) -> Sequence[Mistake]:
    """What it is to be refused for, as far as it tells itself. `request.headers` know names in any case."""
    return [mistake for mistake in _mistakes(contract, request, place) if mistake.cause in contract.errors]


def _mistakes(contract: Contract, request: Request, place: Place) -> Iterator[Mistake]:
    operation = place.operation
    if operation is None:
        if request.method != "OPTIONS":
            yield Mistake("method_not_allowed" if place.known else "unknown_path", f"{request.method} of its path")
        return
    if operation.key_kind is not None and contract.key_header not in request.headers:
        yield Mistake("missing_key", f"no {contract.key_header}")
    yield from _of_headers(contract, request, operation)
    yield from _of_query(request, operation)
    yield from _of_body(contract, request, operation)


def misanswered(contract: Contract, found: Sequence[Mistake], answer: Answer) -> Iterator[Breach]:
    """Mistakes that were answered with a success, or refused with a status that nothing it was asked can be refused
    with: neither one of its mistakes nor what a request does not tell itself."""
    keyed = contract.idempotency.header in answer.request.headers
    causes = {*UNTOLD, *(UNTOLD_BY_KEYS if keyed else ()), *(mistake.cause for mistake in found)}
    if answer.status >= 300 and answer.status in contract.statuses_of(*causes & contract.errors.keys()):
        return
    for mistake in found:
        error = contract.errors[mistake.cause]
        expected = f"{error.status}, for the request has {mistake.about}"
        yield Breach(error.provenance.id, expected, f"answered {answer.status}")


def _of_headers(contract: Contract, request: Request, operation: Operation) -> Iterator[Mistake]:
    for name, validator in operation.headers.items():
        value = request.headers.get(name)
        is_key = name == contract.idempotency.header.lower()
        if value is None:
            if not is_key and operation.key_kind == "platform":
                yield Mistake("missing_organization_header", f"no {name}")
        elif not validator.is_valid(value):
            yield Mistake("invalid_idempotency_key" if is_key else "organization_mismatch", f"an invalid {name}")


def _of_query(request: Request, operation: Operation) -> Iterator[Mistake]:
    pairs = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
    given = dict(pairs)
    twice = [name for name in given if sum(name == other for other, _ in pairs) > 1 and name in operation.query_types]
    for name in twice:
        yield Mistake("repeated_parameter", f"{name} more than once")
    read: dict[str, Any] = {
        name: int(value) if operation.query_types.get(name) == "integer" and _INTEGER.fullmatch(value) else value
        for name, value in given.items()
    }
    yield from map(_told, operation.query.problems(read))


def _of_body(contract: Contract, request: Request, operation: Operation) -> Iterator[Mistake]:
    if len(request.content or b"") > contract.rule("http.max_body_bytes"):
        yield Mistake("payload_too_large", "a body that is too long")
        return
    if operation.body is None or request.method == "HEAD" or request.content is None:
        return
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type != contract.rule("http.media_type")["type"]:
        yield Mistake("unsupported_media_type", "a body that is not declared as JSON")
        return
    try:
        body = orjson.loads(request.content)
    except orjson.JSONDecodeError:
        yield Mistake("malformed_body", "a body that is not JSON")
        return
    if not isinstance(body, dict):
        yield Mistake("body_not_object", "a body that is no object")
        return
    yield from map(_told, operation.body.problems(body))


def _told(problem: Problem) -> Mistake:
    if problem.keyword.startswith("required"):
        return Mistake("missing_field", f"no {problem.field}")
    return Mistake("invalid_field", f"a {problem.field} that breaks its {problem.keyword}")


@lru_cache(maxsize=4)  # contracts, of which a process that learns has many, one after the other
def _forms(contract: Contract) -> Mapping[str, re.Pattern[str]]:
    """What the path of each operation looks like, by operationId."""
    return {
        name: re.compile(re.sub(r"\\\{[a-z_]+\\\}", "[^/]+", re.escape(operation.path)))
        for name, operation in contract.operations.items()
    }
