"""The one place where a refusal becomes an answer: cause, status, type and sentence joined in one table."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from mockserver.domain.errors import Refused
from mockserver.web.api.exchange import Exchange, Reply


class Envelope(NamedTuple):
    """How the contract answers one cause; `detail` has {braces} for the refusal's details."""

    status: int
    type: str
    detail: str
    retry_after: int | None = None


class Members(NamedTuple):
    """What the members of an error are called."""

    detail: str
    status: str
    type: str


class _Details(dict[str, object]):
    """Braces that a refusal does not fill stay as they are."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


class Problems:
    """The contract's error catalogue (/api/errors).

    `named` is what a sentence calls a field that the client wrote otherwise; None: what the client called it.
    """

    def __init__(
        self, envelopes: Mapping[str, Envelope], members: Members, named: Callable[[str], str] | None = None
    ) -> None:
        self._envelopes = envelopes
        self._members = members
        self._named = named

    def refuse(self, exchange: Exchange, refusal: Refused) -> Reply:
        """The exchange keeps the refusal, for whoever tells of it later."""
        exchange.refusal = refusal.with_traceback(None)  # whose frames hold the exchange: a circle
        return self.reply(refusal)

    def sentence(self, refusal: Refused) -> str:
        details = _Details(refusal.details)
        if self._named is not None and "field" in details:
            details["field"] = self._named(str(details["field"]))
        return self._envelopes[refusal.cause].detail.format_map(details)

    def reply(self, refusal: Refused) -> Reply:
        envelope = self._envelopes[refusal.cause]
        reply = self.enveloped(envelope.status, envelope.type, self.sentence(refusal))
        retry_after = refusal.retry_after or envelope.retry_after
        if retry_after is not None:
            reply.headers.append(("Retry-After", str(retry_after)))
        if "allow" in refusal.details:
            reply.headers.append(("Allow", str(refusal.details["allow"])))
        return reply

    def enveloped(self, status: int, type: str, detail: str) -> Reply:
        """An error as the API tells it, of whatever cause."""
        names = self._members
        return Reply.json({names.detail: detail, names.status: status, names.type: type}, status)
