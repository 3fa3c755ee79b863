"""A whole state out of a database, or into one, without a mock that runs."""

from contextlib import closing
from typing import Any

from mockserver.adapters.ids import RandomIds
from mockserver.application.admin import Admin
from mockserver.application.snapshot import SnapshotError
from mockserver.settings import Settings
from mockserver.storage.opening import UnusableStateError, open_state
from mockserver.web.api.validation import first_problem
from mockserver.web.control.problems import whole
from mockserver.wiring import Unusable, build
from mockserver.wiring.shared import control_schema


def exchanged(url: str, data: str | None, seed: int | None, held: Any) -> Any:
    """What the state at that URL holds; or None, after it has been given what is `held`.

    `data` names the dataset of a state that has not begun. Raises Unusable.
    """
    built = build(Settings(state=url, data=_dataset_of(url, seed) or data or Settings().data, seed=seed))
    with closing(built.mock.state):
        admin = Admin(built.mock)
        if held is None:
            return admin.export_state()
        sentence = first_problem(control_schema("importState"), held)
        if sentence is not None:
            raise Unusable(f"this is no state: {sentence}")
        try:
            admin.import_state(whole(held))
        except SnapshotError as error:
            raise Unusable(str(error)) from error
    return None


def _dataset_of(url: str, seed: int | None) -> str | None:
    """The name of the one that the state was begun from. Raises Unusable."""
    try:
        with closing(open_state(url, RandomIds(seed, {"production": ""}, 0))) as state, state.look() as work:
            origin = work.origin.get()
    except UnusableStateError as error:
        raise Unusable(str(error)) from error
    return None if origin is None else origin.dataset
