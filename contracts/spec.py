"""The contract as its readers want it: operations, policies, errors, rules and provenance, loaded once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from contracts.document import CONTROL, ContractError, follow, read, walk
from contracts.validation import Validator

Level = Literal["documented", "inferred", "assumed"]
Algorithm = Literal["fixed-window", "sliding-window", "token-bucket"]
METHODS = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a statement comes from; `page` is the documentation's, None for what is assumed."""

    id: str
    level: Level
    page: str | None


@dataclass(frozen=True, slots=True)
class Policy:
    """`limit` units in a window of `window` seconds for each subject of `scope`."""

    name: str
    limit: int
    window: int
    scope: Literal["key", "organization", "client", "confirmation_number"]
    counts: Literal["requests", "failed_verifications"]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class RateLimits:
    """`headers` maps limit, remaining and reset to the names of the headers that carry them."""

    headers: Mapping[str, str]
    algorithm: Algorithm
    policies: Mapping[str, Policy]


@dataclass(frozen=True, slots=True)
class Idempotency:
    """`lifetime` in seconds; `stored` are the statuses of outcomes that are given again."""

    header: str
    replayed_header: str
    lifetime: int
    stored: frozenset[int]
    operations: frozenset[str]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class ErrorCause:
    """What one cause is answered with. `detail` holds {braces} for whoever raises it to fill."""

    cause: str
    status: int
    type: str
    detail: str
    retry_after: int | None
    also_accepted: frozenset[int]
    operations: frozenset[str] | None
    provenance: Provenance


@dataclass(frozen=True)
class Operation:
    """One operation. `query` validates the parsed query as one object; `body` is None where none is wanted."""

    id: str
    method: str
    path: str
    key_kind: Literal["public", "platform"] | None
    policies: tuple[str, ...]
    query: Validator
    query_types: Mapping[str, str]
    headers: Mapping[str, Validator]
    body: Validator | None
    responses: Mapping[int, Validator] = field(repr=False)
    provenance: Provenance


class Contract:
    """A loaded contract. Raises ContractError at load for what its readers could not use."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    @classmethod
    def load(cls, source: Path | None = None, overlays: Sequence[Path] = ()) -> "Contract":
        contract = cls(read(source, overlays))
        try:
            _ = contract.operations, contract.rate_limits, contract.idempotency, contract.errors
        except KeyError as error:
            raise ContractError(f"{source or 'the contract'} lacks the member {error}") from error
        except (TypeError, AttributeError, ValueError) as error:
            raise ContractError(f"{source or 'the contract'} has a member of a wrong form: {error}") from error
        return contract

    @property
    def version(self) -> str:
        return str(self.document["info"]["version"])

    @property
    def server(self) -> str:
        """Origin of the production server."""
        return str(self.document["servers"][0]["url"])

    @cached_property
    def operations(self) -> Mapping[str, Operation]:
        """By operationId, in the order of the document."""
        found = (
            self._operation(method, path, item[method])
            for path, item in self.document["paths"].items()
            for method in METHODS
            if method in item
        )
        return {operation.id: operation for operation in found}

    @cached_property
    def rate_limits(self) -> RateLimits:
        stated = self.document["x-rate-limits"]
        return RateLimits(
            headers=dict(stated["headers"]),
            algorithm=stated["algorithm"],
            policies={
                name: Policy(
                    name,
                    int(policy["limit"]),
                    int(policy["window"]),
                    policy["scope"],
                    policy["counts"],
                    _provenance(policy),
                )
                for name, policy in stated["policies"].items()
            },
        )

    @cached_property
    def idempotency(self) -> Idempotency:
        stated = self.document["x-idempotency"]
        return Idempotency(
            header=stated["header"],
            replayed_header=stated["replayed_header"],
            lifetime=int(stated["lifetime"]),
            stored=frozenset(stated["stored"]),
            operations=frozenset(stated["operations"]),
            provenance=_provenance(stated),
        )

    @cached_property
    def errors(self) -> Mapping[str, ErrorCause]:
        """By cause."""
        return {
            cause: ErrorCause(
                cause=cause,
                status=int(stated["status"]),
                type=stated["type"],
                detail=stated["detail"],
                retry_after=stated.get("retry_after"),
                also_accepted=frozenset(stated.get("also_accepted", ())),
                operations=frozenset(stated["operations"]) if "operations" in stated else None,
                provenance=_provenance(stated),
            )
            for cause, stated in self.document["x-errors"].items()
        }

    def rule(self, name: str) -> Any:
        """The value of one of `x-rules`. Raises ContractError where the contract does not state it."""
        try:
            return self.document["x-rules"][name]["value"]
        except KeyError:
            raise ContractError(f"the contract's x-rules does not state {name}") from None

    def rules(self, prefix: str) -> Iterator[tuple[str, Any]]:
        """Names and values of the `x-rules` that begin with a prefix."""
        for name, stated in self.document["x-rules"].items():
            if name.startswith(prefix):
                yield name, stated["value"]

    @cached_property
    def statements(self) -> Mapping[str, Provenance]:
        """Every statement of the contract by its id."""
        return {
            node["x-provenance"]["id"]: _provenance(node)
            for path, node in walk(self.document)
            if "x-provenance" in node
        }

    def _operation(self, method: str, path: str, stated: Mapping[str, Any]) -> Operation:
        parameters = [follow(self.document, parameter) for parameter in stated.get("parameters", ())]
        query = [parameter for parameter in parameters if parameter["in"] == "query"]
        return Operation(
            id=stated["operationId"],
            method=method.upper(),
            path=path,
            key_kind=stated.get("x-key-kind"),
            policies=tuple(stated.get("x-rate-limit", ())),
            query=self._validator(
                {
                    "type": "object",
                    "required": [parameter["name"] for parameter in query if parameter.get("required")],
                    "properties": {parameter["name"]: parameter["schema"] for parameter in query},
                }
            ),
            query_types={p["name"]: follow(self.document, p["schema"]).get("type", "string") for p in query},
            headers={p["name"].lower(): self._validator(p["schema"]) for p in parameters if p["in"] == "header"},
            body=self._body(stated),
            responses={
                int(status): self._validator(_json_schema(follow(self.document, response)))
                for status, response in stated["responses"].items()
            },
            provenance=_provenance(stated),
        )

    def _body(self, stated: Mapping[str, Any]) -> Validator | None:
        body = follow(self.document, stated.get("requestBody"))
        return self._validator(_json_schema(body)) if body else None

    def _validator(self, schema: Mapping[str, Any]) -> Validator:
        return Validator(schema, self.document["components"])


def control_bodies() -> Mapping[str, Validator]:
    """The compiled body schemas of the mock's own control API, by operationId."""
    document = read(CONTROL)
    return {
        operation["operationId"]: Validator(_json_schema(operation["requestBody"]), document["components"])
        for item in document["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict) and "requestBody" in operation
    }


def _json_schema(part: Mapping[str, Any]) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = part["content"]["application/json"]["schema"]
    return schema


def _provenance(stated: Mapping[str, Any]) -> Provenance:
    provenance = stated["x-provenance"]
    return Provenance(provenance["id"], provenance["level"], provenance.get("page"))
