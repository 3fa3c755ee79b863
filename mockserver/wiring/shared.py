"""What all worlds share: the contract as the mock reads it. The bridge from mock to contract."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache, partial

from contracts.spec.contract import Contract, control_bodies
from contracts.spec.readings import AS_SHIPPED
from contracts.spec.schemas import Validator
from mockserver.domain.causes import require_stated
from mockserver.limits.algorithms import Policy
from mockserver.observing.advice.catalogue import MISTAKES
from mockserver.observing.advice.finding import Mistake
from mockserver.parts import STANDARD, Amendment, Parts
from mockserver.ports import SECOND
from mockserver.settings import Settings
from mockserver.web.api.exchange import Route
from mockserver.web.api.problems import Envelope, Members, Problems
from mockserver.web.api.reading import Reader
from mockserver.web.api.routing import Router
from mockserver.web.api.validation import Spellings
from mockserver.wiring.routes import manners_of, routes_of


@dataclass(frozen=True, slots=True)
class Shared:
    """What all worlds have in common: whatever follows from contract, settings and parts alone.

    `promised` is the contract that the mock shows, `contract` the one that it keeps: a mutant's is another.
    """

    settings: Settings
    parts: Parts
    promised: Contract
    contract: Contract
    policies: Mapping[str, Policy]
    problems: Problems
    reader: Reader
    spellings: Spellings
    routes: Sequence[Route]
    router: Router
    mistake: Callable[[str], Mistake]


def share(settings: Settings, parts: Parts) -> Shared:
    """Raises ContractError; ValueError for a cause that the contract lacks."""
    if settings.contract is not None or settings.overlays or settings.reading != AS_SHIPPED:
        return _read(settings, parts, Contract.load(settings.contract, settings.overlays, settings.reading))
    return replace(_standard(), settings=settings) if parts == STANDARD else _read(settings, parts, _shipped())


@cache
def _shipped() -> Contract:
    return Contract.load()


@cache
def _standard() -> Shared:
    """What most mocks have in common that are started in one process, as tests start them."""
    return _read(Settings(), STANDARD, _shipped())


def _read(settings: Settings, parts: Parts, promised: Contract) -> Shared:
    contract = _kept(promised, parts.amendments)
    policies, spellings = _policies(contract), Spellings(group for _, group in contract.rules("spelling.field."))
    routes = routes_of(contract, parts, policies, spellings)
    return Shared(
        settings,
        parts,
        promised,
        contract,
        policies,
        _problems(parts, contract),
        reader_of(parts, contract),
        spellings,
        routes,
        parts.router(routes, manners_of(contract)),
        partial(_mistake, promised),
    )


def _kept(promised: Contract, amendments: Sequence[Amendment]) -> Contract:
    """Raises ContractError, too, where an amendment finds nothing to amend in a contract of the user's."""
    if not amendments:
        return promised
    from contracts.spec.overlay import apply  # JSONPath is wanted by mutants alone

    document = deepcopy(promised.document)
    apply(document, {"overlay": "1.0.0", "actions": list(amendments)}, "the mutant")
    return Contract(document)


def _policies(contract: Contract) -> Mapping[str, Policy]:
    return {
        policy.name: Policy(
            policy.name,
            policy.limit,
            policy.window * SECOND,
            policy.scope,
            refundable=policy.counts == "failed_verifications",
        )
        for policy in contract.rate_limits.policies.values()
    }


def _problems(parts: Parts, contract: Contract) -> Problems:
    require_stated(contract.errors)
    return parts.problems(
        {
            error.cause: Envelope(error.status, error.type, error.detail, error.retry_after)
            for error in contract.errors.values()
        },
        Members(**contract.document["x-error-members"]),
        _NAMED[contract.rule("errors.names_field")],
    )


def _in_camel_case(field: str) -> str:
    first, *others = field.split("_")
    return first + "".join(word.capitalize() for word in others)


_NAMED: Mapping[str, Callable[[str], str] | None] = {
    "as written": None,
    "in camelCase": _in_camel_case,
    "never": lambda _: "a field",
}


def _mistake(contract: Contract, id: str) -> Mistake:
    """What advice is given on, with page and level as the contract has them.

    Made when a client makes it: looking for statements takes a twentieth of a mock's start.
    """
    _, statement, advice, remedy = _DESCRIBED[id]
    names = {"idempotency": contract.idempotency.header, "key": contract.key_header}
    stated = contract.statements.get(statement)  # which a contract of the user's own need not make
    page, level = (None, "assumed") if stated is None else (stated.page, stated.level)
    return Mistake(id, advice.format(**names), remedy.format(**names), page, level)


_DESCRIBED = {described.id: described for described in MISTAKES}


def reader_of(parts: Parts, contract: Contract) -> Reader:
    years = contract.rule("time.years")
    return parts.reader(years["first"], years["last"])


@cache
def control_schema(operation: str) -> Validator:
    """The compiled schema of a control operation's body; the control contract is read when first asked for."""
    return control_bodies()[operation]
