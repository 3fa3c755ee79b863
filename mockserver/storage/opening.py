"""From a URL to a state: in memory, in a file, or on a server."""

import re
from contextlib import suppress
from importlib import import_module

from mockserver.ports import Ids, State
from mockserver.storage.memory import MemoryState

MEMORY = "memory://"
SHARED_FORM = "postgresql://USER@HOST/DATABASE"
FORMS = f"{MEMORY}, sqlite:///FILE or {SHARED_FORM}"


def is_shared(url: str) -> bool:
    """Can several processes have that state at the same time?"""
    return url.startswith("postgresql:")


def shown(url: str) -> str:
    """A URL without its password."""
    return re.sub(r"(?<=//)([^:/@]*):[^/]*@", r"\1:***@", url)


def load_drivers(url: str) -> None:
    """Import what a shared state takes: processes that are forked afterwards need not, half a second for each."""
    if is_shared(url):
        with suppress(ModuleNotFoundError):  # who opens it says so
            import_module("mockserver.storage.sql.opening")
            import_module("mockserver.storage.sql.postgresql")


class UnusableStateError(ValueError):
    """A state that cannot be opened: one sentence for the user."""


def open_state(url: str, ids: Ids) -> State:
    """`ids` is where ids come from; their place in their sequence is a part of the state.

    Raises UnusableStateError; ModuleNotFoundError where what speaks to a server is not installed.
    """
    if url == MEMORY:
        return MemoryState(ids)
    scheme = url.partition(":")[0]
    if scheme not in ("sqlite", "postgresql"):
        raise UnusableStateError(f"the state {shown(url)} is none of {FORMS}")
    # What is not needed in memory takes a tenth of a second to import.
    from mockserver.storage.sql.opening import CannotOpenError, open_sql

    try:
        return open_sql(url, ids)
    except CannotOpenError as error:
        raise UnusableStateError(str(error)) from error
