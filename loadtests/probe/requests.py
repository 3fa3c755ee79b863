"""The requests that a probe plans, as the API wants them written."""

from dataclasses import replace

from loadtests.api.fakes import Contact
from loadtests.api.request_builder import RequestBuilder
from loadtests.api.steps import Step
from loadtests.api.survey import Slot
from loadtests.probe.asking import Planned

_PAST = Slot("2020-01-06T10:00:00Z", "2020-01-06T11:00:00Z")  # it is counted like any other, and books nothing
_NOBODY = Contact("Nobody", "nobody@example.com", "+15550100000")


def step_of(build: RequestBuilder, planned: Planned) -> Step:
    """By the key or the client of that label; what it is answered with matters little, as long as it was counted.

    Raises ValueError for an operation that the probe has no use for.
    """
    step = _step_of(build, planned)
    return replace(step, key=planned.key, expected=build.endpoint.statuses.counted, subject=planned.subject)


def _step_of(build: RequestBuilder, planned: Planned) -> Step:
    match planned.operation:
        case "lookupBooking":
            return build.lookup_booking(planned.subject, _NOBODY.email)
        case "cancelBooking":
            return build.cancel_booking(planned.subject, _NOBODY.email)
    credential = next(each for each in build.endpoint.credentials if each.label == planned.key)
    match planned.operation:
        case "getOrganization":
            return build.get_organization(credential)
        case "getService":
            return build.get_service(credential)
        case "getAvailability":
            return build.get_availability(credential, 0)
        case "createBooking":
            return build.create_booking(credential, _PAST, _NOBODY, "")
        case "listBookings":
            return build.list_bookings(credential)
    raise ValueError(f"the probe knows no {planned.operation}")
