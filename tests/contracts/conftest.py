"""The shipped contract, and a copy of it that a test may break."""

import os
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.spec.contract import Contract
from contracts.spec.document import read


@pytest.fixture(scope="session", autouse=True)
def hurried_ledgers() -> Iterator[None]:
    """No test in this process survives a crash of the machine: thousands of bookings need not wait for the disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@cache
def _shipped() -> Contract:
    return Contract.load()


@pytest.fixture
def contract() -> Contract:
    """Not to be changed."""
    return _shipped()


@pytest.fixture(scope="session")
def pristine() -> dict[str, Any]:
    """The shipped document, not to be changed."""
    return read(None)


@pytest.fixture
def document(pristine: dict[str, Any]) -> dict[str, Any]:
    return deepcopy(pristine)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes text, or anything else as YAML, to a file and gives its path."""

    def written(content: Any, name: str = "contract.yaml") -> Path:
        text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return written
