"""The Locust user that every scenario is: it walks through its flow, and then again as somebody else."""

from typing import ClassVar

from locust import User, task
from locust.exception import StopUser
from locust.user.task import LOCUST_STATE_STOPPING

from loadtests.api.steps import Flow
from loadtests.generator.engine import Engine
from loadtests.scenarios.catalogue import Scenario
from loadtests.scenarios.visitor import Visitor


class ScenarioUser(User):
    """What runs in the closed model. `engine` is shared by all users of a process and set before the first begins."""

    abstract = True
    engine: ClassVar[Engine]
    scenario: ClassVar[Scenario]

    def flow(self, visitor: Visitor) -> Flow:
        """What one client does."""
        return self.scenario.flow(visitor)

    def on_start(self) -> None:
        self.engine.join()

    @task
    def visit(self) -> None:
        visitor = self.engine.visitor()
        visitor.data = visitor.data.of(type(self).__name__)  # under plain Locust several scenarios share a process
        flow = self.flow(visitor)
        step = next(flow, None)
        while step is not None:
            if self._state == LOCUST_STATE_STOPPING or self.engine.budget <= 0:
                raise StopUser
            step = self.engine.perform_now(flow, step)
