"""The whole flow of a booking with a client that openapi-python-client made of the contract.

    python flow.py URL PUBLIC_KEY PLATFORM_KEY ORGANIZATION_ID

Prints, as JSON, the statuses that the booking went through and the ids that the platform lists.
"""

import datetime
import json
import sys
from typing import Any

from client import AuthenticatedClient, Client  # type: ignore[import-not-found]  # it is made, then there
from client.api.availability import get_availability  # type: ignore[import-not-found]
from client.api.bookings import create_booking  # type: ignore[import-not-found]
from client.api.organizations import get_organization, get_service  # type: ignore[import-not-found]
from client.api.platform import list_bookings  # type: ignore[import-not-found]
from client.api.self_service import (  # type: ignore[import-not-found]
    cancel_booking,
    get_reschedule_availability,
    lookup_booking,
    reschedule_booking,
)
from client.models import CreateBooking, NewContact, RescheduleBooking  # type: ignore[import-not-found]

URL, PUBLIC, PLATFORM, ORGANIZATION = sys.argv[1:]
SLUG, SERVICE = "acme-salon", "haircut"
EMAIL = "sarah@example.com"


def keyed(key: str) -> Any:
    return AuthenticatedClient(
        base_url=URL, token=key, prefix="", auth_header_name="x-kordless-key", raise_on_unexpected_status=True
    )


api, customer = keyed(PUBLIC), Client(base_url=URL)
day = datetime.datetime(2025, 12, 3, tzinfo=datetime.UTC)
days = {"from_": day, "to": day + datetime.timedelta(days=2)}

assert get_organization.sync(SLUG, client=api).organization.name == "Acme Salon"
zone = get_service.sync(SLUG, SERVICE, client=api).calendar_settings.timezone
slot = get_availability.sync(client=api, org_slug=SLUG, service_slug=SERVICE, **days).slots[0]

contact = NewContact(name="Sarah Johnson", email=EMAIL)
body = CreateBooking(SLUG, SERVICE, slot.starts_at, slot.ends_at, zone, contact)
made = create_booking.sync(client=api, body=body, idempotency_key="flow-1").booking
again = create_booking.sync(client=api, body=body, idempotency_key="flow-1").booking
assert again.id == made.id

mine = {"client": customer, "contact": EMAIL}
found = lookup_booking.sync(made.confirmation_number, **mine).booking
later = get_reschedule_availability.sync(made.confirmation_number, **mine, **days).slots[-1]
move = RescheduleBooking(later.starts_at, later.ends_at)
moved = reschedule_booking.sync(made.confirmation_number, **mine, body=move).booking
assert moved.start_at == later.starts_at
canceled = cancel_booking.sync(made.confirmation_number, **mine).booking

listed = list_bookings.sync(client=keyed(PLATFORM), x_organization_id=ORGANIZATION).bookings
statuses = [booking.status.value for booking in (made, found, moved, canceled)]
print(json.dumps({"id": made.id, "statuses": statuses, "listed": [booking.id for booking in listed]}))
