"""Is the contract document itself sound? Each check yields findings; none: what others rely on is there."""

from collections.abc import Iterable, Iterator

from contracts.errors import ContractError
from contracts.lint.examples import examples_fit_their_schemas
from contracts.lint.finding import Check, Document, Finding
from contracts.lint.generators import generators_can_read_it, webhooks_have_their_security
from contracts.lint.links import links_resolve
from contracts.lint.operations import operations_are_complete, security_is_declared
from contracts.lint.readings import readings_are_lawful
from contracts.lint.standard import extensions_have_their_form, openapi_is_valid, references_resolve
from contracts.lint.statements import (
    errors_exist,
    idempotency_is_declared,
    policies_exist,
    provenance_is_whole,
    untested_statements_exist,
)
from contracts.spec.contract import Contract

__all__ = ["Finding", "lint", "lint_readings"]


def readers_can_use_it(document: Document) -> Iterator[Finding]:
    try:
        Contract.of(document)
    except ContractError as error:
        yield Finding("the document", str(error))


# Later checks rely on what the foundations found sound: with a broken one they don't run.
FOUNDATIONS: tuple[Check, ...] = (openapi_is_valid, extensions_have_their_form, references_resolve)
OF_OPENAPI: tuple[Check, ...] = (
    examples_fit_their_schemas,
    operations_are_complete,
    security_is_declared,
    links_resolve,
    generators_can_read_it,
    webhooks_have_their_security,
)
OF_EXTENSIONS: tuple[Check, ...] = (
    policies_exist,
    idempotency_is_declared,
    errors_exist,
    provenance_is_whole,
    untested_statements_exist,
    readers_can_use_it,
)
CHECKS = (*OF_OPENAPI, *OF_EXTENSIONS)


def lint(document: Document) -> list[Finding]:
    """All findings of all checks, in the order of the checks."""
    return _found(FOUNDATIONS, document) or _found(CHECKS, document)


def lint_readings(document: Document) -> list[Finding]:
    """What is wrong with the readings of a document that is sound itself."""
    of_extensions = (extensions_have_their_form, *OF_EXTENSIONS)
    of_openapi = (openapi_is_valid, references_resolve, *OF_OPENAPI)
    return _found([lambda one: readings_are_lawful(one, of_extensions, of_openapi)], document)


def _found(checks: Iterable[Check], document: Document) -> list[Finding]:
    found: list[Finding] = []
    for check in checks:
        try:
            found.extend(check(document))
        except ContractError as error:
            found.append(Finding("the document", str(error)))
        except RecursionError:
            found.append(Finding("the document", f"a schema contains itself: {check.__name__} cannot end"))
    return found
