"""The contract as a document: read from YAML, amended by overlays, its references followed."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import orjson

from contracts.errors import ContractError

SHIPPED = Path(__file__).parents[1] / "openapi" / "kordless-booking.yaml"
CONTROL = Path(__file__).parents[1] / "openapi" / "control.yaml"
READERS = Path(__file__).parents[1] / "openapi" / "readers.yaml"
EXTENSIONS = Path(__file__).parents[1] / "openapi" / "extensions.yaml"
METHODS = ("get", "put", "post", "delete", "patch")
# Where a document may name another one. What a schema is written in is known without.
_FETCHED = frozenset({"$ref", "$dynamicRef", "$id", "$schema", "jsonSchemaDialect", "operationRef"})
_DIALECTS = frozenset(
    {"https://json-schema.org/draft/2020-12/schema", "https://spec.openapis.org/oas/3.1/dialect/base"}
)


def read(source: Path | None, overlays: Sequence[Path] = ()) -> dict[str, Any]:
    """The document in `source`, or the shipped one, with the overlays applied in their order.

    Raises ContractError for a file that is missing, is not YAML or JSON, does not fit, or names another to be fetched.
    """
    document = shipped() if source is None else _parse(_text(source), str(source))
    amend(document, overlays)
    if source is not None or overlays:
        require_local(document, str(source or "the contract"))
    return document


def amend(document: dict[str, Any], overlays: Sequence[Path]) -> None:
    """Apply the overlays in their order. Raises ContractError."""
    for path in overlays:
        from contracts.spec.overlay import apply  # JSONPath is wanted by amendments alone

        apply(document, _parse(_text(path), str(path)), str(path))


def shipped(path: Path = SHIPPED) -> dict[str, Any]:
    """The contract that comes with kordkit, or another of its YAML files.

    Reading YAML takes a tenth of the time in which a mock starts, so what was read is kept as JSON, as Python keeps the
    byte code of a module: beside it, for as long as the file is the same, and not at all where that cannot be written.
    """
    kept = path.parent / "__pycache__" / f"{path.stem}.json"
    status = path.stat()
    stamp = [status.st_mtime_ns, status.st_size]
    with suppress(OSError, ValueError):
        found, document = orjson.loads(kept.read_bytes())
        if found == stamp:
            return dict(document)
    document = _parse(path.read_text("utf-8"), path.name)
    with suppress(OSError):
        kept.parent.mkdir(exist_ok=True)
        partial = kept.with_suffix(f".{os.getpid()}")
        partial.write_bytes(orjson.dumps([stamp, document]))
        partial.replace(kept)
    return document


def follow(document: dict[str, Any], node: Any) -> Any:
    """The node itself, or what its `$ref` leads to within the document. Raises ContractError for a dangling one."""
    seen = set()
    while isinstance(node, dict) and isinstance(reference := node.get("$ref"), str):
        if reference in seen or not reference.startswith("#/"):
            raise ContractError(f"the reference {reference} cannot be followed")
        seen.add(reference)
        node = document
        for part in unquote(reference[2:]).split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            try:
                node = node[int(name)] if isinstance(node, list) else node[name]
            except (KeyError, IndexError, TypeError, ValueError):
                raise ContractError(f"the reference {reference} leads nowhere") from None
    return node


def walk(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """Every mapping below a node, with its path."""
    ahead = [(path, node)] if isinstance(node, (dict, list)) else []
    while ahead:
        path, node = ahead.pop()
        members: Iterable[tuple[str | int, Any]] = enumerate(node)
        if isinstance(node, dict):
            yield path, node
            members = node.items()
        inner = [((*path, name), child) for name, child in members if isinstance(child, (dict, list))]
        ahead += reversed(inner)


def _text(path: Path) -> str:
    from contracts.spec.yaml_text import MAX_BYTES

    try:
        with path.open(encoding="utf-8") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ContractError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ContractError(f"{path} is not a text file in UTF-8") from error


def _parse(text: str, name: str) -> dict[str, Any]:
    # YAML is read of what users bring, and once of what is shipped.
    from contracts.spec.yaml_text import MAX_DEPTH, TooDeepError, YamlError, parse

    try:
        document = parse(text, integer_names=True)
    except TooDeepError as error:
        raise ContractError(f"{name} is nested more than {MAX_DEPTH} levels deep, or contains itself") from error
    except YamlError as error:
        where = "" if error.line is None else f", line {error.line}"
        raise ContractError(f"{name}{where}: {error.problem}") from error
    if not isinstance(document, dict):
        raise ContractError(f"{name} is not a mapping of names to values")
    return document


def require_local(document: dict[str, Any], name: str) -> None:
    """Raises ContractError for what would have to be fetched: nothing is, whoever reads the document."""
    for path, node in walk(document):
        for keyword in _FETCHED & node.keys():
            value = node[keyword]
            if isinstance(value, str) and not value.startswith("#") and value not in _DIALECTS:
                where = "/".join(map(str, path)) or "its root"
                raise ContractError(f"{name}, {where}: {keyword} {value} leads out of the document, and is not fetched")
