"""Error types, and the causes that are answered with them."""

from contracts.spec.contract import Contract
from contracts.spec.provenance import provenance_of
from docs.site.markdown import code, codes, table

INTRODUCTION = """# Errors

Every error has the members {members}. A program goes by the type; the sentence is for people.

## Types
"""
CAUSES = """## Causes

What makes a server refuse a request. The name of a cause stands in the journal, and in `x-errors` of the
[contract](../contract.md); clients see status, type and sentence. Without operations it can happen in every one.
"""


def page() -> str:
    contract = Contract.load()
    types = contract.document["x-error-types"]
    causes = contract.errors.values()
    return "\n".join(
        [
            INTRODUCTION.format(members=codes(contract.document["x-error-members"].values())),
            table(
                ("type", "statuses", "level", "page"),
                (
                    (
                        code(name),
                        ", ".join(sorted({str(error.status) for error in causes if error.type == name})),
                        provenance_of(node).level,
                        provenance_of(node).page or "",
                    )
                    for name, node in types.items()
                ),
            ),
            CAUSES,
            table(
                ("cause", "status", "type", "sentence", "operations", "level"),
                (
                    (
                        code(error.cause),
                        str(error.status),
                        code(error.type),
                        code(error.detail),
                        codes(sorted(error.operations or ())),
                        error.provenance.level,
                    )
                    for error in causes
                ),
            ),
        ]
    )
