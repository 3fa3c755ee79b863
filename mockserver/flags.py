"""What the flags of `kordkit mock` come to: a mutant, and a mock. What cannot be used raises click.UsageError.

What is imported on use takes a quarter of a second: a wrong flag should not have to wait for it.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from mockserver.observing.advice.advice import Summary
    from mockserver.observing.request_log import RequestLog
    from mockserver.settings import Settings
    from mockserver.wiring import Built


def mutant(name: str) -> Any:
    from mockserver import sources

    sources.prefer()  # a mutant's parts inherit from those of a mock
    from mockserver.mutants import UnknownMutantError, find

    try:
        return find(name)
    except UnknownMutantError as error:
        raise click.UsageError(f"{error}; --mutant list shows them all") from error


def settings_of(data: str, token: str | None, flags: dict[str, Any]) -> "Settings":
    from mockserver.settings import Settings

    return Settings(
        data=data,
        state=flags["state"],
        anew=flags["reset"],
        seed=flags["seed"],
        now=_moment(flags["now"]),
        frozen=flags["freeze"],
        limits=flags["limits"] == "on",
        algorithm=flags["limit_algorithm"],
        journal=flags["journal"],
        hints=flags["hints"] == "on",
        faults=flags["faults"],
        prefer=flags["prefer"] == "on",
        cors=flags["cors"],
        trusted_proxies=flags["trust_proxy"],
        admin_token=token,
        reading=flags["reading"],
        contract=flags["contract"],
        overlays=flags["overlays"],
    )


def build(settings: "Settings", log: "RequestLog", broken: Any, advice: "Summary | None" = None) -> "Built":
    """Raises mockserver.wiring.Unusable."""
    from mockserver.parts import STANDARD
    from mockserver.wiring import build as wired

    parts = STANDARD if broken is None else broken.apply(STANDARD)
    return wired(settings, log=log.write, advise=log.advise, nudge=log.nudge, advice=advice, parts=parts)


def watched(settings: "Settings", workers: int) -> list[Path]:
    """The files that a mock is built from whose users may change them."""
    from mockserver.storage.opening import MEMORY
    from mockserver.wiring import file_of

    if workers > 1:
        raise click.UsageError("--watch is for a mock in one process: leave out --workers")
    if settings.state != MEMORY:
        raise click.UsageError("--watch begins the mock anew, and would empty a database each time: leave out --state")
    data, contract = file_of(settings.data), settings.contract
    files = [*([] if data is None else [data]), *([] if contract is None else [contract]), *settings.overlays]
    if not files:
        raise click.UsageError("--watch wants a file to look at: --data FILE.yaml, --contract FILE or --overlay FILE")
    return files


def _moment(text: str | None) -> int | None:
    from mockserver.adapters.clock import LATEST
    from mockserver.domain.instants import parse_instant
    from mockserver.ports import SECOND

    if text is None:
        return None
    try:
        moment = parse_instant(text) * SECOND
    except ValueError as error:
        raise click.BadParameter("is not a time such as 2025-12-01T08:00:00Z", param_hint="--now") from error
    if not 0 <= moment <= LATEST:
        raise click.BadParameter("must be a time from 1970 to 2200", param_hint="--now")
    return moment
