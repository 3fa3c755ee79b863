"""A dataset file, read and judged: YAML → what schema.yaml allows → with its defaults filled in.

Whatever is wrong with a file is told as one sentence: file, path inside it, reason.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs

_SCHEMA = Path(__file__).with_name("schema.yaml")
_LONGEST_QUOTE = 60
_MOST_BYTES = 128 * 2**20  # more than `Parse` takes
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
Parse = Callable[[bytes], object]  # YAML, strictly; a ValueError says what is wrong, and may have a `line`
Shipped = Callable[[Path], dict[str, Any]]  # the content of a YAML file of ours, which is sound


class DatasetError(Exception):
    """One sentence: file, path inside it, reason."""


class Place(NamedTuple):
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


def read(path: Path, file: str, parse: Parse) -> object:
    """The content of a YAML file; `file` is what messages call it. Raises DatasetError."""
    try:
        with path.open("rb") as content:
            return parse(content.read(_MOST_BYTES))
    except OSError as error:
        raise DatasetError(f"{file}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        line = getattr(error, "line", None)
        where = "" if line is None else f"line {line}: "
        raise DatasetError(f"{file}: {where}{error}") from None


def checked(content: object, file: str, shipped: Shipped) -> Document:
    """The content with every default of the schema filled in. Raises DatasetError."""
    schema, validator = _schema(shipped)
    if not validator.is_valid(content):
        errors = list(validator.iter_errors(content))
        # A misspelt member is often a missing one as well; that it is misspelt helps more.
        unknown = (e for e in errors if e.kind.name == "additionalProperties")
        raise _explained(next(unknown, errors[0]), schema, file)
    completed: Document = _completed(content, schema, schema)
    return completed


@cache
def _schema(shipped: Shipped) -> tuple[Document, jsonschema_rs.Validator]:
    schema = shipped(_SCHEMA)
    return schema, jsonschema_rs.validator_for(schema, validate_formats=True)


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
