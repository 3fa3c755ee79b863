"""Whatever is wrong with a document: `lint` ends with findings or none, loading it raises nothing but ContractError."""

from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.errors import ContractError
from contracts.lint import lint
from contracts.spec.contract import Contract
from contracts.spec.document import read
from tests.effort import draws

Path_ = tuple[str | int, ...]
SHIPPED = read(None)

_STRANGE: list[Any] = [None, True, 0, -1, 3.5, "", "$ref", "^(", "{", "documented", [], [1], ["x"], [[]], {}, {"x": 1}]
_STRANGE += [{"$ref": target} for target in ("#/components/schemas/Error", "#/nowhere", "#/x-rules", "#/openapi", 5)]
_STRANGE += [{"x-provenance": 1}, {"x-provenance": {"id": [1]}}, {"type": "array"}, {"properties": {"x": None}}]


def _paths(node: Any, path: Path_ = ()) -> Iterator[Path_]:
    for name, child in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*path, name)
        yield from _paths(child, (*path, name))


def _at(document: Any, path: Path_) -> Any:
    for part in path:
        document = document[part]
    return document


PATHS = list(_paths(SHIPPED))
_PLACES = st.sampled_from(PATHS)
# None: the node is removed; a path: what stands there takes its place; else: something strange does.
_CHANGES = st.one_of(
    st.none(),
    st.builds(lambda path: [_at(SHIPPED, path)], _PLACES),
    st.builds(lambda strange: [strange], st.sampled_from(_STRANGE)),
)


def _mutated(place: Path_, change: list[Any] | None) -> dict[str, Any]:
    document = deepcopy(SHIPPED)
    holder = _at(document, place[:-1])
    if change is None:
        del holder[place[-1]]
    else:
        holder[place[-1]] = deepcopy(change[0])
    return document


def _use(contract: Contract) -> None:
    """What readers do with a contract once it is loaded."""
    assert contract.version
    assert contract.server
    assert contract.rate_limits.headers["limit"]
    assert list(contract.rules("spelling.field.")) is not None
    for operation in contract.operations.values():
        operation.query.is_valid({})
        for answer in operation.responses.values():
            list(answer.problems({}))
    for error in contract.errors.values():
        error.detail.format_map(dict.fromkeys(_names(error.detail), ""))


def _names(detail: str) -> list[str]:
    return [part.partition("}")[0] for part in detail.split("{")[1:]]


@settings(max_examples=draws(25), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(place=_PLACES, change=_CHANGES)
def test_lint_of_a_mutated_contract_ends_in_findings_or_none(place: Path_, change: list[Any] | None) -> None:
    document = _mutated(place, change)
    if not lint(document):
        _use(Contract.of(document))


@settings(max_examples=draws(100), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(place=_PLACES, change=_CHANGES)
def test_loading_a_mutated_contract_succeeds_or_is_a_contract_error(place: Path_, change: list[Any] | None) -> None:
    with suppress(ContractError):
        _use(Contract.of(_mutated(place, change)))
