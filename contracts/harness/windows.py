"""How a server's general limit counts as time passes, and what comes after it was used up."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from contracts.exchange import Answer
from contracts.harness.limits import GENERAL, Limits, UsedUp
from contracts.harness.session import Session

JUST_BEFORE = 0.2  # seconds in which a request arrives
# Sixtieths of a window: moments at which no two algorithms have counted the same, and where in the clock's window the
# first of them is, so that none of them has counted otherwise a second or two sooner or later.
TELLING, BEGINNING = (0, 20, 40, 61), 33


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
        session, limits, policy = self._session, self._limits, self._limits.policy(GENERAL)
        limits.rest(policy, session.request("getOrganization"))
        phase = session.now() % policy.window
        session.wait((policy.window * BEGINNING // 60 - phase) % policy.window)
        answers: list[Answer] = []
        for before, moment in pairwise((0, *TELLING)):
            session.wait((moment - before) * policy.window / 60)
            answers.append(session.need_served(limits.look()))
        return answers

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
