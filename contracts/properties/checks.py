"""Checks beside those that Schemathesis has: what every answer promises beyond its schema.

Each raises Breach with the statement of the contract that is broken.
"""

from collections.abc import Callable, Mapping
from typing import Any

from contracts.properties import session
from contracts.properties.session import Seen
from contracts.spec.contract import Contract
from contracts.spec.document import follow


class Breach(AssertionError):  # noqa: N818  # it is a verdict, not an error of ours
    """`seen` reads on from "the server"."""

    def __init__(self, statement: str, expected: str, seen: str) -> None:
        super().__init__(f"{statement}: expected {expected}; the server {seen}")
        self.statement = statement
        self.expected = expected
        self.seen = seen


def error_tells_its_status(contract: Contract, seen: Seen) -> None:
    status, body = seen.answered.status, seen.answered.body
    if status >= 400 and isinstance(body, dict) and body.get("status", status) != status:
        expected = f"the status {status} in the body"
        raise Breach(_of_response(contract, seen), expected, f"answered {status} with the status {body['status']}")


def error_has_a_type_of_its_status(contract: Contract, seen: Seen) -> None:
    status, body = seen.answered.status, seen.answered.body
    types = sorted({error.type for error in contract.errors.values() if error.status == status})
    found = body.get("type") if isinstance(body, dict) else None
    if status >= 400 and isinstance(found, str) and types and found not in types:
        stated: Mapping[str, Any] = contract.document["x-error-types"][types[0]]
        expected = f"the type {' or '.join(types)}"
        raise Breach(stated["x-provenance"]["id"], expected, f"answered {status} with the type {found}")


def answer_has_a_name(contract: Contract, seen: Seen) -> None:
    name = str(contract.rule("http.request_id")["header"])
    if not seen.answered.headers.get(name.lower()):
        raise Breach(_of_header(contract, name), f"the header {name}", "sent none")


def limit_headers_agree(contract: Contract, seen: Seen) -> None:
    names, date = contract.rate_limits.headers, seen.answered.date
    told = {part: seen.answered.headers.get(name.lower(), "") for part, name in names.items()}
    if not all(value.isdigit() for value in told.values()):
        return  # they are absent where limits are off, and their form is the schema's
    limit, remaining, reset = (int(told[part]) for part in ("limit", "remaining", "reset"))
    if remaining > limit:
        statement = _of_header(contract, names["remaining"])
        raise Breach(statement, f"{names['remaining']} of at most {limit}", f"sent {remaining}")
    if date is not None and reset < date:
        statement = _of_header(contract, names["reset"])
        raise Breach(statement, f"{names['reset']} not before its Date, which is {date}", f"sent {reset}")


def replay_is_marked(contract: Contract, seen: Seen) -> None:
    header = contract.idempotency.replayed_header
    if header is not None and seen.repeats == seen.answered.status and header.lower() not in seen.answered.headers:
        expected = f"the header {header} on an answer that was given before"
        raise Breach(_of_header(contract, header), expected, f"answered {seen.answered.status} without it")


def rules_are_kept(contract: Contract, seen: Seen) -> None:
    """What breaks a rule that no schema can state is not done, unless it is done already."""
    header = contract.idempotency.replayed_header
    replayed = header is not None and header.lower() in seen.answered.headers
    if 200 <= seen.answered.status < 300 and seen.causes and not replayed:
        error = contract.errors[min(seen.causes)]
        raise Breach(error.provenance.id, f"{error.status} for {error.cause}", f"answered {seen.answered.status}")


def judging(judge: Callable[[Contract, Seen], None]) -> Callable[[Any, Any, Any], None]:
    """A check as Schemathesis wants it. Without a target it judges nothing."""

    def check(_context: Any, _response: Any, case: Any) -> None:
        if session.is_open() and (seen := session.current().seen.get(case.id)) is not None:
            judge(session.current().check.contract, seen)

    check.__name__ = judge.__name__
    return check


CHECKS = tuple(
    judging(judge)
    for judge in (
        error_tells_its_status,
        error_has_a_type_of_its_status,
        answer_has_a_name,
        limit_headers_agree,
        replay_is_marked,
        rules_are_kept,
    )
)


def _of_response(contract: Contract, seen: Seen) -> str:
    """The statement of a declared response, else of all errors."""
    found = contract.operations.get(seen.sent.operation)
    responses = contract.document["paths"][found.path][found.method.lower()]["responses"] if found else {}
    stated = follow(contract.document, responses.get(str(seen.answered.status))) or {}
    schema: Mapping[str, Any] = contract.document["components"]["schemas"]["Error"]
    return str(stated.get("x-provenance", schema["x-provenance"])["id"])


def _of_header(contract: Contract, name: str) -> str:
    stated: Mapping[str, Any] = contract.document["components"]["headers"][name]
    return str(stated["x-provenance"]["id"])
