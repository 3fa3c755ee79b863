"""The contract as its readers want it: operations, policies, errors, rules and provenance, loaded once."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from posixpath import commonpath
from typing import Any

from contracts.errors import ContractError
from contracts.spec.document import CONTROL, READERS, read, shipped
from contracts.spec.extensions import (
    ErrorCause,
    Idempotency,
    Policy,
    RateLimits,
    errors_of,
    idempotency_of,
    misshapen,
    rate_limits_of,
)
from contracts.spec.operations import Operation, json_schema, operations_of
from contracts.spec.provenance import Level, Provenance, provenance_of, stated_in
from contracts.spec.readers import require_readable
from contracts.spec.readings import AS_SHIPPED, Reading, read_under
from contracts.spec.schemas import Validator
from contracts.spec.webhooks import Webhooks, webhooks_of

__all__ = ["Contract", "Level", "Operation", "Policy", "Provenance", "control_bodies"]


class Contract:
    """A loaded contract. Raises ContractError at load for what its readers could not use."""

    def __init__(self, document: dict[str, Any], reading: Reading | None = None) -> None:
        self.document = document
        self.reading = reading or Reading()
        self._validators: dict[int, Validator] = {}
        self._compiled: Mapping[int, Validator] = {}  # by another contract that has the same schemas

    @classmethod
    def load(cls, source: Path | None = None, overlays: Sequence[Path] = (), reading: str = AS_SHIPPED) -> "Contract":
        """The overlays amend the contract as it is under the reading. Raises ContractError."""
        if reading != AS_SHIPPED:
            document, answered = read_under(reading, source, overlays)
            return cls.of(document, str(source or "the contract"), answered)
        document = read(source, overlays)
        if source is None and not overlays:
            return cls(document)  # what is shipped has been judged by the tests
        return cls.of(document, str(source or "the contract"))

    @classmethod
    def of(
        cls,
        document: dict[str, Any],
        name: str = "the contract",
        reading: Reading | None = None,
        *,
        amends: "Contract | None" = None,
    ) -> "Contract":
        """`name` is what an error calls the document. One that `amends` another need not compile what they share."""
        for where, trouble in misshapen(document):
            raise ContractError(f"{name}, {where}: {trouble}")
        contract = cls(document, reading)
        if amends is not None and contract._schemas == amends._schemas:
            contract._compiled = amends._validators
        try:
            _ = contract.operations, contract.rate_limits, contract.idempotency, contract.errors, contract.statements
            _ = contract.webhooks
            contract._require_whole()
        except ContractError as error:
            raise ContractError(f"{name}: {error}") from error
        return contract

    @property
    def _schemas(self) -> object:
        return self.document["components"]["schemas"]

    @property
    def version(self) -> str:
        return str(self.document["info"]["version"])

    @property
    def server(self) -> str:
        """Origin of the production server."""
        return str(self.document["servers"][0]["url"])

    @property
    def base_path(self) -> str:
        """What the paths of all operations begin with: "/api/calendar/v1"."""
        return commonpath([operation.path for operation in self.operations.values()])

    @property
    def key_header(self) -> str:
        """The header that carries an API key."""
        return str(self.document["components"]["securitySchemes"]["kordlessKey"]["name"])

    @property
    def organization_header(self) -> str:
        """The header in which platform operations name their organization. Raises ContractError."""
        named = [header for o in self.operations.values() if o.key_kind == "platform" for header in o.headers]
        if not named:
            raise ContractError("no platform operation has a header parameter that names the organization")
        return named[0]

    @cached_property
    def operations(self) -> Mapping[str, Operation]:
        """By operationId, in the order of the document."""
        return operations_of(self.document, self.validator)

    @cached_property
    def response_headers(self) -> tuple[frozenset[str], frozenset[str]]:
        """The names that some answers have, and those that every one has."""
        declared = [names for one in self.operations.values() for names in one.response_headers.values()]
        return frozenset().union(*declared), frozenset.intersection(*declared)

    @cached_property
    def rate_limits(self) -> RateLimits:
        return rate_limits_of(self.document)

    @cached_property
    def idempotency(self) -> Idempotency:
        return idempotency_of(self.document)

    @cached_property
    def errors(self) -> Mapping[str, ErrorCause]:
        """By cause."""
        return errors_of(self.document)

    @cached_property
    def webhooks(self) -> Webhooks | None:
        """None where the contract has none."""
        return webhooks_of(self.document, self.validator)

    def has_head(self) -> bool:
        """Whether what can be got has a HEAD."""
        return bool(self.rule("http.head") == "as GET")

    def statuses_of(self, *causes: str) -> frozenset[int]:
        """With which these causes are answered, and with which they may be, too."""
        found = (self.errors[cause] for cause in causes)
        return frozenset(status for error in found for status in (error.status, *error.also_accepted))

    @cached_property
    def refusals(self) -> frozenset[str]:
        """The causes for which some request is refused."""
        return frozenset(error.cause for error in self.errors.values() if error.operations != frozenset())

    def rule(self, name: str) -> Any:
        """The value of one of `x-rules`. Raises ContractError where the contract does not state it."""
        try:
            return self.document["x-rules"][name]["value"]
        except KeyError:
            raise ContractError(f"the contract's x-rules does not state {name}") from None

    @property
    def longest_range(self) -> int:
        """Seconds that one question for availability may span."""
        return int(self.rule("availability.max_range_days")) * 86_400 + int(self.rule("availability.range_slack"))

    def rules(self, prefix: str) -> Iterator[tuple[str, Any]]:
        """Names and values of the `x-rules` that begin with a prefix."""
        for name, stated in self.document["x-rules"].items():
            if name.startswith(prefix):
                yield name, stated["value"]

    @cached_property
    def statements(self) -> Mapping[str, Provenance]:
        """Every statement of the contract by its id. Pages have their host where `externalDocs` says it."""
        documentation = self.document.get("externalDocs", {}).get("url", "")
        stated = (provenance_of(node).of(documentation) for _, node in stated_in(self.document))
        return {provenance.id: provenance for provenance in stated}

    @cached_property
    def untested(self) -> Mapping[str, str]:
        """Why no request can put a statement to the test, by its id."""
        reasons = self.document.get("x-untested", ())
        return {name: reason["because"] for reason in reasons for name in reason["statements"]}

    def _require_whole(self) -> None:
        """Raises ContractError where a schema is none, or one part names another that is not there."""
        for validator in self._validators.values():
            validator.require_usable()
        for operation in self.operations.values():
            for name in operation.policies:
                policy = self.rate_limits.policies.get(name)
                if policy is None:
                    raise ContractError(f"{operation.id} names the policy {name}, which x-rate-limits does not have")
                if not operation.knows(policy.scope):
                    raise ContractError(f"{operation.id} cannot draw from {name}: it knows no {policy.scope}")
        readers = shipped(READERS)
        for operation in self.operations.values():
            require_readable(operation, readers.get(operation.id, {}))
        header = self.idempotency.header
        for name in self.idempotency.operations:
            if name not in self.operations:
                raise ContractError(f"x-idempotency names the operation {name}, which does not exist")
            if header.lower() not in self.operations[name].headers:
                raise ContractError(f"x-idempotency names the header {header}, which {name} has no parameter for")

    def validator(self, schema: Mapping[str, Any]) -> Validator:
        """Of a schema of this document, whose references lead into its components."""
        # Most responses are shared by all operations: each schema is compiled once.
        for known in (self._validators, self._compiled):
            found = known.get(id(schema))
            if found is not None and found.schema is schema:
                break
        else:
            found = Validator(schema, self.document)
        self._validators[id(schema)] = found
        return found


def control_bodies() -> Mapping[str, Validator]:
    """The compiled body schemas of the mock's own control API, by operationId."""
    document = shipped(CONTROL)
    return {
        operation["operationId"]: Validator(json_schema(operation["requestBody"]), document)
        for item in document["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict) and "requestBody" in operation
    }
