"""A run as a test wants it: from its plan to its result, without a report."""

from contracts.spec.contract import Contract
from loadtests.measure.result import Result
from loadtests.run import processes
from loadtests.run.plan import Plan, Progress
from loadtests.run.preparing import prepare


def run(plan: Plan, progress: Progress | None = None) -> Result:
    return processes.run(prepare(plan, contract_of(plan)), progress)


def work(plan: Plan) -> None:
    processes.work(plan, contract_of(plan))


def contract_of(plan: Plan) -> Contract:
    return Contract.load(plan.contract, plan.overlays)
