"""From the flags of `kordkit load` to a plan, or to a sentence that says what is wrong with them."""

import math
import shlex
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

import click

from contracts.errors import TargetError
from contracts.spec.contract import Contract
from contracts.target.credentials import bare_keys, checked_names, without_path
from loadtests.api import target as targets
from loadtests.api.target import Target
from loadtests.measure.arrivals import parse
from loadtests.run.kinds import KINDS, Probe
from loadtests.run.plan import Plan
from loadtests.run.waiting import probe_seconds
from loadtests.scenarios.catalogue import Scenario

DURATION = 60.0  # seconds
REQUESTS = 10_000
PROBE_REQUESTS = 60_000  # a day beside an hour and a minute takes some 35,000
SECRETS = {
    "keys": "KORDLESS_API_KEY",
    "platform_key": "KORDKIT_PLATFORM_KEY",
    "admin_token": "KORDKIT_ADMIN_TOKEN",
}


def plan_of(scenario: str, url: str | None, flags: Mapping[str, Any], contract: Contract) -> Plan:
    """Raises TargetError: one sentence that names the flag."""
    chosen = _kind(scenario)
    target = _target(url, flags, contract)
    if not target.organizations[0].keys:
        raise TargetError(
            f"{target.organizations[0].slug} needs a public key: KORDLESS_API_KEY in the environment, or --key"
        )
    keys = [key for each in target.organizations for key in (*each.keys, *each.platform_keys)]
    if not all(key.isascii() and key.isprintable() for key in (*keys, target.admin_token or "")):
        raise TargetError("a key or token has a character in it that no header can carry, such as a curly quote")
    if not target.is_here and not flags["i_own_this_server"]:
        raise TargetError(f"{target.url} is not on this machine: loading it takes --i-own-this-server")
    if chosen.writes and not flags["allow_writes"]:
        raise TargetError(f"{scenario} makes bookings on {target.url}: that takes --allow-writes")
    if flags["users"] and flags["rate"]:
        raise TargetError("--rate sends whatever the server does, --users waits for it: choose one of them")
    _check_numbers(chosen, flags)
    if sum(bool(flags[name]) for name in ("expect_workers", "worker_of")) > 1:
        raise TargetError("--expect-workers makes a master, --worker-of a worker: choose one of them")
    return Plan(
        scenario=scenario,
        target=target,
        rate=flags["rate"],
        users=flags["users"],
        duration=flags["duration"] or _duration(chosen, flags["rate"], contract, target),
        max_requests=flags["max_requests"] or (PROBE_REQUESTS if isinstance(chosen, Probe) else REQUESTS),
        max_in_flight=flags["max_in_flight"],
        seed=flags["seed"],
        processes=flags["processes"],
        expect_workers=flags["expect_workers"] or 0,
        worker_of=flags["worker_of"],
        contract=flags["contract"],
        overlays=flags["overlays"],
        allow_writes=flags["allow_writes"],
        fail_on=flags["fail_on"],
    )


def command_of(scenario: str, url: str | None, ctx: click.Context) -> str:
    """What to type for the same run; of secrets only the variables that they belong into."""
    variables = [f"{variable}=…" for name, variable in SECRETS.items() if ctx.params[name]]
    words = ["kordkit load", *(shlex.quote(word) for word in (scenario, url) if word)]
    for option in ctx.command.params:
        if isinstance(option, click.Option) and option.name not in SECRETS:
            words.extend(_written(option, ctx.params.get(option.name or ""), option.get_default(ctx)))
    return " ".join([*variables, *words])


def _written(option: click.Option, value: Any, default: Any) -> Iterator[str]:
    flag = max(option.opts, key=len)
    if not value or (value == default and option.name != "seed"):
        return
    if option.is_flag:
        yield flag
        return
    for each in value if option.multiple else [value]:
        yield f"{flag} {shlex.quote(f'{each:g}' if isinstance(each, float) else str(each))}"


def _kind(name: str) -> Scenario | Probe:
    try:
        return KINDS[name]
    except KeyError:
        near = get_close_matches(name, KINDS, 1)
        meant = f'did you mean "{near[0]}"?' if near else "kordkit load list shows them"
        raise TargetError(f'there is no scenario "{name}": {meant}') from None


def _target(url: str | None, flags: Mapping[str, Any], contract: Contract) -> Target:
    checked_names({f"--{name.replace('_', '-')}": flags[name] for name in ("org", "service", "organization_id")})
    url = url and without_path(url, contract.base_path)
    if flags["target_file"] is not None:
        target = targets.read(flags["target_file"])
        if url is not None and url.rstrip("/") != target.url:
            raise TargetError(f"the URL {url} and --target name different servers: leave one of them out")
    elif url is not None:
        target = Target(url.rstrip("/"))
    else:
        raise TargetError("whom to load? Give a URL, or --target FILE")
    secrets = bare_keys({"--platform-key": flags["platform_key"], "--admin-token": flags["admin_token"]})
    target = targets.controlled(target, flags["control_url"], secrets["--admin-token"])
    _check_url("the URL", target.url)
    if target.control_url is not None:
        _check_url("the control URL", target.control_url)
    return targets.chosen(
        target,
        slug=flags["org"],
        service=flags["service"],
        keys=_keys(target, flags),
        platform_key=secrets["--platform-key"],
        organization_id=flags["organization_id"],
    )


def _keys(target: Target, flags: Mapping[str, Any]) -> tuple[str, ...]:
    """Those of the flags; the general variable's are not meant for an organization whose target file has its own."""
    first = next((each for each in target.organizations if flags["org"] in (None, each.slug)), None)
    if flags["keys_are_general"] and first is not None and first.keys:
        return ()
    given = (bare_keys({"--key": key})["--key"] for key in flags["keys"])
    return tuple(key for key in given if key)


def _check_url(name: str, url: str) -> None:
    """Repeats nothing of a URL that may have a password in it."""
    trouble = f"{name} is none such as https://api.example.com or http://127.0.0.1:4020"
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise TargetError(trouble) from None
    if not sound:
        raise TargetError(trouble)
    if parts.username is not None:
        raise TargetError(f"{name} has a user name in it, which would stand in every report: leave it out")
    if "?" in url or "#" in url:
        raise TargetError(f"{name} has a query or a fragment, which no request could keep: leave it out")


def _check_numbers(kind: Scenario | Probe, flags: Mapping[str, Any]) -> None:
    if isinstance(kind, Probe) and (flags["users"] or flags["rate"]):
        raise TargetError("the limiter decides itself what to send when: leave out --rate and --users")
    if (flags["users"] or 0) > flags["max_in_flight"]:
        raise TargetError("--users is more than --max-in-flight, which each user needs one of: raise the latter")
    if flags["max_requests"] and (flags["users"] or 0) > flags["max_requests"]:
        raise TargetError("--users is more than --max-requests, which each user needs one of")
    if flags["processes"] > flags["max_in_flight"]:
        raise TargetError("--processes is more than --max-in-flight, which each process needs one of")
    if flags["duration"] is not None and not math.isfinite(flags["duration"]):
        raise TargetError("--duration has no end: give a number of seconds")


def _duration(kind: Scenario | Probe, rate: str | None, contract: Contract, target: Target) -> float:
    """Of a rate that ends by itself, its own; of a probe what it takes to wait for the windows."""
    if isinstance(kind, Probe):
        return probe_seconds(contract, target)
    try:
        length = sum(stage.length for stage in parse(rate)) if rate else math.inf
    except ValueError as error:
        raise TargetError(f"--rate: {error}") from error
    return DURATION if math.isinf(length) else length
