"""What the command line says of a server: its address and keys, or a file that tells them."""

from dataclasses import dataclass, field
from pathlib import Path

from contracts.errors import TargetError
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
class Given:
    """The flags, as they were given."""

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

    def credentials(self, url: str | None, base_path: str) -> Credentials:
        """For the server at `url`, or the one that the file names. Raises TargetError."""
        checked_names(
            {
                "--org": self.org,
                "--service": self.service,
                "--organization-id": self.organization_id,
                "--other-org": self.other_org,
                "--control": self.control,
            }
        )
        if self.target is not None:
            credentials = named_by(ready_file.read(self.target), self.org, self.other_org)
        elif url is not None:
            credentials = Credentials(url)
        else:
            raise TargetError("name the server to check: its URL, or --target FILE")
        given = checked_keys(
            {
                "--key": None if self.key_is_general and PUBLIC in credentials.keys else self.key,
                "--platform-key": self.platform_key,
                "--revoked-key": self.revoked_key,
                "--expired-key": self.expired_key,
                "--other-key": self.other_key,
                "--admin-token": self.admin_token,
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
        checked_keys({f"the {label} key of {self.target}": value for label, value in credentials.keys.items()})
        distinct_keys(credentials.keys)
        return amended(
            credentials,
            keys,
            url=without_path(url or credentials.url, base_path),
            organization=self.org,
            organization_id=self.organization_id,
            service=self.service,
            other_organization=self.other_org,
            control_url=self.control,
            admin_token=given["--admin-token"],
            ca_bundle=None if self.ca_bundle is None else str(self.ca_bundle),
        )
