"""Schemathesis, run in this process against the target of a check."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import schemathesis
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.internal import lambda_sources
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.engine.run import probes

from contracts.exchange import Answer, Request
from contracts.harness.check import Check
from contracts.observe.attribution import Attribution
from contracts.outcome import Broken, NotRunError
from contracts.properties import hooks as _hooks  # noqa: F401  # registers them
from contracts.properties import session
from contracts.properties.bridge import Bridge, Patience
from contracts.properties.plan import Plan
from contracts.properties.session import Session
from contracts.properties.verdict import broken

STEPS = 6  # in one sequence along the links
_NOTES = Path(__file__).parent / "__pycache__" / "hypothesis"
METHODS = ("put", "delete", "patch")  # tried where no operation has them, in checks that may write


def run(check: Check, plan: Plan, seed: int, now: Session) -> list[Broken]:
    """What is broken, each statement once.

    Raises NotRunError where nothing could be tested, and whatever a request ended in: a spent budget, silence, Ctrl-C.
    """
    bridge = Bridge(check, plan.most)
    attribution = Attribution(check.contract)
    found: dict[str, Broken] = {}
    served: dict[str, Request] = {}
    troubles: list[str] = []
    tested = 0
    with _nothing_left(), _unprobed(), _undescribed(), _patient(check) as patience, session.opened(now):
        whole = schemathesis.openapi.from_dict(deepcopy(check.contract.document), config=_config(check, plan, seed))
        whole.app = bridge
        schema = whole if plan.operations is None else whole.include(operation_id=list(plan.operations))
        for event in _events(schema):
            match event:
                case events.ScenarioFinished():
                    tested += len(event.recorder.interactions)
                    for answer in _answers(bridge, event.recorder):
                        if answer.status < 300 and answer.request.key is not None:
                            served.setdefault(str(answer.request.operation), answer.request)
                    for failure, answer in _failures(bridge, event.recorder):
                        for one in broken(check.contract, attribution, failure, answer):
                            found.setdefault(one.statement or "", one)
                case events.NonFatalError():
                    troubles.append(f"{event.label}: {event.info.title}, {event.value}")
                case events.FatalError():
                    troubles.append(str(event.exception))
                case events.Interrupted() if bridge.ended is None and bridge.sent < plan.most:
                    patience.end()
                    raise KeyboardInterrupt
    for request in served.values() if bridge.ended is None else ():
        for one in _keyless(check, request):
            found.setdefault(one.statement or "", one)
    if found:
        return list(found.values())
    if bridge.ended is not None:
        raise bridge.ended
    if troubles:
        raise NotRunError(f"Schemathesis could not do it: {troubles[0]}")
    if not tested:
        raise NotRunError("Schemathesis found no request to make")
    return []


@contextmanager
def _nothing_left() -> Iterator[None]:
    """Hypothesis keeps notes in the current folder, unless it is told where else.

    Among them are tables of Unicode that take it two seconds to make: they are kept as Python keeps byte code, and
    those of one check alone where nothing can be kept.
    """
    with TemporaryDirectory() as folder:
        set_hypothesis_home_dir(_NOTES if _is_writable(_NOTES) else folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


@contextmanager
def _unprobed() -> Iterator[None]:
    """Schemathesis probes a server over the network before it tests, whatever application it was handed. A check sends
    what it may and nothing else, so there are no probes."""
    kept, probes.PROBES = probes.PROBES, ()  # type: ignore[assignment]
    try:
        yield
    finally:
        probes.PROBES = kept


@contextmanager
def _undescribed() -> Iterator[None]:
    """Hypothesis describes strategies by the source of their functions, for reports of its own that a check does not
    show. To find that of a lambda it parses the file where it stands: a tenth of what property rules take."""
    kept, lambda_sources.lambda_description = lambda_sources.lambda_description, lambda _: "lambda: <unknown>"
    try:
        yield
    finally:
        lambda_sources.lambda_description = kept


@contextmanager
def _patient(check: Check) -> Iterator[Patience]:
    """Ctrl-C reaches this thread alone, while another one waits for the sake of pace."""
    waiting, patience = check.target.clock, Patience()
    if check.control is None:
        check.target.clock = patience
    try:
        yield patience
    finally:
        check.target.clock = waiting


def _config(check: Check, plan: Plan, seed: int) -> SchemathesisConfig:
    on = {name: {"enabled": name in plan.phases} for name in ("examples", "coverage", "fuzzing", "stateful")}
    writes = check.target.may_write
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "base-url": check.credentials.url,
            "continue-on-failure": True,
            "suppress-health-check": ["all"],
            "cache": {"enabled": False},
            # Schemathesis 4.32 cannot put this question to an application in its own process: it hands settings of a
            # network to werkzeug's client, which knows none. It is asked below instead (`_keyless`), and by `st run`.
            "checks": {"ignored_auth": {"enabled": False}},
            # The application is a bridge: what constants stand in its code says nothing of the server.
            "analysis": {"constants": {"enabled": False}},
            "generation": {
                "max-examples": plan.drawn,
                "database": "none",
                "no-shrink": True,
            },
            "phases": {
                "examples": on["examples"],
                "coverage": {**on["coverage"], "unexpected-methods": list(METHODS) if writes else []},
                "fuzzing": on["fuzzing"],
                "stateful": {**on["stateful"], "max-steps": STEPS, "inference": {"algorithms": []}},
            },
        }
    )


def _events(schema: Any) -> Iterator[events.EngineEvent]:
    stream = from_schema(schema).execute()
    try:
        yield from stream
    finally:
        stream.stop()
        for _ in stream:  # lets its threads come to an end
            pass


def _failures(bridge: Bridge, recorder: Any) -> Iterator[tuple[Any, Answer]]:
    for case_id, nodes in recorder.checks.items():
        interaction = recorder.interactions.get(case_id)
        for node in nodes:
            if node.failure_info is not None and interaction is not None and interaction.response is not None:
                yield node.failure_info.failure, _answer(bridge, interaction)


def _answers(bridge: Bridge, recorder: Any) -> Iterator[Answer]:
    for interaction in recorder.interactions.values():
        if interaction.response is not None:
            yield _answer(bridge, interaction)


def _answer(bridge: Bridge, interaction: Any) -> Answer:
    sent, got = interaction.request, interaction.response
    request = bridge.request(sent.method, sent.uri, _first_of_each(sent.headers), sent.body)
    return Answer(request, got.status_code, _first_of_each(got.headers), got.content, 0, 0, bridge.mask)


def _first_of_each(headers: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
    return {name: values[0] for name, values in headers.items()}


def _keyless(check: Check, request: Request) -> Iterator[Broken]:
    """Without a key, and with one that nobody has, what was served is refused."""
    unknown = {**request.headers, check.target.key_header: check.unknown_key()}
    for cause, headers in (("missing_key", request.headers), ("unknown_key", unknown)):
        answer = check.target.send(replace(request, key=None, headers=headers))
        error = check.contract.errors[cause]
        if answer.status not in {error.status, *error.also_accepted}:
            yield Broken(str(error.status), str(answer), answer, error.provenance.id)
