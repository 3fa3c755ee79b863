"""From a plan to what the processes of the run are told: the server is asked here, once."""

from dataclasses import dataclass, replace

from contracts.errors import TargetError
from contracts.spec.contract import Contract
from contracts.target.control import ControlApi
from loadtests.api.addresses import second_client
from loadtests.api.client import Client
from loadtests.api.endpoint import Endpoint
from loadtests.api.fakes import Data, name_of_run
from loadtests.api.survey import Offer, Survey, survey
from loadtests.api.target import Organization
from loadtests.measure.arrivals import parse
from loadtests.messages import Coordinate, Load, Probe
from loadtests.probe.targets import targets
from loadtests.run.plan import Plan
from loadtests.scenarios.catalogue import Scenario

PATIENCE = 60.0  # seconds for workers to come
PATIENCE_REMOTE = 600.0  # where somebody has to start them by hand


@dataclass(frozen=True, slots=True)
class Prepared:
    """`survey` is None where nothing had to be asked."""

    plan: Plan
    endpoint: Endpoint
    told: Coordinate
    survey: Survey | None


def prepare(plan: Plan, contract: Contract, control: ControlApi | None = None) -> Prepared:
    """Raises UnreachableError, ImpatientError, TargetError where plan or server lack what the run needs."""
    kind = plan.kind
    if not plan.target.organizations:
        raise TargetError(f"{plan.scenario} needs an organization: --org, or --target")
    organization = plan.target.organizations[0]
    endpoint = Endpoint.of(plan.target, contract)
    endpoint.key_for(organization.slug)
    name = name_of_run()
    surveyed: Survey | None = None
    if isinstance(kind, Scenario):
        job: Load | Probe = _load(kind, plan)
        surveyed = survey(Client(endpoint, control), organization, plan.duration)
    else:
        if not organization.service:  # a request less that windows would remember
            surveyed = survey(Client(endpoint, control), organization)
        if not plan.expect_workers:  # what others' machines can do is not known here
            endpoint = replace(endpoint, sources=second_client(endpoint))
        asked = targets(contract, endpoint, Data(plan.seed, name))
        job = Probe(asked, plan.target.control_url, plan.target.admin_token, plan.target.ca_bundle)
    offer = surveyed.offer if surveyed else Offer(organization.service)
    if kind.writes and not offer.slots:
        raise TargetError(
            f"{organization.slug} has no free slot of {offer.service} beyond the run and its notice period to book"
        )
    return Prepared(plan, endpoint, _told(plan, job, name, organization, offer), surveyed)


def _load(scenario: Scenario, plan: Plan) -> Load:
    rate = plan.rate or scenario.rate
    try:
        parse(rate)
    except ValueError as error:
        raise TargetError(str(error)) from error
    return Load(scenario.name, rate, plan.users, scenario.together)


def _told(plan: Plan, job: Load | Probe, name: str, organization: Organization, offer: Offer) -> Coordinate:
    return Coordinate(
        name=plan.scenario,
        job=job,
        seed=plan.seed,
        run=name,
        organization=organization.slug,
        offer=offer,
        duration=plan.duration,
        max_requests=plan.max_requests,
        max_in_flight=plan.max_in_flight,
        workers=plan.expect_workers or plan.processes,
        host="*" if plan.expect_workers else "127.0.0.1",
        port=plan.master_port if plan.expect_workers else 0,
        patience=PATIENCE_REMOTE if plan.expect_workers else PATIENCE,
    )
