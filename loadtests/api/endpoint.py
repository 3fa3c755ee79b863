"""Where and how the server is reached: what every worker must know, keys included."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import quote, urlsplit

from contracts.errors import TargetError
from contracts.spec.contract import Contract
from loadtests.api.proxies import Proxy
from loadtests.api.target import Target
from loadtests.measure.statuses import Meaning, Statuses


@dataclass(frozen=True, slots=True)
class Credential:
    """A key by its label. `identifier` goes into the organization header, with a platform key only."""

    label: str
    value: str = field(repr=False)
    organization: str
    identifier: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`operations` maps an operationId to method and path; `observed` are the headers that a limiter speaks with.

    `range_days` is how many days one question for slots may span. `sources` maps labels to the addresses of this
    machine that their requests leave from; all others leave from where the system chooses. `proxy`: on the way.
    `authority` is a file of certificates to be trusted; without it, what the environment names.
    """

    origin: str
    operations: Mapping[str, tuple[str, str]]
    idempotency_header: str
    replayed_header: str
    observed: tuple[str, ...]
    range_days: int
    key_header: str
    organization_header: str
    statuses: Statuses
    credentials: tuple[Credential, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    proxy: Proxy | None = None
    authority: str | None = None

    @classmethod
    def of(cls, target: Target, contract: Contract) -> Self:
        """Raises TargetError for a URL that is none, or one behind a proxy of an unknown kind."""
        parts = urlsplit(target.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise TargetError(f"{target.url} is no URL such as https://api.example.com")
        return cls(
            origin=target.url.rstrip("/"),
            operations={name: (operation.method, operation.path) for name, operation in contract.operations.items()},
            idempotency_header=contract.idempotency.header,
            replayed_header=(contract.idempotency.replayed_header or "").lower(),
            observed=(*(name.lower() for name in contract.rate_limits.headers.values()), "retry-after", "date"),
            key_header=contract.key_header,
            organization_header=contract.organization_header,
            statuses=Statuses.of(contract),
            range_days=int(contract.rule("availability.max_range_days")),
            credentials=tuple(_credentials(target)),
            proxy=Proxy.on_the_way_to(target.url),
            authority=target.ca_bundle,
        )

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.origin)
        return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)

    def path(self, operation: str, **members: str) -> str:
        return self.operations[operation][1].format_map({name: quote(text, safe="") for name, text in members.items()})

    def meaning(self, status: int) -> Meaning:
        return self.statuses.meaning(status)

    def url(self, operation: str, **members: str) -> str:
        return self.origin + self.path(operation, **members)

    def keys(self, organization: str) -> list[Credential]:
        """The public ones of an organization."""
        return [key for key in self.credentials if key.organization == organization and not key.identifier]

    def key_for(self, organization: str) -> Credential:
        """Raises TargetError where there is none."""
        for key in self.keys(organization):
            return key
        raise TargetError(f"there is no key for {organization or 'an organization'}: --key and --org")


def _credentials(target: Target) -> list[Credential]:
    public = [(key, entry) for entry in target.organizations for key in entry.keys]
    platform = [(key, entry) for entry in target.organizations for key in entry.platform_keys]
    return [
        *(Credential(f"key {number}", key, entry.slug) for number, (key, entry) in enumerate(public, 1)),
        *(
            Credential(f"platform key {number}", key, entry.slug, entry.id)
            for number, (key, entry) in enumerate(platform, 1)
        ),
    ]
