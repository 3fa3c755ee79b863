"""The operations of the contract, as requests are led to them; the same in every world."""

from collections.abc import Mapping

from contracts.errors import ContractError
from contracts.spec.contract import Contract, Operation
from mockserver.limits.algorithms import Policy
from mockserver.parts import Parts
from mockserver.web.api.exchange import Route
from mockserver.web.api.routing import Manners
from mockserver.web.api.validation import Spellings


def routes_of(
    contract: Contract, parts: Parts, policies: Mapping[str, Policy], spellings: Spellings
) -> tuple[Route, ...]:
    routes = []
    for operation in contract.operations.values():
        for validator in (operation.query, operation.body):
            if validator is not None:
                validator.require_usable()
        replayed = operation.id in contract.idempotency.operations
        routes.append(
            Route(
                operation=operation.id,
                method=operation.method,
                path=operation.path,
                query_fields=frozenset(operation.query_types),
                body_fields=frozenset(operation.body.members.declared if operation.body else ()),
                inner_fields=_inner_fields(operation),
                success=_success(operation),
                key_kind=operation.key_kind,
                policies=tuple(policies[name] for name in operation.policies),
                wants_body=operation.body is not None,
                tenant=_tenant(operation),
                idempotency_key=operation.headers[contract.idempotency.header.lower()] if replayed else None,
                checker=parts.checker(operation.id, operation.query, operation.query_types, operation.body, spellings),
            )
        )
    return tuple(routes)


def _inner_fields(operation: Operation) -> Mapping[str, frozenset[str]]:
    objects = operation.body.members.objects if operation.body else ()
    return {name: frozenset(members.declared) for name, members in objects}


def _success(operation: Operation) -> int:
    """The status of what succeeds; where several are declared, the first of them. Raises ContractError."""
    statuses = [status for status in operation.responses if status < 300]
    if not statuses:
        raise ContractError(f"{operation.id} declares no response with a status of success")
    return statuses[0]


def _tenant(operation: Operation) -> str | None:
    """Where an operation names its organization: path, query, body, or the platform's header."""
    if operation.key_kind is None:
        return None
    if operation.key_kind == "platform":
        return "header"
    if "{org_slug}" in operation.path:
        return "path"
    return "query" if "org_slug" in operation.query_types else "body"


def manners_of(contract: Contract) -> Manners:
    """What the contract says of paths and methods that it does not list."""
    refusal = contract.errors["method_not_allowed"].status
    headers = [one.response_headers.get(refusal, frozenset()) for one in contract.operations.values()]
    return Manners(
        slashes=contract.rule("http.slashes"),
        head=contract.rule("http.head") == "as GET",
        options=contract.rule("http.options"),
        allow=any("Allow" in names for names in headers),
    )
