"""What whoever runs a mock can do with API keys."""

from dataclasses import dataclass
from typing import NamedTuple

from mockserver.application.refusals import UnknownError
from mockserver.application.world import World
from mockserver.domain.keys import ApiKey, KeyKind, digest_of
from mockserver.ports import SECOND


class KeyInUse(NamedTuple):
    """A key and what became of it; `organization` is a slug, `last_used` in nanoseconds."""

    key: ApiKey
    organization: str
    last_used: int | None
    status: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A key that is to be made; `organization` is a slug, `expires_at` in Unix seconds."""

    organization: str
    kind: KeyKind
    label: str
    environment: str | None
    expires_at: int | None


class KeyAdmin:
    def __init__(self, world: World) -> None:
        self._world = world

    def all(self) -> list[KeyInUse]:
        with self._world.state.look() as work:
            return [self._in_use(key, work.keys.last_used(key.id)) for key in work.keys.all()]

    def value_of(self, key_id: str) -> str | None:
        """Of a key that the dataset has: that of any other is known only to who made it."""
        value = self._world.key_values.get(key_id)
        with self._world.state.look() as work:
            key = work.keys.get(key_id)
        return value if value is not None and key is not None and key.digest == digest_of(value) else None

    def create(self, wanted: Wanted) -> tuple[str, KeyInUse]:
        """The key's value, which nobody can ask for again. Raises UnknownError."""
        organization = self._world.bookings.organizations.get(wanted.organization)
        if organization is None:
            raise UnknownError(f"there is no organization {wanted.organization}")
        with self._world.state.work() as work:
            value = work.ids.key_value(wanted.environment)
            key = ApiKey.of_value(
                value,
                id=work.ids.key_id(),
                organization=organization.id,
                kind=wanted.kind,
                label=wanted.label,
                environment=wanted.environment,
                created_at=self._world.clock.now() // SECOND,
                expires_at=wanted.expires_at,
            )
            work.keys.save(key)
        return value, self._in_use(key, None)

    def revoke(self, key_id: str) -> KeyInUse:
        """Raises UnknownError."""
        with self._world.state.work() as work:
            key = work.keys.get(key_id)
            if key is None:
                raise UnknownError(f"there is no key {key_id}")
            revoked = key.revoke()
            work.keys.save(revoked)
            return self._in_use(revoked, work.keys.last_used(key_id))

    def _in_use(self, key: ApiKey, last_used: int | None) -> KeyInUse:
        organizations = self._world.bookings.organizations.values()
        slug = next(organization.slug for organization in organizations if organization.id == key.organization)
        return KeyInUse(key, slug, last_used, key.status(self._world.clock.now() // SECOND))
