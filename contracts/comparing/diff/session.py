"""One `kordkit diff` from its flags to its exit code."""

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from contracts.comparing.diff.comparison import Comparison
from contracts.comparing.diff.journey import Journey, mask_of, planned
from contracts.comparing.diff.recording import read as recorded
from contracts.comparing.diff.replay import Replay
from contracts.comparing.diff.reports import FILE, Told, document, show
from contracts.comparing.diff.side import Side
from contracts.errors import TargetError
from contracts.harness.fakes import Fakes
from contracts.harness.ledger import Ledger
from contracts.run.preflight import missing
from contracts.spec.contract import Contract
from contracts.target.given import Given

EXIT_INCOMPLETE = 4
Server = tuple[str | None, Given]
"""A URL, or None where what is given names a ready-file."""


@dataclass(frozen=True, slots=True)
class Flags:
    """The command line, without what names the servers."""

    allow_writes: bool = False
    ledger: Path = Path("kordkit-ledger.jsonl")
    only: Sequence[str] = ()
    skip: Sequence[str] = ()
    seed: int = 0
    max_requests: int | None = None
    rate: float | None = None
    report_dir: Path | None = None
    contract: Path | None = None
    overlays: Sequence[Path] = ()


def compare(a: Server, b: Server, flags: Flags) -> int:
    """The exit code. Raises ContractError and TargetError for wrong usage, UnreachableError for a dead server."""
    contract = Contract.load(flags.contract, flags.overlays)
    run = Fakes(flags.seed).run
    sides = _side("A", contract, a, run, flags), _side("B", contract, b, run, flags)
    asked = planned(contract, *sides, flags.only, flags.skip)
    if trouble := missing(asked):
        raise TargetError(trouble)
    if not asked.rules:
        raise TargetError(f"nothing can be asked: {asked.left_out[0][1]}")

    def go(tell: Callable[[str], None]) -> tuple[Comparison, str]:
        for side in sides:
            if trouble := side.unknown(asked):
                raise TargetError(trouble)
        journey = Journey(contract, *sides, asked, lambda done, name: tell(f"{done}: {name}"))
        return journey.go(), journey.incomplete

    return _done(sides[0].credentials.url, sides, contract, flags, go)


def replay(server: Server, flags: Flags, har: Path) -> int:
    """Of a recording: as `compare`."""
    contract = Contract.load(flags.contract, flags.overlays)
    recording = recorded(har, contract)
    side = _side("B", contract, server, Fakes(flags.seed).run, flags)

    def go(_: Callable[[str], None]) -> tuple[Comparison, str]:
        playing = Replay(contract, recording, side, mask_of(side))
        return playing.go(), playing.incomplete

    return _done(str(har), [side], contract, flags, go)


def _done(
    a: str,
    sides: Sequence[Side],
    contract: Contract,
    flags: Flags,
    go: Callable[[Callable[[str], None]], tuple[Comparison, str]],
) -> int:
    folder = _folder(flags.report_dir)
    console, progress = Console(), Console(stderr=True)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what was booked is canceled
    try:
        with progress.status("comparing") as status:
            try:
                found, incomplete = go(status.update)
            finally:
                left = [line for side in sides for line in side.clean_up()]
    finally:
        signal.signal(signal.SIGTERM, before)
    if not found.answers.compared:
        incomplete = incomplete or "nothing was compared"
    code = 1 if found.differences or left else EXIT_INCOMPLETE if incomplete else 0
    told = Told(a, sides[-1].credentials.url, contract.version, flags.seed, code, found, incomplete, tuple(left))
    if folder is not None:
        (folder / FILE).write_text(document(told), encoding="utf-8")
    show(console, told)
    return code


def _side(name: str, contract: Contract, server: Server, run: str, flags: Flags) -> Side:
    url, given = server
    credentials = given.credentials(url, contract.base_path)
    is_mock = url is None and credentials.control_url is not None
    ledger = Ledger(None)
    if flags.allow_writes and not is_mock:
        ledger = Ledger(flags.ledger.with_stem(f"{flags.ledger.stem}-{name.lower()}"))
        if not ledger.settled:
            raise TargetError(
                f"{ledger.path} holds bookings of an earlier run: kordkit check --cleanup --ledger {ledger.path}"
                " cancels them"
            )
        ledger.try_out()
    return Side(
        name,
        contract,
        credentials,
        run=run,
        seed=flags.seed,
        may_write=flags.allow_writes or is_mock,
        rate=flags.rate,
        max_requests=flags.max_requests,
        ledger=ledger,
    )


def _folder(folder: Path | None) -> Path | None:
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / FILE).open("ab").close()  # before, for after it would be too late
        except OSError as error:
            raise TargetError(f"the report {folder / FILE} cannot be written: {error.strerror}") from error
    return folder
