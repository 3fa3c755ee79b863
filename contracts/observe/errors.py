"""How every error is told: one shape, its status in it, and a type for programs."""

from contracts.exchange import Answer
from contracts.observe.breach import Breach
from contracts.observe.watch import Watch
from contracts.spec.contract import Contract
from contracts.spec.provenance import provenance_of

VALID = {"public", "platform", "other", "other_platform"}  # labels of keys


def is_error(answer: Answer) -> bool:
    """With a body that says so: an answer to HEAD has none."""
    return answer.status >= 400 and answer.request.method != "HEAD"


def _envelope(contract: Contract, answer: Answer) -> Breach | None:
    schema = contract.validator(contract.document["components"]["schemas"]["Error"])
    problem = next(schema.problems(answer.json), None)
    if problem is None:
        return None
    return Breach(ENVELOPE.statement, f"{problem.field or 'a body'} as in every error", str(answer))


ENVELOPE = Watch("errors.envelope", lambda _, answer: is_error(answer) and answer.request.operation is None, _envelope)


def status(code: int) -> Watch:
    """That errors of a status say so in their body."""
    statement = f"errors.{code}"

    def judge(_: Contract, answer: Answer) -> Breach | None:
        found = answer.member("status")
        if not isinstance(found, int) or found == code:  # if it is no number, the envelope is broken
            return None
        return Breach(statement, f"status {code}", f"answered with status {found}")

    return Watch(statement, lambda _, answer: answer.status == code and is_error(answer), judge)


def type_of_error(contract: Contract, name: str) -> Watch:
    """That errors of the statuses that this type belongs to have it."""
    stated = contract.document["x-error-types"].get(name)  # where its id is that of the type it is called instead of
    statement = provenance_of(stated).id if stated else f"errors.type.{name}"
    statuses = {error.status for error in contract.errors.values() if error.type == name}

    def concerns(_: Contract, answer: Answer) -> bool:
        return answer.status in statuses and is_error(answer)

    def judge(contract: Contract, answer: Answer) -> Breach | None:
        found = answer.text("type")
        known = {error.type for error in contract.errors.values() if error.status == answer.status}
        if not found or found in known:  # if it is none, the envelope is broken
            return None
        return Breach(statement, f"the type {' or '.join(sorted(known))}", str(answer))

    return Watch(statement, concerns, judge)


def _about_a_key(contract: Contract, answer: Answer) -> bool:
    """A key beside a request that wants none is nobody's business."""
    operation = contract.operations.get(answer.request.operation or "")
    wanted = operation is None or operation.key_kind is not None
    if answer.status in contract.statuses_of("missing_key", "unknown_key"):
        return True
    forbidden = contract.statuses_of("foreign_organization", "wrong_key_kind")
    return answer.status in forbidden and wanted and answer.request.key in VALID


def _known_details(contract: Contract, answer: Answer) -> Breach | None:
    known, found = contract.rule("errors.known_details").get(str(answer.status)), answer.member("detail")
    if not isinstance(known, str) or not isinstance(found, str) or found == known:
        return None
    return Breach(KNOWN_DETAILS.statement, f'the detail "{known}"', str(answer))


KNOWN_DETAILS = Watch("errors.known_details", _about_a_key, _known_details)
