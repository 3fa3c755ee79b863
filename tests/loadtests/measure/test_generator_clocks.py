"""Clocks of several machines: what a worker saw is never put at a moment at which it was not."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from loadtests.measure.clocks import Reading, Skew, skew, strayed
from loadtests.measure.observation import Observation
from loadtests.measure.recording import Gathered, Recorder

Exchange = tuple[float, float, float]  # seconds: there, until it is answered, and back

ways = st.floats(0, 0.2)
exchanges = st.lists(st.tuples(ways, ways, ways), min_size=1, max_size=8)


@dataclass(frozen=True)
class Clock:
    """At a moment `at` of ours it shows `at + ahead + drift * at`."""

    ahead: float
    drift: float = 0.0

    def shows(self, at: float) -> float:
        return at + self.ahead + self.drift * at

    def compared(self, at: float, exchanges: list[Exchange]) -> tuple[Skew, float]:
        """What is made of these exchanges, one after the other, and when the last one is over."""
        readings = []
        for there, thinking, back in exchanges:
            received, answered = at + there, at + there + thinking
            readings.append(Reading(at, self.shows(received), self.shows(answered), answered + back))
            at = answered + back
        return skew(readings), at


@given(st.floats(-1e6, 1e6), exchanges)
def test_the_other_clock_is_never_further_off_than_the_estimate_admits(ahead: float, exchanges: list[Exchange]) -> None:
    found, _ = Clock(ahead).compared(0.0, exchanges)
    assert abs(found.ahead - ahead) <= found.unsure + 1e-6
    assert found.unsure <= min(there + back for there, _, back in exchanges) / 2 + 1e-6


@given(
    clock=st.builds(Clock, st.floats(-1e6, 1e6), st.floats(-0.01, 0.01)),
    begin=exchanges,
    before=exchanges,
    after=exchanges,
    pauses=st.tuples(st.floats(0, 3600), st.floats(0, 600), st.floats(0, 600)),
)
def test_however_a_clock_drifts_what_was_observed_was_so_within_what_is_told(
    clock: Clock, begin: list[Exchange], before: list[Exchange], after: list[Exchange], pauses: tuple[float, ...]
) -> None:
    begun, at = clock.compared(0.0, begin)
    first, at = clock.compared(at + pauses[0], before)
    observed = at + pauses[1]
    second, _ = clock.compared(observed + pauses[2], after)
    timeline = clock.shows(observed) - begun.ahead
    least, most = strayed(begun, first, second)
    assert timeline - most - 1e-6 <= observed <= timeline - least + 1e-6


def test_a_clock_that_drifts_for_a_quarter_of_an_hour_is_not_taken_for_what_it_was_at_the_start() -> None:
    clock, quick = Clock(ahead=5.0, drift=50e-6), [(0.001, 0.0, 0.001)]
    begun, _ = clock.compared(0.0, quick)
    before, _ = clock.compared(840.0, quick)
    after, _ = clock.compared(900.0, quick)
    off = clock.shows(870.0) - begun.ahead - 870.0
    assert off > begun.unsure, "what was unsure at the start does not cover it"
    least, most = strayed(begun, before, after)
    assert least <= off <= most
    assert most - least < 0.006, "what came of the drift is taken off; a minute of it and what is unsure remain"


def test_what_is_unsure_about_a_clock_widens_what_was_observed() -> None:
    recorder = Recorder(observing=True)
    recorder.observations.append(Observation("key 1", "getOrganization", 1.0, 1.5, "success", {}, due=0.9))
    gathered = Gathered()
    gathered.add(0, recorder.take(), moved=60.0)
    assert gathered.observations == [], "nobody knows yet"
    gathered.settle(1, 0.0, 0.0)
    gathered.settle(0, -0.25, 0.5)
    gathered.settle(0, -0.25, 0.5)
    (seen,) = gathered.observations
    assert (seen.sent, seen.received, seen.due) == (60.5, 61.75, 60.9)
