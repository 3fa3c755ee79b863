"""A server's rate limits as a check uses them up, and as their headers tell of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from contracts.exchange import Answer, Request
from contracts.harness.bookings import Bookings
from contracts.harness.counting import ALGORITHMS, Counting
from contracts.harness.limit_headers import LimitHeaders
from contracts.harness.offers import Offers
from contracts.harness.session import Session
from contracts.outcome import NotRunError, UnsettledError
from contracts.spec.contract import Policy

GENERAL = "public-general"
SPARE = 2  # seconds before its end from which a window is no longer relied on
UNSURE = 1.0  # seconds, to which Date tells the server's clock


@dataclass(frozen=True, slots=True)
class UsedUp:
    """`admitted` are the answers since nothing was used, `refused` the first other one: None where the server admitted
    one more than it could have been meant to."""

    policy: Policy
    admitted: Sequence[Answer]
    refused: Answer | None

    @property
    def first(self) -> Answer:
        return self.admitted[0]

    @property
    def last(self) -> Answer:
        return self.refused or self.admitted[-1]

    @property
    def seconds(self) -> float:
        return self.last.received - self.first.sent


class Limits(LimitHeaders):
    """`alone`: nobody else can draw from the limits, for the server is steered by this check."""

    def __init__(self, session: Session, offers: Offers, bookings: Bookings, *, alone: bool = False) -> None:
        super().__init__(session)
        self.alone = alone
        self._offers = offers
        self._bookings = bookings
        self._began = session.target.clock.now
        self._seen: dict[str, UsedUp] = {}
        self._latest: dict[str, UsedUp] = {}

    @property
    def counting(self) -> Counting:
        return ALGORITHMS[self._session.contract.rate_limits.algorithm]

    def forget(self) -> None:
        """What was seen when policies were used up: by another contract more or less would have been asked."""
        self._seen.clear()
        self._latest.clear()

    def others_draw(self, answers: Sequence[Answer]) -> bool:
        """Whether the headers show that somebody else draws from the same part of the policy at the same time.

        What each of our own requests takes alike is no sign of that: it is what they cost.
        """
        told = [(self.told(answer, "limit"), self.told(answer, "remaining")) for answer in answers]
        left = [remaining for limit, remaining in told if limit == told[0][0] and remaining is not None]
        if self.alone or told[0][0] is None or len(left) < len(told):
            return False
        drawn = [before - after for before, after in pairwise([told[0][0], *left])]
        return max(drawn) > 1 and len(set(drawn)) > 1

    # Using up

    def policy(self, name: str) -> Policy:
        try:
            return self._session.contract.rate_limits.policies[name]
        except KeyError:
            raise NotRunError(f"the contract has no policy {name}") from None

    def used_up(self, name: str) -> UsedUp:
        """What was seen when the policy was used up, which is done once for all that only look at it."""
        return self._seen.get(name) or self.used_up_anew(name)

    def exhausted(self, name: str) -> UsedUp:
        """The policy is used up now. Raises NotRunError where it could not be."""
        known = self._latest.get(name)
        if known is None or not self._holds(known):
            known = self.used_up_anew(name)
        if not self._refuses(known):
            raise NotRunError(f"{len(known.admitted)} requests did not use up {name}")
        return known

    def use_up(
        self, name: str, ask: Callable[[], Answer], request: Request, acts: Iterable[Callable[[], object]] = ()
    ) -> UsedUp:
        """Waits until the policy is unused, does what comes first, then asks on. `request` is like what is asked."""
        policy = self.policy(name)
        self.rest(policy, request)
        self._await_window(policy)
        for act in acts:
            act()
        return self.ask_on(name, ask, request)

    def ask_on(self, name: str, ask: Callable[[], Answer], request: Request) -> UsedUp:
        """Asks until the answer is another. A creation may also find its slot taken: that is no other answer."""
        policy = self.policy(name)
        taken = self._session.contract.errors["slot_not_offered"].status
        answers = [ask()]
        alike = {answers[0].status, taken, *self._session.successes(request.operation)}
        if answers[0].status >= 500:  # a server that serves nobody admits nobody
            raise NotRunError(f"{request.operation} {answers[0]}")
        if self.is_refused(answers[0]):
            raise UnsettledError(f"somebody else uses up {name}, or more counts against it than was sent")
        while len(answers) <= policy.limit + int(self.back(policy, answers)):
            answer = ask()
            if answer.status not in alike:
                return UsedUp(policy, answers, answer)
            answers.append(answer)
            if answer.received - answers[0].sent >= policy.window:
                raise NotRunError(f"{len(answers)} requests take it longer than {policy.window} s")
        return UsedUp(policy, answers, None)

    def back(self, policy: Policy, answers: Sequence[Answer]) -> float:
        """Units that came back, at most, in the time that those took."""
        return self.counting.returned(policy, answers[-1].received - answers[0].sent)

    def rest(self, policy: Policy, request: Request) -> None:
        """Waits until nothing counts against the policy any more, nor against shorter ones that such a request draws
        from: neither what was sent here nor what may have been sent before the check began."""
        session = self._session
        for name in session.contract.operations[str(request.operation)].policies:
            beside = self.policy(name)
            if beside.window <= policy.window:
                session.wait_until_unused(beside, session.target.subject(beside, request))
                longest = self.counting.windows * beside.window + 1
                session.wait(self._began + longest - session.target.clock.now)

    def _await_window(self, policy: Policy) -> None:
        """Where the clock's windows count, one that is not over amid what is to come."""
        if self.counting.by_clock:
            phase = self._session.now() % policy.window
            if phase > policy.window / 2:
                self._session.wait(policy.window - phase + UNSURE)

    def used_up_anew(self, name: str) -> UsedUp:
        found = self._latest[name] = self.use_up(name, *self._drawing(name))
        before = self._seen.setdefault(name, found)
        if len(found.admitted) > len(before.admitted):  # nothing was in its way this time
            self._seen[name] = found
        return found

    def used_up_after(self, name: str, *acts: Callable[[], object]) -> UsedUp:
        """What these left of the unused policy shows in what is admitted after them.

        A longer policy may have been used up by refusals before: only where somebody moves the server's clock.
        """
        ask, request = self._drawing(name)
        try:
            return self.use_up(name, ask, request, acts)
        except UnsettledError:
            windows = [
                self.policy(one).window for one in self._session.contract.operations[str(request.operation)].policies
            ]
            self._session.wait(self.counting.windows * max(windows) + 1)
            return self.use_up(name, ask, request, acts)

    def _drawing(self, name: str) -> tuple[Callable[[], Answer], Request]:
        """What draws one unit of a policy, not paced, and a request that is like it."""
        session = self._session
        match name:
            case "public-general":
                return self.look, session.request("getOrganization")
            case "platform-minute":
                return lambda: session.call("listBookings", paced=False), session.request("listBookings")
            case "creation":
                return self.booking(), session.request("createBooking")
            case "self-service":
                booking = self._bookings.shared()
                return lambda: self._bookings.lookup(booking, paced=False), self.lookup(booking.number)
            case "verification":
                return self._guessing(self._bookings.shared().number)
        raise NotRunError(f"no request is known that draws from {name} alone")

    def guess(self, number: str) -> UsedUp:
        """Uses up the guesses at the contact of a confirmation number."""
        return self.use_up("verification", *self._guessing(number))

    def _guessing(self, number: str) -> tuple[Callable[[], Answer], Request]:
        request = self.lookup(number, self._session.fakes.email())
        return lambda: self._session.target.send(request, paced=False), request

    def lookup(self, number: str, contact: str = "") -> Request:
        return self._session.request("lookupBooking", query={"contact": contact}, confirmation_number=number)

    def look(self) -> Answer:
        """A request that draws one unit of the general policy, and of no other."""
        return self._session.call("getOrganization", paced=False)

    def booking(self) -> Callable[[], Answer]:
        """Books a slot each time: one of those that are offered now, so that hardly one is taken."""
        bookings, offers = self._bookings, self._offers
        offered = {(slot.host, slot.start) for slot in offers.slots(*offers.bookable_range())}

        def book() -> Answer:
            slot = offers.free_slot(where=lambda slot: (slot.host, slot.start) in offered)
            return bookings.create(bookings.body(slot), paced=False)

        return book

    def _refuses(self, known: UsedUp) -> bool:
        return known.refused is not None and self.is_refused(known.refused)

    def _holds(self, known: UsedUp) -> bool:
        earliest, _ = self.frees(known.policy, known.first)
        same = known.policy.name != "verification" or self._bookings.shared().number in known.first.request.url
        return same and self._refuses(known) and self._session.target.clock.now < earliest - SPARE

    def frees(self, policy: Policy, answer: Answer) -> tuple[float, float]:
        """When what that request took is back, at the earliest and at the latest, on the check's line of time."""
        offset = (answer.date or 0) - answer.received
        earliest = self.counting.frees(policy, answer.sent + offset) - offset
        return earliest - UNSURE * self.counting.by_clock, self.counting.frees(policy, answer.date or 0) - offset
