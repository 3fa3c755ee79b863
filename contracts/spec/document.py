"""The contract as a document: read from YAML, amended by overlays, its references followed."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import orjson
import yaml

from contracts.errors import ContractError

SHIPPED = Path(__file__).parents[1] / "openapi" / "kordless-booking.yaml"
CONTROL = Path(__file__).parents[1] / "openapi" / "control.yaml"
READERS = Path(__file__).parents[1] / "openapi" / "readers.yaml"
EXTENSIONS = Path(__file__).parents[1] / "openapi" / "extensions.yaml"
METHODS = ("get", "put", "post", "delete", "patch")
_MAX_DEPTH = 100


def read(source: Path | None, overlays: Sequence[Path] = ()) -> dict[str, Any]:
    """The document in `source`, or the shipped one, with the overlays applied in their order.

    Raises ContractError for a file that is missing, is not YAML or JSON, or does not fit.
    """
    document = shipped() if source is None else _parse(_text(source), str(source))
    for path in overlays:
        from contracts.spec.overlay import apply  # JSONPath is wanted here alone

        apply(document, _parse(_text(path), str(path)), str(path))
    return document


def shipped(path: Path = SHIPPED) -> dict[str, Any]:
    """The contract that comes with kordkit.

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
    if isinstance(node, dict):
        yield path, node
        for name, child in node.items():
            yield from walk(child, (*path, name))
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from walk(child, (*path, index))


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the C loader where there is one
    """YAML as JSON knows it: times stay text, names are text (`200:` too) and stand once in their mapping."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[str, Any]:
        names = set()
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:int":
                key.tag = "tag:yaml.org,2002:str"
            if key.tag not in {"tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"}:
                raise yaml.MarkedYAMLError(problem="a name must be text", problem_mark=key.start_mark)
            if key.value in names:
                raise yaml.MarkedYAMLError(problem=f"{key.value} stands here twice", problem_mark=key.start_mark)
            names.add(key.value)
        made: dict[str, Any] = super().construct_mapping(node, deep)
        return made


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}


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
        document = _tree(document, _MAX_DEPTH)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ContractError(f"{name}{where}: {getattr(error, 'problem', None) or 'not YAML'}") from error
    except RecursionError as error:
        raise ContractError(f"{name} is nested more than {_MAX_DEPTH} levels deep, or contains itself") from error
    except ValueError as error:
        raise ContractError(f"{name} is not YAML: {error}") from error
    if not isinstance(document, dict):
        raise ContractError(f"{name} is not a mapping of names to values")
    return document


def _tree(node: Any, left: int) -> Any:
    """A copy in which nothing is shared: what two places have by one YAML anchor can be amended in one of them.

    Raises RecursionError.
    """
    if not left:
        raise RecursionError
    if isinstance(node, dict):
        return {name: _tree(child, left - 1) for name, child in node.items()}
    return [_tree(child, left - 1) for child in node] if isinstance(node, list) else node
