"""One `kordkit check` from its flags to its exit code: the wiring of this package."""

from collections.abc import Sequence
from functools import partial

from rich.console import Console
from rich.markup import escape

from contracts.errors import TargetError
from contracts.flags import Flags, rate_of
from contracts.harness.check import Check
from contracts.harness.clean_up import CleanUp
from contracts.harness.counting import ALGORITHMS
from contracts.harness.fakes import Fakes
from contracts.harness.inbox import Inbox, receiving
from contracts.harness.ledger import Ledger
from contracts.properties import property_rules
from contracts.reports import FORMATS, files
from contracts.reports.terminal import show, show_plan
from contracts.rules import rules_of
from contracts.rules.rule import Rule
from contracts.rules.selection import Plan, plan
from contracts.run.baseline import Baseline
from contracts.run.coverage import measured
from contracts.run.preflight import missing, not_found
from contracts.run.progress import Watching
from contracts.run.run import Run, root_causes_first
from contracts.spec import observed
from contracts.spec.contract import Contract, Policy
from contracts.spec.document import SHIPPED
from contracts.target import clock, transport
from contracts.target.client import Target
from contracts.target.control import ControlApi
from contracts.target.credentials import Credentials
from contracts.target.pacing import Pacer
from contracts.verdicts import Severity, Verdicts

EXIT_INCOMPLETE = 4
AT_ONCE = 0.02  # seconds that a request takes that waits for nothing


def check(url: str | None, flags: Flags) -> int:
    """The exit code. Raises ContractError and TargetError for wrong usage, UnreachableError for a dead target."""
    console = Console()
    contract = Contract.load(flags.contract, flags.overlays)
    credentials = flags.credentials(url, contract.base_path)
    pacer = Pacer(rate_of(flags.rate), windows=ALGORITHMS[contract.rate_limits.algorithm].windows)
    if flags.cleanup:
        return _clean_up(_assembled(contract, credentials, pacer, flags, Ledger(flags.ledger)), console)
    baseline = Baseline.read(flags.baseline) if flags.baseline else Baseline()
    folder = files.folder_of(flags.report_dir)
    rules = _rules(contract, flags)
    if flags.webhooks:
        _require_reachable(credentials.control_url)
    asked = plan(
        rules,
        credentials,
        only=flags.only,
        skip=flags.skip,
        may_write=flags.allow_writes,
        wait=flags.wait,
        webhooks=flags.webhooks,
    )
    if flags.dry_run:
        show_plan(console, asked, _lasting(asked, contract, credentials, rate_of(flags.rate)))
        return 0
    if trouble := missing(asked):
        raise TargetError(trouble)
    # The bookings in a mock are nobody's: should the machine itself go down, none has to be found again.
    ledger = Ledger(flags.ledger if flags.allow_writes else None, synced=credentials.control_url is None)
    if not ledger.settled:
        raise TargetError(f"{flags.ledger} holds bookings of an earlier check: kordkit check --cleanup cancels them")
    ledger.try_out()
    reports = flags.reports or (list(FORMATS) if flags.report_dir else [])
    files.try_out(folder, reports)
    if flags.learn is not None:
        observed.try_out(flags.learn)
    with receiving(contract.webhooks if flags.webhooks else None) as inbox:
        verdicts = _run(_assembled(contract, credentials, pacer, flags, ledger, inbox), asked, baseline, flags)
    trouble = ", ".join(filter(None, (files.write(folder, reports, verdicts), _keep(verdicts, flags, contract))))
    show(console, verdicts)
    for line in (*baseline.expired(verdicts.findings, clock.today()), *_unneeded(baseline, verdicts)):
        console.print(f"[yellow]baseline[/] {line}")
    if trouble:
        console.print(f"[bold red]not written[/] {escape(trouble)}", soft_wrap=True)
    return verdicts.exit_code or (EXIT_INCOMPLETE if trouble else 0)


def _run(check: Check, asked: Plan, baseline: Baseline, flags: Flags) -> Verdicts:
    began, contract, learnt = clock.monotonic(), check.contract, None
    state = check.control.state() if check.control is not None else None
    total = len(asked.rules) + len(asked.left_out)
    with Watching(Console(stderr=True), check.target, total) as progress:
        run = Run(check, asked, progress.rule_done)
        try:
            if trouble := not_found(check, asked):
                run.end(trouble)
            run.rules()
            if flags.learn is not None:
                from contracts.comparing.learn import learn  # what it tries is linted, which takes 0.1 s to import

                learnt = learn(run, partial(_rules, flags=flags), clock.today().isoformat(), progress.tell)
        finally:
            farthest = check.target.clock.moved
            run.clean_up(state, progress.canceling)
    results = list(run.results.values())
    return Verdicts(
        target=check.credentials.url,
        contract=contract.version,
        seed=flags.seed,
        findings=baseline.applied(root_causes_first(run.findings), clock.today()),
        rules=results,
        wanted=asked.wanted,
        coverage=measured(contract, check.target.answers, results),
        requests=check.target.sent,
        seconds=clock.monotonic() - began,
        seconds_moved=farthest,
        incomplete=run.incomplete,
        left_behind=run.left_behind,
        fail_on=Severity[flags.fail_on.upper()],
        allow_unsettled=flags.allow_unsettled,
        min_coverage=flags.min_coverage,
        document=flags.contract or SHIPPED,
        statements={name: provenance.level for name, provenance in contract.statements.items()},
        learnt=learnt,
    )


def _rules(contract: Contract, flags: Flags) -> Sequence[Rule]:
    return [*rules_of(contract), *property_rules(contract, flags.seed)]


def _keep(verdicts: Verdicts, flags: Flags, contract: Contract) -> str:
    """Writes what was learnt; says what could not be told, and gives back why it could not be written."""
    if flags.learn is None or verdicts.learnt is None:
        return ""
    for line in verdicts.learnt.untold():
        Console(stderr=True).print(f"[yellow]not observable[/] {escape(line)}", soft_wrap=True, highlight=False)
    try:
        observed.write(flags.learn, observed.overlay_of(contract.document, verdicts.learnt))
    except OSError as error:
        return f"{flags.learn}: {error.strerror}"
    return ""


def _clean_up(check: Check, console: Console) -> int:
    ledger = check.ledger
    if ledger.settled:
        console.print(f"{ledger.path} holds nothing that is left to be canceled.")
        return 0
    count = len(ledger.intents) + len(ledger.made)
    with Watching(Console(stderr=True), check.target, count) as progress:
        left = CleanUp(check, check.bookings).cancel_all(progress.canceling)
    ledger.close()
    for line in left:
        console.print(f"[bold red]not canceled[/] {line}", soft_wrap=True)
    console.print(f"{count - len(left)} of {count} canceled or never made.")
    return 1 if left else 0


def _assembled(
    contract: Contract,
    credentials: Credentials,
    pacer: Pacer,
    flags: Flags,
    ledger: Ledger,
    inbox: Inbox | None = None,
) -> Check:
    control = None
    if credentials.control_url:
        control = ControlApi(credentials.control_url, credentials.admin_token, credentials.ca_bundle)
    target = Target(
        contract,
        credentials,
        clock.ServerClock(control),
        pacer,
        max_requests=None if flags.cleanup else flags.max_requests,
        may_write=flags.allow_writes or flags.cleanup,
        authority=credentials.ca_bundle,
    )
    return Check(contract, target, Fakes(flags.seed), ledger, control, write_budget=flags.write_budget, inbox=inbox)


def _require_reachable(control_url: str | None) -> None:
    """Raises TargetError where a receiver on loopback cannot be registered, or not be reached."""
    if control_url is None:
        raise TargetError("--webhooks needs --control URL or --target FILE: that is where its receiver is registered")
    if not transport.is_loopback(control_url):
        raise TargetError(f"--webhooks listens on this machine alone, where the server of {control_url} is not")


def _lasting(asked: Plan, contract: Contract, credentials: Credentials, rate: float | None) -> float:
    """Seconds that the plan may take at most: its requests at the pace that is kept, and its waiting."""
    if credentials.control_url is not None:
        return asked.requests * AT_ONCE  # time is moved
    if rate is not None:
        return asked.requests * 60 / rate + asked.seconds_to_wait
    slowest = max((policy.window / policy.limit for policy in _paces(contract)), default=0.0)
    return asked.requests * slowest + asked.seconds_to_wait


def _paces(contract: Contract) -> Sequence[Policy]:
    """The limits that what is asked most, reading, draws from."""
    return [contract.rate_limits.policies[name] for name in contract.operations["getOrganization"].policies]


def _unneeded(baseline: Baseline, verdicts: Verdicts) -> list[str]:
    return [f"{name} was not found: its acceptance can be taken out" for name in baseline.unused(verdicts.findings)]
