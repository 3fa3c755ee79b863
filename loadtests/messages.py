"""What the processes of a run say to each other. Times are seconds, moments monotonic ones.

Who starts a run and the processes that send talk in lines of JSON, coordinator and workers in Locust's messages: a
message is a dataclass, and `encode` and `decode` are the way to either and back.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from loadtests.api.endpoint import Endpoint
from loadtests.api.survey import Offer
from loadtests.probe.asking import Planned
from loadtests.probe.target import Target

T = TypeVar("T")


# To the processes that were started, on their standard input.


@dataclass(frozen=True, slots=True)
class Work:
    """Be a worker of the master there."""

    endpoint: Endpoint
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Load:
    """A scenario: by an open model's `rate`, or by so many `users` of a closed one."""

    scenario: str
    rate: str
    users: int | None
    together: int


@dataclass(frozen=True, slots=True)
class Probe:
    """Ask on purpose, to find out about these policies. `control_url`: of a control API that moves the clock;
    `ca_bundle` is the file of whom to trust there."""

    targets: tuple[Target, ...]
    control_url: str | None = None
    admin_token: str | None = None
    ca_bundle: str | None = None


@dataclass(frozen=True, slots=True)
class Coordinate:
    """Drive `workers` workers, and leave the result in the file `result`. No key is in it: those go to the workers.

    `seed` and `run` are for what clients make up, `organization` and `offer` for what they ask for.
    """

    name: str
    job: Load | Probe
    seed: int
    run: str
    organization: str
    offer: Offer
    duration: float
    max_requests: int
    max_in_flight: int
    workers: int
    host: str
    port: int
    patience: float
    result: str = ""


# From the coordinator, on its standard output.


@dataclass(frozen=True, slots=True)
class Listening:
    """Where workers find the coordinator."""

    port: int


@dataclass(frozen=True, slots=True)
class Mustered:
    """So many workers are there."""

    workers: int


@dataclass(frozen=True, slots=True)
class Progress:
    """`fresh`: statistics since the last one, in JSON."""

    elapsed: float
    fresh: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Failed:
    """Why there is no result: a sentence."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Done:
    """The result is written."""


# From the coordinator to its workers.


@dataclass(frozen=True, slots=True)
class Asked:
    """What does your clock show? Before the run and between rounds; `sent` by the sender's clock."""

    sent: float


@dataclass(frozen=True, slots=True)
class Begin:
    """Who the worker is, and when the run begins by its own clock (`origin`)."""

    worker: int
    workers: int
    origin: float
    scenario: str  # "": none, but single requests
    users: int | None
    seed: int
    run: str
    organization: str
    offer: Offer
    max_in_flight: int


@dataclass(frozen=True, slots=True)
class Arrivals:
    """A round of an open model: see `due_times`. `begin` is on the run's timeline."""

    number: int
    begin: float
    rate: str
    until: float
    limit: int
    together: int


@dataclass(frozen=True, slots=True)
class Users:
    """A round of a closed model: at most `limit` requests of all users together."""

    number: int
    users: int
    limit: int


@dataclass(frozen=True, slots=True)
class Requests:
    """A round of a probe. `begin` is on the run's timeline, as far as the server's clock was not moved."""

    number: int
    begin: float
    requests: tuple[Planned, ...]


@dataclass(frozen=True, slots=True)
class Halt:
    """No more arrivals; report what there is."""


@dataclass(frozen=True, slots=True)
class Bye:
    """That was all."""


# From a worker.


@dataclass(frozen=True, slots=True)
class Shown:
    """What a clock showed: `sent` repeated, the others by the worker's own."""

    sent: float
    received: float
    answered: float


@dataclass(frozen=True, slots=True)
class Report:
    """What the worker saw since its last (`Recorder.take`), and the round that it has done."""

    worker: int
    part: Mapping[str, Any]
    done: int | None


@dataclass(frozen=True, slots=True)
class Mistaken:
    """A mistake of ours: a sentence."""

    sentence: str


def encode(message: Any) -> dict[str, Any]:
    """For JSON and for msgpack. Mappings are handed on as they are: a report's part is large, and plain already."""
    return {
        "message": type(message).__name__,
        **{field.name: _plain(getattr(message, field.name)) for field in fields(message)},
    }


def decode(kind: type[T], stated: Mapping[str, Any]) -> T:
    """Back from what `encode` made. Raises KeyError or TypeError for what is no such message."""
    value: T = _value(kind, stated)
    return value


def decoded(kinds: tuple[type, ...], stated: Mapping[str, Any]) -> Any:
    """One of these kinds, by its name."""
    by_name = {kind.__name__: kind for kind in kinds}
    return _value(by_name[stated["message"]], stated)


def _plain(value: Any) -> Any:
    if isinstance(value, Load | Probe):
        return encode(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


_hints = cache(get_type_hints)


def _value(kind: Any, stated: Any) -> Any:
    if kind == Load | Probe:
        return decoded((Load, Probe), stated)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        return kind(**{field.name: _value(hints[field.name], stated[field.name]) for field in fields(kind)})
    if isinstance(kind, type) and issubclass(kind, tuple):  # a named one
        return kind(*stated)
    match get_origin(kind), get_args(kind):
        case _, (inner, end) if end is Ellipsis:
            return tuple(_value(inner, each) for each in stated)
        case origin, inners if origin is tuple:
            return tuple(map(_value, inners, stated))
        case origin, (_, inner) if origin is not None and issubclass(origin, Mapping) and inner is not Any:
            return {name: _value(inner, each) for name, each in stated.items()}
        case origin, (inner, end) if origin is UnionType and end is NoneType:
            return None if stated is None else _value(inner, stated)
    return stated
