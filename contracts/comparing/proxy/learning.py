"""What the exchanges alone tell of a server: which answers of `x-readings` it gives, where it does not as assumed.

Pure: nothing is asked. `kordkit check --learn` asks, and so learns more.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from contracts.comparing.proxy.exchanges import Exchange
from contracts.comparing.proxy.judging import Judge
from contracts.errors import ContractError
from contracts.spec import observed
from contracts.spec.contract import Contract
from contracts.spec.observed import Learnt, Observed
from contracts.spec.overlay import apply
from contracts.spec.readings import Question, overlay_of, questions_of, spelled

MOST = 200  # exchanges that are held against every answer: those that break something, the first of each kind
DOCUMENTED = "documented"
ODD_TYPE = "errors.type."  # how the ids of what is said of types begin


def answers_of(contract: Contract, exchanges: Sequence[Exchange]) -> Mapping[str, str]:
    """By question: the one answer under which fewest of them break the contract, where that is fewer than now."""
    questions = questions_of(contract.document, amended=True)
    telling = list(_telling(contract, exchanges))
    found: dict[str, str] = {}
    broken = _broken(contract, telling)
    for question in _asked(questions, broken):
        if not broken:
            break
        under = {name: _under(contract, questions, {**found, question.id: name}) for name in question.answers}
        counts = {name: len(_broken(other, telling)) for name, other in under.items() if other is not None}
        least = min(counts.values(), default=len(broken))
        best = [name for name, count in counts.items() if count == least]
        amended = under[best[0]] if len(best) == 1 and least < len(broken) else None
        if amended is not None:  # where several fit, none is guessed
            found[question.id] = best[0]
            broken = _broken(amended, telling)
    return found


def overlay(contract: Contract, server: str, answers: Mapping[str, str], day: str) -> Mapping[str, Any]:
    """An amendment of the contract for mock, check and load; one that changes nothing where nothing was learnt."""
    questions = questions_of(contract.document, amended=True)
    seen = []
    for name, answer in answers.items():
        question, given = questions[name], questions[name].answers[answer]
        seen.append(Observed(question.statement.id, given.summary, given.actions, name, answer))
    return observed.overlay_of(contract.document, Learnt(observed.origin(server), day, seen))


def _telling(contract: Contract, exchanges: Sequence[Exchange]) -> Iterator[Exchange]:
    kinds: set[tuple[str, ...]] = set()
    for exchange in exchanges:
        broken = (exchange.method, str(exchange.status), *Judge(contract).of_whole(exchange))
        if exchange.answer is not None and len(broken) > 2 and broken not in kinds and len(kinds) < MOST:
            kinds.add(broken)
            yield exchange


def _broken(contract: Contract, exchanges: Sequence[Exchange]) -> list[str]:
    """The open statements that they break, as often as they do."""
    judge = Judge(contract)
    found = [one for exchange in exchanges for one in judge.of_whole(exchange) if not one.startswith(ODD_TYPE)]
    odd = [ODD_TYPE for exchange in exchanges if _is_odd(contract, exchange)]
    return [*(one for one in found if contract.statements[one].level != DOCUMENTED), *odd]


def _is_odd(contract: Contract, exchange: Exchange) -> bool:
    """Whether an error has a type that no cause of its status has: an answer that renames one takes its judge away."""
    known = {error.type for error in contract.errors.values() if error.status == exchange.status}
    content = exchange.answer.content if exchange.answer else None
    try:
        body = orjson.loads(content or b"")
    except orjson.JSONDecodeError:
        return False
    return (
        bool(known) and isinstance(body, dict) and body.get(contract.document["x-error-members"]["type"]) not in known
    )


def _asked(questions: Mapping[str, Question], broken: Sequence[str]) -> Sequence[Question]:
    """Those about what is broken; what is said elsewhere about the same matter comes after them."""
    matters = {statement.partition(".")[0] for statement in broken}
    near = [one for one in questions.values() if one.statement.id.partition(".")[0] in matters]
    return sorted(near, key=lambda one: not any(one.statement.id.startswith(statement) for statement in broken))


def _under(contract: Contract, questions: Mapping[str, Question], answers: Mapping[str, str]) -> Contract | None:
    """None where the answers do not apply to the contract."""
    document = dict(contract.document)
    try:
        apply(document, overlay_of(questions, spelled(questions, answers)), "what was learnt")
        return Contract.of(document, amends=contract)
    except ContractError:
        return None
