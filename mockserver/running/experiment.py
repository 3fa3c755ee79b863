"""What a command depends on: it is run under many readings, and where it fails, the answers are sought that do it.

A reading answers the contract's open questions otherwise. First each reading is tried as it is; then, for each that
failed, delta debugging finds the smallest set of its answers that makes the command fail. What is found is left out of
the others, so that they show what else there is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mockserver.running.delta_debugging import minimal
from mockserver.wiring.readings import Reading

AS_SHIPPED = Reading()
REPEATS = 2  # of what is blamed, and of reading 0: a command that fails now and then would not end alike each time

Choice = tuple[str, str]
"""A question, and the answer that it is given."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of the command; `output` is the end of what it said."""

    exit_code: int
    seconds: float
    output: str = field(repr=False)

    @property
    def failed(self) -> bool:
        return self.exit_code != 0


class EndedEarlyError(Exception):
    """A bound is reached, or somebody interrupted: one sentence on which. What is known so far holds."""


class FlakyError(Exception):
    """The command does not always end alike, though nothing has changed: one sentence on where that was seen."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """The smallest set of answers under which the command fails: one, or several that do it together."""

    answers: Mapping[str, str]
    output: str = field(repr=False)


@dataclass(slots=True)
class Findings:
    """`tried` has the readings in the order in which they were tried, reading 0 first. `incomplete` says why there may
    be more to find, `flaky` why nothing can be blamed on an answer; each is empty if it is not so."""

    tried: list[tuple[Reading, Attempt]] = field(default_factory=list)
    dependencies: list[Dependency] = field(default_factory=list)
    incomplete: str = ""
    flaky: str = ""
    runs: int = 0

    @property
    def fails_as_shipped(self) -> bool:
        return bool(self.tried) and self.tried[0][1].failed

    @property
    def failed(self) -> list[tuple[Reading, Attempt]]:
        return [(reading, attempt) for reading, attempt in self.tried if attempt.failed]


class Experiment:
    """`attempt` runs the command under a reading, and may raise EndedEarlyError."""

    def __init__(self, attempt: Callable[[Reading], Attempt]) -> None:
        self._attempt = attempt
        self._known: dict[frozenset[Choice], Attempt] = {}
        self._harmless: set[Choice] = set()
        self._found = Findings()

    def run(self, readings: Iterable[Reading]) -> Findings:
        """Reading 0 first, then each of these; then what those that failed depend on."""
        try:
            self._try(readings)
            if self._found.failed and not self._found.fails_as_shipped:
                self._explain()
        except EndedEarlyError as error:
            self._found.incomplete = str(error)
        except FlakyError as error:
            self._found.flaky = str(error)
            self._found.dependencies.clear()
        return self._found

    def _try(self, readings: Iterable[Reading]) -> None:
        if self._try_one(AS_SHIPPED).failed:
            if not self._run(AS_SHIPPED).failed:
                raise FlakyError("it failed under reading 0, and passed when that was run again")
            return
        for reading in readings:
            self._try_one(reading)

    def _try_one(self, reading: Reading) -> Attempt:
        attempt = self._run(reading)
        self._found.tried.append((reading, attempt))
        self._learn(frozenset(reading.answers.items()), attempt)
        return attempt

    def _explain(self) -> None:
        self._require_as_shipped()
        for reading, _ in self._found.failed:
            left = self._unexplained(tuple(reading.answers.items()))
            while self._fails(left):
                self._found.dependencies.append(self._confirmed(self._smallest(left)))
                left = self._unexplained(left)

    def _smallest(self, choices: Sequence[Choice]) -> Sequence[Choice]:
        """Most answers have been seen to do no harm, and are left out if it fails without them."""
        suspects = [choice for choice in choices if choice not in self._harmless]
        return minimal(suspects if self._fails(suspects) else choices, self._fails)

    def _confirmed(self, choices: Sequence[Choice]) -> Dependency:
        """Raises FlakyError. Runs that should end alike follow one another: what fails every other time would pass for
        something that is found if they were mixed."""
        self._require_as_shipped()
        reading = Reading(None, dict(choices))
        attempts = [self._run(reading) for _ in range(REPEATS)]
        if not all(attempt.failed for attempt in attempts):
            raise FlakyError(f"it failed under {reading}, and passed when that was run again")
        return Dependency(reading.answers, attempts[-1].output)

    def _require_as_shipped(self) -> None:
        """Raises FlakyError."""
        for _ in range(REPEATS):
            if self._run(AS_SHIPPED).failed:
                raise FlakyError("it passed under reading 0, and failed when that was run again")

    def _unexplained(self, choices: Sequence[Choice]) -> Sequence[Choice]:
        """Without what is known to make it fail: a question that does so alone, whatever its answer is here; of
        several that do it together, all, if all are here."""
        explained: set[str] = set()
        for known in self._found.dependencies:
            if len(known.answers) == 1 or known.answers.items() <= set(choices):
                explained |= known.answers.keys()
        return [choice for choice in choices if choice[0] not in explained]

    def _fails(self, choices: Sequence[Choice]) -> bool:
        answers = frozenset(choices)
        if answers not in self._known:
            self._learn(answers, self._run(Reading(None, dict(choices))))
        return self._known[answers].failed

    def _learn(self, answers: frozenset[Choice], attempt: Attempt) -> None:
        """Raises FlakyError."""
        if self._known.setdefault(answers, attempt).failed != attempt.failed:
            raise FlakyError("of two runs under the same answers one failed, and one passed")
        if not attempt.failed:
            self._harmless |= answers

    def _run(self, reading: Reading) -> Attempt:
        attempt = self._attempt(reading)
        self._found.runs += 1
        return attempt
