"""`kordkit mock`: reads the flags, builds the mock, serves it until it is told to stop."""

import errno
import gc
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import click

from mockserver.collection import paused
from mockserver.flags import build as build_mock
from mockserver.flags import mutant as find_mutant
from mockserver.flags import settings_of, watched
from mockserver.limits.algorithms import ALGORITHMS

_File = click.Path(path_type=Path)


def _sendable(_: click.Context, __: click.Parameter, token: str | None) -> str | None:
    """A token travels in a header, which has no other characters."""
    if token is not None and not all("!" <= character <= "~" for character in token):
        raise click.BadParameter("may have ASCII letters, digits and punctuation only, and no spaces")
    return token


DEFAULT_PORT = 4020


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address or name to listen on.")
@click.option("-p", "--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, show_default=True, help="0: any.")
@click.option(
    "--data",
    default="acme-salon",
    show_default=True,
    metavar="NAME|list|FILE.yaml|generated:orgs=50,services=20",
    help="Organizations, services and keys to begin with.",
)
@click.option(
    "--seed",
    type=click.IntRange(-(2**63), 2**63 - 1),
    metavar="N",
    help="Makes ids, numbers and generated data the same in every run.",
)
@click.option(
    "--state",
    default="memory://",
    show_default=True,
    metavar="memory://|sqlite:///FILE|postgresql://USER@HOST/DB",
    help="Where bookings and all else is kept. What is there already goes on as it was left.",
)
@click.option("--reset", is_flag=True, help="Begin anew with the dataset, whatever the state holds.")
@click.option("--now", metavar="ISO", help="The time at which the mock's clock begins.")
@click.option("--freeze", is_flag=True, help="The clock stands still.")
@click.option("--limits", type=click.Choice(["on", "off"]), default="on", show_default=True)
@click.option(
    "--limit-algorithm",
    type=click.Choice(list(ALGORITHMS)),
    help="By default the contract's.",
)
@click.option(
    "--journal", type=click.IntRange(0), default=10_000, show_default=True, metavar="N", help="Requests to remember."
)
@click.option(
    "--hints",
    type=click.Choice(["on", "off"]),
    default="on",
    show_default=True,
    help="Tell of members that are ignored because they are misspelled: X-Kordkit-Hint, journal, log.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="PROFILE|RULE",
    help="What goes wrong: flaky, outage, slow, or KIND,NAME=VALUE,… such as error,status=503,every=3; repeatable.",
)
@click.option(
    "--fail-on-advice",
    is_flag=True,
    help="Exit with 1 if clients did anything against the documentation's advice.",
)
@click.option(
    "--prefer",
    type=click.Choice(["on", "off"]),
    default="on",
    show_default=True,
    help="Heed what a request wishes to go wrong with it: Prefer: code=503 or fault=response-lost, delay=2.",
)
@click.option(
    "--cors", metavar="ORIGIN", help="Let pages of this origin read the answers: A, several as A,B, or * for any."
)
@click.option(
    "--trust-proxy",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Believe the X-Forwarded-For, -Proto and -Host of N proxies; the control API then wants a token.",
)
@click.option("--tls", "makes_tls", is_flag=True, help="Answer by https, with a certificate that is made for it.")
@click.option("--tls-cert", type=_File, metavar="FILE", help="Answer by https, with this certificate (PEM) …")
@click.option("--tls-key", type=_File, metavar="FILE", help="… and its key.")
@click.option(
    "--admin-token",
    metavar="T",
    callback=_sendable,
    help="Demanded by the control API; made up beyond loopback if not given.",
)
@click.option("--ready-file", type=_File, metavar="F", help="There while the mock answers: URL, keys and all, as JSON.")
@click.option("--watch", "watches", is_flag=True, help="Begin anew when dataset, contract or overlays change.")
@click.option("--mutant", metavar="NAME|list", help="Break one behaviour, to see whether your checks notice.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    metavar="N",
    help="Processes that serve as one.",
)
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--reading",
    default="0",
    show_default=True,
    metavar="N|STATEMENT=ANSWER,…",
    help="Answers to what the documentation leaves open: kordkit readings list.",
)
@click.option("--contract", type=_File, metavar="FILE", help="Another contract than the shipped one.")
@click.option(
    "--overlay", "overlays", type=_File, multiple=True, metavar="FILE", help="Amends the contract; repeatable."
)
def mock(
    host: str,
    port: int,
    data: str,
    ready_file: Path | None,
    mutant: str | None,
    workers: int,
    log_format: Any,
    fail_on_advice: bool,
    watches: bool,
    ready: Callable[[Mapping[str, Any]], None] | None = None,
    concluded: Callable[[Mapping[str, Any]], None] | None = None,
    log_to: TextIO | None = None,
    **flags: Any,
) -> None:
    """Start a mock of the Booking API, by default on http://127.0.0.1:4020.

    It keeps bookings, limits and idempotency keys in memory or in a database, answers as the contract says, and stops
    on Ctrl-C.

    Programs of ours that start it beside them are told when it is `ready`, and in the end what was `concluded`, as JSON
    values; its log goes where they want it.
    """
    if "list" in (data, mutant):
        from mockserver import listing

        (listing.list_datasets if data == "list" else listing.list_mutants)()
        return
    # What follows takes a fifth of a second to import: a wrong flag should not have to wait for it.
    with paused():
        broken = None if mutant is None else find_mutant(mutant)  # before that of which its parts are made

        from mockserver.adapters.ids import admin_token
        from mockserver.domain.loopback import is_loopback
        from mockserver.observing.advice.telling import values
        from mockserver.observing.request_log import RequestLog
        from mockserver.serving.announcement import Announcement, probe
        from mockserver.serving.conclusion import Conclusion
        from mockserver.serving.launch import Launch
        from mockserver.serving.ready_file import ReadyFile
        from mockserver.serving.server import leave
        from mockserver.serving.sockets import bind_each
        from mockserver.serving.watching import Watch
        from mockserver.serving.workers import WorkersFailedError
        from mockserver.storage.opening import SHARED_FORM, is_shared, load_drivers
        from mockserver.wiring import Unusable

        gc.freeze()  # or all of it would be looked through once, as soon as the collector goes on

    if workers > 1 and not is_shared(flags["state"]):
        raise click.UsageError(f"--workers {workers} wants a state that processes can share: --state {SHARED_FORM}")
    # Through a proxy on this machine everybody's requests look local.
    open_to_all = not is_loopback(host) or flags["trust_proxy"] > 0
    token = flags.pop("admin_token") or (admin_token() if open_to_all else None)
    settings = settings_of(data, token, flags)
    files = watched(settings, workers) if watches else []
    log, tell = RequestLog(log_format, log_to), partial(_tell, log_format)
    if workers > 1:
        load_drivers(flags["state"])
    sockets = _listen(bind_each, host, port, workers)
    tls = _tls(host, flags["makes_tls"], flags["tls_cert"], flags["tls_key"])
    url = _origin(host, sockets[0].getsockname()[1], tls)
    # Not before it is certain that no other mock serves there, whose file it may be.
    file = None if ready_file is None else ReadyFile(ready_file)
    if file is not None:
        file.remove_former()

    def build(opening: bool) -> Any:
        try:
            built = build_mock(replace(settings, anew=settings.anew and opening), log, broken)
        except Unusable as error:
            raise click.UsageError(str(error)) from error
        if opening:
            warn(built)
        return built

    def warn(built: Any) -> None:
        for warning in built.dataset.warnings():
            tell(warning)

    def describe(built: Any) -> dict[str, Any]:
        authority = None if tls is None else tls.authority
        return Announcement(built, url, token, broken and str(broken), authority).said(log_format)

    def reloaded(built: Any, changed: Sequence[Path]) -> None:
        if file is not None:
            try:
                file.write(describe(built)["ready"])
            except OSError as error:
                tell(f"the ready-file {ready_file} cannot be written anew: {error.strerror}")
        names = " and ".join(str(each) for each in changed)
        tell(f"the mock has begun anew with {names}", event="reloaded")
        warn(built)

    def announce(said: Mapping[str, Any]) -> None:
        probe(url, token)
        if file is not None:
            _write(file, said["ready"], ready_file)
        if ready is not None:  # a program of ours waits for it, not a person
            ready(said["ready"])
            return
        with suppress(OSError):  # nobody reads it, which is no reason not to serve
            click.echo(said["banner"])

    conclusion = Conclusion(log_format, fails=fail_on_advice)

    def conclude(found: Any, requests: int) -> None:
        conclusion.tell(found, requests)
        if concluded is not None:
            concluded(values(found, requests))

    watch = Watch(files, lambda advice: build_mock(settings, log, broken, advice), reloaded, tell) if watches else None
    try:
        Launch(
            sockets=sockets,
            log=log,
            build=build,
            describe=describe,
            announce=announce,
            conclude=conclude,
            tell=tell,
            tls=tls,
            watch=watch,
        ).run()
    except WorkersFailedError as failure:
        if str(failure):
            click.echo(f"Error: {failure}", err=True)
        raise SystemExit(failure.status) from failure
    except OSError as error:
        raise click.ClickException(str(error)) from error
    finally:
        for sock in sockets:
            sock.close()
        if file is not None:
            file.remove()
        if tls is not None:
            tls.remove()
    leave(conclusion.status)


def _write(file: Any, ready: Mapping[str, Any], ready_file: Path | None) -> None:
    try:
        file.write(ready)
    except OSError as error:
        raise click.UsageError(f"the ready-file {ready_file} cannot be written: {error.strerror}") from error


def _listen(bind_each: Any, host: str, port: int, count: int) -> Any:
    try:
        return bind_each(host, port, count)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise click.UsageError(
                f"port {port} on {host} is taken; choose another with --port, or 0 for any"
            ) from error
        reason = (error.strerror or str(error)).partition(" (while")[0]
        raise click.UsageError(f"cannot listen on {host}, port {port}: {reason}") from error


def _tls(host: str, made: bool, certificate: Path | None, key: Path | None) -> Any:
    from mockserver.serving.tls import Tls, UnusableTlsError

    try:
        return Tls.chosen(host, made, certificate, key)
    except UnusableTlsError as error:
        raise click.UsageError(str(error)) from error


def _origin(host: str, port: int, tls: Any) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # a wildcard is no address to send requests to
    scheme = "http" if tls is None else "https"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _tell(log_format: str, sentence: str, event: str = "warning") -> None:
    line = json.dumps({"event": event, "detail": sentence}) if log_format == "json" else f"{event.title()}: {sentence}"
    with suppress(OSError):  # nobody reads it
        click.echo(line, err=True)
