"""The library that judges OpenAPI documents, asked about each schema once.

A contract under its readings is judged many times over, and hardly any reading changes a schema: asking again whether
what was one is still one took most of the time.
"""

from typing import Any

from openapi_spec_validator import OpenAPIV31SpecValidator
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError
from openapi_spec_validator.validation.keywords import OpenAPIV31SchemaValidator

_sound: set[tuple[str, str]] = set()  # the dialect of the document, and the schema


class _EachOnce(OpenAPIV31SchemaValidator):
    def _validate_schema_meta(self, schema: Any, schema_value: Any) -> OpenAPIValidationError | None:
        known = self._get_default_jsonschema_dialect_id(schema), repr(schema_value)
        if known in _sound:
            return None
        error = super()._validate_schema_meta(schema, schema_value)
        if error is None:
            _sound.add(known)
        return error


class Validator(OpenAPIV31SpecValidator):
    keyword_validators = {**OpenAPIV31SpecValidator.keyword_validators, "schema": _EachOnce}  # noqa: RUF012 - theirs
