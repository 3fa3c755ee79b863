"""What the limiter's probe sends; by itself, a client that asks until it is refused and then waits as told."""

from dataclasses import replace

from loadtests.api.desk import Desk
from loadtests.api.fakes import Contact
from loadtests.api.steps import Flow, Step
from loadtests.api.survey import Slot
from loadtests.generator.user import ScenarioUser
from loadtests.scenarios.visitor import Visitor

_PAST = Slot("2020-01-06T10:00:00Z", "2020-01-06T11:00:00Z")  # it is counted like any other, and books nothing
_NOBODY = Contact("Nobody", "nobody@example.com", "+15550100000")
_ANY = frozenset({200, 201, 400, 403, 404, 422})
_LONGEST = 60.0  # seconds that a client in the closed model waits


def request_of(desk: Desk, key: str, operation: str, subject: str) -> Step:
    """One request of the probe, by the key or the client of that label.

    What it is answered with matters little: it was counted.

    Raises ValueError for an operation that the probe has no use for.
    """
    return replace(_request_of(desk, key, operation, subject), key=key, expected=_ANY, subject=subject)


def _request_of(desk: Desk, key: str, operation: str, subject: str) -> Step:
    match operation:
        case "lookupBooking":
            return desk.lookup_booking(subject, _NOBODY.email)
        case "cancelBooking":
            return desk.cancel_booking(subject, _NOBODY.email)
    access = next(access for access in desk.surface.access if access.label == key)
    match operation:
        case "getOrganization":
            return desk.get_organization(access)
        case "getService":
            return desk.get_service(access)
        case "getAvailability":
            return desk.get_availability(access, 0)
        case "createBooking":
            return desk.create_booking(access, _PAST, _NOBODY, "")
        case "listBookings":
            return desk.list_bookings(access)
    raise ValueError(f"the probe knows no {operation}")


class Limiter(ScenarioUser):
    def flow(self, visitor: Visitor) -> Flow:
        while True:
            answer = yield visitor.desk.get_organization(visitor.key)
            if answer.status == 429:
                self.patience = min(float(answer.headers.get("retry-after", "1")), _LONGEST)
                return

    def wait_time(self) -> float:
        return self.patience
