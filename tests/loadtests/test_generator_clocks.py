from hypothesis import given
from hypothesis import strategies as st

from loadtests.clocks import Reading, skew
from loadtests.observation import Observation
from loadtests.recording import Gathered, Recorder

ways = st.floats(0, 0.2)


@given(st.floats(-1e6, 1e6), st.lists(st.tuples(ways, ways, ways), min_size=1, max_size=8))
def test_the_other_clock_is_never_further_off_than_the_estimate_admits(
    ahead: float, exchanges: list[tuple[float, float, float]]
) -> None:
    readings = []
    for second, (there, thinking, back) in enumerate(exchanges):
        received = second + there + ahead
        readings.append(Reading(second, received, received + thinking, second + there + thinking + back))
    found = skew(readings)
    assert abs(found.ahead - ahead) <= found.unsure + 1e-6
    assert found.unsure <= min(there + back for there, _, back in exchanges) / 2 + 1e-6


def test_what_is_unsure_about_a_clock_widens_what_was_observed() -> None:
    recorder = Recorder(observing=True)
    recorder.observations.append(Observation("key 1", "getOrganization", 1.0, 1.5, 200, {}, due=0.9))
    gathered = Gathered()
    gathered.add(0, recorder.take(), moved=60.0, unsure=0.25)
    (seen,) = gathered.observations
    assert (seen.sent, seen.received, seen.due) == (60.75, 61.75, 60.9)
