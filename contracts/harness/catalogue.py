"""What an organization offers, as it tells itself: its services and their settings, each fetched once."""

from collections.abc import Mapping
from typing import Any

from contracts.exchange import Answer, member
from contracts.harness.session import Session
from contracts.harness.settings import Settings
from contracts.outcome import NotRunError


class Catalogue:
    """Every method raises NotRunError where the server does not tell."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def organization(self) -> Mapping[str, Any]:
        """The answer of getOrganization."""
        found: Mapping[str, Any] = self._session.once(
            "organization", lambda: self._object(self._session.call("getOrganization"))
        )
        return found

    def services(self) -> list[str]:
        """Slugs of the services that the organization lists."""
        entries = self.organization().get("services")
        slugs = [member(entry, "slug") for entry in entries] if isinstance(entries, list) else []
        return [slug for slug in slugs if isinstance(slug, str)]

    def service(self, slug: str) -> Mapping[str, Any]:
        """The answer of getService."""
        found: Mapping[str, Any] = self._session.once(
            f"service {slug}", lambda: self._object(self._session.call("getService", service_slug=slug))
        )
        return found

    def settings(self, slug: str) -> Settings:
        """One object for each service, however often it is asked for."""
        found: Settings = self._session.once(f"settings of {slug}", lambda: Settings(self.service(slug)))
        return found

    def _object(self, answer: Answer) -> Mapping[str, Any]:
        if not isinstance(self._session.need_served(answer).json, dict):
            raise NotRunError(f"{answer.request.operation} {answer}, which is no JSON object")
        return dict(answer.json)
