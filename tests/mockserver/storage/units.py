"""Units of work as Hypothesis makes them up, and the whole state as dictionaries, which they are held against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from mockserver.domain.bookings import Booking, Contact, Occupied
from mockserver.domain.faults import Action, Fault
from mockserver.domain.keys import ApiKey
from mockserver.domain.webhooks import Attempt, Delivery, Webhook
from mockserver.ports import ClockSetting, CounterState, Outcome, ReplayRecord, StandingFault, Switch, Work

DAY = 86400
SERVICES, HOSTS, ORGANIZATIONS = ("cut", "dye"), ("ann", "bob"), ("salon", "spa")
RANGES = ((0, DAY), (DAY - 3600, DAY + 3600), (-DAY, 5 * DAY), (3600, 3601), (7 * DAY, 8 * DAY))


def booking(number: int, organization: str, host: str, service: str, hour: int, canceled: bool, party: int) -> Booking:
    start = hour * 3600
    return Booking(
        id=f"book_{number}",
        organization=organization,
        service=service,
        host=host,
        team=None,
        status="canceled" if canceled else "confirmed",
        start=start,
        end=start + (5400 if service == "dye" else 1800),
        timezone="UTC",
        contact=Contact("Ada", "ada@example.com", None),
        party_size=party,
        notes=None,
        buffer_before=0,
        buffer_after=600 if number % 2 else 0,
        created_at=0,
    )


def key(number: int, label: str) -> ApiKey:
    return ApiKey.of_value(
        f"value {number}", id=f"key_{number}", organization="org_1", kind="public", label=label, created_at=number
    )


@dataclass
class Model:
    """The whole state as dictionaries."""

    bookings: dict[str, Booking] = field(default_factory=dict)
    clock: ClockSetting = field(default_factory=ClockSetting)
    switch: Switch = field(default_factory=Switch)
    counters: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)
    replays: dict[tuple[str, str], ReplayRecord] = field(default_factory=dict)
    keys: dict[str, ApiKey] = field(default_factory=dict)
    last_used: dict[str, int] = field(default_factory=dict)
    faults: dict[str, StandingFault] = field(default_factory=dict)
    webhooks: dict[str, Webhook] = field(default_factory=dict)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    claimed: set[str] = field(default_factory=set)

    def heads(self) -> list[Delivery]:
        """Of the pending deliveries of each webhook and booking the first, by when they are due."""
        first: dict[tuple[str, str], Delivery] = {}
        for one in sorted(self.deliveries.values(), key=lambda one: (one.sequence, one.id)):
            if one.due is not None:
                first.setdefault((one.webhook, one.booking), one)
        return sorted(first.values(), key=lambda one: (one.due, one.id))

    def occupied(self, organization: str, host: str, first: int, last: int) -> set[Occupied]:
        places: dict[Any, list[Booking]] = {}
        for held in self.bookings.values():
            if (held.organization, held.host) != (organization, host) or not held.active:
                continue
            if held.start < last and held.end > first:
                place = held.start, held.end, held.service, held.buffer_before, held.buffer_after
                places.setdefault(place, []).append(held)
        return {Occupied._make((*p, sum(b.party_size for b in found), len(found))) for p, found in places.items()}


numbers = st.integers(0, 5)
bookings = st.builds(
    booking,
    numbers,
    st.sampled_from(ORGANIZATIONS),
    st.sampled_from(HOSTS),
    st.sampled_from(SERVICES),
    st.integers(0, 30),
    st.booleans(),
    st.integers(1, 3),
)
keys = st.builds(key, st.integers(0, 2), st.sampled_from("abc"))
records = st.builds(
    ReplayRecord, st.sampled_from([b"x", b"y"]), st.integers(1, 9), st.none() | st.just(Outcome(201, (), b"{}"))
)
faults = st.builds(
    StandingFault,
    st.sampled_from(["fault_1", "fault_2", "fault_3"]),
    st.builds(Fault, action=st.builds(Action, kind=st.sampled_from(["response-lost", "malformed-json"]))),
    st.integers(0, 9),
    st.integers(0, 3),
)
webhooks = st.builds(
    Webhook,
    id=st.sampled_from(["hook_1", "hook_2"]),
    organization=st.just("salon"),
    url=st.sampled_from(["https://a.example/", "https://b.example/"]),
    events=st.sampled_from([("made",), ("made", "moved")]),
    secret=st.just("a secret"),
    created_at=st.integers(0, 9),
)
deliveries = st.builds(
    Delivery,
    id=st.sampled_from(["whk_1", "whk_2", "whk_3", "whk_4"]),
    webhook=st.sampled_from(["hook_1", "hook_2"]),
    booking=st.sampled_from(["book_1", "book_2"]),
    event=st.just("made"),
    sequence=st.integers(0, 2),
    payload=st.just(b'{"a":"\\u0000"}'),
    created_at=st.integers(0, 9),
    due=st.none() | st.integers(0, 9),
    delivered=st.booleans(),
    tries=st.integers(0, 2),
    attempts=st.sampled_from([(), (Attempt(1, 2, 503), Attempt(3, 4, None, "gone"))]),
)
names = st.tuples(st.sampled_from("ab"), st.sampled_from("kl"))
counters = st.tuples(st.integers(1, 9), st.integers(0, 3))

writes = st.one_of(
    st.tuples(st.just("save booking"), bookings),
    st.tuples(st.just("restart bookings"), st.lists(bookings, max_size=3, unique_by=lambda held: held.id)),
    st.tuples(st.just("set clock"), st.builds(ClockSetting, st.integers(0, 9), st.none() | st.integers(0, 9))),
    st.tuples(st.just("turn"), st.builds(Switch, st.booleans(), st.sampled_from(["fixed-window", "token-bucket"]))),
    st.tuples(st.just("put counter"), names, counters),
    st.tuples(st.just("restart counters"), st.dictionaries(names, counters, max_size=3)),
    st.tuples(st.just("claim"), names, records, st.integers(0, 9)),
    st.tuples(st.just("save replay"), names, records),
    st.tuples(st.just("delete replay"), names),
    st.tuples(st.just("restart replays"), st.dictionaries(names, records, max_size=3)),
    st.tuples(st.just("save key"), keys),
    st.tuples(st.just("restart keys"), st.lists(keys, max_size=2, unique_by=lambda held: held.id)),
    st.tuples(st.just("save fault"), faults),
    st.tuples(st.just("delete fault"), st.sampled_from(["fault_1", "fault_2"])),
    st.tuples(st.just("save webhook"), webhooks),
    st.tuples(st.just("delete webhook"), st.sampled_from(["hook_1", "hook_2"])),
    st.tuples(st.just("restart webhooks"), st.lists(webhooks, max_size=2, unique_by=lambda held: held.id)),
    st.tuples(st.just("save delivery"), deliveries),
    st.tuples(st.just("claim deliveries"), st.sampled_from(["hook_1", "hook_2"]), st.integers(0, 9), st.integers(1, 3)),
    st.tuples(st.just("restart deliveries"), st.lists(deliveries, max_size=4, unique_by=lambda held: held.id)),
    st.tuples(st.just("restart faults"), st.lists(faults, max_size=2, unique_by=lambda held: held.id)),
)

WHOLE = {
    "restart bookings",
    "set clock",
    "turn",
    "restart counters",
    "restart replays",
    "restart keys",
    "restart faults",
    "restart webhooks",
    "restart deliveries",
}


@dataclass(frozen=True)
class Unit:
    """Writes, then units within it; it is given up or not."""

    writes: Sequence[tuple[Any, ...]]
    inner: Sequence["Unit"]
    given_up: bool

    @property
    def alone(self) -> bool:
        """Whether one of the writes changes what everybody goes by."""
        return any(verb in WHOLE for verb, *_ in self.writes) or any(inner.alone for inner in self.inner)


units = st.recursive(
    st.builds(Unit, st.lists(writes, max_size=6), st.just(()), st.booleans()),
    lambda smaller: st.builds(Unit, st.lists(writes, max_size=4), st.lists(smaller, max_size=2), st.booleans()),
    max_leaves=5,
)


class GivenUpError(Exception):
    pass


def write(work: Work, model: Model, verb: str, *how: Any) -> None:
    match verb, how:
        case "save booking", (held,):
            work.bookings.save(held)
            model.bookings[held.id] = held
        case "restart bookings", (held,):
            work.bookings.restart(held)
            model.bookings = {one.id: one for one in held}
        case "set clock", (setting,):
            work.clock.set(setting)
            model.clock = setting
        case "turn", (switch,):
            work.counters.turn(switch)
            model.switch = switch
        case "put counter", ((policy, subject), counter):
            work.counters.put(policy, subject, counter)
            model.counters[policy, subject] = counter
        case "restart counters", (held,):
            by_policy: dict[str, dict[str, tuple[int, ...]]] = {}
            for (policy, subject), counter in held.items():
                by_policy.setdefault(policy, {})[subject] = counter
            work.counters.restart(by_policy)
            model.counters = dict(held)
        case "claim", (name, record, forgotten):
            known = model.replays.get(name)
            alive = known if known is not None and known.arrived > forgotten else None
            scope, idempotency_key = name
            assert work.replays.claim(scope, idempotency_key, record, forgotten) == alive
            if alive is None:
                model.replays[name] = record
        case "save replay", (name, record):
            scope, idempotency_key = name
            work.replays.save(scope, idempotency_key, record)
            model.replays[name] = record
        case "delete replay", (name,):
            work.replays.delete(*name)
            model.replays.pop(name, None)
        case "restart replays", (held,):
            work.replays.restart([(*name, record) for name, record in held.items()])
            model.replays = dict(held)
        case "save key", (held,):
            work.keys.save(held)
            model.keys[held.id] = held
        case "restart keys", (held,):
            used = {one.id: 5 for one in held}
            work.keys.restart(held, used)
            model.keys, model.last_used = {one.id: one for one in held}, used
        case "save fault", (standing,):
            work.faults.save(standing)
            model.faults[standing.id] = standing
        case "delete fault", (name,):
            work.faults.delete(name)
            model.faults.pop(name, None)
        case "restart faults", (held,):
            work.faults.restart(held)
            model.faults = {one.id: one for one in held}
        case "save webhook", (webhook,):
            work.webhooks.save(webhook)
            model.webhooks[webhook.id] = webhook
        case "delete webhook", (name,):
            work.webhooks.delete(name)
            model.webhooks.pop(name, None)
        case "restart webhooks", (held,):
            work.webhooks.restart(held)
            model.webhooks = {one.id: one for one in held}
        case "save delivery", (delivery,):
            work.deliveries.save(delivery)
            model.deliveries[delivery.id] = delivery
            model.claimed.discard(delivery.id)
        case "claim deliveries", (webhook, until, most):
            free = [one for one in model.heads() if one.webhook == webhook and one.id not in model.claimed]
            found = [one for one in free if one.due is not None and one.due <= until][:most]
            assert list(work.deliveries.claim(webhook, until, most, 60)) == found
            model.claimed |= {one.id for one in found}
        case "restart deliveries", (held,):
            work.deliveries.restart(held)
            model.deliveries, model.claimed = {one.id: one for one in held}, set()
        case _:
            raise AssertionError(verb)


def agree(work: Work, model: Model) -> None:
    """On everything that a unit of work can be asked."""
    assert {held.id: held for held in work.bookings.all()} == model.bookings
    for organization in ORGANIZATIONS:
        mine = sorted(
            (held for held in model.bookings.values() if held.organization == organization),
            key=lambda held: (held.start, held.id),
        )
        for after in [None, *[(held.start, held.id) for held in mine], (DAY, "")]:
            behind = [held for held in mine if after is None or (held.start, held.id) > after]
            assert list(work.bookings.of_organization(organization, after)) == behind
        for first, last in RANGES:
            found = work.bookings.occupied(organization, HOSTS, first, last)
            loads = work.bookings.loads(organization, HOSTS, first, last)
            for host in HOSTS:
                assert sorted(found.get(host, ())) == sorted(model.occupied(organization, host, first, last))
                active = [held for held in mine if held.host == host and held.active]
                assert loads.get(host, 0) == sum(first <= held.start < last for held in active)
    assert work.clock.get() == model.clock
    assert work.counters.switch == model.switch
    assert _flat(work.counters.contents()) == model.counters
    by_creation = sorted(model.deliveries.values(), key=lambda one: (one.created_at, one.booking, one.sequence, one.id))
    assert list(work.deliveries.all()) == by_creation
    assert work.deliveries.get("whk_1") == model.deliveries.get("whk_1")
    assert work.deliveries.next_due() == next((one.due for one in model.heads()), None)
    assert {(scope, name): record for scope, name, record in work.replays.all()} == model.replays
    assert {held.id: held for held in work.keys.all()} == model.keys
    for number in range(3):
        assert work.keys.get(f"key_{number}") == model.keys.get(f"key_{number}")
        assert work.keys.last_used(f"key_{number}") == model.last_used.get(f"key_{number}")
    assert list(work.faults.all()) == list(model.faults.values())
    assert [work.faults.get(name) for name in ("fault_1", "fault_4")] == [model.faults.get("fault_1"), None]
    assert list(work.webhooks.all()) == list(model.webhooks.values())
    assert work.webhooks.get("hook_1") == model.webhooks.get("hook_1")


def _flat(contents: Mapping[str, Mapping[str, CounterState]]) -> dict[tuple[str, str], CounterState]:
    return {(policy, subject): counter for policy, held in contents.items() for subject, counter in held.items()}
