"""OpenAPI Overlay 1.0: a list of actions, each a JSONPath and what to update or remove there.

What an action changes is replaced, with all that is around it: a document that was copied shallowly shares the rest
with the one that it was copied from, which stays as it is.
"""

from collections.abc import Sequence
from copy import copy, deepcopy
from typing import Any

import jsonpath

from contracts.errors import ContractError

_SETS = frozenset({"enum", "required", "type"})  # JSON Schema wants their members unique


def apply(document: dict[str, Any], overlay: dict[str, Any], name: str) -> None:
    """Carry out the overlay's actions on the document, in their order; nothing inside of it is changed in its place.

    The specification lets an action that finds nothing pass; here it is an error, because an amendment that amends
    nothing is a mistake. Raises ContractError.
    """
    if not str(overlay.get("overlay", "")).startswith("1."):
        raise ContractError(f"{name} is not an OpenAPI Overlay: its first member must be `overlay: 1.0.0`")
    actions = overlay.get("actions")
    if not isinstance(actions, list) or not actions:
        raise ContractError(f"{name} has no `actions`")
    for number, action in enumerate(actions, 1):
        where = f"{name}, action {number}"
        if not isinstance(action, dict) or not isinstance(action.get("target"), str):
            raise ContractError(f"{where}: `target` is missing")
        if action.get("remove") is not True and "update" not in action:
            raise ContractError(f"{where}: neither `update` nor `remove: true`")
        _carry_out(document, action, where)


def _carry_out(document: dict[str, Any], action: dict[str, Any], where: str) -> None:
    try:
        matches = list(jsonpath.finditer(action["target"], document))
    except jsonpath.JSONPathError as error:
        raise ContractError(f"{where}: {action['target']} is not a JSONPath: {error.args[0]}") from error
    if not matches:
        raise ContractError(f"{where}: {action['target']} matches nothing in the contract")
    # From the back, so that what is around comes after what is in it, and removing a list's member does not move those
    # still to be removed.
    if action.get("remove") is True:
        for parts in sorted({match.parts for match in matches}, reverse=True):
            _remove(document, parts, where)
        return
    for match in reversed(matches):
        _update(_own(document, match.parts), deepcopy(action["update"]), where)


def _own(document: dict[str, Any], parts: Sequence[str | int]) -> Any:
    """What stands there, replaced by a copy with all that is around it."""
    node: Any = document
    for part in parts:
        node[part] = copy(node[part])
        node = node[part]
    return node


def _update(target: Any, update: Any, where: str) -> None:
    if isinstance(target, list):
        target.extend(update if isinstance(update, list) else [update])
    elif isinstance(target, dict) and isinstance(update, dict):
        _merge(target, update)
    else:
        raise ContractError(f"{where}: `target` must select objects or lists, and an object is updated by an object")


def _merge(target: dict[str, Any], update: dict[str, Any]) -> None:
    for name, value in update.items():
        present = target.get(name)
        if isinstance(present, dict) and isinstance(value, dict):
            target[name] = dict(present)
            _merge(target[name], value)
        elif isinstance(present, list) and isinstance(value, list):
            added = [one for one in value if one not in present] if name in _SETS else value
            target[name] = [*present, *added]
        else:
            target[name] = value


def _remove(document: dict[str, Any], parts: Sequence[str | int], where: str) -> None:
    if not parts:
        raise ContractError(f"{where}: the whole document cannot be removed")
    del _own(document, parts[:-1])[parts[-1]]
