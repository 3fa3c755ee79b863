"""The other answers of `x-readings`: does each apply, leave a sound contract, and everything documented as it is?"""

from collections.abc import Iterator, Sequence
from typing import Any

from contracts.errors import ContractError
from contracts.lint.finding import Check, Document, Finding
from contracts.spec.provenance import provenance_of, stated_in
from contracts.spec.readings import overlay_of, questions_of, spelled

# What stands in a documented node by the way, and is what other statements say.
_BESIDE = {
    "x-errors": frozenset({"type", "detail", "status", "also_accepted"}),
    "x-idempotency": frozenset({"replayed_header", "replay_status", "scope", "lifetime", "stored"}),
    "components": frozenset({"additionalProperties", "headers"}),
    "paths": frozenset({"x-rate-limit", "x-statuses", "responses"}),
}


def readings_are_lawful(
    document: Document, of_extensions: Sequence[Check], of_openapi: Sequence[Check]
) -> Iterator[Finding]:
    """The checks `of_openapi` are asked where an answer changes more than extensions."""
    questions, before = questions_of(document), documented(document)
    for question in questions.values():
        if question.statement.level == "documented":
            yield Finding(f"x-readings {question.id}", "what is documented is no open question")
        if not question.answers:
            yield Finding(f"x-readings {question.id}", "there is no other answer")
        for answer in question.answers.values():
            overlay = overlay_of(questions, spelled(questions, {question.id: answer.name}))
            for trouble in _troubles(document, overlay, before, of_extensions, of_openapi):
                yield Finding(f"x-readings {question.id}={answer.name}", trouble)


def _troubles(
    document: Document,
    overlay: dict[str, Any],
    before: dict[str, Any],
    of_extensions: Sequence[Check],
    of_openapi: Sequence[Check],
) -> Iterator[str]:
    from contracts.spec.overlay import apply  # JSONPath is wanted by amendments alone

    amended = dict(document)
    try:
        apply(amended, overlay, "it")
        asked = of_extensions if _plain(amended) == _plain(document) else [*of_openapi, *of_extensions]
        for finding in (finding for check in asked for finding in check(amended)):
            yield f"{finding.where}: {finding.trouble}"
        after = documented(amended)
    except ContractError as error:
        yield str(error)
        return
    for identity in sorted(before):
        if before[identity] != after.get(identity):
            yield f"{identity} is documented, and changed by it"


def _plain(document: Document) -> Document:
    """Without the extensions at its top, which mean nothing to OpenAPI."""
    return {name: value for name, value in document.items() if not name.startswith("x-")}


def documented(document: Document) -> dict[str, Any]:
    """What each documented statement is about, without what other statements are about."""
    found = {}
    for path, node in stated_in(document):
        provenance = provenance_of(node)
        if provenance.level == "documented":
            beside = _BESIDE.get(str(path[0]) if path else "", frozenset())
            found[provenance.id] = {name: _own(part) for name, part in node.items() if name not in beside}
            if path[0] == "x-errors":  # which of the documented statuses is given is left open
                found[provenance.id] |= {"status": {node["status"], *node.get("also_accepted", ())}}
    return found


def _own(node: Any) -> Any:
    """An example states nothing."""
    if isinstance(node, dict):
        return None if "x-provenance" in node else {n: _own(part) for n, part in node.items() if n != "examples"}
    return [_own(part) for part in node] if isinstance(node, list) else node
