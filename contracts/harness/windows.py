"""How a server's general limit counts as time passes, and what comes after it was used up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from contracts.exchange import Answer
from contracts.harness.counting import AskedOn, Counted, Told
from contracts.harness.limits import GENERAL, Limits, UsedUp
from contracts.harness.session import Session
from contracts.outcome import NotRunError

JUST_BEFORE = 0.2  # seconds in which a request arrives
# Sixtieths of a window: moments at which no two algorithms have counted the same, and where in the clock's window the
# first of them is, so that none of them has counted otherwise a second or two sooner or later.
TELLING, BEGINNING = (0, 20, 40, 61), 33
# Parts of the limit that are asked for at all of these moments but the last, where that is told by asking on.
PARTS = (6, 4, 2)


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What came after a policy was used up: `early` just before a unit is free again (None where units come back one by
    one), `late` as soon as the last refusal had said, or as a unit was free: from `earliest` on, surely by `frees`, in
    seconds of the check."""

    used_up: UsedUp
    earliest: float
    frees: float
    early: Answer | None
    late: Answer

    @property
    def answers(self) -> Sequence[Answer]:
        return [answer for answer in (self.used_up.refused, self.early, self.late) if answer is not None]


def unix(answers: Sequence[Answer]) -> list[float]:
    """When they came, in Unix seconds: by the server's Date and, from there on, the check's own clock."""
    offset = (answers[0].date or 0) - answers[0].received
    return [answer.received + offset for answer in answers]


class Windows:
    def __init__(self, session: Session, limits: Limits) -> None:
        self._session = session
        self._limits = limits

    def moments(self) -> Sequence[Answer]:
        """Four answers in a window and a bit, the first when the general policy was unused: by what `Remaining` says
        then algorithms are told apart, and windows of the clock from those that begin with a request."""
        found: Sequence[Answer] = self._session.once("telling moments", self._at_moments, by_contract=True)
        return found

    def _at_moments(self) -> Sequence[Answer]:
        return [self._session.need_served(self._limits.look()) for _ in self._telling()]

    def counted(self) -> Counted:
        """Raises NotRunError where that cannot be told."""
        limits, policy = self._limits, self._limits.policy(GENERAL)
        if limits.told_on_success:
            answers = self.moments()
            units = [policy.limit - limits.read(answer, "remaining") for answer in answers]
            return Told(policy, unix(answers), units)
        found: Counted = self._session.once("asked on", self._asked_on, by_contract=True)
        return found

    def _asked_on(self) -> Counted:
        """What was taken at the moments before shows in how many more are admitted at the last."""
        limits, policy = self._limits, self._limits.policy(GENERAL)
        parts, answers = [policy.limit // part for part in PARTS], list[list[Answer]]()
        for many, _ in zip([*parts, 0], self._telling(), strict=True):
            answers.append([self._session.need_served(limits.look()) for _ in range(many)])
        last = limits.ask_on(GENERAL, limits.look, self._session.request("getOrganization"))
        if last.refused is None:
            raise NotRunError(f"{len(last.admitted)} requests did not use up {GENERAL}")
        firsts = [first for first, *_ in answers[: len(parts)]]
        moments = unix([*firsts, *last.admitted, last.refused])
        return AskedOn(policy, moments[: len(parts)], parts, moments[len(parts) :])

    def _telling(self) -> Iterator[int]:
        """Comes by at each of those moments, from when the general policy is unused."""
        session, policy = self._session, self._limits.policy(GENERAL)
        self._limits.rest(policy, session.request("getOrganization"))
        phase = session.now() % policy.window
        session.wait((policy.window * BEGINNING // 60 - phase) % policy.window)
        for before, moment in pairwise((0, *TELLING)):
            session.wait((moment - before) * policy.window / 60)
            yield moment

    def aftermath(self) -> Aftermath:
        found: Aftermath = self._session.once("aftermath", self._after, by_contract=True)
        return found

    def _after(self) -> Aftermath:
        session, limits = self._session, self._limits
        known, waiting, early = limits.exhausted(GENERAL), session.target.clock, None
        last, refills = known.last, limits.counting.refills
        earliest, frees = limits.frees(known.policy, last if refills else known.first)
        if not refills:
            session.wait(int(earliest - waiting.now - JUST_BEFORE))
            last = early = limits.look()
        promised = limits.promised(last)
        # Hardly more than a second is left then: who says much more is not believed that long.
        over = frees - waiting.now
        session.wait(over if promised is None or promised > over + 1 else max(1, promised))
        return Aftermath(known, earliest, frees, early, limits.look())
