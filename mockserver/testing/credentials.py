"""Keys and names that a client under test needs, by the names of `kordkit check`'s flags."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

KEY = "KORDLESS_API_KEY"  # the variable of the API's own samples


@dataclass(frozen=True, slots=True)
class Credentials:
    """Of the mock's first organization, and of another one; None is what the dataset does not have.

    `org` and `other_org` are slugs, `service` is the first that can be booked.
    """

    key: str | None = field(default=None, repr=False)
    org: str | None = None
    service: str | None = None
    platform_key: str | None = field(default=None, repr=False)
    organization_id: str | None = None
    revoked_key: str | None = field(default=None, repr=False)
    expired_key: str | None = field(default=None, repr=False)
    other_key: str | None = field(default=None, repr=False)
    other_org: str | None = None

    @classmethod
    def of(cls, ready: Mapping[str, Any]) -> "Credentials":
        """What a ready-file names."""
        nobody: dict[str, Any] = {"slug": None, "id": None, "services": [], "keys": {}}
        own, other = (*ready["organizations"], nobody, nobody)[:2]
        keys = own["keys"]
        return cls(
            key=keys.get("public"),
            org=own["slug"],
            service=next(iter(own["services"]), None),
            platform_key=keys.get("platform"),
            organization_id=own["id"],
            revoked_key=keys.get("revoked"),
            expired_key=keys.get("expired"),
            other_key=other["keys"].get("public"),
            other_org=other["slug"],
        )

    def variables(self) -> dict[str, str]:
        """What there is, by the variables that `kordkit check` and `kordkit load` read."""
        named = ((variable, getattr(self, name)) for name, variable in VARIABLES.items())
        return {variable: value for variable, value in named if value is not None}


VARIABLES: Mapping[str, str] = {
    each.name: KEY if each.name == "key" else f"KORDKIT_{each.name.upper()}" for each in fields(Credentials)
}
"""By what they hold."""
