"""The target as a file tells it: the mock's ready-file, or one written by hand in its shape.

    {"url", "control_url", "admin_token", "organizations": [{"slug", "id", "services": [...], "keys": {"public", ...}}]}

Everything but `url` may be left out; what else is there is passed over.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts.errors import TargetError

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
    """`url` is the origin and an optional prefix; `control_url` ends in `/_mock`."""

    url: str
    control_url: str | None = None
    admin_token: str | None = field(default=None, repr=False)
    organizations: tuple[NamedOrganization, ...] = ()


def read(path: Path) -> ReadyFile:
    """Raises TargetError."""
    try:
        stated = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TargetError(f"the target file {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise TargetError(f"the target file {path} is not JSON: {error}") from error
    try:
        return ReadyFile(
            url=_text(stated, "url"),
            control_url=_optional(stated, "control_url"),
            admin_token=_optional(stated, "admin_token"),
            organizations=tuple(_organization(entry) for entry in stated.get("organizations") or ()),
        )
    except (AttributeError, TypeError, KeyError) as error:
        raise TargetError(f"the target file {path} is not of a ready-file's shape: {error}") from error


def _organization(entry: Mapping[str, Any]) -> NamedOrganization:
    keys = entry.get("keys") or {}
    return NamedOrganization(
        slug=_text(entry, "slug"),
        id=_optional(entry, "id"),
        services=tuple(entry.get("services") or ()),
        keys={kind: _text(keys, kind) for kind in KEYS if keys.get(kind) is not None},
    )


def _text(stated: Mapping[str, Any], name: str) -> str:
    if not isinstance(stated[name], str):
        raise TypeError(f"{name} is not a text")
    return str(stated[name])


def _optional(stated: Mapping[str, Any], name: str) -> str | None:
    return None if stated.get(name) is None else _text(stated, name)
