"""One world: the state of a dataset, its clock, and what stands around them."""

from mockserver.adapters.clock import MockClock, StateClock, uptime
from mockserver.adapters.ids import RandomIds
from mockserver.application.agenda import ExpiredCounters, OrderedAgenda
from mockserver.application.webhooks import WebhookRules
from mockserver.application.world import Beginning, World
from mockserver.datasets.loader import Dataset
from mockserver.observing.advice.advice import Summary
from mockserver.observing.advice.receivers import Told, signs_of
from mockserver.observing.journal import Journal
from mockserver.ports import SECOND, Origin
from mockserver.storage.opening import is_shared
from mockserver.wiring.advice import advice_of
from mockserver.wiring.choices import choices_of
from mockserver.wiring.faults import first_faults, nameable_of
from mockserver.wiring.shared import Shared
from mockserver.wiring.webhooks import first_webhooks, terms_of


def world_of(shared: Shared, dataset: Dataset, summary: Summary | None = None, name: str | None = None) -> World:
    """A world whose state nobody has looked at yet; `name` is that of one beside the mock's own.

    Raises UnusableStateError.
    """
    settings, parts, contract = shared.settings, shared.parts, shared.contract
    prefixes = {
        "production": contract.rule("auth.key.live_prefix"),
        "development": contract.rule("auth.key.test_prefix"),
    }
    secret_prefix = contract.webhooks.secret_prefix if contract.webhooks else ""
    ids = RandomIds(settings.seed, prefixes, contract.rule("auth.key.length"), dataset.booking_ids, secret_prefix)
    state = parts.state(settings.state, ids)
    refused_count = contract.rule("limits.refused_counts")
    limiter = parts.limiter(state, together=is_shared(settings.state), refused_count=refused_count)
    idempotency = parts.idempotency(
        state, contract.idempotency.lifetime * SECOND, any_body="idempotency_key_reused" not in contract.refusals
    )
    now, terms = StateClock(state), terms_of(contract)
    advice = advice_of(shared, dataset, state, summary or Summary(), name)

    def told(told: Told) -> None:
        advice.add(() if terms is None else signs_of(told, terms.seconds))

    dispatcher = parts.dispatcher(
        state, now, terms, parts.sender(), uptime, shared=is_shared(settings.state), tell=told
    )
    webhooks = parts.webhooks(state, now, terms, dispatcher.wake)
    webhook_rules = WebhookRules(terms, list(dataset.organizations))
    forgotten = ExpiredCounters(limiter, tuple(shared.policies.values())), idempotency
    agenda = OrderedAgenda([*forgotten, dispatcher], dispatcher.leading)
    nameable = nameable_of(contract, dataset)
    longest_range = contract.rule("availability.max_range_days"), contract.rule("availability.range_slack")
    choices = choices_of(contract)
    return World(
        seed=settings.seed,
        contract_version=shared.promised.version,
        reading=shared.promised.reading.shown(),
        document=shared.promised.document,
        state=state,
        clock=MockClock(state, agenda),
        agenda=agenda,
        limiter=limiter,
        idempotency=idempotency,
        policies=shared.policies,
        journal=Journal(settings.journal),
        advice=advice,
        bookings=parts.bookings(
            dataset.organizations, state, parts.availability(state, choices), *longest_range, webhooks, choices
        ),
        first_keys=[key.record for key in dataset.keys],
        first_bookings=dataset.bookings,
        key_values={key.record.id: key.value for key in dataset.keys},
        first_faults=first_faults(settings, dataset, nameable),
        nameable=nameable,
        dispatcher=dispatcher,
        first_webhooks=first_webhooks(settings, dataset, webhook_rules),
        webhook_rules=webhook_rules,
    )


def beginning_of(shared: Shared, dataset: Dataset) -> Beginning:
    """What a state begins with that is new."""
    settings = shared.settings
    return Beginning(
        origin=Origin(settings.data, dataset.content, shared.promised.version),
        now=settings.now,
        frozen=settings.frozen,
        limits=settings.limits,
        algorithm=settings.algorithm or shared.contract.rate_limits.algorithm,
    )
