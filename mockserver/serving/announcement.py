"""What a started mock says of itself: the banner for people, the ready-file for programs.

These two, and the answer that makes a key, are the only places that show full keys.
"""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mockserver.domain.instants import render_instant
from mockserver.domain.organizations import Organization
from mockserver.ports import SECOND
from mockserver.wiring import Built
from mockserver.wiring.ready import ready_content, shown_keys

API = "/api/calendar/v1"
SHOWN_ORGANIZATIONS = 3


def probe(url: str, token: str | None) -> None:
    """One request of our own, so that nothing is announced that does not answer. Raises OSError."""
    parts = urlsplit(url)
    lines = ["GET /_mock/health HTTP/1.1", f"Host: {parts.netloc}", "Connection: close"]
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    # By hand, as Python's own clients of HTTP take longer to import than all this to answer.
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        if parts.scheme == "https":
            import ssl

            anybody = ssl._create_unverified_context()  # that somebody answers is the question, not whose name it bears
            connection = anybody.wrap_socket(connection)
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        with connection.makefile("rb") as answer:
            status = answer.readline()
    if b" 200 " not in status:
        raise OSError(f"the mock does not answer at {url}, but says {status.decode('latin-1').strip() or 'nothing'}")


class Announcement:
    """`url` is the origin at which the mock can be reached; `broken` says what is wrong with it on purpose; `authority`
    is the file of whom clients must trust."""

    def __init__(
        self, built: Built, url: str, token: str | None, broken: str | None = None, authority: Path | None = None
    ) -> None:
        self._built = built
        self._token = token
        self._broken = broken
        self._authority = authority
        self.url = url

    def ready(self) -> dict[str, Any]:
        """The content of the ready-file."""
        built = self._built
        content = ready_content(built.contract, built.dataset, built.mock, self.url, self._token)
        return content if self._authority is None else {**content, "ca_bundle": str(self._authority)}

    def said(self, log_format: str) -> dict[str, Any]:
        """All that is to be said, as JSON values: the content of the ready-file, and the banner."""
        return {"ready": self.ready(), "banner": self.json_line() if log_format == "json" else self.text()}

    def json_line(self) -> str:
        """The banner for programs: one line, no keys."""
        ready = self.ready()
        slugs = [organization["slug"] for organization in ready["organizations"]]
        built = self._built
        state = {} if built.state is None else {"state": built.state, "goes_on": built.goes_on is not None}
        broken = {} if self._broken is None else {"broken": self._broken}
        return json.dumps(
            {"event": "ready", "url": self.url, "control_url": ready["control_url"], "contract": ready["contract"],
             "seed": ready["seed"], "reading": ready["reading"], "organizations": slugs, "limits": self._limits(),
             **state, **broken}
        )  # fmt: skip

    def text(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        built = self._built
        clock, organizations = built.mock.clock, list(built.dataset.organizations.values())
        yield f"kordkit mock of the Kordless Booking API, contract {built.contract.version}"
        yield ""
        yield f"  URL      {self.url}"
        yield f"  Control  {self.url}/_mock" + (f"   Authorization: Bearer {self._token}" if self._token else "")
        if self._authority is not None:
            yield f"  Trust    {self._authority}"
        yield f"  Data     {built.dataset.name}, seed {built.mock.seed if built.mock.seed is not None else 'none'}"
        if built.contract.reading.answers:
            yield f"  Reading  {self._reading()}"
        if built.state is not None:
            yield f"  State    {built.state}, {self._state()}"
        yield f"  Clock    {render_instant(clock.now() // SECOND)}, {'frozen' if clock.frozen else 'running'}"
        yield f"  Limits   {self._limits()}"
        if built.mock.first_faults:
            yield f"  Faults   {', '.join(standing.fault.action.kind for standing in built.mock.first_faults)}"
        if self._broken is not None:
            yield f"  Broken   {self._broken}"
        for organization in organizations[:SHOWN_ORGANIZATIONS]:
            yield ""
            yield from self._organization(organization)
        if len(organizations) > SHOWN_ORGANIZATIONS:
            yield ""
            yield f"and {len(organizations) - SHOWN_ORGANIZATIONS} more organizations: --ready-file lists them all"
        if organizations:
            yield ""
            yield from self._examples(organizations[0])
        yield ""
        yield "Ctrl-C stops it."

    def _organization(self, organization: Organization) -> Iterator[str]:
        services = [s.slug for s in organization.services.values() if s.bookable]
        header = self._built.contract.organization_header
        yield f"{organization.name} ({organization.slug}, {header} {organization.id.removeprefix('org_')})"
        yield f"  services  {', '.join(services[:8])}{', …' if len(services) > 8 else ''}"
        for kind, value in shown_keys(self._built.dataset, self._built.mock, organization).items():
            yield f"  {kind:9} {value}"

    def _examples(self, organization: Organization) -> Iterator[str]:
        """Lines that can be pasted as they are: read, look for slots, and book the first one."""
        key = shown_keys(self._built.dataset, self._built.mock, organization).get("public")
        slot = self._first_slot(organization)
        if key is None:
            return
        yield "Try it:"
        yield f"  export KORDLESS_API_KEY={key}"
        header = f'-H "{self._built.contract.key_header}: $KORDLESS_API_KEY"'
        yield f"  curl {header} {self.url}{API}/public/org/{organization.slug}"
        if slot is None:
            return
        service, start, end = slot
        day = start // 86400 * 86400
        first, last = render_instant(day), render_instant(day + 86400)
        query = f"org_slug={organization.slug}&service_slug={service}&from={first}&to={last}"
        yield f"  curl {header} '{self.url}{API}/public/availability?{query}'"
        body = json.dumps(
            {
                "org_slug": organization.slug,
                "service_slug": service,
                "starts_at": render_instant(start),
                "ends_at": render_instant(end),
                "timezone": organization.timezone,
                "contact": {"name": "Sarah Johnson", "email": "sarah@example.com"},
            }
        )
        yield f"  curl {header} -H 'Content-Type: application/json' -d '{body}' {self.url}{API}/public/bookings"

    def _first_slot(self, organization: Organization) -> tuple[str, int, int] | None:
        """Of the first bookable service, within a week from tomorrow."""
        service = next((s for s in organization.services.values() if s.bookable), None)
        if service is None:
            return None
        now = self._built.mock.clock.now() // SECOND
        notice = 86400 + int(service.calendar.cancellation.notice_hours * 3600)
        slots = self._built.mock.bookings.availability(
            organization, service.slug, now + notice, now + notice + 7 * 86400, 1, now
        )
        slot = next(iter(slots), None)
        return (service.slug, slot.start, slot.end) if slot else None

    def _limits(self) -> str:
        limiter, policies = self._built.mock.limiter, self._built.mock.policies.values()
        if not limiter.enabled:
            return "off: nothing is counted, no rate-limit header is sent"
        stated = ", ".join(f"{p.name} {p.limit}/{p.window // SECOND}s" for p in policies)
        return f"{limiter.algorithm}: {stated}"

    def _reading(self) -> str:
        reading = self._built.contract.reading
        answers = ", ".join(f"{question}={answer}" for question, answer in reading.answers.items())
        return answers if reading.number is None else f"{reading.number}: {answers}"

    def _state(self) -> str:
        origin, promised = self._built.goes_on, self._built.contract.version
        if origin is None:
            return "begun with these data"
        under = "" if origin.contract == promised else f" under version {origin.contract} of the contract"
        return f"begun earlier{under}: bookings, keys, clock and limits go on as they were left; --reset begins anew"
