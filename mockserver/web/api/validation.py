"""Is a request what its operation wants? The contract's compiled schemas decide; here the answer becomes a sentence."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from mockserver.domain.errors import Refused
from mockserver.web.api.exchange import Exchange

_NOTHING = "nothing in this API"
_TELLING_LETTERS = 4  # fewer stand in many words
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_INTEGER = re.compile(r"-?[0-9]{1,18}")


class Problem(Protocol):
    @property
    def path(self) -> tuple[str | int, ...]: ...
    @property
    def keyword(self) -> str: ...
    @property
    def limit(self) -> Any: ...
    @property
    def field(self) -> str: ...


class Members(Protocol):
    """What a schema declares of an object."""

    @property
    def declared(self) -> Mapping[str, Any]: ...
    @property
    def objects(self) -> Iterable[tuple[str, "Members"]]: ...


class Validator(Protocol):
    """A compiled schema, as the contract hands it out."""

    @property
    def members(self) -> Members: ...
    def is_valid(self, instance: object) -> bool: ...
    def problems(self, instance: object) -> Iterable[Problem]: ...
    def complete(self, instance: Mapping[str, Any]) -> dict[str, Any]:
        """Of a valid object: null counts as absent, and what is absent has its default."""


class Spellings:
    """The API's own spellings of one thing (`starts_at`, `start_at`, `startsAt`), and where each of them belongs."""

    def __init__(self, groups: Iterable[Mapping[str, str]]) -> None:
        self._groups = {name: group for group in groups for name in group}

    def mistaken_for(self, field: str, present: Iterable[str]) -> "Misspelling | None":
        """The member that a client probably meant as `field`."""
        return next(filter(None, (self._compared(name, field) for name in present)), None)

    def meant_by(self, name: str, fields: Iterable[str]) -> "Misspelling | None":
        """The one of an operation's fields that a client probably meant by a name that is none of them."""
        return next(filter(None, (self._compared(name, field) for field in fields)), None)

    def resembled_by(self, name: str, fields: Iterable[str]) -> "Misspelling | None":
        """The one of the fields whose name has this one in it, or is a part of it: `mail`, `phoneNumber`."""
        return next((Misspelling(name, _NOTHING, field) for field in fields if _resemble(name, field)), None)

    def _compared(self, name: str, field: str) -> "Misspelling | None":
        group = self._groups.get(field, {})
        if name in group:
            return Misspelling(name, group[name], field)
        if name != field and _letters(name) == _letters(field):
            return Misspelling(name, _NOTHING, field)
        return None


class Misspelling(NamedTuple):
    """A member that was found, whose spelling it is, and the field that was probably meant."""

    found: str
    where: str
    field: str

    def within(self, place: str) -> "Misspelling":
        """With the path of the object that it stands in; empty for the body itself."""
        return Misspelling(f"{place}.{self.found}", self.where, f"{place}.{self.field}") if place else self

    def refusal(self, operation: str) -> Refused:
        return Refused(
            "misspelled_field",
            found=self.found,
            where=self.where,
            operation=operation,
            field=self.field,
            wanted=self.field,
        )


class Checker:
    """Checks the query and the body of one operation. Raises Refused with the first problem found."""

    def __init__(
        self,
        operation: str,
        query: Validator,
        query_types: Mapping[str, str],
        body: Validator | None,
        spellings: Spellings,
    ) -> None:
        self._operation = operation
        self._query = query
        self._types = query_types
        self._integers = [name for name, kind in query_types.items() if kind == "integer"]
        self._body = body
        self._spellings = spellings
        self._wants_query = bool(query.complete({})) or not query.is_valid({})

    def check(self, exchange: Exchange) -> None:
        """Integers of the query become integers; what is absent has its default, and null counts as absent."""
        if exchange.query or self._wants_query:
            self._check_query(exchange)
        if self._body is not None:
            self._refuse_invalid(self._body, exchange.body)
            exchange.body = self._body.complete(exchange.body)

    def _check_query(self, exchange: Exchange) -> None:
        for name, value in exchange.query.items():
            if isinstance(value, list) and name in self._types:
                raise Refused("repeated_parameter", field=name)
        for name in self._integers:
            value = exchange.query.get(name)
            if isinstance(value, str) and _INTEGER.fullmatch(value):
                exchange.query = {**exchange.query, name: int(value)}
        self._refuse_invalid(self._query, exchange.query)
        exchange.query = self._query.complete(exchange.query)

    def require_text(self, values: Mapping[str, Any], field: str) -> str:
        """A member that is needed before everything else is looked at."""
        value = values.get(field)
        if isinstance(value, str):
            return value
        if isinstance(value, list) and field in self._types:
            raise Refused("repeated_parameter", field=field)
        if field in values:
            raise Refused("invalid_field", field=field, problem="must be a string")
        raise self._missing(field, field, values)

    def _refuse_invalid(self, validator: Validator, instance: Mapping[str, Any]) -> None:
        if validator.is_valid(instance):
            return
        for problem in validator.problems(instance):
            if problem.keyword == "required":
                holder: Any = instance
                for part in problem.path[:-1]:
                    holder = holder[part]
                raise self._missing(problem.field, str(problem.path[-1]), holder)
            if problem.keyword == "additionalProperties":
                self._refuse_misspelled(problem, validator)
            if problem.keyword == "requiredAny":
                raise Refused("missing_field", field=" or ".join(problem.limit))
            raise Refused("invalid_field", field=problem.field or "body", problem=_sentence(problem))

    def _refuse_misspelled(self, problem: Problem, validator: Validator) -> None:
        """Of unknown members of the body and of the objects in it."""
        members = validator.members
        for step in problem.path:
            inner = dict(members.objects)
            if step not in inner:
                return
            members = inner[str(step)]
        for name in problem.limit:
            meant = self._spellings.meant_by(name, members.declared)
            if meant is not None:
                raise meant.within(problem.field).refusal(self._operation)

    def _missing(self, field: str, name: str, holder: Mapping[str, Any]) -> Refused:
        meant = self._spellings.mistaken_for(name, holder)
        if meant is not None:
            return meant.refusal(self._operation)
        if field == "contact" and "contact" in self._types:
            return Refused("missing_contact")
        return Refused("missing_field", field=field)


_TYPES = {"string": "a string", "integer": "an integer", "object": "an object", "array": "a list", "number": "a number"}
_FORMATS = {
    "date-time": "is not a valid RFC 3339 time such as 2025-12-03T15:00:00Z",
    "email": "is not a valid email address",
}
_SENTENCES: Mapping[str, Callable[[Any], str]] = {
    # That null would do, too, is no help to who sent something.
    "type": lambda types: "must be " + " or ".join(_TYPES.get(t, t) for t in types if t != "null" or len(types) == 1),
    "enum": lambda options: "must be one of " + ", ".join(map(str, options)),
    "additionalProperties": lambda names: f"has the unknown member {names[0]}",
    "const": lambda value: f"must be {value}",
    "minimum": lambda limit: f"must be at least {limit}",
    "maximum": lambda limit: f"must be at most {limit}",
    "minLength": lambda limit: "must not be empty" if limit == 1 else f"must have at least {limit} characters",
    "maxLength": lambda limit: f"must not have more than {limit} characters",
    "minItems": lambda limit: f"must have at least {limit} items",
    "maxItems": lambda limit: f"must not have more than {limit} items",
    "pattern": lambda pattern: f"must match {pattern}",
    "format": lambda name: _FORMATS.get(name, f"is not a valid {name}"),
}


def first_problem(validator: Validator, instance: object) -> str | None:
    """One sentence on what is wrong, None where nothing is."""
    for problem in validator.problems(instance):
        if problem.keyword == "required":
            return f"{problem.field} is required"
        return f"{problem.field or 'the body'} {_sentence(problem)}"
    return None


def _sentence(problem: Problem) -> str:
    sentence = _SENTENCES.get(problem.keyword)
    return sentence(problem.limit) if sentence else "is not valid"


def _resemble(name: str, field: str) -> bool:
    """Only a plain name does: it goes into a header, and may have been sent by anybody."""
    short, long = sorted((_letters(name), _letters(field)), key=len)
    alike = len(short) >= _TELLING_LETTERS and (long.startswith(short) or long.endswith(short))
    return alike and _PLAIN_NAME.fullmatch(name) is not None


def _letters(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
