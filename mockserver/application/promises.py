"""What the contract in force says, for those who show requests: the mock itself goes by what the wiring made of it."""

from collections.abc import Mapping
from typing import Any

Document = Mapping[str, Any]


def operations(document: Document) -> Mapping[str, Mapping[str, Any]]:
    """By operationId."""
    return {
        method["operationId"]: method
        for item in document["paths"].values()
        for method in item.values()
        if isinstance(method, dict) and "operationId" in method
    }


def policies_of(document: Document, operation: str | None) -> list[str]:
    """The names of those that a request of it is charged to."""
    return list(operations(document).get(operation or "", {}).get("x-rate-limit", ()))


def key_header(document: Document) -> str:
    return str(document["components"]["securitySchemes"]["kordlessKey"]["name"])


def key_variable(document: Document) -> str:
    """The environment variable in which the documentation's samples keep the key."""
    stated = document["x-rules"].get("auth.key.environment_variable", {})
    return str(stated.get("value", "KORDLESS_API_KEY"))


def limit_header(document: Document, which: str) -> str:
    """The name of the header that tells of the `limit`, of what is `remaining`, of the `reset`."""
    return str(document["x-rate-limits"]["headers"][which])
