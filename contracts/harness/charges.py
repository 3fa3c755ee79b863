"""What requests take of a limit, as its headers tell, and whether somebody else takes of it meanwhile."""

from collections.abc import Callable

from contracts.exchange import Answer
from contracts.harness.limits import GENERAL, Limits
from contracts.harness.session import Session
from contracts.outcome import NotRunError, UnsettledError
from contracts.spec.contract import Policy

Look = Callable[[], Answer]
LOOKS = 5  # one after another, to see whether time makes them dearer
PAUSE = 1  # seconds between them
MEASURED = 3  # times at most, until it is clear what came back meanwhile
NARROWING = 30  # looks at most until the headers tell of the limit that is looked at


class Charges:
    """A `look` takes of a limit and tells what is left of it: of the general one unless another is named."""

    def __init__(self, session: Session, limits: Limits) -> None:
        self._session = session
        self._limits = limits

    def taken(
        self,
        act: Callable[[], object],
        prepare: Callable[[], object] | None = None,
        *,
        name: str = GENERAL,
        look: Look | None = None,
    ) -> int:
        """Units of a policy that a request takes, as `Remaining` tells: of the general one unless another is named,
        with a `look` at it that takes one unit.

        `prepare` is done before, and what it takes is not counted. Raises NotRunError where that cannot be told.
        """
        session, limits = self._session, self._limits
        if not limits.told_on_success:
            return self._missing(act, prepare, name)
        policy, fixed = limits.policy(name), limits.counting.in_windows
        see, reason = look or self._look, ""
        for _ in range(MEASURED):
            if prepare is not None:
                prepare()
            elif not fixed:  # what was taken long ago would come back in between
                limits.rest(policy, look().request if look else session.request("getOrganization"))
            before = session.need_served(see())
            for _ in range(NARROWING):  # another limit may be nearer to its end, until enough of this one is taken
                if limits.told(before, "limit") in {None, policy.limit}:
                    break
                before = session.need_served(see())
            act()
            after = session.need_served(see())
            if limits.told(before, "limit") != limits.told(after, "limit"):
                reason = "the headers tell of one limit before, and of another after it"
                continue
            steady = after.received < limits.frees(policy, before)[0]
            if steady and (not fixed or limits.read(before, "reset") == limits.read(after, "reset")):
                return limits.read(before, "remaining") - limits.read(after, "remaining") - 1
            reason = "windows end too soon to see what one request takes"
        raise NotRunError(reason)

    def settled(
        self,
        expected: int,
        act: Callable[[], object],
        prepare: Callable[[], object] | None = None,
        *,
        name: str = GENERAL,
        look: Look | None = None,
    ) -> int:
        """What is `taken`, measured again before it is believed to be anything but expected: others may use the limit,
        too. Raises UnsettledError where they do.
        """
        first = self.taken(act, prepare, name=name, look=look)
        if first == expected:
            return first
        again = self.taken(act, prepare, name=name, look=look)
        if again != first and self.others_in_a_pause(name, look):
            raise UnsettledError("somebody else draws from the limit at the same time")
        return again

    def _missing(self, act: Callable[[], object], prepare: Callable[[], object] | None, name: str) -> int:
        """Units that the policy no longer admits after that, in a row until it refuses."""
        if not self._limits.alone:
            raise NotRunError("what is left is told by refusals alone: --control makes it cheap to wait for them")
        if prepare is None:
            return self._limits.policy(name).limit - self._admitted_after(name, act)
        return self._admitted_after(name, prepare) - self._admitted_after(name, prepare, act)

    def _admitted_after(self, name: str, *acts: Callable[[], object]) -> int:
        """But for what came back meanwhile, where units come back all the time: in the time between the first and the
        last, of which the server's share is not known."""
        for _ in range(MEASURED):
            found = self._limits.used_up_after(name, *acts)
            if found.refused is None or not self._limits.is_refused(found.refused):
                raise NotRunError(f"{len(found.admitted)} requests did not use up {name}")
            first, last = found.admitted[0], found.admitted[-1]
            least = self._back(found.policy, last.sent - first.received)
            if least == self._back(found.policy, last.received - first.sent):
                return len(found.admitted) - least
        raise NotRunError("requests take too long to see what one of them takes")

    def _back(self, policy: Policy, seconds: float) -> int:
        counting = self._limits.counting
        return int(counting.returned(policy, max(0.0, seconds))) if counting.refills else 0

    def others_in_a_pause(self, name: str = GENERAL, look: Look | None = None) -> bool:
        """Whether requests with pauses between them find less left than the same without: somebody else needs time to
        take it, while what our own requests cost, however odd, is the same.

        Waits until the policy is unused. Nobody else is there where the server is steered.
        """
        if self._limits.alone:
            return False
        see = look or self._look
        self._limits.rest(self._limits.policy(name), see().request)
        for _ in range(2):
            at_once, paused = self._drop(name, see, 0), self._drop(name, see, PAUSE)
            if at_once is not None and paused is not None:
                return paused > at_once
        raise NotRunError(f"what is left of {name} is told otherwise each time")

    def _drop(self, name: str, look: Look, pause: int) -> int | None:
        """How much less is left after the last look than after the first, but for what came back; None where a window
        ended in between."""
        limits, answers = self._limits, [look()]
        for _ in range(LOOKS - 1):
            self._session.wait(pause)
            answers.append(look())
        if limits.counting.in_windows and len({limits.told(answer, "reset") for answer in answers}) > 1:
            return None
        first, last = answers[0], answers[-1]
        back = limits.counting.returned(limits.policy(name), last.received - first.received)
        return limits.read(first, "remaining") - limits.read(last, "remaining") + int(back)

    def _look(self) -> Answer:
        return self._session.call("getOrganization")
