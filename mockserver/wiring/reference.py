"""The contract in force as the dashboard's pages show it. Made when somebody looks: a mock's start pays nothing."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from contracts.spec.contract import Contract
from contracts.spec.contract import Operation as Stated
from contracts.spec.document import METHODS, follow, walk
from contracts.spec.extensions import ErrorCause
from contracts.spec.provenance import Provenance, provenance_of, stated_in
from contracts.spec.readings import Question as Open
from contracts.spec.readings import questions_of
from mockserver.application.promises import key_variable
from mockserver.web.dashboard.reference import (
    Answer,
    Badge,
    Idempotency,
    Limit,
    Operation,
    Parameter,
    Question,
    Reading,
    Reference,
    Refusal,
    Statement,
)
from mockserver.wiring.schemas import badge_of, constraint, rows_of, shape_of

Node = Mapping[str, Any]


def reference_of(contract: Contract) -> Reference:
    document = contract.document
    statements = [_statement(node) for _, node in stated_in(document)]
    open_questions = questions_of(document, amended=True)
    questions = list(_questions(contract, open_questions.values()))
    named = {name: _named_by(question) for name, question in open_questions.items()}
    return Reference(
        title=document["info"].get("title", ""),
        version=contract.version,
        documentation=document.get("externalDocs", {}).get("url", ""),
        reading=str(contract.reading),
        levels={
            level: sum(statement.badge.level == level for statement in statements)
            for level in ("documented", "inferred", "assumed")
        },
        key_header=contract.key_header,
        key_badge=badge_of(document["components"]["securitySchemes"]["kordlessKey"]),
        key_variable=key_variable(document),
        algorithm=contract.rate_limits.algorithm,
        limit_headers=contract.rate_limits.headers,
        operations={
            name: _Page(contract, stated, questions, named).operation() for name, stated in contract.operations.items()
        },
        questions=questions,
        statements=statements,
    )


class _Page:
    """What concerns one operation. `named` has the operations that the answers to a question name, by its id."""

    def __init__(
        self,
        contract: Contract,
        stated: Stated,
        questions: Collection[Question],
        named: Mapping[str, Collection[str]],
    ) -> None:
        self._contract = contract
        self._document = contract.document
        self._stated = stated
        self._questions = questions
        self._named = named
        method = next(method for method in METHODS if method.upper() == stated.method)
        self._node: Node = self._document["paths"][stated.path][method]
        self._refusals = [
            error
            for error in contract.errors.values()
            if error.operations is None or stated.id in error.operations
            if error.status in stated.responses
        ]

    def operation(self) -> Operation:
        node, stated, contract = self._node, self._stated, self._contract
        rules = list(self._rules())
        concerned = {badge.id for badge in (*self._within(), *(rule.badge for rule in rules))}
        body = None if stated.body is None else stated.body.schema
        return Operation(
            id=stated.id,
            method=stated.method,
            path=stated.path,
            summary=node.get("summary", ""),
            description=node.get("description", ""),
            key_kind=stated.key_kind,
            badge=_badge(stated.provenance),
            parameters=[self._parameter(self._followed(each)) for each in node.get("parameters", ())],
            body=None if body is None else list(rows_of(self._document, body)),
            body_shape=None if body is None else shape_of(self._document, body),
            body_example=_example(self._document, self._followed(node.get("requestBody", {}))),
            answers=[self._answer(status) for status in sorted(stated.responses)],
            refusals=[self._refusal(error) for error in sorted(self._refusals, key=lambda error: error.status)],
            limits=[
                Limit(p.name, p.limit, p.window, p.scope, p.counts, _badge(p.provenance))
                for p in (contract.rate_limits.policies[name] for name in stated.policies)
            ],
            idempotency=self._idempotency(),
            questions=[
                question
                for question in self._questions
                if question.badge.id in concerned or stated.id in self._named[question.id]
            ],
            subjects=sorted({rule.badge.subject for rule in rules}),
        )

    def _parameter(self, node: Node) -> Parameter:
        row = next(rows_of(self._document, node["schema"], node["name"]))
        says = ". ".join(text for text in (node.get("description", ""), row.says) if text)
        badge = badge_of(node) or row.badge
        example = node.get("example")
        required = bool(node.get("required"))
        return Parameter(
            node["in"],
            row._replace(required=required, says=says, badge=badge),
            None if example is None else str(example),
        )

    def _answer(self, status: int) -> Answer:
        node = self._followed(self._node["responses"][str(status)])
        level = next(
            (level for level, listed in self._node.get("x-statuses", {}).items() if status in listed),
            None,
        )
        headers = []
        for name, header in node.get("headers", {}).items():
            row = next(rows_of(self._document, self._followed(header)["schema"], name))
            stated = self._followed(header)
            badge = badge_of(stated) or row.badge
            headers.append(row._replace(says=stated.get("description", row.says), badge=badge))
        schema = next((content["schema"] for content in node.get("content", {}).values() if "schema" in content), None)
        return Answer(
            status,
            level,
            node.get("description", ""),
            badge_of(node),
            None if schema is None else shape_of(self._document, schema),
            headers,
            [] if schema is None else list(rows_of(self._document, schema)),
            _example(self._document, node),
        )

    def _refusal(self, error: ErrorCause) -> Refusal:
        named = self._document["x-error-types"].get(error.type)
        return Refusal(
            error.cause,
            error.status,
            sorted(error.also_accepted),
            error.type,
            None if named is None else badge_of(named),
            error.detail,
            error.retry_after,
            _badge(error.provenance),
        )

    def _idempotency(self) -> Idempotency | None:
        stated = self._contract.idempotency
        if self._stated.id not in stated.operations:
            return None
        badge = _badge(stated.provenance)
        return Idempotency(stated.header, stated.replayed_header, stated.lifetime, sorted(stated.stored), badge)

    def _rules(self) -> Iterator[Statement]:
        """The rules of the subjects that it touches: those of its own statements, and those that touch every one."""
        wide = {"limits": self._stated.policies, "auth": self._stated.key_kind, "idempotency": self._idempotency()}
        subjects = {badge.id.partition(".")[0] for badge in self._within()} - wide.keys() | {"http", "time"}
        subjects |= {subject for subject, concerned in wide.items() if concerned}
        for name, node in self._document["x-rules"].items():
            if name.partition(".")[0] in subjects:
                yield _statement(node)

    def _within(self) -> Iterator[Badge]:
        """What is stated in the operation, in what it refers to, by the causes that refuse it and their types."""
        yield _badge(self._stated.provenance)
        for node in _reached(self._document, self._node, set()):
            if "x-provenance" in node:
                yield _badge(provenance_of(node))
        for error in self._refusals:
            yield _badge(error.provenance)
            named = self._document["x-error-types"].get(error.type)
            if named is not None:
                yield _badge(provenance_of(named))
        for name in self._stated.policies:
            yield _badge(self._contract.rate_limits.policies[name].provenance)

    def _followed(self, node: Any) -> Any:
        return follow(self._document, node)


def _badge(provenance: Provenance) -> Badge:
    return Badge(provenance.id, provenance.level, provenance.page)


def _statement(node: Node) -> Statement:
    said = next((node[name] for name in ("value", "detail", "summary", "description", "limit") if name in node), "")
    return Statement(constraint(said), _badge(provenance_of(node)))


def _questions(contract: Contract, questions: Iterable[Open]) -> Iterator[Question]:
    answers = contract.reading.answers
    for question in questions:
        chosen = answers.get(question.id)
        readings = [
            Reading(None, question.assumed, chosen is None),
            *(Reading(answer.name, answer.summary, chosen == answer.name) for answer in question.answers.values()),
        ]
        yield Question(question.id, _badge(question.statement), readings)


def _named_by(question: Open) -> set[str]:
    """The operations that would be refused for a cause, or have something else, by one of its answers alone."""
    updates = [action.get("update") for answer in question.answers.values() for action in answer.actions]
    return {name for update in updates if isinstance(update, Mapping) for name in update.get("operations", ())}


def _example(document: Any, node: Node) -> Any:
    """The first one of a body; None where there is none."""
    for content in node.get("content", {}).values():
        for example in content.get("examples", {}).values():
            return follow(document, example).get("value")
    return None


def _reached(document: Any, node: Any, seen: set[str]) -> Iterator[dict[str, Any]]:
    """The node, what is below it, and what that refers to; links lead to other operations and are left out."""
    for path, part in walk(node):
        if "links" in path:
            continue
        yield part
        reference = part.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            yield from _reached(document, follow(document, {"$ref": reference}), seen)
