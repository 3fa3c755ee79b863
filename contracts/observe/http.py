"""What is added to every answer, and with which status it comes."""

import re
from collections.abc import Collection, Mapping

from contracts.exchange import Answer
from contracts.observe.breach import Breach
from contracts.observe.errors import VALID
from contracts.observe.watch import Watch
from contracts.spec.contract import Contract

# What no server refuses for before it looks at limits.
AFTER_LIMITS = (
    *("rate_limited", "foreign_organization", "unknown_organization", "contact_mismatch", "unknown_booking"),
    *("slot_not_offered", "already_canceled"),
)


def _request_id(contract: Contract, answer: Answer) -> Breach | None:
    stated = contract.rule("http.request_id")
    header = stated["header"]
    declared = contract.document["components"]["headers"].values()
    schema = next(one["schema"] for one in declared if one["x-provenance"]["id"] == REQUEST_ID.statement)
    found = answer.headers.get(header)
    if stated["answered"] == "never":
        return None if found is None else Breach(REQUEST_ID.statement, f"no {header}", f"sent {header}: {found}")
    if found is not None and contract.validator(schema).is_valid(found):
        return None
    seen = f"sent no {header}" if found is None else f"sent {header}: {found}"
    expected = f"the header {header} of 1 to {schema['maxLength']} visible ASCII characters"
    return Breach(REQUEST_ID.statement, expected, seen)


REQUEST_ID = Watch("http.request_id", lambda *_: True, _request_id)


def _is_success(_: Contract, answer: Answer) -> bool:
    return answer.status < 300 and answer.request.operation is not None


def _success_status(contract: Contract, answer: Answer) -> Breach | None:
    stated, operation = contract.rule("http.success_statuses"), contract.operations.get(answer.request.operation or "")
    if operation is None or stated["created"] in operation.responses or answer.status == stated["read"]:
        return None
    return Breach(SUCCESS_STATUS.statement, str(stated["read"]), str(answer))


SUCCESS_STATUS = Watch("http.success_statuses", _is_success, _success_status)


def _draws(contract: Contract, answer: Answer) -> bool:
    """Whether a limit was drawn from for it, or refused it, without doubt."""
    request = answer.request
    operation = contract.operations.get(request.operation or "")
    if operation is None or request.key != (operation.key_kind or "public"):
        return False
    if request.method == "HEAD" and not contract.has_head():  # refused for its method, before limits
        return False
    served = answer.status < 300 and answer.status in operation.responses
    return served or answer.status in contract.statuses_of(*AFTER_LIMITS)


def _limit_headers(contract: Contract, answer: Answer) -> Breach | None:
    told_on = contract.rule("limits.headers_on")
    told = told_on == "every counted answer" or answer.status in contract.statuses_of("rate_limited")
    told = told or (told_on == "success and refusals" and answer.status < 400)
    for part in ("limit", "remaining"):
        name = contract.rate_limits.headers[part]
        if told and name not in answer.headers:
            return Breach(LIMIT_HEADERS.statement, f"the header {name}", f"answered {answer.status} without it")
        if not told and name in answer.headers:
            return Breach(LIMIT_HEADERS.statement, f"no header {name}", f"answered {answer.status} with it")
    return None


LIMIT_HEADERS = Watch("limits.headers_on", _draws, _limit_headers)


def _media_type(contract: Contract, answer: Answer) -> Breach | None:
    stated, found = contract.rule(MEDIA_TYPE.statement), answer.headers.get("Content-Type", "")
    media_type, *parameters = (part.strip().lower() for part in found.split(";"))
    named = dict(parameter.partition("=")[::2] for parameter in parameters)
    charset = named.get("charset", stated["charset"]).strip('"')
    if media_type == stated["type"] and charset == stated["charset"]:
        return None
    seen = f"sent Content-Type: {found}" if found else "sent no Content-Type"
    return Breach(MEDIA_TYPE.statement, f"{stated['type']} in {stated['charset']}", f"{seen} with {answer.status}")


MEDIA_TYPE = Watch(
    "http.media_type",
    lambda _, answer: bool(answer.body) and (answer.request.operation is not None or answer.status >= 400),
    _media_type,
)


def _moments(contract: Contract, answer: Answer) -> Breach | None:
    fine = contract.rule(MOMENTS.statement) == "milliseconds"
    other = (_WHOLE if fine else _FRACTION).search(answer.body)
    if other is None:
        return None
    expected = "times to the millisecond" if fine else "times in whole seconds"
    moment = answer.body[: other.end() - 1].rpartition(b'"')[2].decode()
    return Breach(MOMENTS.statement, expected, f"answered {answer.status} with {moment}")


_SECOND = rb'(?<="[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}'
# They begin with what hardly any text has, so that most answers are passed over at once.
_WHOLE = re.compile(rb"Z" + _SECOND + rb'Z)"')
_FRACTION = re.compile(rb"\." + _SECOND + rb'\.)[0-9]+Z"')
MOMENTS = Watch("time.answers", _is_success, _moments)


def _single_headers(contract: Contract, answer: Answer) -> Breach | None:
    """Of those that HTTP or the contract knows, all but Allow have one value."""
    known = {*contract.rule(SINGLE_HEADERS.statement), *contract.document["components"]["headers"]} - {"Allow"}
    names = [name.lower() for name, _ in answer.lines]
    for name in sorted(known):
        if (times := names.count(name.lower())) > 1:
            return Breach(SINGLE_HEADERS.statement, f"one header {name}", f"sent it {times} times with {answer.status}")
    return None


SINGLE_HEADERS = Watch("http.single_headers", lambda *_: True, _single_headers)


def _header_places(contract: Contract, answer: Answer) -> Breach | None:
    """Of the headers that the contract declares for some answers, and others that HTTP has for some. What no operation
    answers has those that every answer has."""
    operation = contract.operations.get(answer.request.operation or "")
    somewhere, everywhere = contract.response_headers
    here = operation.response_headers[answer.status] if operation else everywhere
    places: Mapping[str, Collection[int]] = contract.rule(HEADER_PLACES.statement)
    misplaced = somewhere - here - {"Allow"}  # which may stand anywhere
    if answer.request.key in VALID:  # then a limit may have been drawn from, whatever it was refused for
        misplaced -= set(contract.rate_limits.headers.values())
    if contract.idempotency.header in answer.request.headers:
        misplaced -= {contract.idempotency.replayed_header}  # that only a replay has it is another rule's business
    misplaced |= {name for name, statuses in places.items() if answer.status not in statuses}
    found = next((name for name in sorted(misplaced) if name in answer.headers), None)
    if found is None:
        return None
    expected = f"no header {found} on {answer.status} to {answer.request.method}"
    return Breach(HEADER_PLACES.statement, expected, f"sent {found}: {answer.headers[found]}")


def _has_its_headers_stated(contract: Contract, answer: Answer) -> bool:
    operation = contract.operations.get(answer.request.operation or "")
    if operation is not None:
        return answer.status in operation.provokable
    nowhere = contract.statuses_of("unknown_path", "method_not_allowed")
    return answer.status in nowhere or answer.request.method == "OPTIONS"


HEADER_PLACES = Watch("http.header_places", _has_its_headers_stated, _header_places)
