"""The way of a request to a world."""

from collections.abc import Callable

from flask import Request, Response

from mockserver.adapters.ids import series
from mockserver.application.admin import Admin
from mockserver.application.world import World
from mockserver.observing.journal import Entry
from mockserver.parts import STANDARD
from mockserver.storage.opening import MEMORY
from mockserver.web.api.client_address import ClientAddress
from mockserver.web.api.cors import Cors
from mockserver.web.api.exchange import Route
from mockserver.web.api.hints import Hints
from mockserver.web.api.pipeline import DateHeader, Pipeline
from mockserver.web.api.rate_limits import RateLimits
from mockserver.web.api.recording import Recorder
from mockserver.web.api.request_ids import RequestIds
from mockserver.web.api.steps import Stations
from mockserver.web.app import MockApp, create_app, is_control
from mockserver.web.control import control, unrouted
from mockserver.web.control.access import Access
from mockserver.web.gate import BodyLimits, Gate
from mockserver.web.invites import invites
from mockserver.web.welcome import welcome
from mockserver.wiring.routes import routes_of
from mockserver.wiring.shared import Shared, control_schema, reader_of, spellings_of


def app_of(shared: Shared, world: World, log: Callable[[Entry], None] | None) -> tuple[MockApp, Gate]:
    """The way of a request to a world."""
    settings, parts, contract, problems = shared.settings, shared.parts, shared.contract, shared.problems
    limits = parts.rate_limits(world.limiter, contract.rate_limits.headers, ClientAddress(settings.trusted_proxies))
    routes = routes_of(shared, world)
    request_id = contract.rule("http.request_id")
    drawn_alone = settings.state == MEMORY  # else other processes may draw beside this one, or have drawn before it
    names = parts.request_ids(request_id["header"], request_id["max_length"], "" if drawn_alone else series())
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
            control(Admin(world), access, reader_of(STANDARD, shared.promised), control_schema),
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
        hints=Hints(spellings_of(contract), shared.problems) if settings.hints else None,
        cors=Cors(settings.cors) if settings.cors else None,
    )
    return parts.pipeline(
        steps=stations.steps(),
        finishes=stations.finishes(),
        problems=shared.problems,
        clock=world.clock,
        record=Recorder(key_header, listeners),
    )
