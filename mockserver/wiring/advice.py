"""Who advises on the clients of a world, and by what numbers: they are the contract's."""

from collections.abc import Sequence

from mockserver.datasets.loader import Dataset
from mockserver.observing.advice.advice import Advice, Adviser, Summary
from mockserver.observing.advice.availability import Availability
from mockserver.observing.advice.credentials import Credentials, KnownKey
from mockserver.observing.advice.idempotency import Keys
from mockserver.observing.advice.repeats import Often, Repeats
from mockserver.observing.advice.retries import Backoff, Retries
from mockserver.observing.advice.spelling import Spelling
from mockserver.ports import SECOND, State, StateUnavailableError
from mockserver.web.api.exchange import environ_name
from mockserver.web.paths import DASHBOARD_PREFIX
from mockserver.wiring.shared import Shared


def advice_of(shared: Shared, dataset: Dataset, state: State, summary: Summary, world: str | None) -> Advice:
    """`world` is its name, None: the mock's own."""
    contract, of_dataset = shared.contract, {key.record.id for key in dataset.keys}

    def find(key_id: str) -> KnownKey | None:
        try:
            with state.look() as work:
                key = work.keys.get(key_id)
        except StateUnavailableError:
            return None
        if key is None:
            return None
        created = None if key_id in of_dataset else key.created_at * SECOND
        return KnownKey(key.environment == "production", created)

    def advisers() -> Sequence[Adviser]:
        idempotency, rule = contract.idempotency, contract.rule
        polling, caching = Often(**rule("advice.polling")), Often(**rule("advice.caching"))
        prefixes = rule("auth.key.live_prefix"), rule("auth.key.test_prefix")
        header = contract.key_header
        return [
            Retries(Backoff(**rule("advice.backoff"))),
            Keys(idempotency.operations, environ_name(idempotency.header), **rule("advice.one_booking")),
            Credentials(
                find, environ_name(header), header, prefixes, rule("auth.key.rotation_days"), f"{DASHBOARD_PREFIX}/"
            ),
            Repeats(
                {
                    "listBookings": ("repeats.polling", polling),
                    "lookupBooking": ("repeats.polling", polling),
                    "getOrganization": ("repeats.uncached", caching),
                    "getService": ("repeats.uncached", caching),
                }
            ),
            Availability(idempotency.replayed_header, **rule("advice.availability")),
            Spelling(),
        ]

    return Advice(shared.mistake, advisers, summary, world)
