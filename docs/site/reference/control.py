"""The control API, from its own OpenAPI document."""

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.spec.document import CONTROL, METHODS, follow, read
from docs.site.markdown import code, prose, table

Node = Mapping[str, Any]


def page() -> str:
    document = read(CONTROL)
    sections = [
        _section(document, path, method, item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]
    head = f"# The control API\n\n{document['info']['description'].strip()}\n"
    return "\n".join([head, *sections])


def _section(document: dict[str, Any], path: str, method: str, operation: Node) -> str:
    return "\n".join(
        [
            f"## `{method.upper()} {path}`\n",
            f"{operation['summary']}.\n".replace("?.", "?"),
            f"{operation['description'].strip()}\n" if "description" in operation else "",
            table(("parameter", "in", "form", ""), _parameters(document, operation)),
            _titled("Body", table(("member", "form", ""), _body(document, operation))),
            table(("answer", "", "members"), _answers(document, operation)),
        ]
    )


def _titled(title: str, text: str) -> str:
    return f"{title}:\n\n{text}" if text else ""


def _parameters(document: dict[str, Any], operation: Node) -> Iterator[tuple[str, ...]]:
    for stated in operation.get("parameters", ()):
        parameter = follow(document, stated)
        form = _form(document, parameter["schema"])
        yield code(parameter["name"]), parameter["in"], form, prose(parameter.get("description", ""))


def _body(document: dict[str, Any], operation: Node) -> Iterator[tuple[str, ...]]:
    for schema in _schemas(document, operation.get("requestBody", {})):
        required = schema.get("required", ())
        for name, stated in schema.get("properties", {}).items():
            text = follow(document, stated).get("description", "")
            yield code(name), _form(document, stated), f"{prose(text)} {'(required)' if name in required else ''}"


def _answers(document: dict[str, Any], operation: Node) -> Iterator[tuple[str, ...]]:
    for status, stated in operation["responses"].items():
        response = follow(document, stated)
        members = [name for schema in _schemas(document, response) for name in schema.get("properties", {})]
        yield status, prose(response["description"]), ", ".join(map(code, members))


def _schemas(document: dict[str, Any], message: Node) -> Iterator[Node]:
    """Of a request or an answer, with what it is put together from."""
    for media in message.get("content", {}).values():
        yield from _parts(document, media.get("schema", {}))


def _parts(document: dict[str, Any], schema: Node) -> Iterator[Node]:
    found = follow(document, schema)
    for keyword in ("allOf", "anyOf", "oneOf"):
        for part in found.get(keyword, ()):
            yield from _parts(document, part)
    yield found


def _form(document: dict[str, Any], schema: Node) -> str:
    """A word or two about what a value looks like."""
    found = follow(document, schema)
    if "enum" in found or "const" in found:
        return " or ".join(code(value) for value in found.get("enum", [found.get("const")]))
    kind = found.get("type", "")
    kinds = " or ".join(kind) if isinstance(kind, list) else kind
    bounds = [f"{word} {found[name]}" for name, word in (("minimum", "from"), ("maximum", "to")) if name in found]
    return " ".join([kinds, *([found["format"]] if "format" in found else []), *bounds])
