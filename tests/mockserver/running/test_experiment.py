"""What a command depends on is found, whatever it is; one that is flaky, or out of time, is told nothing false."""

from collections.abc import Callable, Mapping, Sequence
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from mockserver.running.experiment import Attempt, EndedEarlyError, Experiment
from mockserver.wiring.readings import Reading

Answers = Mapping[str, str]
QUESTIONS = {f"q{number}": ("a", "b") for number in range(12)}
CHOICES = [(question, answer) for question, answers in QUESTIONS.items() for answer in answers]


def experiment(fails: Callable[[Answers], bool], most: int = 1000) -> Experiment:
    runs = count(1)

    def attempt(reading: Reading) -> Attempt:
        if next(runs) > most:
            raise EndedEarlyError("enough")
        failed = fails(reading.answers)
        return Attempt(int(failed), 0.1, f"says {sorted(reading.answers)}" if failed else "")

    return Experiment(attempt)


def readings(*answers: Answers) -> list[Reading]:
    return [Reading(number, each) for number, each in enumerate(answers, 1)]


everything = [{question: answers[number % 2] for question, answers in QUESTIONS.items()} for number in range(2)]
drawn = st.lists(st.dictionaries(st.sampled_from(list(QUESTIONS)), st.sampled_from(["a", "b"])), min_size=1, max_size=8)
sets = st.lists(st.dictionaries(st.sampled_from(list(QUESTIONS)), st.sampled_from(["a", "b"]), min_size=1, max_size=3))


def breaks(culprits: Sequence[Answers], answers: Answers) -> bool:
    return any(culprit.items() <= answers.items() for culprit in culprits)


@given(tried=drawn, culprits=sets)
def test_each_dependency_is_one_is_smallest_and_together_they_explain_every_failure(
    tried: list[dict[str, str]], culprits: list[dict[str, str]]
) -> None:
    found = experiment(lambda answers: breaks(culprits, answers)).run(readings(*tried))
    assert [attempt.failed for _, attempt in found.tried] == [False, *(breaks(culprits, each) for each in tried)]
    for dependency in found.dependencies:
        assert breaks(culprits, dependency.answers)
        for question in dependency.answers:
            rest = {other: answer for other, answer in dependency.answers.items() if other != question}
            assert not breaks(culprits, rest)
    alone = {question for each in found.dependencies if len(each.answers) == 1 for question in each.answers}
    for reading, _ in found.failed:
        together = [each.answers for each in found.dependencies if each.answers.items() <= reading.answers.items()]
        assert together or alone & reading.answers.keys()
    assert (found.incomplete, found.flaky) == ("", "")


def test_several_assumptions_are_told_apart_each_by_its_question() -> None:
    planted = {"q1", "q4", "q7", "q8", "q11"}
    found = experiment(lambda answers: bool(planted & answers.keys())).run(readings(*everything))
    assert sorted(question for each in found.dependencies for question in each.answers) == sorted(planted)
    assert all(len(each.answers) == 1 for each in found.dependencies)
    assert found.dependencies[0].output == f"says {list(found.dependencies[0].answers)}"


def test_what_only_two_answers_do_together_is_found_together() -> None:
    pair = {"q2": "a", "q9": "a"}
    found = experiment(lambda answers: pair.items() <= answers.items()).run(readings(*everything))
    assert [each.answers for each in found.dependencies] == [pair]


def test_what_was_seen_to_do_no_harm_is_not_tried_again() -> None:
    harmless = dict.fromkeys(list(QUESTIONS)[:11], "a")
    found = experiment(lambda answers: "q11" in answers).run(readings(harmless, {**harmless, "q11": "b"}))
    assert [each.answers for each in found.dependencies] == [{"q11": "b"}]
    repeated = 2 + 2 + 2  # reading 0 before and after, and what is blamed
    assert found.runs == 3 + 1 + repeated


def test_a_client_that_fails_as_the_contract_is_shipped_is_not_tried_further() -> None:
    found = experiment(lambda answers: True).run(readings(*everything))
    assert (found.fails_as_shipped, found.dependencies, found.flaky, len(found.tried)) == (True, [], "", 1)


def test_a_flaky_command_is_said_to_be_flaky_and_no_answer_is_blamed() -> None:
    for period in range(2, 8):
        for phase in range(period):
            runs = count(phase)
            found = experiment(lambda answers, runs=runs, period=period: next(runs) % period == 0).run(  # type: ignore[misc]
                readings(*everything, *everything)
            )
            assert found.dependencies == []
            assert found.flaky or not found.failed


def test_a_bound_leaves_what_is_known() -> None:
    def fails(answers: Answers) -> bool:
        return bool({"q1", "q8"} & answers.keys())

    whole = experiment(fails).run(readings(*everything))
    for most in range(whole.runs):
        found = experiment(fails, most).run(readings(*everything))
        assert found.incomplete == "enough"
        assert found.runs == most
        known = [each.answers for each in found.dependencies]
        assert known == [each.answers for each in whole.dependencies][: len(known)]
