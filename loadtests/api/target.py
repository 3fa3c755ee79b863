"""The server to load and what may be used of it: from flags, and from a ready-file that they outrank."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from contracts.errors import TargetError
from contracts.target import ready_file


@dataclass(frozen=True, slots=True)
class Organization:
    """One organization of the target and what may be used of it. `id` goes into `x-organization-id`.

    Reports call the keys of all organizations, in their order, "key 1", "key 2", ... and "platform key 1", ...
    """

    slug: str
    service: str = ""  # slug; "": the first one that the server offers
    id: str = ""
    keys: tuple[str, ...] = field(default=(), repr=False)  # public ones
    platform_keys: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Target:
    """`url` is the origin and an optional prefix; `/api/calendar/v1/…` is appended. `control_url` ends in `/_mock`.

    Both are without a slash at their end. The first of the organizations is the one to load; the others are there for
    whoever wants several. `ca_bundle` is a PEM file of whom to trust.
    """

    url: str
    organizations: tuple[Organization, ...] = ()
    control_url: str | None = None
    admin_token: str | None = field(default=None, repr=False)
    ca_bundle: str | None = None

    @property
    def is_here(self) -> bool:
        """Whether all of it is on this machine."""
        return all(is_loopback(url) for url in (self.url, self.control_url) if url)


def read(path: Path) -> Target:
    """From a ready-file. Raises TargetError."""
    stated = ready_file.read(path)
    return Target(
        stated.url.rstrip("/"),
        tuple(_organization(each) for each in stated.organizations),
        stated.control_url,
        stated.admin_token,
        stated.ca_bundle,
    )


def _organization(stated: ready_file.NamedOrganization) -> Organization:
    return Organization(
        slug=stated.slug,
        service=next(iter(stated.services), ""),
        id=stated.id or "",
        keys=tuple(key for kind, key in stated.keys.items() if kind == "public"),
        platform_keys=tuple(key for kind, key in stated.keys.items() if kind == "platform"),
    )


def chosen(
    target: Target,
    *,
    slug: str | None,
    service: str | None,
    keys: Sequence[str],
    platform_key: str | None,
    organization_id: str | None,
) -> Target:
    """With what the flags say of one organization, which goes first. Raises TargetError."""
    slug = slug or next((each.slug for each in target.organizations), None)
    if slug is None:
        raise TargetError("which organization is to be loaded? Name it with --org SLUG")
    first = next((each for each in target.organizations if each.slug == slug), Organization(slug))
    first = replace(
        first,
        service=service or first.service,
        id=organization_id or first.id,
        keys=tuple(keys) or first.keys,
        platform_keys=(platform_key,) if platform_key else first.platform_keys,
    )
    return replace(target, organizations=(first, *(each for each in target.organizations if each.slug != slug)))


def controlled(target: Target, control_url: str | None, admin_token: str | None) -> Target:
    """With what the flags say of the control API."""
    return replace(
        target,
        control_url=(control_url or target.control_url or "").rstrip("/") or None,
        admin_token=admin_token or target.admin_token,
    )


def is_loopback(url: str) -> bool:
    """By its name or address alone: no name is looked up."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
