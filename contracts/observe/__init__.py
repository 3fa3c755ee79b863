"""Pure judges: from the contract and one exchange to what is wrong with it.

Whoever has an exchange can ask, however it came about; nothing here knows a server, or sends anything.
"""

from collections.abc import Iterator

from contracts.exchange import Answer
from contracts.observe import errors, http, refusals
from contracts.observe.attribution import Attribution
from contracts.observe.breach import Breach
from contracts.observe.watch import Watch
from contracts.spec.contract import Contract


def breaches(contract: Contract, answer: Answer) -> Iterator[Breach]:
    """What the answer breaks: of its schemas first, then of what holds for every answer of its kind."""
    for misfit in Attribution(contract).misfits(answer):
        yield misfit.breach(answer)
    for watch in watches(contract):
        if watch.concerns(contract, answer) and (breach := watch.judge(contract, answer)) is not None:
            yield breach


def watches(contract: Contract) -> Iterator[Watch]:
    """Those whose statement the contract makes."""
    causes = contract.errors.values()
    every = (
        errors.ENVELOPE,
        errors.KNOWN_DETAILS,
        *(errors.status(code) for code in sorted({cause.status for cause in causes})),
        *(errors.type_of_error(contract, name) for name in sorted({cause.type for cause in causes})),
        http.REQUEST_ID,
        http.SUCCESS_STATUS,
        http.LIMIT_HEADERS,
        http.MOMENTS,
        refusals.TELL_NOTHING,
    )
    return (watch for watch in every if watch.statement in contract.statements)
