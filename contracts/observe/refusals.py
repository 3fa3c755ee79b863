"""What a refusal may tell: nothing that its asker did not say, for whoever is refused was not to be told it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from urllib.parse import unquote_plus

from contracts.exchange import Answer
from contracts.observe.breach import Breach
from contracts.observe.watch import Watch
from contracts.spec.contract import Contract

STATEMENT = "errors.refusals_tell_nothing"
NEAR = 86_400  # seconds around now: when a limit or a lock ends is the asker's to know

_EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
_OFFICES = re.compile(r"(?:support|help|info|api|contact|security|no-?reply|hello|sales|abuse|privacy)@", re.IGNORECASE)
_PHONE = re.compile(r"\+\d[\d ().-]{6,}\d")
_BOOKING = re.compile(r"\bbook_[a-z0-9]{6,}\b", re.IGNORECASE)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?")


def is_refusal(contract: Contract, answer: Answer) -> bool:
    return answer.status in contract.rule(STATEMENT)["statuses"]


def folded(secrets: Iterable[str]) -> Mapping[str, str]:
    """As they stand, by how they are looked for: without case."""
    return {one.casefold(): one for one in secrets}


def leaked(contract: Contract, answer: Answer, secrets: Mapping[str, str] | None = None) -> str | None:
    """The first thing that it tells and its asker did not: a contact, a booking, a moment, or one of the `secrets`
    (`folded`)."""
    asked, told = _asked(answer), _told(contract, answer)
    for found in _contacts_and_bookings(told):
        if _bare(found) not in _bare(asked):
            return found
    moments = {_moment(found) for found in _MOMENT.findall(asked)}
    for found in _MOMENT.findall(told):
        moment = _moment(found)
        if moment is not None and moment not in moments and not _is_near(moment, answer):
            return str(found)
    if not secrets:
        return None
    said, heard = asked.casefold(), told.casefold()
    return next((secrets[one] for one in secrets if one in heard and one not in said), None)


def judged(contract: Contract, answer: Answer, secrets: Mapping[str, str] | None = None) -> Breach | None:
    """Where a refusal has a statement of its own, whoever tells what was refused breaks that one."""
    found = leaked(contract, answer, secrets)
    if found is None:
        return None
    expected = f"a refusal with {answer.status} that tells nothing its asker did not say"
    return Breach(_statement(contract, answer), expected, f"told {found} in it")


TELL_NOTHING = Watch(STATEMENT, is_refusal, judged)


def _statement(contract: Contract, answer: Answer) -> str:
    operation = contract.operations.get(answer.request.operation or "")
    if operation is not None:
        error = contract.errors.get("contact_mismatch" if operation.key_kind is None else "foreign_organization")
        if error is not None and answer.status == error.status:
            return error.provenance.id
    return STATEMENT


def _contacts_and_bookings(told: str) -> Iterator[str]:
    yield from (found for found in _EMAIL.findall(told) if not _OFFICES.match(found))
    yield from _PHONE.findall(told)
    yield from _BOOKING.findall(told)


def _told(contract: Contract, answer: Answer) -> str:
    """Body and headers; a request id is anything."""
    identity = str(contract.rule("http.request_id")["header"]).lower()
    headers = "\n".join(value for name, value in answer.headers.items() if name.lower() != identity)
    return answer.body.decode("utf-8", "replace").replace("\\/", "/") + "\n" + headers


def _asked(answer: Answer) -> str:
    request = answer.request
    content = (request.content or b"").decode("utf-8", "replace")
    return "\n".join([request.url, unquote_plus(request.url), content, *request.headers.values()])


def _bare(text: str) -> str:
    """As contacts are compared: without case, and without what stands between the digits of a phone."""
    return re.sub(r"[\s().-]", "", text.casefold())


def _moment(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "T") if " " in text else text)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo is not None else None


def _is_near(moment: float, answer: Answer) -> bool:
    return answer.date is not None and abs(moment - answer.date) <= NEAR
