"""What programs are told of a mock, or of a world beside it, that is ready: the shape of the ready-file."""

from typing import Any

from contracts.spec.contract import Contract
from mockserver.application.world import World
from mockserver.datasets.loader import Dataset
from mockserver.domain.organizations import Organization
from mockserver.ports import SECOND
from mockserver.web.paths import CONTROL_PREFIX


def ready_content(contract: Contract, dataset: Dataset, world: World, url: str, token: str | None) -> dict[str, Any]:
    """`url` is what the API's paths are appended to."""
    return {
        "url": url,
        "control_url": f"{url}{CONTROL_PREFIX}",
        "admin_token": token,
        "contract": contract.version,
        "seed": world.seed,
        "reading": dict(world.reading),
        "organizations": [
            {
                "slug": organization.slug,
                "id": organization.id,
                "services": [s.slug for s in organization.services.values() if s.bookable],
                "keys": shown_keys(dataset, world, organization),
            }
            for organization in dataset.organizations.values()
        ],
    }


def shown_keys(dataset: Dataset, world: World, organization: Organization) -> dict[str, str]:
    """One active key of each kind, a revoked and an expired one, where the dataset has them."""
    now = world.clock.now() // SECOND
    keys: dict[str, str] = {}
    for key in dataset.keys:
        if key.record.organization == organization.id:
            status = key.record.status(now)
            keys.setdefault(key.record.kind if status == "active" else status, key.value)
    order = ("public", "platform", "revoked", "expired")
    return {name: keys[name] for name in order if name in keys}
