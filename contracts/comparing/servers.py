"""Flags that name servers, as `kordkit check` has them: for one, or for two."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from contracts.configuration import GENERAL_KEY
from contracts.target.given import Given

SECOND = "_b"  # behind the parameters that are the second server's alone
_FILE = click.Path(path_type=Path)
_ARE_URLS = ("http://", "https://")
F = TypeVar("F", bound=Callable[..., Any])

_FLAGS: Mapping[str, Mapping[str, Any]] = {
    "key": {"envvar": GENERAL_KEY, "help": "A public API key; better in KORDLESS_API_KEY."},
    "org": {"metavar": "SLUG", "help": "The organization that the key belongs to."},
    "service": {"metavar": "SLUG", "help": "The service to ask for; by default the first that can be booked."},
    "platform-key": {"help": "A platform API key of the organization."},
    "organization-id": {"help": "Of the organization, for the Platform API."},
    "revoked-key": {"help": "A public key that was revoked."},
    "expired-key": {"help": "A public key that has expired."},
    "other-key": {"help": "A public key of another organization."},
    "other-org": {"metavar": "SLUG", "help": "That other organization."},
    "control": {"metavar": "URL", "help": "The mock's control API, which moves its clock: URL/_mock."},
    "admin-token": {"metavar": "T", "help": "Demanded by a control API beyond loopback."},
    "ca-bundle": {"type": _FILE, "metavar": "FILE", "help": "Certificates (PEM) of a private authority to trust."},
}


def for_two_servers(command: F) -> F:
    """Adds each flag twice: `--key` for both servers, `--key-b` for the second alone."""
    for name in reversed(list(_FLAGS)):
        how = _FLAGS[name]
        command = click.option(f"--{name}-b", **{**how, "envvar": None, "help": f"As --{name}, for B alone."})(command)
        command = click.option(f"--{name}", **how)(command)
    return command


def given(place: str, flags: dict[str, Any], second: bool, *, key_is_general: bool) -> tuple[str | None, Given]:
    """The URL, or None where `place` is a ready-file, and what the flags say of that server."""
    stated = {}
    for name in _FLAGS:
        parameter = name.replace("-", "_")
        own = flags.get(parameter + SECOND) if second else None
        stated[parameter] = flags[parameter] if own is None else own
    general = key_is_general and not (second and flags.get("key" + SECOND))
    if place.startswith(_ARE_URLS):
        return place, Given(key_is_general=general, **stated)
    return None, Given(target=Path(place), key_is_general=general, **stated)
