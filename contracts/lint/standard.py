"""The foundations: OpenAPI 3.1, the form of our extensions, and references that lead somewhere."""

from collections.abc import Iterator

from contracts.errors import ContractError
from contracts.lint.finding import Document, Finding, place
from contracts.spec.document import follow, walk
from contracts.spec.extensions import misshapen


def openapi_is_valid(document: Document) -> Iterator[Finding]:
    from contracts.lint.openapi import Validator  # takes a third of a second to import

    if not str(document.get("openapi", "")).startswith("3.1"):
        yield Finding("openapi", "the document is not OpenAPI 3.1")
        return
    try:
        for error in Validator(document).iter_errors():
            yield Finding(place(error.absolute_path), error.message.splitlines()[0][:300])
    except Exception as error:
        # The validator follows references and reads members before it has checked them, and fails in many ways.
        yield Finding("the document", f"the document cannot be validated: {type(error).__name__} {str(error)[:200]!r}")


def extensions_have_their_form(document: Document) -> Iterator[Finding]:
    for where, trouble in misshapen(document):
        yield Finding(where, trouble)


def references_resolve(document: Document) -> Iterator[Finding]:
    for path, node in walk(document):
        # What a reading would put elsewhere leads somewhere once it is there.
        if isinstance(node.get("$ref"), str) and path[:1] != ("x-readings",):
            try:
                follow(document, node)
            except ContractError as error:
                yield Finding(place(path), str(error))
