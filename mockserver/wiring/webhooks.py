"""What the contract says of webhooks, as the mock wants it; and the webhooks that a mock begins with."""

from collections.abc import Mapping

from contracts.spec.contract import Contract
from mockserver.application.webhooks import Terms, WebhookRules
from mockserver.datasets.loader import Dataset
from mockserver.domain.bookings import Booking
from mockserver.domain.services import Service
from mockserver.domain.webhooks import Webhook
from mockserver.ports import SECOND
from mockserver.settings import Settings
from mockserver.web.api.render import webhook_event


def terms_of(contract: Contract) -> Terms | None:
    """None where the contract has no webhooks."""
    stated = contract.webhooks
    if stated is None:
        return None
    spelled = contract.rule("spelling.service_id")
    prefix = spelled["webhooks"].removesuffix(spelled["slots"])
    names, signature, media_type = stated.headers, stated.signature, stated.media_type

    def payload(event: str, delivery_id: str, booking: Booking, service: Service, happened: int) -> bytes:
        return webhook_event(event, delivery_id, booking, service, happened, prefix)

    def headers(secret: str, sent: int, delivery_id: str, body: bytes) -> Mapping[str, str]:
        timestamp = str(sent)
        return {
            "Content-Type": media_type,
            names["signature"]: signature.sign(secret, timestamp=timestamp, delivery_id=delivery_id, body=body),
            names["timestamp"]: timestamp,
            names["delivery_id"]: delivery_id,
        }

    events = stated.events
    return Terms(
        events={"created": events.created, "rescheduled": events.updated, "canceled": events.cancelled},
        method=stated.method,
        retries=tuple(seconds * SECOND for seconds in stated.retries),
        seconds=stated.timeout_seconds,
        success=stated.success,
        id_kept=stated.delivery_id_kept,
        https_only=stated.https_only,
        http_on_loopback=stated.http_on_loopback,
        payload=payload,
        headers=headers,
    )


def first_webhooks(settings: Settings, dataset: Dataset, rules: WebhookRules) -> list[Webhook]:
    """Those of the dataset. Raises ValueError, one sentence with the place of what is wrong."""
    for place, webhook in dataset.webhooks:
        try:
            rules.require(webhook)
        except ValueError as error:
            raise ValueError(f"{settings.data}: {place}: {error}") from None
    return [webhook for _, webhook in dataset.webhooks]
