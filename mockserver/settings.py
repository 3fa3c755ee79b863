"""What a mock is started with."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """`data` names a dataset, a YAML file or `generated:…`; `now` in nanoseconds since the epoch, None: real time.

    `state` is the URL of where the state is kept. What is there already goes on, whatever dataset, clock and limits are
    wanted, unless it is to be begun `anew`. `algorithm` is the name of one that the mock has; None takes the
    contract's. `faults` are profiles and rules; `prefer` heeds what requests wish to go wrong. `admin_token` None
    leaves the control API to programs on this machine. `reading` answers the contract's open questions: a number, or
    `STATEMENT=ANSWER,…`. `direct` False sends API requests through Flask's own dispatch.
    """

    data: str = "acme-salon"
    state: str = "memory://"
    anew: bool = False
    seed: int | None = None
    now: int | None = None
    frozen: bool = False
    limits: bool = True
    algorithm: str | None = None
    journal: int = 10_000
    hints: bool = True
    faults: Sequence[str] = ()
    prefer: bool = True
    cors: str | None = None
    trusted_proxies: int = 0
    admin_token: str | None = None
    contract: Path | None = None
    reading: str = "0"
    overlays: Sequence[Path] = ()
    direct: bool = True
