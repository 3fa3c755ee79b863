"""YAML that is JSON in other clothes, and no larger when it is unfolded than it looks.

No name stands twice, all names are text, times stay text; no tags. Depth and size are bounded before anything is built:
the C library follows nested brackets until its stack ends, and aliases of aliases double at each step.
"""

from collections.abc import Hashable
from typing import Any

import yaml

try:  # libyaml is eight times as fast, but not in every build of PyYAML
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # pragma: no cover
    from yaml import SafeLoader  # type: ignore[assignment]

MAX_DEPTH = 100  # levels
MAX_BYTES = 64 * 2**20  # of a text; a reader of files need not read more than one beyond it
MAX_NODES = 1_000_000  # values and names, aliases unfolded
_TEXT, _INTEGER, _MERGE = (f"tag:yaml.org,2002:{name}" for name in ("str", "int", "merge"))


class YamlError(ValueError):
    """One sentence: what is wrong, after the line where that is known."""

    def __init__(self, problem: str, line: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line


class TooDeepError(YamlError):
    """Nested beyond MAX_DEPTH, or a value that contains itself."""


def parse(text: str | bytes, *, integer_names: bool = False) -> Any:
    """What the text says. With `integer_names`, 200 as a name is text, as OpenAPI's statuses are. Raises YamlError."""
    try:
        _require_bounded(text)
        return yaml.load(text, Loader=_WithIntegerNames if integer_names else _Strict)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(str(error.problem), mark.line + 1 if mark else None) from None
    except YamlError:
        raise
    except (yaml.YAMLError, ValueError) as error:
        raise YamlError(f"not YAML: {str(error).splitlines()[0]}") from None


def _require_bounded(text: str | bytes) -> None:
    """Goes through the events of the text, which takes no stack."""
    if len(text) > MAX_BYTES:
        raise YamlError(f"it is longer than {MAX_BYTES >> 20} MiB")
    sizes: dict[str, int] = {}  # of what an anchor names, unfolded
    open_: list[tuple[str | None, int]] = []  # anchors of the collections around, and the nodes counted before them
    nodes = 0
    for event in yaml.parse(text, Loader=SafeLoader):
        match event:
            case yaml.AliasEvent():
                if any(anchor == event.anchor for anchor, _ in open_):
                    raise TooDeepError("found unconstructable recursive node", _line(event))
                nodes += sizes.get(event.anchor or "", 1)
            case yaml.ScalarEvent():
                nodes += 1
                if event.anchor:
                    sizes[event.anchor] = 1
            case yaml.CollectionStartEvent():
                open_.append((event.anchor, nodes))
                nodes += 1
                if len(open_) > MAX_DEPTH:
                    raise TooDeepError("nested too deeply")
            case yaml.CollectionEndEvent():
                anchor, before = open_.pop()
                if anchor:
                    sizes[anchor] = nodes - before
        if nodes > MAX_NODES:
            raise YamlError(f"it holds more than {MAX_NODES} values when its aliases are unfolded")


def _line(event: yaml.Event) -> int | None:
    return event.start_mark.line + 1 if event.start_mark else None


class _Strict(SafeLoader):
    largest = 2**53  # beyond it, readers of JSON disagree about what a number is

    # Without the resolver of timestamps, 2025-12-03T15:00:00Z is text with quotes and without.
    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own name for it
        first: [(tag, form) for tag, form in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in SafeLoader.yaml_implicit_resolvers.items()
    }

    def mapping(self, node: yaml.MappingNode) -> dict[Hashable, Any]:
        lines: dict[str, int] = {}
        for name, _ in node.value:
            self.require_text(name)
            if name.tag == _MERGE:
                continue
            line = name.start_mark.line + 1
            if name.value in lines:
                raise _refused(f'"{name.value}" is given twice, first on line {lines[name.value]}', name)
            lines[name.value] = line
        return self.construct_mapping(node, deep=True)

    def require_text(self, name: yaml.Node) -> None:
        if name.tag not in (_TEXT, _MERGE):
            raise _refused(f"the name {name.value!r} is not text: put it in quotes", name)

    def sequence(self, node: yaml.SequenceNode) -> list[Any]:
        return self.construct_sequence(node, deep=True)

    def whole_number(self, node: yaml.ScalarNode) -> int:
        number = self.construct_yaml_int(node)
        if abs(number) > self.largest:
            raise _refused(f"{node.value} is too large for JSON: put it in quotes", node)
        return number

    def number(self, node: yaml.ScalarNode) -> float:
        number = self.construct_yaml_float(node)
        if not abs(number) < float("inf"):
            raise _refused(f"{node.value} is not a number in JSON", node)
        return number

    def foreign(self, node: yaml.Node) -> None:
        raise _refused(f"the tag {node.tag} has no meaning here", node)


_Strict.yaml_constructors = {
    None: _Strict.foreign,
    "tag:yaml.org,2002:bool": SafeLoader.construct_yaml_bool,
    "tag:yaml.org,2002:float": _Strict.number,
    _INTEGER: _Strict.whole_number,
    "tag:yaml.org,2002:map": _Strict.mapping,
    "tag:yaml.org,2002:null": SafeLoader.construct_yaml_null,
    "tag:yaml.org,2002:seq": _Strict.sequence,
    _TEXT: SafeLoader.construct_yaml_str,
}


class _WithIntegerNames(_Strict):
    largest = 2**63 - 1  # bounds that a schema states are for who compares, not for who computes

    def require_text(self, name: yaml.Node) -> None:
        if name.tag == _INTEGER:
            name.tag = _TEXT
        super().require_text(name)


def _refused(problem: str, node: yaml.Node) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
