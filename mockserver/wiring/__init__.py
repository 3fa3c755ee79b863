"""Builds a mock from its settings: the only place that knows all parts, and the contract."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from contracts.errors import ContractError
from contracts.spec.contract import Contract
from contracts.spec.document import shipped
from mockserver.application.world import Beginning, World
from mockserver.datasets.loader import Dataset, DatasetError, described, file_of, load
from mockserver.observing.advice.advice import Summary
from mockserver.observing.advice.finding import Finding
from mockserver.observing.journal import Entry
from mockserver.parts import STANDARD, Parts
from mockserver.ports import Origin, StateUnavailableError
from mockserver.settings import Settings
from mockserver.storage.opening import MEMORY, shown
from mockserver.web.front import Front
from mockserver.web.gate import Gate
from mockserver.wiring.front import front_of
from mockserver.wiring.shared import share
from mockserver.wiring.world import beginning_of, world_of

if TYPE_CHECKING:
    from mockserver.web.app import MockApp

__all__ = ["Built", "Unusable", "build", "described_datasets", "file_of", "load_dataset"]


class Unusable(Exception):  # noqa: N818 - says what the contract or dataset is
    """A contract or dataset that no mock can be built from: one sentence for the user."""


class Built(NamedTuple):
    """A mock ready to be served, with what banner and ready-file tell of it; `contract` is what it promises.

    `gate` is the WSGI application that a server calls; behind it `front` leads to pipeline and Flask.
    `state` is the URL of where its state is kept, without a password, None: in memory; `goes_on` is what that was begun
    from by an earlier mock, None: by this one. `beginning` is what `mock` can be begun with anew; `advice` what its
    clients have done wrong so far.
    """

    front: Front
    gate: Gate
    mock: World
    beginning: Beginning
    dataset: Dataset
    contract: Contract
    state: str | None
    goes_on: Origin | None
    advice: Summary

    @property
    def app(self) -> "MockApp":
        """The same as `gate`, as an application of Flask, which is made for the first who asks."""
        return self.front.flask


def load_dataset(source: str, *, seed: int | None) -> Dataset:
    """Raises DatasetError."""
    return load(source, seed=seed, parse=_parse, shipped=shipped)


def described_datasets() -> dict[str, str]:
    """One line on each shipped dataset, by name."""
    return described(shipped)


def _parse(text: bytes) -> object:
    from contracts.spec.yaml_text import parse  # most mocks begin with what is shipped, which is kept as JSON

    return parse(text)


def build(
    settings: Settings,
    *,
    log: Callable[[Entry], None] | None = None,
    advise: Callable[[str | None, Finding], None] | None = None,
    nudge: Callable[[], None] | None = None,
    advice: Summary | None = None,
    parts: Parts = STANDARD,
) -> Built:
    """`log` sees every finished API request, `advise` what is newly found in the world of that name, None: the mock's
    own; `nudge` lets somebody judge soon what there is to advise on, and with that tell the log: None, it is told with
    each request. `advice` is what a mock found whose place this one takes; `parts` are what it is put together from.

    Raises Unusable.
    """
    try:
        shared = share(settings, parts)
        dataset = load_dataset(settings.data, seed=settings.seed)
        summary = advice or Summary(advise, nudge)
        world = world_of(shared, dataset, summary)
        beginning = beginning_of(shared, dataset)
        try:
            goes_on = world.begin(beginning, anew=settings.anew)
            kept = None if settings.state == MEMORY else shown(settings.state)
            front, gate = front_of(shared, dataset, world, log, summary)
            return Built(front, gate, world, beginning, dataset, shared.promised, kept, goes_on, summary)
        except BaseException:
            world.close()
            raise
    except StateUnavailableError as error:
        raise Unusable("the state is not available just now: try again in a moment") from error
    except (ContractError, DatasetError, ValueError) as error:
        raise Unusable(str(error)) from error
