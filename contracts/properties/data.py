"""Valid data: what a target knows of itself, in place of what a generator makes up."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from contracts.harness.slots import Slot, instant
from contracts.properties.known import Known, Service
from contracts.spec.contract import Contract
from contracts.spec.document import follow
from contracts.spec.schemas import Validator

ZONES = ("America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")
DAY = 86_400
YEAR = 366  # days
WHOLE = 2**53  # beyond it, numbers in JSON are not the same for all who read them (RFC 8259, section 6)
EMAIL = re.compile(r".*@.*", re.DOTALL)  # a name may be quoted, and hold anything
PHONE = re.compile(r"\+[1-9][0-9]{1,14}")
TEXT: Mapping[str, Any] = {"type": "string", "minLength": 1}  # what a part of a path is

Pick = Callable[[Sequence[Any]], Any]  # one of several


@dataclass(frozen=True, slots=True)
class Values:
    """What stands in the parts of a request in place of something else, by name. None: nothing does."""

    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Times:
    """Which times stand beside known names: `days` that a range has, and by how much start and end are moved."""

    days: tuple[int, ...] = (1, 2, 7)
    moves: tuple[tuple[int, int], ...] = ((0, 0),)


SOUND = Times()
# Each breaks rules that no schema can state: what is right for it is to be refused.
DARING = (
    Times((0,), ((0, 60),)),
    Times((-1,), ((-YEAR * DAY, -YEAR * DAY),)),
    Times((YEAR,), ((YEAR * DAY, YEAR * DAY),)),
)


def valid(
    known: Known,
    operation: str,
    pick: Pick,
    stated: Mapping[str, Any],
    organization_header: str,
    times: Times = SOUND,
) -> Values:
    """Values with which an operation does what it is there for, as far as enough is known for them.

    `stated` is what the request says, by name: a slug or number that is known stays, since a link may have led there.
    """
    match operation:
        case "listBookings":
            return _listing(known, pick, organization_header)
        case "lookupBooking" | "cancelBooking" | "rescheduleBooking" | "getRescheduleAvailability":
            return _self_service(known, pick, stated, times)
    service = known.services.get(str(stated.get("service_slug"))) or pick(list(known.services.values()))
    if known.organization is None or service is None:
        return Values()
    slugs = {"org_slug": known.organization, "service_slug": service.slug}
    match operation:
        case "getAvailability":
            return Values(query={**slugs, **_range(service, pick, times), "timezone": pick(ZONES)})
        case "createBooking":
            return Values(body={**slugs, **_slot(service, pick, stated, times), "timezone": pick(ZONES)})
    return Values(path=slugs)


def _listing(known: Known, pick: Pick, organization_header: str) -> Values:
    query: dict[str, Any] = {"cursor": pick(sorted(known.cursors)), "limit": pick((1, 2, 200))}
    if service := pick(list(known.services.values())):
        first = min((slot.start for slot in service.slots), default=0)
        query |= {"service": service.slug, "from": instant(first), "to": instant(first + pick((7, 30)) * DAY)}
    return Values(headers={organization_header: known.organization_header}, query=query)


def _self_service(known: Known, pick: Pick, stated: Mapping[str, Any], times: Times) -> Values:
    held = known.bookings.get(str(stated.get("confirmation_number")))
    if held is None or held.contact is None:
        held = pick(known.own())
    if held is None:
        return Values()
    query, body = {"contact": held.contact, "timezone": pick(ZONES)}, {"timezone": pick(ZONES)}
    if service := known.services.get(held.service):
        query |= _range(service, pick, times)
        if slot := pick(service.slots):
            start, end = _moved(slot, pick, times)
            body |= {"start_at": start, "end_at": end}
    return Values(path={"confirmation_number": held.number}, query=query, body=body)


def _slot(service: Service, pick: Pick, stated: Mapping[str, Any], times: Times) -> Mapping[str, Any]:
    slot = pick(service.slots)
    if slot is None:
        return {}
    start, end = _moved(slot, pick, times)
    made = {"starts_at": start, "ends_at": end, "host_id": slot.host, "team_id": None}
    seats, free = stated.get("party_size"), slot.offered.get("availableCapacity")
    if isinstance(seats, int) and isinstance(free, int) and seats > free:
        made["party_size"] = free
    return made


def _moved(slot: Slot, pick: Pick, times: Times) -> tuple[str, str]:
    first, last = pick(times.moves)
    return instant(slot.start + first), instant(slot.end + last)


def _range(service: Service, pick: Pick, times: Times) -> Mapping[str, str]:
    """Some days, the first of them with slots."""
    if not service.slots:
        return {}
    first = pick(service.slots).start // DAY * DAY
    return {"from": instant(first), "to": instant(first + pick(times.days) * DAY)}


def inform(case: Any, contract: Contract, known: Known, pick: Pick, turn: int) -> None:
    """Puts valid data into a case of Schemathesis, in place of what is valid by its schema alone.

    What is invalid stays, so that a case that is to be refused is refused for that and for nothing else; and so does
    what a case is about, where it says so. Of valid cases that are generated, every other one dares something: its
    `turn` says what.
    """
    operation, meta = str(case.operation.definition.raw["operationId"]), case.meta
    daring = meta.phase.name.value == "fuzzing" and meta.generation.mode.is_positive
    about = getattr(meta.phase.data, "parameter", None)
    usual = dict(_usual(case, schemas(contract, operation), about))
    times = DARING[turn // 2 % len(DARING)] if daring and turn % 2 else SOUND
    values = valid(known, operation, pick, usual, contract.organization_header, times)
    if isinstance(case.body, dict):
        case.body = dict(case.body)
        _put(case.body, values.body, usual)
    for container, stated in (
        (case.path_parameters, values.path),
        (case.query, values.query),
        (case.headers, values.headers),
    ):
        _put(container, stated, usual)


def _put(container: Any, values: Mapping[str, Any], usual: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name in usual and name in container:
            if value is None:
                del container[name]
            else:
                container[name] = value


def _usual(case: Any, schemas: Mapping[str, Validator], about: str | None) -> Iterator[tuple[str, Any]]:
    """The members of a case that their schemas have nothing against, by name."""
    body = case.body if isinstance(case.body, dict) else {}
    for container in (case.path_parameters, case.query, case.headers, body):
        for name, value in container.items():
            schema = schemas.get(name) or schemas.get(str(name).lower())
            if name != about and schema is not None and schema.is_valid(value):
                yield name, value


@cache
def schemas(contract: Contract, name: str) -> Mapping[str, Validator]:
    """Of all that a request of an operation may say, by the names of parameters and members."""
    operation = contract.operations[name]
    properties: dict[str, Any] = dict.fromkeys(re.findall(r"\{(\w+)\}", operation.path), TEXT)
    for validator in [operation.query] if operation.body is None else [operation.query, operation.body]:
        properties |= follow(contract.document, validator.schema)["properties"]
    return {**{part: contract.validator(schema) for part, schema in properties.items()}, **operation.headers}


def anonymous(value: Any, email: str, phone: str) -> Any:
    """With a made-up address in place of every text that could be somebody's."""
    match value:
        case dict():
            return {name: anonymous(child, email, phone) for name, child in value.items()}
        case list():
            return [anonymous(child, email, phone) for child in value]
        case str() if EMAIL.fullmatch(value):
            return email
        case str() if PHONE.fullmatch(value):
            return phone
    return value


def marked(key: str, mark: str) -> str:
    """An idempotency key as long as that one, if it is longer than the mark."""
    return key[: -len(mark)] + mark
