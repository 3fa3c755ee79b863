"""What a mock is started with."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """`data` names a dataset, a YAML file or `generated:…`; `now` in nanoseconds since the epoch, None: real time.

    `state` is the URL of where the state is kept. What is there already goes on, whatever dataset, clock and limits are
    wanted, unless it is to be begun `anew`. `algorithm` is the name of one that the mock has; None takes the
    contract's. `admin_token` None leaves the control API to programs on this machine. `direct` False sends API requests
    through Flask's own dispatch.
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
    cors: str | None = None
    trusted_proxies: int = 0
    admin_token: str | None = None
    contract: Path | None = None
    overlays: Sequence[Path] = ()
    direct: bool = True
