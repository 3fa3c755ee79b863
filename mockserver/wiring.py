"""Builds a mock from its settings: the only place that knows all parts, and the bridge to the contract."""

from collections.abc import Callable, Mapping
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
from mockserver.application.world import Mock
from mockserver.datasets.loader import Dataset, DatasetError, described, load
from mockserver.limits.algorithms import Policy
from mockserver.observing.journal import Entry, Journal
from mockserver.parts import STANDARD, Parts
from mockserver.ports import SECOND, Contents
from mockserver.settings import Settings
from mockserver.web.api.client_address import ClientAddress
from mockserver.web.api.cors import Cors
from mockserver.web.api.exchange import Handler, Route
from mockserver.web.api.pipeline import DateHeader, Pipeline
from mockserver.web.api.problems import Envelope, Problems
from mockserver.web.api.query import read_query
from mockserver.web.api.rate_limits import RateLimits
from mockserver.web.api.reading import Reader
from mockserver.web.api.recording import Recorder
from mockserver.web.api.replay import Replay
from mockserver.web.api.request_ids import RequestIds
from mockserver.web.api.validation import Spellings
from mockserver.web.app import MockApp, create_app
from mockserver.web.control import control, unrouted
from mockserver.web.control.access import Access
from mockserver.web.invites import invites


class Unusable(Exception):  # noqa: N818 - says what the contract or dataset is
    """A contract or dataset that no mock can be built from: one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Built:
    """A mock ready to be served, with what banner and ready-file tell of it."""

    app: MockApp
    mock: Mock
    dataset: Dataset
    contract: Contract


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
        contract = Contract.load(settings.contract, settings.overlays)
        dataset = load_dataset(settings.data, seed=settings.seed)
        return _assemble(settings, parts, contract, dataset, log)
    except (ContractError, DatasetError, ValueError) as error:
        raise Unusable(str(error)) from error


def _assemble(
    settings: Settings, parts: Parts, contract: Contract, dataset: Dataset, log: Callable[[Entry], None] | None
) -> Built:
    mock = _mock(settings, parts, contract, dataset)
    problems = _problems(parts, contract)
    limits = parts.rate_limits(mock.limiter, contract.rate_limits.headers, ClientAddress(settings.trusted_proxies))
    routes = _routes(parts, contract, mock, problems, limits)
    request_id = contract.rule("http.request_id")
    names = parts.request_ids(request_id["header"], request_id["max_length"])
    date = parts.date()
    access = Access(settings.admin_token)

    def stamp(request: Request, response: Response) -> Response:
        response.headers[names.header] = names.choose(request.headers.get(names.header))
        response.headers["Date"] = date.at(mock.clock.now())
        return response

    app = create_app(
        _pipeline(settings, parts, contract, mock, problems, limits, routes, names, date, log),
        routes,
        [invites(mock.calendar, mock.clock), control(mock, access, _reader(STANDARD, contract), _control_schema)],
        stamp,
        unrouted(access),
        direct=settings.direct,
    )
    return Built(app, mock, dataset, contract)


def _mock(settings: Settings, parts: Parts, contract: Contract, dataset: Dataset) -> Mock:
    ids = RandomIds(
        settings.seed,
        {"production": contract.rule("auth.key.live_prefix"), "development": contract.rule("auth.key.test_prefix")},
        contract.rule("auth.key.length"),
        dataset.booking_ids,
    )
    store = parts.store()
    mock = Mock(
        seed=settings.seed,
        contract_version=contract.version,
        document=contract.document,
        clock=MockClock(settings.now, frozen=settings.frozen),
        ids=ids,
        store=store,
        limiter=parts.limiter(settings.algorithm or contract.rate_limits.algorithm, enabled=settings.limits),
        policies=_policies(contract),
        idempotency=parts.idempotency(store, contract.idempotency.lifetime * SECOND),
        journal=Journal(settings.journal),
        calendar=parts.calendar(
            dataset.organizations,
            store,
            parts.availability(store),
            ids,
            contract.rule("availability.max_range_days"),
            contract.rule("availability.range_slack"),
        ),
        initial=Contents(keys=[key.record for key in dataset.keys], bookings=dataset.bookings),
    )
    mock.reset()
    return mock


def _pipeline(
    settings: Settings,
    parts: Parts,
    contract: Contract,
    mock: Mock,
    problems: Problems,
    limits: RateLimits,
    routes: list[Route],
    names: RequestIds,
    date: DateHeader,
    log: Callable[[Entry], None] | None,
) -> Pipeline:
    """The steps in the order of the contract's `auth.order`; validation and the rules are in each route's handler."""
    cors = Cors(settings.cors)
    organizations = mock.calendar.organizations
    key_header = contract.key_header
    listeners = [*([mock.journal.record] if mock.journal.keeps else []), *([log] if log else [])]
    return parts.pipeline(
        steps=[
            names.name,
            parts.router(routes).step,
            parts.authentication(key_header, mock.store),
            limits.admit,
            read_query,
            parts.body(contract.rule("http.max_body_bytes"), contract.rule("http.max_json_depth")),
            parts.tenancy(
                mock.calendar.organization,
                {organization.id: organization for organization in organizations.values()},
                organization_header(contract),
            ),
        ],
        finishes=[limits.tell, names.echo, date, *([cors.permit] if settings.cors else [])],
        problems=problems,
        clock=mock.clock,
        record=Recorder(key_header, listeners),
    )


def _routes(parts: Parts, contract: Contract, mock: Mock, problems: Problems, limits: RateLimits) -> list[Route]:
    reader = _reader(parts, contract)
    public = parts.public(mock.calendar, reader)
    self_service = parts.self_service(mock.calendar, reader, limits.verified)
    platform = parts.platform(mock.calendar, reader, _default(contract, "listBookings", "limit"))
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
    spellings = Spellings(group for _, group in contract.rules("spelling.field."))
    routes = []
    for operation in contract.operations.values():
        if operation.id not in handlers:
            raise ContractError(f"the mock knows no operation {operation.id}")
        for validator in (operation.query, operation.body):
            if validator is not None:
                validator.require_usable()
        checker = parts.checker(operation.id, operation.query, operation.query_types, operation.body, spellings)
        handler = checker.around(handlers[operation.id])
        if operation.id in contract.idempotency.operations:
            handler = _replay(parts, contract, mock, problems, operation).around(handler)
        routes.append(
            Route(
                operation=operation.id,
                method=operation.method,
                path=operation.path,
                key_kind=operation.key_kind,
                policies=tuple(mock.policies[name] for name in operation.policies),
                wants_body=operation.body is not None,
                tenant=_tenant(operation),
                checker=checker,
                handler=handler,
            )
        )
    return routes


def _reader(parts: Parts, contract: Contract) -> Reader:
    years = contract.rule("time.years")
    return parts.reader(years["first"], years["last"])


def _replay(parts: Parts, contract: Contract, mock: Mock, problems: Problems, operation: Operation) -> Replay:
    stated = contract.idempotency
    return parts.replay(
        mock.idempotency,
        mock.store,
        problems,
        stated.header,
        stated.replayed_header,
        operation.headers[stated.header.lower()],
        stated.stored,
    )


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


def organization_header(contract: Contract) -> str:
    """The header in which platform operations name their organization."""
    return contract.organization_header


def _problems(parts: Parts, contract: Contract) -> Problems:
    missing = Contract.load().errors.keys() - contract.errors.keys()
    if missing:
        raise ContractError(f"x-errors lacks the cause {min(missing)}, which the mock raises")
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
