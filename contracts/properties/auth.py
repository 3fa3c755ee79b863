"""The key that each operation wants (`x-key-kind`)."""

from typing import Any

from contracts.properties import session


class KeyOfItsKind:
    """An authentication provider, as Schemathesis wants it. What needs no key, or one that was not given, gets none."""

    def get(self, case: Any, context: Any) -> str | None:
        if not session.is_open():
            return None
        kind = context.operation.definition.raw.get("x-key-kind")
        return session.current().check.credentials.keys.get(kind)

    def set(self, case: Any, data: str, context: Any) -> None:
        case.headers[session.current().check.target.key_header] = data
