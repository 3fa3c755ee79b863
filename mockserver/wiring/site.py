"""What one world has on the web: the way of a request to it."""

from collections.abc import Callable, Mapping
from typing import Any

from mockserver.adapters.ids import series
from mockserver.application.world import World
from mockserver.observing.journal import Entry
from mockserver.storage.opening import MEMORY
from mockserver.web.api.client_address import ClientAddress
from mockserver.web.api.cors import Cors
from mockserver.web.api.hints import Hints
from mockserver.web.api.pipeline import Pipeline, Record
from mockserver.web.api.recording import PutAside, Recorder
from mockserver.web.api.request_ids import RequestIds
from mockserver.web.api.steps import Steps
from mockserver.web.gate import BodyLimits
from mockserver.web.site import Site
from mockserver.wiring.faults import fault_injection
from mockserver.wiring.finishing import finishing_of
from mockserver.wiring.handlers import handlers_of
from mockserver.wiring.limits import free_of
from mockserver.wiring.shared import Shared

MayControl = Callable[[Mapping[str, Any]], bool]
"""May a request, by its WSGI environment, steer the mock?"""


def site_of(shared: Shared, world: World, may_control: MayControl, log: Callable[[Entry], None] | None) -> Site:
    request_id = shared.contract.rule("http.request_id")
    drawn_alone = shared.settings.state == MEMORY  # else others may draw beside this process, or have drawn before
    names = shared.parts.request_ids(
        request_id["header"], request_id["max_length"], "" if drawn_alone else series(), request_id["answered"]
    )
    pipeline = _pipeline(shared, world, names, log)
    body_limit = BodyLimits(pipeline, shared.contract.rule("http.max_body_bytes"), may_control)
    return Site(world, pipeline, names, body_limit)


def _pipeline(
    shared: Shared,
    world: World,
    names: RequestIds,
    log: Callable[[Entry], None] | None,
) -> Pipeline:
    settings, parts, contract = shared.settings, shared.parts, shared.contract
    organizations = world.bookings.organizations
    stated = contract.idempotency
    key_header = contract.key_header
    order = contract.rule("auth.order").index
    steps = Steps(
        request_ids=names,
        router=shared.router,
        authentication=parts.authentication(key_header, world.state),
        faults=fault_injection(shared, world),
        rate_limits=parts.rate_limits(
            world.limiter, contract.rate_limits.headers, ClientAddress(settings.trusted_proxies), free_of(contract)
        ),
        body=parts.body(
            contract.rule("http.max_body_bytes"),
            contract.rule("http.max_json_depth"),
            any_type="unsupported_media_type" not in contract.refusals,
        ),
        tenancy=parts.tenancy(
            world.bookings.organization,
            {organization.id: organization for organization in organizations.values()},
            contract.organization_header,
        ),
        replay=parts.replay(
            world.idempotency,
            world.state,
            shared.problems,
            stated.header,
            stated.replayed_header,
            stated.stored,
            stated.replay_status,
            stated.scope == "organization",
        ),
        handlers=handlers_of(shared, world),
        date=parts.date(),
        hints=Hints(shared.spellings, shared.problems) if settings.hints else None,
        cors=Cors(settings.cors) if settings.cors else None,
        finishing=finishing_of(contract),
        keys_first=order("authentication") < order("path"),
        validation_first=order("validation") < order("organization"),
        failures_count=contract.rule("limits.failed_authentication_counts"),
    )
    return parts.pipeline(
        steps=steps.in_order(),
        finishes=steps.finishes(),
        problems=shared.problems,
        clock=world.clock,
        record=_record(world, key_header, contract.rule("auth.key.live_prefix"), log),
    )


def _record(world: World, key_header: str, live_prefix: str, log: Callable[[Entry], None] | None) -> Record:
    """Where somebody looks soon after what there is to judge, requests are recorded then."""
    journal, advice = world.journal, world.advice
    others = [*([journal.record] if journal.keeps else []), *([log] if log else [])]
    if not advice.is_nudged:
        return Recorder(key_header, live_prefix, [*others, advice.observe])
    aside = PutAside(Recorder(key_header, live_prefix, [*others, advice.note]), advice.wake)
    for late in (journal, advice):
        late.hear_late(aside.catch_up)
    return aside
