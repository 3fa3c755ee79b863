"""A whole state out of a database, or into one, without a mock that runs."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

from mockserver.application.admin import Admin
from mockserver.application.snapshot import SnapshotError
from mockserver.parts import STANDARD
from mockserver.ports import Ids, State
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
    settings = Settings(state=url, data=_dataset_of(url) or data or Settings().data, seed=seed)
    built = build(settings, parts=replace(STANDARD, state=_carried))
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


def _carried(url: str, _: Ids) -> State:
    return open_state(url, _CarriedIds())


class _CarriedIds:
    """A place in a sequence that is brought from one state to another: nobody draws from it."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self._place: Mapping[str, Any] = {"waiting": [], "random": None}

    def dump(self) -> dict[str, Any]:
        return dict(self._place)

    def load(self, dumped: Mapping[str, Any]) -> None:
        self._place = dict(dumped)

    def booking_id(self) -> str:
        raise NotImplementedError

    def key_value(self, environment: str | None) -> str:
        raise NotImplementedError

    key_id = webhook_id = webhook_secret = delivery_id = booking_id


def _dataset_of(url: str) -> str | None:
    """The name of the one that the state was begun from. Raises Unusable."""
    try:
        with closing(open_state(url, _CarriedIds())) as state, state.look() as work:
            origin = work.origin.get()
    except UnusableStateError as error:
        raise Unusable(str(error)) from error
    return None if origin is None else origin.dataset
