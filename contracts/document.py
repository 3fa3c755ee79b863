"""The contract as a document: read from YAML, amended by overlays, its references followed."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

SHIPPED = Path(__file__).parent / "openapi" / "kordless-booking.yaml"
CONTROL = Path(__file__).parent / "openapi" / "control.yaml"

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ContractError(Exception):
    """A contract or overlay that cannot be used: one sentence, with the file it speaks of."""


def read(source: Path | None, overlays: Sequence[Path] = ()) -> dict[str, Any]:
    """The document in `source`, or the shipped one, with the overlays applied in their order.

    Raises ContractError for a file that is missing, is not YAML or JSON, or does not fit.
    """
    if source is None:
        document = _parse(SHIPPED.read_text("utf-8"), SHIPPED.name)
    else:
        document = _parse(_text(source), str(source))
    for path in overlays:
        from contracts.overlay import apply

        apply(document, _parse(_text(path), str(path)), str(path))
    return document


def follow(document: dict[str, Any], node: Any) -> Any:
    """The node itself, or what its `$ref` leads to within the document. Raises ContractError for a dangling one."""
    seen = set()
    while isinstance(node, dict) and isinstance(reference := node.get("$ref"), str):
        if reference in seen or not reference.startswith("#/"):
            raise ContractError(f"the reference {reference} cannot be followed")
        seen.add(reference)
        node = document
        for part in reference[2:].split("/"):
            try:
                node = node[part.replace("~1", "/").replace("~0", "~")]
            except (KeyError, TypeError):
                raise ContractError(f"the reference {reference} leads nowhere") from None
    return node


def walk(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """Every mapping below a node, with its path."""
    if isinstance(node, dict):
        yield path, node
        for name, child in node.items():
            yield from walk(child, (*path, name))
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from walk(child, (*path, index))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise ContractError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ContractError(f"{path} is not a text file in UTF-8") from error


def _parse(text: str, name: str) -> dict[str, Any]:
    try:
        document = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ContractError(f"{name}{where}: {getattr(error, 'problem', None) or 'not YAML'}") from error
    if not isinstance(document, dict):
        raise ContractError(f"{name} is not a mapping of names to values")
    return document
