"""What the user gave a check to work with: a server, organizations and keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from contracts.errors import TargetError
from contracts.target.ready_file import NamedOrganization, ReadyFile

# Labels of keys: what reports show in place of their values.
PUBLIC, PLATFORM, REVOKED, EXPIRED, OTHER, OTHER_PLATFORM = (
    "public",
    "platform",
    "revoked",
    "expired",
    "other",
    "other_platform",
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """`url` is an origin with an optional prefix, to which the contract's paths are appended. `keys` maps labels to
    values; `other` and `other_platform` are keys of `other_organization`. `service` is the one to be asked for;
    `services` are what the organization is known to have; `ca_bundle` is a PEM file of whom to trust."""

    url: str
    organization: str | None = None
    organization_id: str | None = None
    service: str | None = None
    services: tuple[str, ...] = ()
    other_organization: str | None = None
    other_organization_id: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    control_url: str | None = None
    admin_token: str | None = field(default=None, repr=False)
    ca_bundle: str | None = None

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            _ = parts.port  # which is only read, and judged, when it is asked for
        except ValueError as error:
            raise TargetError(f"{self.url} is no URL of a server: {error}") from error
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise TargetError(f"{self.url} is no URL of a server: write for example http://127.0.0.1:4020")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise TargetError("the URL of a server is an origin and an optional prefix, without credentials and query")

    def organization_of(self, label: str) -> str | None:
        """The slug of the organization that a key belongs to."""
        return self.other_organization if label in {OTHER, OTHER_PLATFORM} else self.organization


def named_by(ready: ReadyFile, organization: str | None = None, other: str | None = None) -> Credentials:
    """What a target file gives: for its first organization, or the one of that slug, and for another one.

    Raises TargetError where the file does not name the organization that is asked for.
    """
    own = _find(ready, organization) if organization else next(iter(ready.organizations), None)
    strangers = [one for one in ready.organizations if one is not own]
    second = _find(ready, other) if other else next(iter(strangers), None)
    keys = dict(own.keys) if own else {}
    if second is not None:
        keys |= {OTHER: second.keys["public"]} if "public" in second.keys else {}
        keys |= {OTHER_PLATFORM: second.keys["platform"]} if "platform" in second.keys else {}
    return Credentials(
        url=ready.url,
        organization=own.slug if own else None,
        organization_id=own.id if own else None,
        services=own.services if own else (),
        other_organization=second.slug if second else None,
        other_organization_id=second.id if second else None,
        keys=keys,
        control_url=ready.control_url,
        admin_token=ready.admin_token,
        ca_bundle=ready.ca_bundle,
    )


def amended(credentials: Credentials, keys: Mapping[str, str | None], **given: str | None) -> Credentials:
    """With what stands on the command line in place of what the file says."""
    stated: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    merged = {**credentials.keys, **{label: value for label, value in keys.items() if value is not None}}
    return replace(credentials, keys=merged, **stated)


def without_path(url: str, path: str) -> str:
    """`url` without the path that every operation begins with, and that we append: many know their server with it."""
    return url.rstrip("/").removesuffix(path) if url.rstrip("/").endswith(path) else url


def bare_keys(keys: Mapping[str, str | None]) -> Mapping[str, str | None]:
    """Without the white space around them; by flag. Raises TargetError for one that is empty."""
    for flag, value in keys.items():
        if value is not None and not value.strip():
            raise TargetError(f"{flag} is empty: is the variable or secret that it comes from set?")
    return {flag: value and value.strip() for flag, value in keys.items()}


def checked_keys(keys: Mapping[str, str | None]) -> Mapping[str, str | None]:
    """As `bare_keys`; raises TargetError, which shows none, for what can be no key, too."""
    bare = bare_keys(keys)
    for flag, value in bare.items():
        if value is not None and not (value.isascii() and value.isprintable()):
            raise TargetError(
                f"{flag} holds a character that no header can carry: a quote, a line break, or a letter with an accent"
            )
    return bare


def distinct_keys(keys: Mapping[str, str | None]) -> None:
    """By label. Raises TargetError for one that stands for two things: it can only be one of them."""
    labels: dict[str, str] = {}
    for label, value in keys.items():
        if value is not None and labels.setdefault(value, label) != label:
            raise TargetError(f"the {labels[value]} key and the {label} key are the same, which no key can be")


def checked_names(names: Mapping[str, str | None]) -> None:
    """Of organizations, services and the like, by flag. Raises TargetError for one that is empty."""
    for flag, value in names.items():
        if value is not None and not value.strip():
            raise TargetError(f"{flag} is empty: is the variable that it comes from set?")


def _find(ready: ReadyFile, slug: str) -> NamedOrganization:
    for one in ready.organizations:
        if one.slug == slug:
            return one
    # Not named there, but perhaps known to the server: the keys then come by flags.
    return NamedOrganization(slug)
