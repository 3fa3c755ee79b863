"""Flags that name servers, as `kordkit check` has them: for one, or for two."""

from pathlib import Path
from typing import Any

import click

from contracts.options import OF_A_SERVER, F
from contracts.target.given import Given

SECOND = "_b"  # behind the parameters that are the second server's alone
_ARE_URLS = ("http://", "https://")


def for_two_servers(command: F) -> F:
    """Adds each flag twice: `--key` for both servers, `--key-b` for the second alone."""
    for name, how in reversed(OF_A_SERVER.items()):
        command = click.option(f"--{name}-b", **{**how, "envvar": None, "help": f"As --{name}, for B alone."})(command)
        command = click.option(f"--{name}", **how)(command)
    return command


def given(place: str, flags: dict[str, Any], second: bool, *, key_is_general: bool) -> tuple[str | None, Given]:
    """The URL, or None where `place` is a ready-file, and what the flags say of that server."""
    stated = {}
    for name in OF_A_SERVER:
        parameter = name.replace("-", "_")
        own = flags.get(parameter + SECOND) if second else None
        stated[parameter] = flags[parameter] if own is None else own
    general = key_is_general and not (second and flags.get("key" + SECOND))
    if place.startswith(_ARE_URLS):
        return place, Given(key_is_general=general, **stated)
    return None, Given(target=Path(place), key_is_general=general, **stated)
