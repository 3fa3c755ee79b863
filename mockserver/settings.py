"""What a mock is started with."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mockserver.limits.algorithms import Algorithm


@dataclass(frozen=True, slots=True)
class Settings:
    """`data` names a dataset, a YAML file or `generated:…`; `now` in nanoseconds since the epoch, None: real time.

    `algorithm` None takes the contract's. `admin_token` None leaves the control API to programs on this machine.
    `direct` False sends API requests through Flask's own dispatch.
    """

    data: str = "acme-salon"
    seed: int | None = None
    now: int | None = None
    frozen: bool = False
    limits: bool = True
    algorithm: Algorithm | None = None
    journal: int = 10_000
    cors: str | None = None
    trusted_proxies: int = 0
    admin_token: str | None = None
    contract: Path | None = None
    overlays: Sequence[Path] = ()
    direct: bool = True
