"""Dataset files as tests write them: one that is right, and changes of it."""

import copy
from collections.abc import Callable
from typing import Any

from mockserver.datasets.loader import Dataset

KEY = "kord_test_" + "0" * 31

Document = dict[str, Any]
Change = Callable[[Document], object]
Loaded = Callable[[Document | str], Dataset]
Complaint = Callable[[Document | str], str]

SERVICE = {
    "key": "cut",
    "name": "Cut",
    "duration_minutes": 30,
    "location": {"type": "onsite", "value": "Here"},
}
BOOKING = {
    "id": "book_000000001",
    "service": "cut",
    "host": "ann",
    "start": "2025-12-03T15:00:00Z",
    "contact": {"name": "Eve", "email": "eve@example.com"},
}


def an_organization(name: str = "one") -> Document:
    return {
        "id": f"org_{name}",
        "slug": name,
        "name": "One",
        "branding": {"primary_color": "#000000", "company_name": "One"},
        "timezone": "Europe/Berlin",
        "hours": {"monday": ["09:00-12:00", "13:00-17:00"]},
        "hosts": [{"id": "ann", "name": "Ann"}, {"id": "bob", "name": "Bob"}],
        "teams": [{"id": "both", "name": "Both", "members": ["bob", "ann"]}],
        "services": [copy.deepcopy(SERVICE)],
        "keys": [{"kind": "public", "label": "Site", "value": KEY + "1"}],
    }


def a_document(*changes: Change) -> Document:
    """A valid document with one organization, changed in one place."""
    document: Document = {"name": "my", "organizations": [an_organization()]}
    for change in changes:
        change(document["organizations"][0])
    return document


def setting(path: str, value: object) -> Change:
    """A change: `services.0.price` becomes the value."""
    *steps, last = path.split(".")

    def change(target: Any) -> None:
        for step in steps:
            target = target[int(step) if step.isdigit() else step]
        target[last] = value

    return change


def adding(path: str, value: object) -> Change:
    """A change: the value goes to the end of a list."""

    def change(organization: Document) -> None:
        organization.setdefault(path, []).append(value)

    return change
