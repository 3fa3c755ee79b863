"""The target as a file tells it: the mock's ready-file, or one written by hand in its shape.

    {"url", "control_url", "admin_token", "ca_bundle",
     "organizations": [{"slug", "id", "services": [...], "keys": {"public", ...}}]}

Everything but `url` may be left out; what else is there is passed over. `ready_file.schema.json` says the same to
editors and other programs.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, overload

from contracts.errors import TargetError

_URL = re.compile(r"https?://[^/]")
KEYS = ("public", "platform", "revoked", "expired")


@dataclass(frozen=True, slots=True)
class NamedOrganization:
    """`keys` maps public, platform, revoked and expired to values, which no report may show."""

    slug: str
    id: str | None = None
    services: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class ReadyFile:
    """`url` is the origin and an optional prefix; `control_url` ends in `/_mock`. `ca_bundle` is a PEM file of whom to
    trust."""

    url: str
    control_url: str | None = None
    admin_token: str | None = field(default=None, repr=False)
    organizations: tuple[NamedOrganization, ...] = ()
    ca_bundle: str | None = None


MAX_CHARACTERS = 16 * 2**20


def read(path: Path) -> ReadyFile:
    """Raises TargetError, in one sentence."""
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(MAX_CHARACTERS + 1)
        if len(text) > MAX_CHARACTERS:
            raise TargetError(f"the target file {path} is longer than {MAX_CHARACTERS >> 20} MiB")
        stated = json.loads(text)
    except OSError as error:
        raise TargetError(f"the target file {path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise TargetError(f"the target file {path} is not JSON: {error}") from error
    try:
        return _ready_file(_object(stated, "it"))
    except _ShapeError as error:
        raise TargetError(f"the target file {path} is not of a ready-file's shape: {error}") from error


class _ShapeError(ValueError):
    """What is wrong, and where."""


def _ready_file(stated: Mapping[str, Any]) -> ReadyFile:
    return ReadyFile(
        url=_url(_required(stated, "url", ""), "url"),
        control_url=_url(_optional(stated, "control_url", ""), "control_url"),
        admin_token=_optional(stated, "admin_token", ""),
        ca_bundle=_optional(stated, "ca_bundle", ""),
        organizations=tuple(
            _organization(_object(entry, f"organizations[{index}]"), f"organizations[{index}].")
            for index, entry in enumerate(_list(stated, "organizations", ""))
        ),
    )


def _organization(entry: Mapping[str, Any], where: str) -> NamedOrganization:
    keys = _object(entry.get("keys") or {}, f"{where}keys")
    named = {kind: _optional(keys, kind, f"{where}keys.") for kind in KEYS}
    return NamedOrganization(
        slug=_required(entry, "slug", where),
        id=_optional(entry, "id", where),
        services=tuple(
            _text(service, f"{where}services[{index}]") for index, service in enumerate(_list(entry, "services", where))
        ),
        keys={kind: value for kind, value in named.items() if value is not None},
    )


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _ShapeError(f"{where} must be a JSON object")
    return value


def _list(stated: Mapping[str, Any], name: str, where: str) -> Sequence[Any]:
    value = stated.get(name)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _ShapeError(f"{where}{name} must be a list")
    return value


def _required(stated: Mapping[str, Any], name: str, where: str) -> str:
    if stated.get(name) is None:
        raise _ShapeError(f"{where}{name} is missing")
    return _text(stated[name], f"{where}{name}")


def _optional(stated: Mapping[str, Any], name: str, where: str) -> str | None:
    return None if stated.get(name) is None else _text(stated[name], f"{where}{name}")


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise _ShapeError(f"{where} must be a text")
    return value


@overload
def _url(value: str, name: str) -> str: ...
@overload
def _url(value: str | None, name: str) -> str | None: ...
def _url(value: str | None, name: str) -> str | None:
    if value is not None and not _URL.match(value):
        raise _ShapeError(f"{name} must be a URL such as https://api.example.com")
    return value
