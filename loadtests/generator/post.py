"""The messages of a run as Locust's custom messages."""

from collections.abc import Callable
from typing import Any, TypeVar

from locust.rpc import Message
from locust.runners import DistributedRunner

from loadtests.messages import decode, encode

T = TypeVar("T")


def send(runner: DistributedRunner, message: Any, node: str | None = None) -> None:
    """From a master to one worker or, unless said, to all; from a worker to its master."""
    runner.send_message(_name(type(message)), encode(message), node)


def hear(
    runner: DistributedRunner, kind: type[T], handle: Callable[[T, str], None], *, at_leisure: bool = False
) -> None:
    """`handle` is told each message of that kind, and Locust's id of who sent it.

    `at_leisure`: in a greenlet of its own, as what takes long must not keep other messages waiting.
    """

    def handled(msg: Message, **_: object) -> None:
        handle(decode(kind, msg.data), msg.node_id)

    runner.register_message(_name(kind), handled, concurrent=at_leisure)


def _name(kind: type) -> str:
    return f"kordkit-{kind.__name__.lower()}"
