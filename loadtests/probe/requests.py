"""The requests that a probe plans, as the API wants them written."""

from dataclasses import replace

from loadtests.api.desk import Desk
from loadtests.api.fakes import Contact
from loadtests.api.steps import Step
from loadtests.api.survey import Slot
from loadtests.probe.asking import Planned

_PAST = Slot("2020-01-06T10:00:00Z", "2020-01-06T11:00:00Z")  # it is counted like any other, and books nothing
_NOBODY = Contact("Nobody", "nobody@example.com", "+15550100000")


def step_of(desk: Desk, planned: Planned) -> Step:
    """By the key or the client of that label; what it is answered with matters little, as long as it was counted.

    Raises ValueError for an operation that the probe has no use for.
    """
    step = _step_of(desk, planned)
    return replace(step, key=planned.key, expected=desk.endpoint.statuses.counted, subject=planned.subject)


def _step_of(desk: Desk, planned: Planned) -> Step:
    match planned.operation:
        case "lookupBooking":
            return desk.lookup_booking(planned.subject, _NOBODY.email)
        case "cancelBooking":
            return desk.cancel_booking(planned.subject, _NOBODY.email)
    credential = next(each for each in desk.endpoint.credentials if each.label == planned.key)
    match planned.operation:
        case "getOrganization":
            return desk.get_organization(credential)
        case "getService":
            return desk.get_service(credential)
        case "getAvailability":
            return desk.get_availability(credential, 0)
        case "createBooking":
            return desk.create_booking(credential, _PAST, _NOBODY, "")
        case "listBookings":
            return desk.list_bookings(credential)
    raise ValueError(f"the probe knows no {planned.operation}")
