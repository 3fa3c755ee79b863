"""Reads only: organization, service, a week's slots."""

from loadtests.api.steps import Flow
from loadtests.generator.user import ScenarioUser
from loadtests.scenarios.visitor import Visitor


class Browse(ScenarioUser):
    def flow(self, visitor: Visitor) -> Flow:
        yield from visitor.look_around()
