"""What a form says, as the control API wants it: there is one schema for both."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from flask import current_app, request

from mockserver.web.api.reading import Reader
from mockserver.web.api.validation import Validator, first_problem
from mockserver.web.control.problems import instant
from mockserver.web.control.refusing import Invalid

_PLACE = "kordkit.forms"
_WITHOUT_SECONDS = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Forms:
    """`body_schema` gives the schema of a control operation's body by its operationId."""

    body_schema: Callable[[str], Validator]
    reader: Reader

    def keep(self, extensions: dict[str, Any]) -> None:
        extensions[_PLACE] = self


def valid(operation: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as the body of that control operation, without those that are None. Raises Invalid(400)."""
    body = {name: value for name, value in values.items() if value is not None}
    sentence = first_problem(_forms().body_schema(operation), body)
    if sentence is not None:
        raise Invalid(HTTPStatus.BAD_REQUEST, sentence)
    return body


def text(field: str) -> str | None:
    """None: left empty."""
    return request.form.get(field, "").strip() or None


def number(field: str) -> int | str | None:
    """A whole number; what is none is left to the schema to refuse."""
    given = text(field)
    return int(given) if given is not None and re.fullmatch(r"[0-9]{1,18}", given) else given


def moment(field: str) -> str | None:
    """RFC 3339, of a field for date and time, in which UTC is meant."""
    given = text(field)
    if given is None:
        return None
    if _WITHOUT_SECONDS.fullmatch(given):
        given += ":00"
    return given if given.upper().endswith("Z") else f"{given}Z"


def seconds(body: Mapping[str, Any], field: str) -> int | None:
    """Unix seconds of a moment in the body. Raises Invalid(400)."""
    return instant(body, field, _forms().reader) if field in body else None


def _forms() -> Forms:
    return cast(Forms, current_app.extensions[_PLACE])
