"""Before any rule is asked: whether the server knows what it is to be asked about. A wrong flag must not accuse it."""

from collections.abc import Iterator

from contracts.errors import UnreachableError
from contracts.exchange import Answer, Request
from contracts.harness.check import Check
from contracts.outcome import BudgetError
from contracts.rules.rule import Need
from contracts.rules.selection import Plan
from contracts.spec.contract import Contract
from contracts.target.client import UnansweredError
from contracts.target.credentials import OTHER, PLATFORM, PUBLIC
from contracts.target.transport import elsewhere


def not_found(check: Check, asked: Plan) -> str:
    """One sentence on the first of them that the server does not know, "" where it knows all; each is asked for once.

    Raises UnreachableError where nothing answers, or something that sends on to another server.
    """
    for request, what in _questions(check, asked):
        try:
            answer = check.target.send(request)
        except (UnansweredError, BudgetError):
            return ""  # which the rules will say
        if answer.status in {301, 302, 303, 307, 308}:
            where = elsewhere(answer.headers.get("Location", ""))
            raise UnreachableError(
                f"{check.credentials.url} sends on to {where} ({answer.status}): give the URL of that server instead"
            )
        if (trouble := _trouble(check.contract, answer, what)) and not _is_the_servers_own(check, request):
            return f"{trouble} ({request.method} {request.url} was answered with {answer.status})"
    return ""


def missing(asked: Plan) -> str:
    """Which of the two that hardly any rule can do without were not given: one sentence, or ""."""
    told = {Need.KEY: "--key (or KORDLESS_API_KEY)", Need.ORGANIZATION: "--org SLUG"}
    wanted = [flag for need, flag in told.items() if need in asked.missing]
    if not wanted:
        return ""
    return f"what is to be asked needs {' and '.join(wanted)}; --target FILE names a server with all that it has"


def _questions(check: Check, asked: Plan) -> Iterator[tuple[Request, str]]:
    """Requests, and what each is about."""
    credentials, needs = check.credentials, asked.needs
    if {Need.KEY, Need.ORGANIZATION} <= needs:
        yield check.request("getOrganization", key=PUBLIC), f"organization {credentials.organization}"
        if credentials.service is not None:
            yield (
                check.request("getService", key=PUBLIC, service_slug=credentials.service),
                f"service {credentials.service} of {credentials.organization}",
            )
    other = credentials.other_organization
    if Need.OTHER_KEY in needs and other is not None:
        yield check.request("getOrganization", key=OTHER, org_slug=other), f"organization {other}"
    if Need.PLATFORM_KEY in needs:
        yield check.request("listBookings", key=PLATFORM), f"organization {credentials.organization_id}"


def _is_the_servers_own(check: Check, request: Request) -> bool:
    """Whether its control API says that the key is one of that organization: then no flag is wrong."""
    label, service = str(request.key), check.credentials.service
    if check.control is None or (request.operation == "getService" and service not in check.credentials.services):
        return False
    try:
        check.control.key_id(str(check.credentials.organization_of(label)), check.credentials.keys[label][-4:])
    except UnreachableError:
        return False
    return True


def _trouble(contract: Contract, answer: Answer, what: str) -> str:
    key = f"the {answer.request.key} key"
    if answer.status in contract.statuses_of("unknown_key"):
        return f"the server does not know {key}"
    if answer.status in contract.statuses_of("foreign_organization", "wrong_key_kind"):
        return f"the server refuses {key} for the {what}: it is another's, or of another kind"
    if answer.status in contract.statuses_of("unknown_organization", "unknown_service"):
        return f"the server knows no {what}"
    return ""
