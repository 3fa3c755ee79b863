"""Flags that are not typed: as variables, or in a file, `[tool.kordkit.mock]` of a pyproject.toml or `[mock]` of a
kordkit.toml.

In a file they are named as on the command line. It goes before them, and so do variables.
"""

import os
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

import click

SECTIONS = ("mock", "check", "load")
GENERAL_KEY = "KORDLESS_API_KEY"  # the variable of the API's own samples
SECTION_OF = {"run": "mock"}  # a command that reads another's
OWN = {"run": ("port", "ready-file")}  # what it chooses itself where nobody says otherwise

_SECRET = ("key", "keys", "secret", "token")  # the parameters whose values stand in no file end with it
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def name_variables(command: click.Command) -> None:
    """Let every flag be given as KORDKIT_<FLAG>: one name, whichever command reads it.

    click's own `auto_envvar_prefix` would put the command into the name (KORDKIT_MOCK_PORT) and
    call the variable after the Python parameter rather than after the flag. A variable that an
    option names itself goes first.
    """
    for option in command.params:
        if not isinstance(option, click.Option) or not option.allow_from_autoenv:
            continue
        flag = max(option.opts, key=len).lstrip("-")
        variable = f"KORDKIT_{flag.replace('-', '_').upper()}"
        own = [option.envvar] if isinstance(option.envvar, str) else list(option.envvar or ())
        if variable not in own:
            option.envvar = [*own, variable]


def is_general(ctx: click.Context, key: str | None) -> bool:
    """Whether a key is that of the environment, which is for whatever server it is."""
    source = ctx.get_parameter_source("key")
    return source is click.core.ParameterSource.ENVIRONMENT and key == os.environ.get(GENERAL_KEY)


def defaults(name: str, command: click.Command, folder: Path = Path()) -> dict[str, Any]:
    """What the files in a folder say of a command, by parameter. Raises click.UsageError, one sentence."""
    section = SECTION_OF.get(name, name)
    found = _found(folder) if section in SECTIONS else None
    if found is None:
        return {}
    file, stated = found
    odd = [other for other in stated if other not in SECTIONS]
    if odd:
        raise _mistake(file, f"{odd[0]} is no command whose flags stand in a file; those of {', '.join(SECTIONS)} do")
    flags = stated.get(section, {})
    if not isinstance(flags, dict):
        raise _mistake(file, f"{section} must be a table of flags")
    options = {max(each.opts, key=len).lstrip("-"): each for each in command.params if isinstance(each, click.Option)}
    read: dict[str, Any] = {}
    for flag, value in flags.items():
        option = options.get(flag)
        if option is None:
            near = get_close_matches(flag, options, 1)
            raise _mistake(file, f"{section} has no flag {flag}" + (f"; did you mean {near[0]}?" if near else ""))
        if flag not in OWN.get(name, ()):
            wanted = partial(_wanted, file, f"{section}.{flag}", option, value)
            # What names a variable is looked up when nobody says otherwise, and not for `--help`: click calls it then.
            read[str(option.name)] = wanted if _VARIABLE.search(str(value)) else wanted()
    return read


def _wanted(file: str, place: str, option: click.Option, stated: Any) -> Any:
    try:
        return _value(option, stated)
    except ValueError as error:
        raise _mistake(file, f"{place} {error}") from None
    except click.BadParameter as error:
        raise _mistake(file, f"{place}: {error.message}") from None


def _found(folder: Path) -> tuple[str, Mapping[str, Any]] | None:
    """The file's name and what it says of us; kordkit.toml goes first."""
    for name, table in (("kordkit.toml", ()), ("pyproject.toml", ("tool", "kordkit"))):
        try:
            text = (folder / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise click.UsageError(f"{name} cannot be read: {error.strerror}") from error
        if table and b"kordkit" not in text:
            continue
        stated = _parsed(name, text)
        for step in table:
            stated = stated.get(step, {})
        if stated:
            return name, stated
    return None


def _parsed(name: str, text: bytes) -> dict[str, Any]:
    import tomllib  # most have no such file

    try:
        return tomllib.loads(text.decode())
    except ValueError as error:
        raise _mistake(name, f"this is no TOML: {error}") from error


def _value(option: click.Option, stated: Any) -> Any:
    """Raises ValueError, what is wrong with it; click.BadParameter."""
    values = stated if isinstance(stated, list) else [stated]
    if isinstance(stated, list) and not option.multiple:
        raise ValueError("takes one value, not a list")
    if option.is_flag:
        if not isinstance(stated, bool):
            raise ValueError("must be true or false")
        return stated
    read = list(_read(option, values))
    return read if option.multiple else read[0]


def _read(option: click.Option, values: list[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise ValueError("must be a text or a number")
        text = str(value)
        if is_secret(option) and not _VARIABLE.fullmatch(text):
            raise ValueError(f'is a secret, which stands in no file: write "${{{_variable(option)}}}", and set that')
        text = _VARIABLE.sub(_outer, text)
        option.type.convert(text, option, None)
        yield text


def is_secret(option: click.Parameter) -> bool:
    """A file that holds one may be named."""
    return str(option.name).endswith(_SECRET) and not isinstance(option.type, click.Path)


def _variable(option: click.Option) -> str:
    named = option.envvar
    return named if isinstance(named, str) else next(iter(named or ()), "NAME")


def _outer(reference: re.Match[str]) -> str:
    """Raises ValueError."""
    try:
        return os.environ[reference[1]]
    except KeyError:
        raise ValueError(f"names the variable {reference[1]}, which is not set") from None


def _mistake(file: str, what: str) -> click.UsageError:
    return click.UsageError(f"{file}: {what}")
