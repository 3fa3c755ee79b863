"""One run from beginning to end: read the server, load it, read it again, judge, and leave it as it was."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace

from rich.console import Console

from contracts.errors import UnreachableError
from contracts.spec.contract import Contract
from contracts.target.control import ControlApi
from loadtests.api.clean_up import cancel_all
from loadtests.api.client import Client
from loadtests.api.endpoint import Surface
from loadtests.api.read_back import Reader
from loadtests.judge.invariants import NAMES, judge
from loadtests.judge.judgement import Judgement
from loadtests.judge.lives import Booking
from loadtests.judge.thresholds import Threshold
from loadtests.limiter import verdict
from loadtests.measure.result import Result
from loadtests.report.contents import Limits, Report
from loadtests.report.limiter_plot import limiter_plot
from loadtests.run.catalogue import SCENARIOS
from loadtests.run.plan import Plan
from loadtests.run.processes import LIMITER, run
from loadtests.run.progress import Progress


def drive(
    plan: Plan,
    contract: Contract,
    thresholds: Sequence[Threshold],
    command: str,
    console: Console,
) -> Report:
    """`command` and `console` are for whoever watches. Raises UnreachableError, TargetError, ImpatientError."""
    control = ControlApi(plan.control_url, plan.admin_token) if plan.control_url else None
    console.print(opening(plan), soft_wrap=True)
    report: Report | None = None
    try:
        with control.kept() if control else nullcontext():
            result, invariants = _loaded(plan, Surface.of(plan, contract), control, console)
            report = Report(
                target=plan.url,
                command=command,
                result=result,
                thresholds=[threshold.judge(result.statistics) for threshold in thresholds],
                invariants=invariants,
                limits=_limits(result, contract, console) if plan.scenario == LIMITER else None,
            )
    except UnreachableError as error:
        if report is None:
            raise
        note = f"The server's state from before the run could not be put back: {error}"
        return replace(report, result=replace(report.result, notes=(*report.result.notes, note)))
    return report


def opening(plan: Plan) -> str:
    """One sentence: what will happen, and its bounds."""
    clients = f"{plan.users} users" if plan.users else plan.rate or "at its own rate"
    return (
        f"{plan.scenario} on {plan.url}, {clients}, seed {plan.seed}: at most {plan.duration:,g} s and"
        f" {plan.max_requests:,} requests, {plan.max_in_flight:,} of them at a time."
    )


def _loaded(
    plan: Plan, surface: Surface, control: ControlApi | None, console: Console
) -> tuple[Result, Sequence[Judgement]]:
    """The result, and what became of the invariants where the scenario makes bookings."""
    if not SCENARIOS[plan.scenario].writes:
        return _run(plan, console), ()
    reader = Reader(Client(surface, control), plan.organizations[0])
    before = reader.read_before()
    result = _run(plan, console)
    console.print("Reading the server back.")
    try:
        reader.client = Client(surface, control)
        after = reader.read_after(result.changes)
        invariants = judge(result.changes, before, after, result.ended == "worker lost")
        return _cleaned(result, surface, after.listed) if control is None else result, invariants
    except KeyboardInterrupt:
        why = "reading the server back was interrupted"
        return result, [Judgement(name, "not judged", why) for name in NAMES]


def _cleaned(result: Result, surface: Surface, listed: Sequence[Booking] | None) -> Result:
    """With notes on what could not be canceled again."""
    cleaned = cancel_all(Client(surface), result.changes, listed)
    notes = tuple(cleaned.notes(worker_lost=result.ended == "worker lost" and listed is None))
    return replace(result, notes=(*result.notes, *notes))


def _limits(result: Result, contract: Contract, console: Console) -> Limits:
    console.print("Judging what the limiter admitted.")
    try:
        verdicts = verdict.judge(result.observations, contract)
    except KeyboardInterrupt:
        return Limits((), [Judgement("the limiter", "not judged", "judging was interrupted")])
    return Limits(
        policies=[each.as_json() for each in verdicts],
        judgements=[
            Judgement(f"limit {each.policy or ' + '.join(each.operations)}", each.outcome, each.sentence)
            for each in verdicts
        ],
        plot=limiter_plot(verdicts, result.observations),
    )


def _run(plan: Plan, console: Console) -> Result:
    with Progress(console) as progress:
        return run(plan, progress)
