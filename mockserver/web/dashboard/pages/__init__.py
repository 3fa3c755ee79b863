"""The pages, in the order of the navigation: one module each, which registers what belongs to it."""

from collections.abc import Callable
from typing import NamedTuple

from flask import Blueprint

from mockserver.application.admin import Admin
from mockserver.web.dashboard.pages import advice, bookings, contract, faults, keys, limits, traffic, webhooks


class Page(NamedTuple):
    """`endpoint` is that of its view, and its path, too; views of one page begin with it: `keys`, `keys_revoke`."""

    endpoint: str
    title: str
    register: Callable[[Blueprint, Admin], None]


PAGES = (
    Page("traffic", "Traffic", traffic.register),
    Page("keys", "API keys", keys.register),
    Page("limits", "Limits and clock", limits.register),
    Page("bookings", "Bookings", bookings.register),
    Page("faults", "Faults", faults.register),
    Page("webhooks", "Webhooks", webhooks.register),
    Page("advice", "Advice", advice.register),
    Page("contract", "Contract", contract.register),
)
