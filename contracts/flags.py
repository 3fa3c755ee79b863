"""The command line of a check, and what its flags come to: whom to ask with which keys, and how fast."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from contracts.errors import TargetError
from contracts.spec.contract import Contract
from contracts.target import ready_file
from contracts.target.credentials import (
    EXPIRED,
    OTHER,
    PLATFORM,
    PUBLIC,
    REVOKED,
    Credentials,
    amended,
    checked_keys,
    checked_names,
    distinct_keys,
    named_by,
    without_path,
)


@dataclass(frozen=True, slots=True)
class Flags:
    """The command line, as it was given."""

    target: Path | None = None
    key: str | None = field(default=None, repr=False)
    key_is_general: bool = False  # it is the environment's, not meant for this server alone
    org: str | None = None
    service: str | None = None
    platform_key: str | None = field(default=None, repr=False)
    organization_id: str | None = None
    revoked_key: str | None = field(default=None, repr=False)
    expired_key: str | None = field(default=None, repr=False)
    other_key: str | None = field(default=None, repr=False)
    other_org: str | None = None
    control: str | None = None
    admin_token: str | None = field(default=None, repr=False)
    ca_bundle: Path | None = None
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
    dry_run: bool = False
    contract: Path | None = None
    overlays: Sequence[Path] = ()


def credentials_of(url: str | None, flags: Flags, contract: Contract) -> Credentials:
    """Of the server under test, from its target file as the flags amend it. Raises TargetError."""
    checked_names(
        {
            "--org": flags.org,
            "--service": flags.service,
            "--organization-id": flags.organization_id,
            "--other-org": flags.other_org,
            "--control": flags.control,
        }
    )
    if flags.target is not None:
        credentials = named_by(ready_file.read(flags.target), flags.org, flags.other_org)
    elif url is not None:
        credentials = Credentials(url)
    else:
        raise TargetError("name the server to check: its URL, or --target FILE")
    given = checked_keys(
        {
            "--key": None if flags.key_is_general and PUBLIC in credentials.keys else flags.key,
            "--platform-key": flags.platform_key,
            "--revoked-key": flags.revoked_key,
            "--expired-key": flags.expired_key,
            "--other-key": flags.other_key,
            "--admin-token": flags.admin_token,
        }
    )
    keys = {
        PUBLIC: given["--key"],
        PLATFORM: given["--platform-key"],
        REVOKED: given["--revoked-key"],
        EXPIRED: given["--expired-key"],
        OTHER: given["--other-key"],
    }
    distinct_keys(keys)
    checked_keys({f"the {label} key of {flags.target}": value for label, value in credentials.keys.items()})
    distinct_keys(credentials.keys)
    return amended(
        credentials,
        keys,
        url=without_path(url or credentials.url, contract.base_path),
        organization=flags.org,
        organization_id=flags.organization_id,
        service=flags.service,
        other_organization=flags.other_org,
        control_url=flags.control,
        admin_token=given["--admin-token"],
        ca_bundle=None if flags.ca_bundle is None else str(flags.ca_bundle),
    )


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
