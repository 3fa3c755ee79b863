"""A dataset file, read and judged: YAML → what schema.yaml allows → with its defaults filled in.

Whatever is wrong with a file is told as one sentence: file, path inside it, reason.
"""

import json
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

try:  # libyaml is eight times as fast, but not in every build of PyYAML
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # pragma: no cover
    from yaml import SafeLoader  # type: ignore[assignment]

_SCHEMA = Path(__file__).with_name("schema.yaml")
_EXACT = 2**53  # beyond it, readers of JSON disagree about what a number is
_LONGEST_QUOTE = 60
_KINDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "a mapping",
    "string": "text",
}

Document = Mapping[str, Any]


class DatasetError(Exception):
    """One sentence: file, path inside it, reason."""


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere in a file: `my.yaml: organizations[0].services[2].slug`."""

    file: str
    path: tuple[str | int, ...] = ()

    def at(self, *steps: str | int) -> "Place":
        return Place(self.file, self.path + steps)

    @property
    def inside(self) -> str:
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return "".join(steps).removeprefix(".")

    def error(self, reason: str) -> DatasetError:
        return DatasetError(": ".join(part for part in (self.file, self.inside, reason) if part))


def suggestion(wrong: str, right: Collection[str]) -> str:
    """`; did you mean "timezone"?`, or nothing when nothing comes near."""
    near = get_close_matches(wrong, right, n=1)
    return f'; did you mean "{near[0]}"?' if near else ""


def read(path: Path, file: str) -> object:
    """The content of a YAML file; `file` is what messages call it. Raises DatasetError."""
    try:
        return yaml.load(path.read_bytes(), Loader=_Strict)
    except OSError as error:
        raise DatasetError(f"{file}: cannot be read: {error.strerror}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {mark.line + 1}: " if mark else ""
        raise DatasetError(f"{file}: {line}{error.problem}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise DatasetError(f"{file}: not YAML: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise DatasetError(f"{file}: nested too deeply") from None


def checked(content: object, file: str) -> Document:
    """The content with every default of the schema filled in. Raises DatasetError."""
    schema, validator = _schema()
    if not validator.is_valid(content):
        errors = list(validator.iter_errors(content))
        # A misspelt member is often a missing one as well; that it is misspelt helps more.
        unknown = (e for e in errors if e.kind.name == "additionalProperties")
        raise _explained(next(unknown, errors[0]), schema, file)
    completed: Document = _completed(content, schema, schema)
    return completed


@cache
def _schema() -> tuple[Document, jsonschema_rs.Validator]:
    schema = yaml.load(_SCHEMA.read_bytes(), Loader=_Strict)
    return schema, jsonschema_rs.validator_for(schema, validate_formats=True)


class _Strict(SafeLoader):
    """YAML that is JSON in other clothes: no name stands twice, all are text, times stay text."""

    # Without the resolver of timestamps, 2025-12-03T15:00:00Z is text with quotes and without.
    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own name for it
        first: [(tag, form) for tag, form in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in SafeLoader.yaml_implicit_resolvers.items()
    }

    def mapping(self, node: yaml.MappingNode) -> dict[Hashable, Any]:
        lines: dict[str, int] = {}
        for name, _ in node.value:
            line = name.start_mark.line + 1
            if name.tag == "tag:yaml.org,2002:merge":
                continue
            if name.tag != "tag:yaml.org,2002:str":
                raise _refused(f"the name {name.value!r} is not text: put it in quotes", name)
            if name.value in lines:
                raise _refused(f'"{name.value}" is given twice, first on line {lines[name.value]}', name)
            lines[name.value] = line
        return self.construct_mapping(node, deep=True)

    def sequence(self, node: yaml.SequenceNode) -> list[Any]:
        return self.construct_sequence(node, deep=True)

    def whole_number(self, node: yaml.ScalarNode) -> int:
        number = self.construct_yaml_int(node)
        if abs(number) > _EXACT:
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
    "tag:yaml.org,2002:int": _Strict.whole_number,
    "tag:yaml.org,2002:map": _Strict.mapping,
    "tag:yaml.org,2002:null": SafeLoader.construct_yaml_null,
    "tag:yaml.org,2002:seq": _Strict.sequence,
    "tag:yaml.org,2002:str": SafeLoader.construct_yaml_str,
}


def _refused(problem: str, node: yaml.Node) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


def _explained(error: jsonschema_rs.ValidationError, schema: Document, file: str) -> DatasetError:
    place = Place(file, tuple(error.instance_path))
    rule: Any = schema
    for step in error.schema_path[:-1]:
        rule = rule[step]
    match error.kind:
        case jsonschema_rs.ValidationErrorKind.AdditionalProperties(unexpected=[name, *_]):
            return place.error(f'"{name}" is unknown{suggestion(name, rule["properties"])}')
        case jsonschema_rs.ValidationErrorKind.Required(property=name):
            return place.error(f"{name} is missing")
        case jsonschema_rs.ValidationErrorKind.Type(types=types):
            kinds = " or ".join(_KINDS[kind] for kind in types)
            return place.error(f"must be {kinds}, not {_shown(error.instance, rule, types)}")
        case jsonschema_rs.ValidationErrorKind.Enum(options=options):
            known = ", ".join(str(option) for option in options if option is not None)
            return place.error(f"must be one of {known}, not {_shown(error.instance, rule, ())}")
    wanted = rule.get("x-wanted")
    if wanted is None:
        return place.error(error.message)
    if isinstance(error.instance, dict):
        return place.error(f"must be {wanted}")
    return place.error(f"must be {wanted}, not {_shown(error.instance, rule, ())}")


def _shown(given: Any, rule: Document, wanted: Sequence[str]) -> str:
    """What a file has where something else was wanted; never a secret."""
    if given is None:
        return "empty"
    if isinstance(given, dict):
        return "a mapping"
    if isinstance(given, list):
        return "a list"
    if rule.get("writeOnly"):
        return "what stands there"
    text = json.dumps(given, ensure_ascii=False)
    if "string" in wanted:
        return f"{text}: put it in quotes"
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


def _completed(value: Any, rule: Document, schema: Document) -> Any:
    """A valid value, with the schema's defaults in place of what it leaves out."""
    rule = _resolved(rule, schema)
    if isinstance(value, list) and "items" in rule:
        return [_completed(part, rule["items"], schema) for part in value]
    if not isinstance(value, dict):
        return value
    completed = dict(value)
    for name, member in rule.get("properties", {}).items():
        if name in value:
            completed[name] = _completed(value[name], member, schema)
        elif "default" in (resolved := _resolved(member, schema)):
            completed[name] = _completed(resolved["default"], resolved, schema)
    return completed


def _resolved(rule: Document, schema: Document) -> Document:
    """The rule that a `$ref` leads to, under the members that stand beside the `$ref`."""
    if "$ref" not in rule:
        return rule
    beside = {name: member for name, member in rule.items() if name != "$ref"}
    return {**_resolved(schema["$defs"][rule["$ref"].removeprefix("#/$defs/")], schema), **beside}
