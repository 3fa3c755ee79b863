"""Which statement of the contract a field of an answer is about."""

from collections.abc import Iterator
from typing import Any

from contracts.comparing.diff.fields import BODY, FRAMING, HEADER, LENGTH, STATUS
from contracts.exchange import Answer
from contracts.observe import framing
from contracts.observe.attribution import Attribution
from contracts.observe.errors import KNOWN_DETAILS, is_error
from contracts.observe.http import HEADER_PLACES, MEDIA_TYPE
from contracts.spec.contract import Contract
from contracts.spec.document import follow

LIMITS = "limits."  # how the ids of what is said of limits begin
CORS, DATE = "http.cors", "limits.date_is_the_clock"


class Statements:
    """By id; "" where the contract does not speak of a field."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._attribution = Attribution(contract)
        self._of_header = dict(_headers(contract))
        self._members: dict[tuple[str, int, str], str] = {}

    def of_field(self, operation: str, status: int, field: str, about: str) -> str:
        """`about` is the statement that the request was to put to the test, or ""."""
        if field == STATUS:
            return about or self._of_operation(operation)
        if field.startswith(HEADER):
            return self._of(field.removeprefix(HEADER))
        if field == FRAMING:
            return framing.STATEMENT
        return self._of_member(operation, status, field.removeprefix(LENGTH)) or about

    def of_difference(self, a: Answer, b: Answer, field: str, about: str) -> str:
        """Of a field in which two answers of one status differ: what its schema says, where one of them breaks that;
        else what they were asked about, and where that is nothing of its own, what is nearest."""
        stated = self.of_field(a.request.operation or "", a.status, field, about)
        if about.startswith(LIMITS) and self._count(a, field) and self._count(b, field):
            return about
        if field.startswith(HEADER) or field in (STATUS, FRAMING):
            return stated
        if is_error(a) and (own := self._of_error(a, field)):
            return own
        member = field.removeprefix(LENGTH)
        for answer in (a, b):
            for misfit in self._attribution.misfits(answer):
                place = _grouped(misfit.problem.path)
                if place.startswith(member) or member.startswith(place):
                    return misfit.statement
        return about or stated

    def _count(self, answer: Answer, field: str) -> str | None:
        """What the answer tells of a limit in that field."""
        name = field.removeprefix(HEADER)
        told = name in {*map(str.lower, self._contract.rate_limits.headers.values()), "retry-after"}
        return answer.headers.get(name) if told else None

    def _of(self, header: str) -> str:
        return CORS if header.startswith("access-control-") else self._of_header.get(header, "")

    def _of_operation(self, operation: str) -> str:
        found = self._contract.operations.get(operation)
        return found.provenance.id if found else ""

    def _of_error(self, answer: Answer, field: str) -> str:
        names = self._contract.document["x-error-members"]
        if field == names["type"]:
            return f"errors.type.{answer.text(field)}"
        if field == names["status"]:
            return f"errors.{answer.status}"
        is_known = field == names["detail"] and KNOWN_DETAILS.concerns(self._contract, answer)
        return KNOWN_DETAILS.statement if is_known else ""

    def _of_member(self, operation: str, status: int, path: str) -> str:
        place = operation, status, path
        if place not in self._members:
            self._members[place] = self._found(*place)
        return self._members[place]

    def _found(self, operation: str, status: int, path: str) -> str:
        found = self._contract.operations.get(operation)
        if found is None or status not in found.responses:
            return ""
        steps = [] if path == BODY else path.replace("[]", ".[]").strip(".").split(".")
        return _nearest(self._contract, found.responses[status].schema, steps) or found.provenance.id


def _grouped(path: tuple[str | int, ...]) -> str:
    text = ""
    for part in path:
        text += "[]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _nearest(contract: Contract, schema: Any, steps: list[str]) -> str:
    """The statement nearest to where the steps lead: that of the schema there, or of one around it."""
    nearest, around = "", [schema]
    for step in (*steps, None):
        parts = [part for one in around for part in _parts(contract, one)]
        nearest = next((part["x-provenance"]["id"] for part in parts if "x-provenance" in part), nearest)
        if step is not None:
            inner = [part.get("items") if step == "[]" else part.get("properties", {}).get(step) for part in parts]
            around = [each for each in inner if isinstance(each, dict)]
    return nearest


def _parts(contract: Contract, schema: dict[str, Any], depth: int = 20) -> Iterator[dict[str, Any]]:
    """The schema, what it refers to and what it is made of, the nearest first."""
    yield schema
    if depth and "$ref" in schema:
        yield from _parts(contract, follow(contract.document, {"$ref": schema["$ref"]}), depth - 1)
    for keyword in ("allOf", "oneOf", "anyOf"):
        for part in schema.get(keyword, ()) if depth else ():
            yield from _parts(contract, part, depth - 1)


def _headers(contract: Contract) -> Iterator[tuple[str, str]]:
    """Statements of headers, by their names in lower case."""
    yield "content-type", MEDIA_TYPE.statement
    yield "date", DATE
    yield "location", HEADER_PLACES.statement
    for name, header in contract.document["components"].get("headers", {}).items():
        if "x-provenance" in header:
            yield name.lower(), header["x-provenance"]["id"]
