"""The operations of the contract, with what their requests and answers must be."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from contracts.errors import ContractError
from contracts.spec.document import METHODS, follow
from contracts.spec.provenance import Provenance, provenance_of
from contracts.spec.schemas import Validator

Compile = Callable[[Mapping[str, Any]], Validator]
"""Of a schema of the document."""


class Operation(NamedTuple):
    """One operation. `query` validates the parsed query as one object; `body` is None where none is wanted.

    `response_headers` are the names that each status declares."""

    id: str
    method: str
    path: str
    key_kind: Literal["public", "platform"] | None
    policies: tuple[str, ...]
    query: Validator
    query_types: Mapping[str, str]
    headers: Mapping[str, Validator]
    body: Validator | None
    responses: Mapping[int, Validator]
    response_headers: Mapping[int, frozenset[str]]
    provenance: Provenance

    @property
    def provokable(self) -> Sequence[int]:
        """Statuses that a client can bring about: a fault of the server's is not for it to make."""
        return [status for status in self.responses if status < 500]

    def knows(self, scope: str) -> bool:
        """Whether its requests name a subject of that scope."""
        if scope == "confirmation_number":
            return "{confirmation_number}" in self.path
        return scope == "client" or self.key_kind is not None


def operations_of(document: dict[str, Any], validator: Compile) -> Mapping[str, Operation]:
    """By operationId, in the order of the document. Raises ContractError."""
    reader, found = _Reader(document, validator), dict[str, Operation]()
    for path, item in document["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            operation = reader.checked(method, path, item[method])
            if found.setdefault(operation.id, operation) is not operation:
                raise ContractError(f"the operationId {operation.id} is given twice")
    return found


def json_schema(part: Mapping[str, Any], without: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    """Of a body; `without` is what stands for the schema where there is no body."""
    if without is not None and "content" not in part:
        return without
    schema: Mapping[str, Any] = part["content"]["application/json"]["schema"]
    return schema


class _Reader:
    def __init__(self, document: dict[str, Any], validator: Compile) -> None:
        self._document = document
        self._validator = validator
        rules = document.get("x-rules", {})
        self._other_parameters = rules.get("http.unknown_parameters", {}).get("value") != "refused"

    def checked(self, method: str, path: str, stated: Mapping[str, Any]) -> Operation:
        try:
            return self._operation(method, path, stated)
        except KeyError as error:
            raise ContractError(f"{method.upper()} {path} lacks the member {error}") from error
        except (TypeError, AttributeError, ValueError) as error:
            raise ContractError(f"{method.upper()} {path} has a member of a wrong form: {error}") from error
        except ContractError as error:
            raise ContractError(f"{method.upper()} {path}: {error}") from error

    def _operation(self, method: str, path: str, stated: Mapping[str, Any]) -> Operation:
        parameters = [self._followed(parameter) for parameter in stated.get("parameters", ())]
        query = [parameter for parameter in parameters if parameter["in"] == "query"]
        responses = {int(status): self._followed(response) for status, response in stated["responses"].items()}
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
                    "additionalProperties": self._other_parameters,
                }
            ),
            query_types={p["name"]: self._followed(p["schema"]).get("type", "string") for p in query},
            headers={p["name"].lower(): self._validator(p["schema"]) for p in parameters if p["in"] == "header"},
            body=self._body(stated),
            responses={status: self._validator(json_schema(response, {})) for status, response in responses.items()},
            response_headers={status: frozenset(response.get("headers", ())) for status, response in responses.items()},
            provenance=provenance_of(stated),
        )

    def _body(self, stated: Mapping[str, Any]) -> Validator | None:
        body = self._followed(stated.get("requestBody"))
        return self._validator(json_schema(body)) if body else None

    def _followed(self, node: Any) -> Any:
        return follow(self._document, node)
