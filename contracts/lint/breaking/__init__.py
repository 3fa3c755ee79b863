"""What a change of the contract means to those who rely on it: `kordkit lint --breaking OLD NEW`."""

from collections.abc import Sequence
from itertools import chain

from contracts.lint.breaking.changes import Change
from contracts.lint.breaking.extensions import extension_changes
from contracts.lint.breaking.operations import operation_changes
from contracts.lint.breaking.wording import wording_changes
from contracts.lint.finding import Document

__all__ = ["Change", "changes_between"]


def changes_between(old: Document, new: Document) -> Sequence[Change]:
    """Those that break first, then those that do not, then those of the wording. Both documents are sound ones."""
    found = list(dict.fromkeys(chain(operation_changes(old, new), extension_changes(old, new))))
    found += wording_changes(old, new, found)
    return sorted(found, key=lambda change: change.kind.value)
