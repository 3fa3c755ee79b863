"""Can what kordkit reads of a request be relied on? `openapi/readers.yaml` says what that is."""

from collections.abc import Mapping
from typing import Any

from contracts.errors import ContractError
from contracts.spec.operations import Operation


def require_readable(operation: Operation, wanted: Mapping[str, Any]) -> None:
    """Raises ContractError where a valid request may lack what its readers cannot do without."""
    for name in wanted.get("path", ()):
        if f"{{{name}}}" not in operation.path:
            raise ContractError(f"the path of {operation.id} lacks {{{name}}}, which cannot be done without")
    for part, validator in (("query", operation.query), ("body", operation.body)):
        if part in wanted:
            if validator is None:
                raise ContractError(f"{operation.id} has no {part}, which cannot be done without")
            try:
                validator.members.require(wanted[part])
            except ContractError as error:
                raise ContractError(f"in the {part} of {operation.id}, {error}") from error
