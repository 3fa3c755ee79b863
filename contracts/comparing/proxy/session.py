"""One `kordkit proxy` from its flags to its exit code."""

import asyncio
import json
import os
import signal
import ssl
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from rich.console import Console

from contracts.comparing.proxy import har, learning, reports
from contracts.comparing.proxy.connections import Connections
from contracts.comparing.proxy.judging import Judge
from contracts.comparing.proxy.masking import Mask
from contracts.comparing.proxy.recorder import Recorder
from contracts.comparing.proxy.relay import HEADER
from contracts.comparing.proxy.upstream import Destination
from contracts.errors import TargetError
from contracts.spec.contract import Contract
from contracts.target import clock
from contracts.target.announcing import announced, not_listening
from contracts.target.credentials import Credentials, without_path
from contracts.verdicts import Severity

BACKLOG = 256
_STREAM = 256 << 10  # bytes that are read ahead of a slower end


@dataclass(frozen=True, slots=True)
class Flags:
    """The command line, as it was given."""

    target_url: str
    host: str
    port: int
    ca_bundle: Path | None
    ready_file: Path | None
    report_dir: Path | None
    learn: Path | None
    fail_on: str
    contract: Path | None
    overlays: Sequence[Path]


def proxy(flags: Flags) -> int:
    """Returns on Ctrl-C and SIGTERM: the exit code. Raises ContractError and TargetError for wrong usage."""
    contract = Contract.load(flags.contract, flags.overlays)
    origin = _origin(flags.target_url, contract)
    console, errors = Console(), Console(stderr=True)
    folder = _folder(flags.report_dir)
    if flags.learn is not None:
        _try_out(flags.learn)

    def tell(line: str) -> None:
        errors.print(line, soft_wrap=True, highlight=False, markup=False)

    judge = Judge(contract, lambda found: reports.show(console, found))
    recorder = Recorder(judge, tell, keep=folder is not None or flags.learn is not None)
    asyncio.run(_serve(_destination(origin, flags.ca_bundle), recorder, flags, console))
    worst = recorder.judge.worst
    code = int(worst is not None and worst >= Severity[flags.fail_on.upper()])
    reports.conclude(console, recorder)
    if flags.learn is not None:
        _learn(flags.learn, recorder, origin, console)
    if folder is not None:
        _write(folder / reports.FILE, reports.document(recorder, origin, code))
        harmless = frozenset(filter(None, (contract.idempotency.header, contract.idempotency.replayed_header)))
        mask = Mask(harmless, recorder.judge.secrets)
        recorded = har.document(recorder.exchanges, origin, mask, version("kordkit"))
        _write(folder / har.FILE, json.dumps(recorded, indent=1, ensure_ascii=False) + "\n")
    return code


def _learn(path: Path, recorder: Recorder, origin: str, console: Console) -> None:
    contract = recorder.judge.contract
    answers = learning.answers_of(contract, list(recorder.exchanges))
    made = learning.overlay(contract, origin, answers, clock.today().isoformat())
    text = yaml.safe_dump(dict(made), sort_keys=False, allow_unicode=True)
    _write(path, text)
    for question, answer in answers.items():
        console.print(f"learnt {question}={answer}", soft_wrap=True, highlight=False, markup=False)


async def _serve(to: Destination, recorder: Recorder, flags: Flags, console: Console) -> None:
    connections = Connections(to, recorder)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        server = await asyncio.start_server(connections.accept, flags.host, flags.port, limit=_STREAM, backlog=BACKLOG)
    except OSError as error:
        raise not_listening(flags.host, flags.port, error) from error
    port = server.sockets[0].getsockname()[1]
    url = f"http://[{flags.host}]:{port}" if ":" in flags.host else f"http://{flags.host}:{port}"
    with announced(url, flags.ready_file):
        lines = (
            f"Proxy at {url} for {to.origin}",
            f"Answers that break the contract have {HEADER}.",
            "Ctrl-C stops it.",
        )
        for line in lines:
            console.print(line, soft_wrap=True, highlight=False, markup=False)
        await stop.wait()
    await connections.end(server)


def _origin(url: str, contract: Contract) -> str:
    """Raises TargetError."""
    origin = without_path(Credentials(url).url, contract.base_path).rstrip("/")
    if urlsplit(origin).path:
        raise TargetError("--target-url is an origin: paths are passed on as they come, so name none")
    return origin


def _destination(origin: str, authority: Path | None) -> Destination:
    parts = urlsplit(origin)
    tls = None
    if parts.scheme == "https":
        try:
            tls = ssl.create_default_context(cafile=authority)
        except OSError as error:  # an SSLError is one
            raise TargetError(f"--ca-bundle: {authority} is no file of certificates (PEM) that can be read") from error
    return Destination(origin, str(parts.hostname), parts.port or (443 if tls else 80), tls)


def _folder(folder: Path | None) -> Path | None:
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TargetError(f"the report folder {folder} cannot be made: {error.strerror}") from error
        _try_out(folder / reports.FILE)
    return folder


def _try_out(path: Path) -> None:
    """Before anything goes through, for afterwards it would be too late. Raises TargetError."""
    try:
        path.open("ab").close()
    except OSError as error:
        raise TargetError(f"{path} cannot be written: {error.strerror}") from error


def _write(path: Path, text: str) -> None:
    """For its owner alone, and in one step: a recording tells of people even without their names."""
    descriptor, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    Path(partial).replace(path)
