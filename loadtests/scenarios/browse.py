"""Reads only: organization, service, a week's slots."""

from loadtests.scenarios.user import ScenarioUser
from loadtests.steps import Flow
from loadtests.visitor import Visitor


class Browse(ScenarioUser):
    def flow(self, visitor: Visitor) -> Flow:
        yield from visitor.look_around()
