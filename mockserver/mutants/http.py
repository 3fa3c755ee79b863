"""HTTP that is not quite HTTP."""

from dataclasses import replace

from mockserver.domain.errors import Refused
from mockserver.mutants.mutant import Mutant
from mockserver.web.exchange import Reply
from mockserver.web.problems import Problems


class KeepsMethodsSecret(Problems):
    def reply(self, refusal: Refused) -> Reply:
        reply = super().reply(refusal)
        reply.headers = [(name, value) for name, value in reply.headers if name != "Allow"]
        return reply


MUTANTS = (
    Mutant(
        "allow-missing",
        "http.allow",
        "A 405 does not say in Allow which methods there are.",
        lambda parts: replace(parts, problems=KeepsMethodsSecret),
    ),
)
