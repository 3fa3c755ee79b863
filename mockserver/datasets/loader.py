"""Where datasets come from: shipped with the mock, a file of the user's, or generated."""

import json
import re
from functools import cache
from hashlib import sha256
from pathlib import Path

from mockserver.datasets.build import Builder, Dataset, Key
from mockserver.datasets.document import DatasetError, Document, Parse, Shipped, checked, read, suggestion

__all__ = ["Dataset", "DatasetError", "Key", "described", "file_of", "load", "names"]

_SHIPPED = Path(__file__).parent
_GENERATED = "generated"
_DEFAULT_AMOUNTS = {"orgs": 10, "services": 10}


def names() -> list[str]:
    """The shipped datasets."""
    return sorted(path.stem for path in _SHIPPED.glob("*.yaml") if path.stem != "schema")


def described(shipped: Shipped) -> dict[str, str]:
    """One line on each shipped dataset, by name."""
    return {name: _document(name, shipped)["description"] or "" for name in names()}


def file_of(source: str) -> Path | None:
    """The file that a dataset is read from; None: it is shipped or generated."""
    return Path(source) if source.endswith((".yaml", ".yml")) else None


def load(source: str, *, seed: int | None, parse: Parse, shipped: Shipped) -> Dataset:
    """A shipped name, the path of a .yaml or .yml file, or `generated:orgs=50,services=20`.

    Only what is generated depends on the seed; without one it is the same every time.
    Raises DatasetError.
    """
    kind, _, options = source.partition(":")
    if kind == _GENERATED:
        content: object = _generated(source, options, seed)
    elif source in names():
        return _shipped(source, shipped)
    elif (file := file_of(source)) is not None:
        content = read(file, source, parse)
    else:
        raise DatasetError(
            f'there is no dataset "{source}"{suggestion(source, names())}; '
            f"shipped: {', '.join(names())}; "
            f"or give a .yaml file, or {_GENERATED}:orgs=50,services=20"
        )
    document = checked(content, source, shipped)
    content_hash = sha256(json.dumps(document, sort_keys=True, default=str).encode()).hexdigest()
    return Builder(source).dataset(document)._replace(content=content_hash)


@cache
def _shipped(name: str, shipped: Shipped) -> Dataset:
    """The mocks of one process share what never changes while they run."""
    return Builder(name).dataset(_document(name, shipped))


def _document(name: str, shipped: Shipped) -> Document:
    return checked(shipped(_SHIPPED / f"{name}.yaml"), name, shipped)


def _generated(source: str, options: str, seed: int | None) -> Document:
    amounts: dict[str, int] = {}
    for option in filter(None, options.split(",")):
        name, _, value = option.partition("=")
        if name not in _DEFAULT_AMOUNTS:
            known = " and ".join(_DEFAULT_AMOUNTS)
            near = suggestion(name, _DEFAULT_AMOUNTS)
            raise DatasetError(f'{source}: "{name}" is not one of {known}{near}')
        if name in amounts:
            raise DatasetError(f"{source}: {name} is given twice")
        if not re.fullmatch("[0-9]{1,9}", value):
            raise DatasetError(f'{source}: {name} must be a number, not "{value}"')
        amounts[name] = int(value)
    from mockserver.datasets.generate import (
        generate,
    )  # Faker takes 200 ms to import: only on demand

    return generate(**_DEFAULT_AMOUNTS | amounts, seed=seed)
