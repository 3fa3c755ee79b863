"""What the contract says of rate limits beside policies and algorithm."""

from collections.abc import Callable

from contracts.spec.contract import Contract
from mockserver.web.api.exchange import Exchange, Reply
from mockserver.web.api.limit_headers import RESET_FORMS, RETRY_AFTER, RETRY_AFTER_FORMS, Form, LimitHeaders
from mockserver.web.api.replay import Replayed


def free_of(contract: Contract) -> Callable[[Reply], bool] | None:
    """Which answers leave nothing charged; None where every one does."""
    failures_count, replays_count = contract.rule("limits.failed_request_counts"), contract.rule("limits.replay_counts")
    if failures_count and replays_count:
        return None

    def free(reply: Reply) -> bool:
        return (reply.status >= 400 and not failures_count) or (isinstance(reply, Replayed) and not replays_count)

    return free


def limit_headers_of(contract: Contract) -> LimitHeaders | None:
    """None where they are as usual, and on every answer that was counted."""
    stated, told_on = contract.rate_limits, contract.rule("limits.headers_on")
    forms: dict[str, Form] = {}
    if stated.reset in RESET_FORMS:
        forms[stated.headers["reset"]] = RESET_FORMS[stated.reset]
    if stated.retry_after in RETRY_AFTER_FORMS:
        forms[RETRY_AFTER] = RETRY_AFTER_FORMS[stated.retry_after]
    if not forms and told_on == "every counted answer":
        return None

    def untold(exchange: Exchange, reply: Reply) -> bool:
        refused = exchange.admission is not None and not exchange.admission.admitted
        success = reply.status < 400
        return not (refused or told_on == "every counted answer" or (success and told_on == "success and refusals"))

    return LimitHeaders(stated.headers, forms, untold)
