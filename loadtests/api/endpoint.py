"""Where and how the server is reached: what every worker must know, in JSON, keys included."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self
from urllib.parse import quote, urlsplit

from contracts.errors import TargetError
from contracts.spec.contract import Contract
from loadtests.run.plan import Plan


@dataclass(frozen=True, slots=True)
class Access:
    """A key by its label. `identifier` goes into the organization header, with a platform key only."""

    label: str
    value: str = field(repr=False)
    organization: str
    identifier: str = ""


@dataclass(frozen=True, slots=True)
class Surface:
    """`operations` maps an operationId to method and path; `observed` are the headers that a limiter speaks with.

    `range_days` is how many days one question for slots may span. `sources` maps labels to the addresses of this
    machine that their requests leave from; all others leave from where the system chooses.
    """

    origin: str
    operations: Mapping[str, tuple[str, str]]
    idempotency_header: str
    replayed_header: str
    observed: tuple[str, ...]
    range_days: int
    key_header: str
    organization_header: str
    access: tuple[Access, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, contract: Contract) -> Self:
        """Raises TargetError for a URL that is none."""
        parts = urlsplit(plan.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise TargetError(f"{plan.url} is no URL such as https://api.example.com")
        return cls(
            origin=plan.url.rstrip("/"),
            operations={name: (operation.method, operation.path) for name, operation in contract.operations.items()},
            idempotency_header=contract.idempotency.header,
            replayed_header=contract.idempotency.replayed_header.lower(),
            observed=(*(name.lower() for name in contract.rate_limits.headers.values()), "retry-after", "date"),
            key_header=contract.key_header,
            organization_header=contract.organization_header,
            range_days=int(contract.rule("availability.max_range_days")),
            access=tuple(_access(plan)),
        )

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.origin)
        return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)

    def path(self, operation: str, **members: str) -> str:
        return self.operations[operation][1].format_map({name: quote(text, safe="") for name, text in members.items()})

    def url(self, operation: str, **members: str) -> str:
        return self.origin + self.path(operation, **members)

    def keys(self, organization: str) -> list[Access]:
        """The public ones of an organization."""
        return [key for key in self.access if key.organization == organization and not key.identifier]

    def key_for(self, organization: str) -> Access:
        """Raises TargetError where there is none."""
        for key in self.keys(organization):
            return key
        raise TargetError(f"there is no key for {organization or 'an organization'}: --key and --org")

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stated: Mapping[str, Any]) -> Self:
        operations = {name: (method, path) for name, (method, path) in stated["operations"].items()}
        access = tuple(Access(**entry) for entry in stated["access"])
        return cls(**{**stated, "operations": operations, "observed": tuple(stated["observed"]), "access": access})


def _access(plan: Plan) -> list[Access]:
    public = [(key, entry) for entry in plan.organizations for key in entry.keys]
    platform = [(key, entry) for entry in plan.organizations for key in entry.platform_keys]
    return [
        *(Access(f"key {number}", key, entry.slug) for number, (key, entry) in enumerate(public, 1)),
        *(
            Access(f"platform key {number}", key, entry.slug, entry.id)
            for number, (key, entry) in enumerate(platform, 1)
        ),
    ]
