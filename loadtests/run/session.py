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
from loadtests.api.proxies import Proxy
from loadtests.api.read_back import Reader
from loadtests.api.survey import Survey
from loadtests.judge.invariants import NAMES, judge
from loadtests.judge.judgement import Judgement
from loadtests.judge.lives import Booking
from loadtests.judge.thresholds import Threshold
from loadtests.limiter import verdict
from loadtests.limiter.learnt import not_observable, observed
from loadtests.measure.result import Result
from loadtests.report.contents import ENDINGS, Limits, Report
from loadtests.report.limiter_plot import limiter_plot
from loadtests.run.kinds import Probe
from loadtests.run.plan import Plan
from loadtests.run.preparing import Prepared, prepare
from loadtests.run.processes import run
from loadtests.run.progress import Progress
from loadtests.run.waiting import unseen


def drive(
    plan: Plan,
    contract: Contract,
    thresholds: Sequence[Threshold],
    command: str,
    console: Console,
) -> Report:
    """`command` and `console` are for whoever watches. Raises UnreachableError, TargetError, ImpatientError."""
    target = plan.target
    control = ControlApi(target.control_url, target.admin_token, target.ca_bundle) if target.control_url else None
    console.print(opening(plan), soft_wrap=True)
    if (proxy := Proxy.on_the_way_to(target.url)) is not None:
        console.print(f"The way there is through the proxy {proxy}, whose time counts.", soft_wrap=True)
    if isinstance(plan.kind, Probe) and (left_out := unseen(contract, target)):
        names = ", ".join(left_out)
        console.print(f"Without --control nobody waits for {names}: their windows are too long.", soft_wrap=True)
    report: Report | None = None
    try:
        with control.kept() if control else nullcontext():
            report = _report(prepare(plan, contract, control), contract, control, command, console)
            judged = [threshold.judge(report.result.statistics) for threshold in thresholds]
            report = replace(report, thresholds=judged, fail_on=plan.fail_on)
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
        f"{plan.scenario} on {plan.target.url}, {clients}, seed {plan.seed}: at most {plan.duration:,g} s and"
        f" {plan.max_requests:,} requests, {plan.max_in_flight:,} of them at a time."
    )


def _report(
    prepared: Prepared, contract: Contract, control: ControlApi | None, command: str, console: Console
) -> Report:
    """Without thresholds."""
    kind, url = prepared.plan.kind, prepared.plan.target.url
    if isinstance(kind, Probe):
        result = _run(prepared, console)
        return Report(url, command, result, limits=_limits(result, contract, console))
    if kind.writes and prepared.survey is not None:
        result, invariants = _read_around(prepared, prepared.survey, control, console)
        return Report(url, command, result, invariants=invariants)
    return Report(url, command, _run(prepared, console))


def _read_around(
    prepared: Prepared, survey: Survey, control: ControlApi | None, console: Console
) -> tuple[Result, Sequence[Judgement]]:
    """The result of a load that makes bookings, and what became of the invariants."""
    endpoint = prepared.endpoint
    reader = Reader(Client(endpoint, control), prepared.plan.target.organizations[0], survey)
    before = reader.read_before()
    result = _run(prepared, console)
    console.print("Reading the server back.")
    try:
        reader.client = Client(endpoint, control)
        after = reader.read_after(result.changes)
        invariants = judge(result.changes, before, after, result.ended == "worker lost")
        if control is None:
            result = _cleaned(result, Client(endpoint), after.listed)
        return result, invariants
    except KeyboardInterrupt:
        why = "reading the server back was interrupted"
        return result, [Judgement(name, "not judged", why) for name in NAMES]


def _cleaned(result: Result, client: Client, listed: Sequence[Booking] | None) -> Result:
    """With notes on what could not be canceled again."""
    cleaned = cancel_all(client, result.changes, listed)
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
        observed=list(observed(verdicts, contract)),
        not_observable=not_observable(verdicts, contract),
    )


def _run(prepared: Prepared, console: Console) -> Result:
    with Progress(console) as progress:
        result = run(prepared, progress, lambda sentence: console.print(sentence, soft_wrap=True))
    console.print(ENDINGS[result.ended], soft_wrap=True)
    return result
