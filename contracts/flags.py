"""The command line of a check: whom to ask with which keys (`Given`), what of, and how fast."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import TargetError
from contracts.target.given import Given


@dataclass(frozen=True, slots=True)
class Flags(Given):
    """The command line, as it was given."""

    allow_writes: bool = False
    write_budget: int | None = None
    ledger: Path = Path("kordkit-ledger.jsonl")
    cleanup: bool = False
    only: Sequence[str] = ()
    skip: Sequence[str] = ()
    seed: int = 0
    max_requests: int | None = None
    rate: str | None = None
    wait: int = 0
    webhooks: bool = False
    fail_on: str = "failure"
    allow_unsettled: bool = False
    baseline: Path | None = None
    min_coverage: float | None = None
    reports: Sequence[str] | None = None
    report_dir: Path | None = None
    learn: Path | None = None
    dry_run: bool = False
    contract: Path | None = None
    overlays: Sequence[Path] = ()


def rate_of(text: str | None) -> float | None:
    """Requests a minute. Raises TargetError."""
    if text is None:
        return None
    number, _, unit = text.partition("/")
    try:
        rate = float(number) * {"min": 1, "s": 60}[unit or "min"]
    except (ValueError, KeyError):
        rate = 0.0
    if not 0 < rate < 1e6:
        raise TargetError(f"--rate {text} is no pace: write for example 30/min")
    return rate
