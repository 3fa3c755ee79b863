"""`kordkit load` without a load: what stands in its place, and how it is called."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import cast

from click.testing import CliRunner, Result

import kordkit
from loadtests.measure.result import Result as Outcome
from loadtests.measure.statistics import Statistics
from loadtests.run.plan import Plan, Progress
from loadtests.run.preparing import Prepared
from tests.loadtests.meanings import meaning

HERE = ["http://127.0.0.1:4020", "--org", "acme-salon"]
KEYS = {"KORDLESS_API_KEY": "kord_test_one kord_test_two"}
READY = {
    "url": "http://127.0.0.1:4021/",
    "control_url": None,
    "organizations": [
        {"slug": "acme", "id": "org_1", "services": ["cut", "dye"], "keys": {"public": "pub-1", "platform": "plat-1"}},
        {"slug": "other", "id": "org_2", "services": ["rub"], "keys": {"public": "pub-2", "revoked": "rev-2"}},
    ],
}


def statistics(statuses: Iterable[int] = (200,) * 100) -> Statistics:
    filled = Statistics()
    for number, status in enumerate(statuses):
        filled.sent(number // 50, 0.1, 0.1)
        filled.answered("getService", number // 50, status, meaning(status), 10.0, error=status in (0, 500))
    return filled


class Runner:
    """Takes the place of the load: remembers the plan, and has `result` come of it."""

    def __init__(self) -> None:
        self.plans: list[Plan] = []
        self.worked: list[Plan] = []
        self.result = Outcome("browse", 0, "time", statistics())
        self.error: BaseException | None = None

    def prepare(self, plan: Plan, *_: object) -> Prepared:
        """Asks nobody for anything."""
        self.plans.append(plan)
        return cast("Prepared", SimpleNamespace(plan=plan, survey=None, endpoint=None))

    def run(self, prepared: Prepared, progress: Progress, say: object) -> Outcome:
        progress(11.0, self.result.statistics)
        if self.error is not None:
            raise self.error
        return self.result

    @property
    def plan(self) -> Plan:
        (plan,) = self.plans
        return plan


def load(*words: str, **variables: str) -> Result:
    return CliRunner().invoke(kordkit.cli, ["load", *words], env=KEYS | variables)
