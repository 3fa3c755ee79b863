"""Errors in a shape that clients do not expect."""

from dataclasses import replace

import orjson

from mockserver.domain.errors import Refused
from mockserver.mutants.mutant import Mutant
from mockserver.web.exchange import Reply, encode
from mockserver.web.problems import Problems


class SaysMessage(Problems):
    def reply(self, refusal: Refused) -> Reply:
        reply = super().reply(refusal)
        envelope = orjson.loads(reply.body)
        reply.body = encode({"message": envelope.pop("detail"), **envelope})
        return reply


MUTANTS = (
    Mutant(
        "detail-called-message",
        "errors.envelope",
        "The sentence of an error is called `message`, not `detail`.",
        lambda parts: replace(parts, problems=SaysMessage),
    ),
)
