"""What the flags of `kordkit mock` come to: a mutant, and a mock. What cannot be used raises click.UsageError.

What is imported on use takes a quarter of a second: a wrong flag should not have to wait for it.
"""

from typing import Any

import click


def mutant(name: str) -> Any:
    from mockserver.mutants import UnknownMutantError, find

    try:
        return find(name)
    except UnknownMutantError as error:
        raise click.UsageError(f"{error}; --mutant list shows them all") from error


def build(data: str, token: str | None, log: Any, broken: Any, flags: dict[str, Any]) -> Any:
    from mockserver.parts import STANDARD
    from mockserver.settings import Settings
    from mockserver.wiring import Unusable
    from mockserver.wiring import build as wired

    settings = Settings(
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
    try:
        return wired(
            settings, log=log.write, advise=log.advise, parts=STANDARD if broken is None else broken.apply(STANDARD)
        )
    except Unusable as error:
        raise click.UsageError(str(error)) from error


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
