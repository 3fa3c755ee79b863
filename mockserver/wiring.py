"""Builds a mock from its settings: the only place that knows all parts, and the bridge to the contract."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache

from flask import Request, Response

from contracts.errors import ContractError
from contracts.spec.contract import Contract, Operation, control_bodies
from contracts.spec.document import follow
from contracts.spec.schemas import Validator
from contracts.spec.yaml_text import parse
from mockserver.adapters.clock import MockClock
from mockserver.adapters.ids import RandomIds
from mockserver.application.admin import Admin
from mockserver.application.agenda import ExpiredCounters, OrderedAgenda
from mockserver.application.world import World
from mockserver.datasets.loader import Dataset, DatasetError, described, load
from mockserver.domain.causes import require_stated
from mockserver.limits.algorithms import Policy
from mockserver.observing.journal import Entry, Journal
from mockserver.parts import STANDARD, Amendment, Parts
from mockserver.ports import SECOND
from mockserver.settings import Settings
from mockserver.web.api.client_address import ClientAddress
from mockserver.web.api.cors import Cors
from mockserver.web.api.exchange import Handler, Route
from mockserver.web.api.hints import Hints
from mockserver.web.api.pipeline import DateHeader, Pipeline
from mockserver.web.api.problems import Envelope, Problems
from mockserver.web.api.rate_limits import RateLimits
from mockserver.web.api.reading import Reader
from mockserver.web.api.recording import Recorder
from mockserver.web.api.request_ids import RequestIds
from mockserver.web.api.steps import Stations
from mockserver.web.api.validation import Spellings
from mockserver.web.app import MockApp, create_app, is_control
from mockserver.web.control import control, unrouted
from mockserver.web.control.access import Access
from mockserver.web.gate import BodyLimits, Gate
from mockserver.web.invites import invites
from mockserver.web.welcome import welcome


class Unusable(Exception):  # noqa: N818 - says what the contract or dataset is
    """A contract or dataset that no mock can be built from: one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Built:
    """A mock ready to be served, with what banner and ready-file tell of it; `contract` is what it promises."""

    app: MockApp
    gate: Gate
    mock: World
    dataset: Dataset
    contract: Contract


@dataclass(frozen=True, slots=True)
class Shared:
    """What all worlds have in common: whatever follows from contract, settings and parts alone.

    `promised` is the contract that the mock shows, `contract` the one that it keeps: a mutant's is another.
    """

    settings: Settings
    parts: Parts
    promised: Contract
    contract: Contract
    policies: Mapping[str, Policy]
    problems: Problems


def load_dataset(source: str, *, seed: int | None) -> Dataset:
    """Raises DatasetError."""
    return load(source, seed=seed, parse=parse)


def described_datasets() -> dict[str, str]:
    """One line on each shipped dataset, by name."""
    return described(parse)


def build(settings: Settings, *, log: Callable[[Entry], None] | None = None, parts: Parts = STANDARD) -> Built:
    """`log` sees every finished API request; `parts` are what the mock is put together from.

    Raises Unusable.
    """
    try:
        promised = Contract.load(settings.contract, settings.overlays)
        contract = _kept(promised, parts.amendments)
        dataset = load_dataset(settings.data, seed=settings.seed)
        shared = Shared(settings, parts, promised, contract, _policies(contract), _problems(parts, contract))
        world = _world(shared, dataset)
        return Built(*_app(shared, world, log), world, dataset, promised)
    except (ContractError, DatasetError, ValueError) as error:
        raise Unusable(str(error)) from error


def _kept(promised: Contract, amendments: Sequence[Amendment]) -> Contract:
    """Raises ContractError, too, where an amendment finds nothing to amend in a contract of the user's."""
    if not amendments:
        return promised
    from contracts.spec.overlay import apply  # JSONPath is wanted by mutants alone

    document = deepcopy(promised.document)
    apply(document, {"overlay": "1.0.0", "actions": list(amendments)}, "the mutant")
    return Contract(document)


def _world(shared: Shared, dataset: Dataset) -> World:
    """A world at its beginning: the state of its dataset, at the time that the settings give."""
    settings, parts, contract = shared.settings, shared.parts, shared.contract
    prefixes = {
        "production": contract.rule("auth.key.live_prefix"),
        "development": contract.rule("auth.key.test_prefix"),
    }
    state = parts.state(RandomIds(settings.seed, prefixes, contract.rule("auth.key.length"), dataset.booking_ids))
    limiter = parts.limiter(state, settings.algorithm or contract.rate_limits.algorithm, enabled=settings.limits)
    idempotency = parts.idempotency(state, contract.idempotency.lifetime * SECOND)
    agenda = OrderedAgenda([ExpiredCounters(limiter, tuple(shared.policies.values())), idempotency])
    longest_range = contract.rule("availability.max_range_days"), contract.rule("availability.range_slack")
    world = World(
        seed=settings.seed,
        contract_version=shared.promised.version,
        document=shared.promised.document,
        state=state,
        clock=MockClock(state, agenda),
        agenda=agenda,
        limiter=limiter,
        idempotency=idempotency,
        policies=shared.policies,
        journal=Journal(settings.journal),
        bookings=parts.bookings(dataset.organizations, state, parts.availability(state), *longest_range),
        first_keys=[key.record for key in dataset.keys],
        first_bookings=dataset.bookings,
    )
    world.clock.restore(settings.now, frozen=settings.frozen)
    world.reset()
    return world


def _app(shared: Shared, world: World, log: Callable[[Entry], None] | None) -> tuple[MockApp, Gate]:
    """The way of a request to a world."""
    settings, parts, contract, problems = shared.settings, shared.parts, shared.contract, shared.problems
    limits = parts.rate_limits(world.limiter, contract.rate_limits.headers, ClientAddress(settings.trusted_proxies))
    routes = _routes(shared, world)
    request_id = contract.rule("http.request_id")
    names = parts.request_ids(request_id["header"], request_id["max_length"])
    date = parts.date()
    access = Access(settings.admin_token)
    cors = Cors(settings.cors)

    def stamp(request: Request, response: Response) -> Response:
        response.headers[names.header] = names.choose(request.headers.get(names.header))
        response.headers["Date"] = date.at(world.clock.now())
        if not is_control(request.path):
            response.headers.extend(cors.permission(request.environ))
        return response

    app = create_app(
        _pipeline(shared, world, limits, routes, names, date, log),
        routes,
        [
            welcome(),
            invites(world.bookings, world.clock, problems),
            control(Admin(world), access, _reader(STANDARD, shared.promised), _control_schema),
        ],
        stamp,
        unrouted(access),
        direct=settings.direct,
    )
    body_limits = BodyLimits(
        parts.router(routes),
        parts.authentication(contract.key_header, world.state),
        world.clock,
        contract.rule("http.max_body_bytes"),
        access.permits,
    )
    gate = Gate(app.wsgi_app, body_limits, problems, names, date, world.clock, settings.trusted_proxies)
    app.wsgi_app = gate  # type: ignore[method-assign]  # as Flask has it
    return app, gate


def _pipeline(
    shared: Shared,
    world: World,
    limits: RateLimits,
    routes: list[Route],
    names: RequestIds,
    date: DateHeader,
    log: Callable[[Entry], None] | None,
) -> Pipeline:
    settings, parts, contract = shared.settings, shared.parts, shared.contract
    organizations = world.bookings.organizations
    stated = contract.idempotency
    key_header = contract.key_header
    listeners = [*([world.journal.record] if world.journal.keeps else []), *([log] if log else [])]
    stations = Stations(
        request_ids=names,
        router=parts.router(routes),
        authentication=parts.authentication(key_header, world.state),
        rate_limits=limits,
        body=parts.body(contract.rule("http.max_body_bytes"), contract.rule("http.max_json_depth")),
        tenancy=parts.tenancy(
            world.bookings.organization,
            {organization.id: organization for organization in organizations.values()},
            contract.organization_header,
        ),
        replay=parts.replay(
            world.idempotency, world.state, shared.problems, stated.header, stated.replayed_header, stated.stored
        ),
        date=date,
        hints=Hints(_spellings(contract), shared.problems) if settings.hints else None,
        cors=Cors(settings.cors) if settings.cors else None,
    )
    return parts.pipeline(
        steps=stations.steps(),
        finishes=stations.finishes(),
        problems=shared.problems,
        clock=world.clock,
        record=Recorder(key_header, listeners),
    )


def _routes(shared: Shared, world: World) -> list[Route]:
    parts, contract = shared.parts, shared.contract
    reader = _reader(parts, contract)
    public = parts.public(world.bookings, reader)
    self_service = parts.self_service(world.bookings, reader)
    platform = parts.platform(world.bookings, reader, _default(contract, "listBookings", "limit"))
    handlers: Mapping[str, Handler] = {
        "getOrganization": public.get_organization,
        "getService": public.get_service,
        "getAvailability": public.get_availability,
        "createBooking": public.create_booking,
        "lookupBooking": self_service.lookup_booking,
        "cancelBooking": self_service.cancel_booking,
        "rescheduleBooking": self_service.reschedule_booking,
        "getRescheduleAvailability": self_service.get_reschedule_availability,
        "listBookings": platform.list_bookings,
    }
    spellings = _spellings(contract)
    routes = []
    for operation in contract.operations.values():
        if operation.id not in handlers:
            raise ContractError(f"the mock knows no operation {operation.id}")
        for validator in (operation.query, operation.body):
            if validator is not None:
                validator.require_usable()
        (success,) = (status for status in operation.responses if status < 300)
        replayed = operation.id in contract.idempotency.operations
        routes.append(
            Route(
                operation=operation.id,
                method=operation.method,
                path=operation.path,
                fields=frozenset(
                    (*operation.query_types, *(operation.body.members.declared if operation.body else ()))
                ),
                success=success,
                key_kind=operation.key_kind,
                policies=tuple(shared.policies[name] for name in operation.policies),
                wants_body=operation.body is not None,
                tenant=_tenant(operation),
                idempotency_key=operation.headers[contract.idempotency.header.lower()] if replayed else None,
                checker=parts.checker(operation.id, operation.query, operation.query_types, operation.body, spellings),
                handler=handlers[operation.id],
            )
        )
    return routes


def _spellings(contract: Contract) -> Spellings:
    return Spellings(group for _, group in contract.rules("spelling.field."))


def _reader(parts: Parts, contract: Contract) -> Reader:
    years = contract.rule("time.years")
    return parts.reader(years["first"], years["last"])


def _tenant(operation: Operation) -> str | None:
    """Where an operation names its organization: path, query, body, or the platform's header."""
    if operation.key_kind is None:
        return None
    if operation.key_kind == "platform":
        return "header"
    if "{org_slug}" in operation.path:
        return "path"
    return "query" if "org_slug" in operation.query_types else "body"


def _policies(contract: Contract) -> Mapping[str, Policy]:
    return {
        policy.name: Policy(
            policy.name,
            policy.limit,
            policy.window * SECOND,
            policy.scope,
            refundable=policy.counts == "failed_verifications",
        )
        for policy in contract.rate_limits.policies.values()
    }


def _problems(parts: Parts, contract: Contract) -> Problems:
    require_stated(contract.errors)
    return parts.problems(
        {
            error.cause: Envelope(error.status, error.type, error.detail, error.retry_after)
            for error in contract.errors.values()
        }
    )


def _default(contract: Contract, operation: str, parameter: str) -> int:
    try:
        schema = contract.operations[operation].query.schema["properties"][parameter]
        return int(follow(contract.document, schema)["default"])
    except KeyError:
        raise ContractError(f"{operation} has no default for {parameter}") from None


@cache
def _control_schema(operation: str) -> Validator:
    """The compiled schema of a control operation's body; the control contract is read when first asked for."""
    return control_bodies()[operation]
