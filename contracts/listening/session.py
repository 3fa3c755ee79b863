"""One `kordkit listen` from its flags to its end: the receiver, its registration and its ready-file."""

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from rich.console import Console

from contracts.errors import ContractError, TargetError, UnreachableError
from contracts.listening.listener import Answering, Listener
from contracts.listening.telling import JsonLines, Lines
from contracts.spec.contract import Contract
from contracts.spec.webhooks import Webhooks
from contracts.target.announcing import announced, not_listening
from contracts.target.control import ControlApi, RefusedError
from contracts.target.receiver import Receiver


@dataclass(frozen=True, slots=True)
class Flags:
    """The command line, as it was given."""

    host: str
    port: int
    secret: str | None = field(repr=False)
    status: int | None
    hang: float
    fail_first: int | None
    control: str | None
    admin_token: str | None = field(repr=False)
    organization: str | None
    events: str | None
    show_contact: bool
    as_json: bool
    ready_file: Path | None
    contract: Path | None
    overlays: Sequence[Path]


def listen(flags: Flags) -> None:
    """Returns on Ctrl-C and SIGTERM. Raises ContractError and TargetError for wrong usage, UnreachableError for a
    control API that does not answer."""
    webhooks = Contract.load(flags.contract, flags.overlays).webhooks
    if webhooks is None:
        raise ContractError("the contract has no webhooks")
    events = _events(flags.events, list(webhooks.payloads))
    if (flags.control is None) != (flags.organization is None):
        raise TargetError("--control URL and --organization SLUG go together: where to register, and for whom")
    telling = (JsonLines if flags.as_json else Lines)(Console(), flags.show_contact)
    listener = Listener(webhooks, _answering(webhooks, flags), telling.delivery, flags.secret)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with (
            _receiver(listener, flags) as receiver,
            _registered(receiver.url, events, listener, flags) as identity,
            announced(receiver.url, flags.ready_file),
        ):
            telling.began(receiver.url, identity)
            threading.Event().wait()
    except KeyboardInterrupt:
        telling.ended(listener)
    finally:
        signal.signal(signal.SIGTERM, before)


def _events(text: str | None, known: Sequence[str]) -> Sequence[str]:
    names = known if text is None else [part.strip() for part in text.split(",")]
    for name in names:
        if name not in known:
            raise TargetError(f"--events: {name} is none of {', '.join(known)}")
    return names


def _answering(webhooks: Webhooks, flags: Flags) -> Answering:
    success = min(webhooks.success)
    unless_said = success if flags.fail_first is None else HTTPStatus.INTERNAL_SERVER_ERROR
    return Answering(success, flags.status or unless_said, flags.hang, flags.fail_first)


def _receiver(listener: Listener, flags: Flags) -> Receiver:
    try:
        return Receiver(listener.take, flags.host, flags.port)
    except OSError as error:
        raise not_listening(flags.host, flags.port, error) from error


@contextmanager
def _registered(url: str, events: Sequence[str], listener: Listener, flags: Flags) -> Iterator[str | None]:
    """The id that a mock knows it by meanwhile, if there is one."""
    if flags.control is None or flags.organization is None:
        yield None
        return
    control = ControlApi(flags.control, flags.admin_token)
    try:
        identity, listener.secret = control.make_webhook(flags.organization, url, events, flags.secret)
    except RefusedError as error:
        raise TargetError(f"{error}: {error.reason or 'it takes no webhooks'}") from error
    try:
        yield identity
    finally:
        with suppress(UnreachableError):  # a mock that is gone has no webhooks
            control.remove_webhook(identity)
