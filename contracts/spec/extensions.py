"""Do the parts of a contract that its readers need have the form they need? `openapi/extensions.yaml` says which."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs

from contracts.spec.document import EXTENSIONS, read


def misshapen(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each place of another form, and what is wrong with it."""
    try:
        errors = list(_schema().iter_errors(document))
    except (TypeError, ValueError) as refused:  # what JSON cannot hold
        yield "the document", str(refused)
        return
    for error in errors:
        yield "/".join(map(str, error.instance_path)) or "the document", error.message.splitlines()[0][:300]


@cache
def _schema() -> Any:
    return jsonschema_rs.Draft202012Validator(read(EXTENSIONS))
