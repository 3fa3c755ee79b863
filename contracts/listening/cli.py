"""`kordkit listen`: reads the flags, and listens until it is told to stop."""

import errno
import json
import signal
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import click

from contracts.errors import ContractError, TargetError, UnreachableError

_File = click.Path(path_type=Path)
EXIT_UNREACHABLE = 3


def _secret(_: click.Context, __: click.Parameter, secret: str | None) -> str | None:
    if secret == "":
        raise click.BadParameter("must not be empty")
    return secret


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address or name to listen on.")
@click.option("-p", "--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0: any.")
@click.option("--secret", metavar="S", callback=_secret, help="Verify signatures with it; better in KORDKIT_SECRET.")
@click.option("--status", type=click.IntRange(200, 599), metavar="CODE", help="Answer that instead of success.")
@click.option("--hang", type=click.FloatRange(0, 3600), default=0.0, metavar="SECONDS", help="Answer so late.")
@click.option(
    "--fail-first",
    type=click.IntRange(0),
    metavar="N",
    help="Fail the first N deliveries of each id: with --status (or 500) and --hang; then take it.",
)
@click.option("--control", metavar="URL", help="Register with the mock of this control API, URL/_mock, meanwhile.")
@click.option("--admin-token", metavar="T", help="Demanded by a control API beyond loopback.")
@click.option("--organization", metavar="SLUG", help="Whose bookings the mock is to tell of.")
@click.option("--events", metavar="EVENT,…", help="Of which events; by default of all.")
@click.option("--show-contact", is_flag=True, help="Show the names, addresses and numbers of those who booked.")
@click.option("--json", "as_json", is_flag=True, help="An object a line, for programs.")
@click.option("--ready-file", type=_File, metavar="F", help="There while it listens: its URL, as JSON.")
@click.option("--contract", type=_File, metavar="FILE", help="Another contract than the shipped one.")
@click.option(
    "--overlay", "overlays", type=_File, multiple=True, metavar="FILE", help="Amends the contract; repeatable."
)
def listen(**flags: Any) -> None:
    """Receive webhooks, and show each delivery: event, booking, id, attempt, signature.

    It verifies signatures with --secret, or with the secret that the mock of --control gives it. It takes deliveries,
    or fails as it is told to, and stops on Ctrl-C.
    """
    from contracts.spec.contract import Contract

    try:
        webhooks = Contract.load(flags["contract"], flags["overlays"]).webhooks
        if webhooks is None:
            raise ContractError("the contract has no webhooks")
        events = _events(flags["events"], list(webhooks.payloads))
        if (flags["control"] is None) != (flags["organization"] is None):
            raise TargetError("--control URL and --organization SLUG go together: where to register, and for whom")
        _listen(webhooks, events, flags)
    except (ContractError, TargetError) as error:
        raise click.UsageError(str(error)) from error
    except UnreachableError as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(EXIT_UNREACHABLE) from error


def _listen(webhooks: Any, events: Sequence[str], flags: dict[str, Any]) -> None:
    from rich.console import Console

    from contracts.listening.listener import Answering, Listener
    from contracts.listening.telling import JsonLines, Lines

    telling = (JsonLines if flags["as_json"] else Lines)(Console(), flags["show_contact"])
    listener = Listener(webhooks, _answering(webhooks, flags, Answering), telling.delivery, flags["secret"])
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with (
            _receiver(listener.take, flags["host"], flags["port"]) as receiver,
            _registered(receiver.url, events, listener, flags) as registered,
            _ready(flags["ready_file"], receiver.url),
        ):
            telling.began(receiver.url, registered)
            threading.Event().wait()
    except KeyboardInterrupt:
        telling.ended(listener)
    finally:
        signal.signal(signal.SIGTERM, before)


def _answering(webhooks: Any, flags: dict[str, Any], answering: Any) -> Any:
    from http import HTTPStatus

    success = min(webhooks.success)
    failing = flags["fail_first"]
    default = success if failing is None else HTTPStatus.INTERNAL_SERVER_ERROR
    return answering(success, int(flags["status"] or default), flags["hang"], failing)


def _events(text: str | None, known: Sequence[str]) -> Sequence[str]:
    names = list(known) if text is None else [part.strip() for part in text.split(",")]
    for name in names:
        if name not in known:
            raise TargetError(f"--events: {name} is none of {', '.join(known)}")
    return names


def _receiver(take: Any, host: str, port: int) -> Any:
    from contracts.target.receiver import Receiver

    try:
        return Receiver(take, host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise TargetError(f"port {port} on {host} is taken; choose another with --port, or 0 for any") from error
        raise TargetError(f"cannot listen on {host}, port {port}: {error.strerror or error}") from error


@contextmanager
def _registered(url: str, events: Sequence[str], listener: Any, flags: dict[str, Any]) -> Iterator[str | None]:
    """The id that the mock knows it by meanwhile, if there is one. Raises UnreachableError."""
    if flags["control"] is None:
        yield None
        return
    from contracts.target.control import ControlApi, RefusedError

    control = ControlApi(flags["control"], flags["admin_token"])
    try:
        identity, secret = control.make_webhook(flags["organization"], url, events, flags["secret"])
    except RefusedError as error:
        raise TargetError(f"{error}: {error.reason or 'it takes no endpoints'}") from error
    listener.secret = secret
    try:
        yield identity
    finally:
        with suppress(UnreachableError):  # a mock that is gone has no webhooks
            control.remove_webhook(identity)


@contextmanager
def _ready_file(path: Path, url: str) -> Iterator[None]:
    """Raises TargetError."""
    try:
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            json.dump({"url": url}, file)
        Path(file.name).replace(path)
    except OSError as error:
        raise TargetError(f"the ready-file {path} cannot be written: {error.strerror}") from error
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _ready(path: Path | None, url: str) -> Any:
    return nullcontext() if path is None else _ready_file(path, url)
