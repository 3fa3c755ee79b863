"""A watch: what one statement says of every answer of a kind."""

from collections.abc import Callable
from dataclasses import dataclass

from contracts.exchange import Answer
from contracts.observe.breach import Breach
from contracts.spec.contract import Contract


@dataclass(frozen=True, slots=True)
class Watch:
    """`concerns` tells the answers that `judge` is to be asked of; it gives None where the statement holds."""

    statement: str
    concerns: Callable[[Contract, Answer], bool]
    judge: Callable[[Contract, Answer], Breach | None]
