"""Each operation as a request that really works at this mock, written in four languages.

Keys do not stand in it: they are read from environment variables, as the documentation wants it
(/api/authentication), those that `kordkit run` sets too.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from mockserver.web.dashboard.literals import JAVASCRIPT, PYTHON, RUBY, Variable, shell_header, shell_word
from mockserver.web.dashboard.reference import Operation, Parameter

PLATFORM_KEY = "KORDKIT_PLATFORM_KEY"
SECONDS = 10  # until a client gives up


class Filling(NamedTuple):
    """What parameters, and members of a body, are filled with; where nothing stands, the contract's example does."""

    parameters: Mapping[str, str]
    members: Mapping[str, Any]


class Example(NamedTuple):
    """A request; headers may be Variables. No `body`: it brings none."""

    method: str
    url: str
    headers: Mapping[str, str | Variable]
    body: Any


class Written(NamedTuple):
    """In one language; `run` is the command that runs it."""

    language: str
    run: str
    code: str


class Keys(NamedTuple):
    """The header that carries a key, and the variable that holds a public one."""

    header: str
    variable: str

    def of(self, kind: str) -> Variable:
        return Variable(PLATFORM_KEY if kind == "platform" else self.variable)


def example_of(operation: Operation, filling: Filling, keys: Keys, base: str) -> Example:
    """`base` is what the paths of the contract are appended to."""
    given = {each.row.name: value for each in operation.parameters if (value := _value(each, filling)) is not None}
    places = {each.row.name: each.place for each in operation.parameters}
    path = operation.path
    for name, value in given.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    query = urlencode({name: value for name, value in given.items() if places[name] == "query"})
    headers: dict[str, str | Variable] = {}
    if operation.key_kind is not None:
        headers[keys.header] = keys.of(operation.key_kind)
    headers |= {name: value for name, value in given.items() if places[name] == "header"}
    body = operation.body_example
    if operation.body is not None and isinstance(body, dict):
        headers["Content-Type"] = "application/json"
        body = {**body, **{name: value for name, value in filling.members.items() if name in body}}
    return Example(operation.method, f"{base}{path}{'?' if query else ''}{query}", headers, body)


def _value(parameter: Parameter, filling: Filling) -> str | None:
    """None: the parameter is left out, as it may be."""
    known = filling.parameters.get(parameter.row.name)
    if parameter.row.required:
        return known or parameter.example or "…"
    return (known or parameter.example) if parameter.place == "header" else None


def written(example: Example) -> Sequence[Written]:
    return [write(example) for write in _WRITERS]


def _curl(example: Example) -> Written:
    options = ["curl -sS -i"]
    if example.method != "GET":
        options.append(f"-X {example.method}")
    options += [f"-H {shell_header(name, value)}" for name, value in example.headers.items()]
    if example.body is not None:
        options.append(f"-d {shell_word(json.dumps(example.body, indent=2, ensure_ascii=False))}")
    options.append(shell_word(example.url))
    return Written("curl", "sh example.sh", " \\\n  ".join(options) + "\n")


def _python(example: Example) -> Written:
    arguments = [PYTHON.write(example.url)]
    if example.headers:
        arguments.append(f"headers={PYTHON.write(example.headers, 1)}")
    if example.body is not None:
        arguments.append(f"json={PYTHON.write(example.body, 1)}")
    arguments.append(f"timeout={SECONDS}")
    lines = [
        "import os\n" if _has_variables(example) else "",
        "\nimport requests\n" if _has_variables(example) else "import requests\n",
        f"\nanswer = requests.{example.method.lower()}(\n",
        *(f"    {argument},\n" for argument in arguments),
        ")\n",
        "print(answer.status_code, answer.json())\n",
    ]
    return Written("Python", "python example.py", "".join(lines))


def _javascript(example: Example) -> Written:
    members = []
    if example.method != "GET":
        members.append(f"method: {JAVASCRIPT.write(example.method)}")
    if example.headers:
        members.append(f"headers: {JAVASCRIPT.write(example.headers, 1)}")
    if example.body is not None:
        members.append(f"body: JSON.stringify({JAVASCRIPT.write(example.body, 1)})")
    members.append(f"signal: AbortSignal.timeout({SECONDS}_000)")
    options = "".join(f"  {member},\n" for member in members)
    code = (
        f"const answer = await fetch({JAVASCRIPT.write(example.url)}, {{\n{options}}});\n"
        "console.log(answer.status, await answer.json());\n"
    )
    return Written("JavaScript", "node example.mjs", code)


def _ruby(example: Example) -> Written:
    # A hash in the last place would be taken for named arguments by no Ruby since 3.0.
    headers = f", {RUBY.write(example.headers)}" if example.headers else ""
    body = f"request.body = JSON.generate({RUBY.write(example.body)})\n" if example.body is not None else ""
    code = (
        'require "json"\nrequire "net/http"\n\n'
        f"uri = URI({RUBY.write(example.url)})\n"
        f"request = Net::HTTP::{example.method.title()}.new(uri{headers})\n"
        f"{body}"
        f'options = {{ use_ssl: uri.scheme == "https", open_timeout: {SECONDS}, read_timeout: {SECONDS} }}\n'
        "answer = Net::HTTP.start(uri.hostname, uri.port, options) { |http| http.request(request) }\n"
        "puts answer.code, JSON.pretty_generate(JSON.parse(answer.body))\n"
    )
    return Written("Ruby", "ruby example.rb", code)


def _has_variables(example: Example) -> bool:
    return any(isinstance(value, Variable) for value in example.headers.values())


_WRITERS: Sequence[Callable[[Example], Written]] = (_curl, _python, _javascript, _ruby)
