"""What the contract wants of every answer beside the usual; mostly nothing, and nobody pays for that."""

from collections.abc import Iterator, Sequence

from contracts.spec.contract import Contract
from mockserver.web.api.answers import in_milliseconds, tagged, uncached
from mockserver.web.api.pipeline import Finish
from mockserver.wiring.limits import limit_headers_of


def finishing_of(contract: Contract) -> Sequence[Finish]:
    return tuple(_wanted(contract))


def _wanted(contract: Contract) -> Iterator[Finish]:
    limit_headers = limit_headers_of(contract)
    if limit_headers is not None:
        yield limit_headers
    if contract.rule("time.answers") == "milliseconds":
        yield in_milliseconds
    caching = contract.rule("http.caching")
    if caching != "nothing":
        yield uncached if caching == "no-store" else tagged
