"""Where a statement of the contract comes from, and how sure it is."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from contracts.errors import ContractError
from contracts.spec.document import walk

Level = Literal["documented", "inferred", "observed", "assumed"]


class Provenance(NamedTuple):
    """Where a statement comes from; `page` is the documentation's, None for what is assumed.

    A path (`/api/errors`), or the whole address where the contract's `externalDocs` names the documentation's host.
    What is observed was seen on a `server` (its origin) on a `day` (ISO 8601), and is nobody's promise.
    """

    id: str
    level: Level
    page: str | None
    server: str | None = None
    day: str | None = None

    def of(self, documentation: str) -> "Provenance":
        """With the page's address; `documentation` is the address of its root."""
        return self if self.page is None else self._replace(page=documentation.rstrip("/") + self.page)


def stated_in(document: Any) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """Every node that a statement is about, with its path. What a reading would state is not stated."""
    if isinstance(document, dict):
        document = {name: part for name, part in document.items() if name != "x-readings"}
    for path, node in walk(document):
        if "x-provenance" in node:
            yield path, node


def provenance_of(stated: Mapping[str, Any]) -> Provenance:
    match stated["x-provenance"]:
        case {"id": str(identity), "level": "documented" | "inferred" | "observed" | "assumed" as level, **more}:
            page = more.pop("page", None)
            server, day = (more.pop(name, None) if level == "observed" else None for name in ("server", "day"))
            if more:
                raise ContractError(f"x-provenance of {identity} has the unknown member {min(map(str, more))}")
            told = [stated for stated in (page, server, day) if stated is None or isinstance(stated, str)]
            if len(told) == 3:
                return Provenance(identity, level, *told)
    raise ContractError(f"{stated['x-provenance']} is no provenance: it wants id and level, and the page if documented")
