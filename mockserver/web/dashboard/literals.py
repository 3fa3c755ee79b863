"""Values as four languages write them. JSON's own form is what all of them begin with."""

import json
import shlex
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

INDENT = "  "


class Variable(NamedTuple):
    """A value that the reader keeps in an environment variable of this name."""

    name: str


class Language(NamedTuple):
    """How it writes text, names of members, `null`, `true`, `false` and environment variables."""

    text: Callable[[str], str]
    member: Callable[[str], str]
    words: Mapping[bool | None, str]
    variable: Callable[[str], str]
    indent: str
    trailing: str

    def write(self, value: Any, depth: int = 0) -> str:
        """Behind what stands on the same line already, whose indentation is `depth` steps."""
        if isinstance(value, Variable):
            return self.variable(value.name)
        if isinstance(value, str):
            return self.text(value)
        if value is None or isinstance(value, bool):
            return self.words[value]
        if isinstance(value, Mapping):
            parts = [self.member(str(name)) + self.write(member, depth + 1) for name, member in value.items()]
            return self._enclosed("{", parts, "}", depth)
        if isinstance(value, list | tuple):
            return self._enclosed("[", [self.write(each, depth + 1) for each in value], "]", depth)
        return json.dumps(value)

    def _enclosed(self, opening: str, parts: list[str], closing: str, depth: int) -> str:
        if not parts:
            return opening + closing
        inner = self.indent * (depth + 1)
        lines = ",\n".join(inner + part for part in parts)
        return f"{opening}\n{lines}{self.trailing}\n{self.indent * depth}{closing}"


def _quoted(text: str) -> str:
    """As JSON, Python and JavaScript write it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _ruby_quoted(text: str) -> str:
    """In which `#{…}`, `#$…` and `#@…` would be worked out."""
    return _quoted(text).replace("#", "\\#")


PYTHON = Language(
    _quoted,
    lambda name: f"{_quoted(name)}: ",
    {None: "None", True: "True", False: "False"},
    lambda name: f"os.environ[{_quoted(name)}]",
    "    ",
    ",",
)
_JSON_WORDS: Mapping[bool | None, str] = {None: "null", True: "true", False: "false"}
JAVASCRIPT = Language(
    _quoted, lambda name: f"{_quoted(name)}: ", _JSON_WORDS, lambda name: f"process.env.{name}", INDENT, ","
)
RUBY = Language(
    _ruby_quoted,
    lambda name: f"{_ruby_quoted(name)} => ",
    {None: "nil", True: "true", False: "false"},
    lambda name: f"ENV.fetch({_ruby_quoted(name)})",
    INDENT,
    "",
)


def shell_word(text: str) -> str:
    return shlex.quote(text)


def shell_header(name: str, value: str | Variable) -> str:
    """`'name: value'`, or in double quotes where the shell is to put the value in."""
    if isinstance(value, Variable):
        return f'"{name}: ${value.name}"'
    return shell_word(f"{name}: {value}")
