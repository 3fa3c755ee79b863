"""As many plausible organizations as wanted, in the shape of a dataset file, from a seed."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice, product
from string import ascii_letters, ascii_lowercase, digits
from typing import Any

from faker import Generator
from faker.providers.address.en_US import Provider as Addresses
from faker.providers.person.en_US import Provider as People

from mockserver.datasets.document import DatasetError
from mockserver.domain.hours import WEEKDAYS

_MOST = {"orgs": 1000, "services": 200}
_KEY_LENGTH = 32


@dataclass(frozen=True, slots=True)
class _Trade:
    noun: str
    tagline: str
    services: tuple[str, ...]


_TRADES = (
    _Trade(
        "Hair Studio",
        "Good hair, every day",
        ("Haircut", "Beard Trim", "Color", "Highlights", "Blow-dry", "Scalp Massage", "Updo"),
    ),
    _Trade(
        "Dental Clinic",
        "Gentle dentistry for the whole family",
        ("Check-up", "Cleaning", "Whitening", "Filling", "Crown Fitting", "Emergency Visit"),
    ),
    _Trade(
        "Yoga Loft",
        "Breathe in, breathe out",
        ("Hatha Yoga", "Vinyasa Flow", "Yin Yoga", "Meditation", "Prenatal Yoga", "Pilates"),
    ),
    _Trade(
        "Physiotherapy",
        "Back on your feet",
        ("Assessment", "Manual Therapy", "Sports Massage", "Rehabilitation", "Taping", "Posture"),
    ),
    _Trade(
        "Bike Workshop",
        "We keep you rolling",
        ("Tune-up", "Brake Service", "Wheel Truing", "Bike Fitting", "Spring Check", "Repair"),
    ),
    _Trade(
        "Veterinary Practice",
        "For everyone with fur or feathers",
        ("Examination", "Vaccination", "Dental Care", "Puppy Visit", "Grooming", "Nail Trim"),
    ),
    _Trade(
        "Language School",
        "Speak up",
        ("Trial Lesson", "Conversation", "Grammar", "Exam Preparation", "Business English"),
    ),
    _Trade(
        "Tax Advisors",
        "Numbers that add up",
        ("First Meeting", "Tax Return", "Bookkeeping Review", "Company Formation", "Audit"),
    ),
)
_VARIANTS = (
    *("", "Express", "Extended", "Premium", "Evening", "Weekend", "Student", "Family", "Senior"),
    *("Basic", "Intensive", "Follow-up", "Deluxe", "Early Bird", "Lunch Break", "Group", "Private"),
    *("Seasonal", "Classic", "Signature", "Compact", "Complete", "Advanced", "Starter", "Monthly"),
    *("Quarterly", "Annual", "Holiday", "Traveling", "Team", "Expert", "Junior", "Duo", "Trio"),
    *("Morning", "Late Night", "Summer", "Winter", "Autumn", "Spring"),
)
_ZONES = (
    ("America/New_York", "USD"),
    ("America/Chicago", "USD"),
    ("America/Los_Angeles", "USD"),
    ("America/Sao_Paulo", "BRL"),
    ("Europe/London", "GBP"),
    ("Europe/Berlin", "EUR"),
    ("Europe/Paris", "EUR"),
    ("Asia/Singapore", "SGD"),
    ("Australia/Adelaide", "AUD"),
    ("Australia/Sydney", "AUD"),
)
_DAYS = (["09:00-17:00"], ["08:00-18:00"], ["09:00-12:00", "13:00-18:00"], ["10:00-20:00"])
_SATURDAYS = (None, ["09:00-13:00"], ["10:00-16:00"])
_COLORS = ("#6366f1", "#0f766e", "#b45309", "#be123c", "#1d4ed8", "#4d7c0f", "#7e22ce")
_MINUTES = (15, 20, 30, 45, 60, 90, 120)
_PRICES = (15, 25, 39.5, 45, 60, 79.9, 120, 180)


def generate(orgs: int, services: int, seed: int | None) -> dict[str, Any]:
    """A document as schema.yaml wants it; without a seed, that of seed 0. Raises DatasetError."""
    for name, amount in (("orgs", orgs), ("services", services)):
        if not 1 <= amount <= _MOST[name]:
            raise DatasetError(f"generated: {name} must be 1 to {_MOST[name]}, not {amount}")
    chance = _Chance(seed or 0)
    return {
        "name": "generated",
        "organizations": [_organization(chance, services) for _ in range(orgs)],
    }


class _Chance:
    """Everything that is drawn, from one seed."""

    def __init__(self, seed: int) -> None:
        source = Generator()
        self.people = People(source)
        self.addresses = Addresses(source)
        source.add_provider(self.people)
        source.add_provider(self.addresses)
        # As text: Python's generator makes the same of a number and its negative.
        source.seed_instance(str(seed))
        self.random = source.random
        self._used: set[str] = set()

    def text(self, alphabet: str, length: int) -> str:
        return "".join(self.random.choices(alphabet, k=length))

    def rarely(self, share: float) -> bool:
        return self.random.random() < share

    def unique(self, draw: Callable[[], str]) -> str:
        while (drawn := draw()) in self._used:
            pass
        self._used.add(drawn)
        return drawn


def _organization(chance: _Chance, services: int) -> dict[str, Any]:
    choice = chance.random.choice
    trade = choice(_TRADES)
    name = chance.unique(lambda: f"{chance.people.last_name()} {trade.noun}")
    slug = _slug(name)
    timezone, currency = choice(_ZONES)
    hosts = _hosts(chance)
    members = [host["id"] for host in hosts]
    teams = [{"id": "team_all", "name": "Everyone", "members": members}]
    if len(members) > 2:
        teams.append({"id": "team_senior", "name": "Senior Team", "members": members[:2]})
    site = f"https://{slug}.example.com"
    everywhere = [
        {"type": "onsite", "value": chance.addresses.street_address()},
        {"type": "phone", "value": f"+1555{chance.text(digits, 7)}"},
        {"type": "meet_url", "value": f"{site}/meet"},
        {"type": "custom", "value": "At your place"},
    ]
    who = ["any", *({"team": team["id"]} for team in teams), *({"host": m} for m in members)]
    offers = islice(product(_VARIANTS, trade.services), services)
    return {
        "id": chance.unique(lambda: f"org_{chance.text(ascii_lowercase + digits, 8)}"),
        "slug": slug,
        "name": name,
        "tagline": choice((None, trade.tagline)),
        "branding": {
            "primary_color": choice(_COLORS),
            "company_name": f"{name} {choice(('Inc.', 'LLC', '& Partners'))}",
            "logo": choice((None, f"{site}/logo.png")),
        },
        "timezone": timezone,
        "hours": _hours(chance),
        "hosts": hosts,
        "teams": teams,
        "services": [
            _service(chance, f"{variant} {base}".strip(), currency, everywhere, who, plain=n == 0)
            for n, (variant, base) in enumerate(offers)
        ],
        "keys": _keys(chance),
    }


def _hosts(chance: _Chance) -> list[dict[str, str]]:
    hosts: dict[str, str] = {}
    for _ in range(chance.random.randint(2, 5)):
        name = f"{chance.people.first_name()} {chance.people.last_name()}"
        hosts["host_" + _slug(name).replace("-", "_")] = name
    return [{"id": host, "name": name} for host, name in hosts.items()]


def _hours(chance: _Chance) -> dict[str, list[str]]:
    """Monday to Friday alike, but for a short Friday now and then; some open on Saturday."""
    day = chance.random.choice(_DAYS)
    week = {weekday: list(day) for weekday in WEEKDAYS[:4]}
    week["friday"] = ["09:00-14:00"] if chance.rarely(0.2) else list(day)
    saturday = chance.random.choice(_SATURDAYS)
    return week | ({"saturday": list(saturday)} if saturday else {})


def _service(
    chance: _Chance,
    name: str,
    currency: str,
    locations: Sequence[object],
    who: Sequence[object],
    *,
    plain: bool,
) -> dict[str, Any]:
    """`plain`: without anything that keeps a first example from working."""
    choice = chance.random.choice
    minutes = choice(_MINUTES)
    service: dict[str, Any] = {
        "key": _slug(name),
        "name": name,
        "description": choice((None, f"{name}, {minutes} minutes")),
        "category": choice((None, "Popular", "For regulars", "New")),
        "duration_minutes": minutes,
        "price": choice((None, 0, *_PRICES)),
        "currency": currency,
        "slot_interval_minutes": choice((15, 30, minutes)),
        "booking_window_days": choice((30, 60, 90)),
        "location": choice(locations),
        "cancellation": {"notice_hours": choice((0, 2, 24, 48))},
        "fulfillment": choice(who),
    }
    if plain:
        return service
    if chance.rarely(0.3):
        service["buffer_before_minutes"] = choice((0, 5, 10))
        service["buffer_after_minutes"] = choice((5, 10, 15))
    if chance.rarely(0.15):
        service["seats"] = choice((2, 4, 8, 12))
    service["requires_confirmation"] = chance.rarely(0.1)
    service["public"] = not chance.rarely(0.05)
    service["active"] = not chance.rarely(0.05)
    return service


def _keys(chance: _Chance) -> list[dict[str, Any]]:
    def key(kind: str, label: str, **more: object) -> dict[str, Any]:
        value = "kord_test_" + chance.text(ascii_letters + digits, _KEY_LENGTH)
        day = chance.random.randint(1, 28)
        return {
            "kind": kind,
            "label": label,
            "environment": "development",
            "value": value,
            "created_at": f"2025-01-{day:02}T09:00:00Z",
            **more,
        }

    return [
        key("public", "Website"),
        key("platform", "Back office"),
        key("public", "Old website", revoked=True),
        key("public", "Campaign", expires_at="2025-01-31T00:00:00Z"),
    ]


def _slug(name: str) -> str:
    return re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")
