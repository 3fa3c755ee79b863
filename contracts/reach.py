"""Documented statements that no request can put to the test, and why: they stand here so that none is forgotten."""

from collections.abc import Mapping

_ADVICE = "advice to those who use the API, not a promise of the server"
_CONSOLE = "it is about the pages on which keys are managed, which the API does not reach"
_HOURS = "opening hours are set where the API does not reach; only the slots that follow from them can be seen"
_WEBHOOKS = "it takes a receiver of webhooks, and a way to register it that the API does not have"

BEYOND: Mapping[str, str] = {
    "api.host": "the user names the server to check",
    "auth.key.live_prefix": "the user gives the keys",
    "auth.key.made_under": _CONSOLE,
    "auth.key.environments": _CONSOLE,
    "auth.key.shown_once": _CONSOLE,
    "auth.key.visible_end": _CONSOLE,
    "auth.key.list_fields": _CONSOLE,
    "auth.key.rotation_days": _ADVICE,
    "auth.key.rotate_at_once": _ADVICE,
    "auth.key.one_per_environment": _ADVICE,
    "auth.key.environment_variable": _ADVICE,
    "auth.key.client_side": _ADVICE,
    "auth.key.monitor": _ADVICE,
    "errors.advice_429": _ADVICE,
    "availability.hours.tiers": _HOURS,
    "availability.hours.split_shifts": _HOURS,
    "availability.hours.timezone": _HOURS,
    "availability.hours.holidays": _HOURS,
    "availability.hours.inherit": _HOURS,
    "availability.hours.outside_parent": _HOURS,
    "availability.fulfillment": "who may take a service is set where the API does not reach",
    "bookings.reschedule_availability_exists": "its path is not documented: it is asked for where it is assumed to be",
    "contradiction.statuses_not_listed": "it is about the documentation's own lists",
    "webhooks.payload": _WEBHOOKS,
    "webhooks.delivery": _WEBHOOKS,
    "webhooks.header.signature": _WEBHOOKS,
    "webhooks.header.timestamp": _WEBHOOKS,
    "webhooks.header.delivery_id": _WEBHOOKS,
    "webhooks.events": _WEBHOOKS,
    "webhooks.updated_means": _WEBHOOKS,
    "webhooks.chosen_for_each": _WEBHOOKS,
    "webhooks.https_only": _WEBHOOKS,
    "webhooks.timeout_seconds": _WEBHOOKS,
    "webhooks.success": _WEBHOOKS,
    "webhooks.failed_are_retried": _WEBHOOKS,
    "webhooks.receivers_deduplicate": _ADVICE,
}
