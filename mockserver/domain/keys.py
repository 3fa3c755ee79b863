"""API keys (/api/authentication, /platform/api-keys): what is known of one once its value has been handed out."""

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal, Self

from mockserver.domain.errors import Refused

KeyKind = Literal["public", "platform"]
VISIBLE_END = 4


def digest_of(value: str) -> bytes:
    """What is stored in place of a key. Keys are long random strings, so a plain hash cannot be guessed back.

    Made of each request's key, in a microsecond: to remember it would be to keep the keys.
    """
    return sha256(value.encode("utf-8", "surrogateescape")).digest()


@dataclass(frozen=True, slots=True)
class ApiKey:
    """`organization` is an id; times are Unix seconds; `end` is the last 4 characters, all that is ever shown again."""

    id: str
    organization: str
    kind: KeyKind
    label: str
    environment: str | None
    digest: bytes
    end: str
    created_at: int
    expires_at: int | None = None
    revoked: bool = False

    @classmethod
    def of_value(
        cls,
        value: str,
        *,
        id: str,
        organization: str,
        kind: KeyKind,
        label: str,
        created_at: int,
        environment: str | None = None,
        expires_at: int | None = None,
        revoked: bool = False,
    ) -> Self:
        return cls(
            id,
            organization,
            kind,
            label,
            environment,
            digest_of(value),
            value[-VISIBLE_END:],
            created_at,
            expires_at,
            revoked,
        )

    def revoke(self) -> Self:
        return replace(self, revoked=True)

    def authenticate(self, now: int) -> None:
        """Raises Refused(revoked_key) or Refused(expired_key); a key expires at, not after, `expires_at`."""
        if self.revoked:
            raise Refused("revoked_key")
        if self.expires_at is not None and now >= self.expires_at:
            raise Refused("expired_key")

    def status(self, now: int) -> Literal["active", "revoked", "expired"]:
        try:
            self.authenticate(now)
        except Refused as refusal:
            return "revoked" if refusal.cause == "revoked_key" else "expired"
        return "active"
