"""What is added to every answer, and with which status it comes."""

from contracts.exchange import Answer
from contracts.observe.breach import Breach
from contracts.observe.watch import Watch
from contracts.spec.contract import Contract

DRAWN = {200, 201, 403, 404, 409, 422, 429}  # what no server answers before it looks at limits


def _request_id(contract: Contract, answer: Answer) -> Breach | None:
    header = contract.rule("http.request_id")["header"]
    declared = contract.document["components"]["headers"].values()
    schema = next(one["schema"] for one in declared if one["x-provenance"]["id"] == REQUEST_ID.statement)
    found = answer.headers.get(header)
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


def _draws(_: Contract, answer: Answer) -> bool:
    """Whether a limit was drawn from for it, or refused it, without doubt."""
    request = answer.request
    own_key = request.key == ("platform" if request.operation == "listBookings" else "public")
    return request.operation is not None and own_key and answer.status in DRAWN


def _limit_headers(contract: Contract, answer: Answer) -> Breach | None:
    for part in ("limit", "remaining"):
        name = contract.rate_limits.headers[part]
        if name not in answer.headers:
            return Breach(LIMIT_HEADERS.statement, f"the header {name}", f"answered {answer.status} without it")
    return None


LIMIT_HEADERS = Watch("limits.headers_on", _draws, _limit_headers)
