"""What a dataset file may say, and how a mistake in one is told."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.datasets.loader import Dataset, DatasetError
from mockserver.domain.errors import Refused
from mockserver.domain.hours import Opening
from mockserver.domain.instants import parse_instant, render_instant
from mockserver.domain.services import Fulfillment
from mockserver.wiring import load_dataset as load

KEY = "kord_test_" + "0" * 31

Document = dict[str, Any]
Change = Callable[[Document], object]

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


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Document | str], Dataset]:
    monkeypatch.chdir(tmp_path)

    def load_it(content: Document | str) -> Dataset:
        text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
        Path("my.yaml").write_text(text, encoding="utf-8")
        return load("my.yaml", seed=None)

    return load_it


Loaded = Callable[[Document | str], Dataset]


@pytest.fixture
def complaint(loaded: Loaded) -> Callable[[Document | str], str]:
    def complaint_about(content: Document | str) -> str:
        with pytest.raises(DatasetError) as caught:
            loaded(content)
        return str(caught.value)

    return complaint_about


Complaint = Callable[[Document | str], str]


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


# --- files


def test_what_a_file_leaves_out_has_a_default(loaded: Loaded) -> None:
    organization = loaded(a_document()).organizations["one"]
    service = organization.services["cut"]
    assert (service.slug, service.price, service.currency) == ("cut", None, "USD")
    assert (service.bookable, service.requires_confirmation) == (True, False)
    assert service.fulfillment == Fulfillment("any", None)
    assert (service.calendar.slot_interval, service.calendar.seats) == (30, 1)
    assert service.calendar.booking_window_days == 60
    assert service.calendar.cancellation.notice_hours == 24
    assert (organization.tagline, organization.branding.logo) == (None, None)


def test_organizations_and_services_keep_the_order_of_the_file(loaded: Loaded) -> None:
    document = a_document(adding("services", SERVICE | {"key": "beard"}))
    other = an_organization("another")
    other["keys"] = []
    document["organizations"].append(other)
    dataset = loaded(document)
    assert list(dataset.organizations) == ["one", "another"]
    assert list(dataset.organizations["one"].services) == ["cut", "beard"]


def test_a_day_may_end_at_24_00_and_a_day_that_is_missing_is_closed(loaded: Loaded) -> None:
    dataset = loaded(a_document(setting("hours", {"sunday": ["22:30-24:00"]})))
    days = dataset.organizations["one"].hours.weekdays or ()
    assert days[6] == (Opening(22 * 60 + 30, 24 * 60),)
    assert days[:6] == ((),) * 6


def test_a_number_with_a_zero_fraction_counts_as_whole(loaded: Loaded) -> None:
    dataset = loaded(a_document(setting("services.0.duration_minutes", 45.0)))
    calendar = dataset.organizations["one"].services["cut"].calendar
    assert [type(n) for n in (calendar.duration, calendar.slot_interval)] == [int, int]


def test_a_booking_takes_end_team_and_buffers_from_its_service(loaded: Loaded) -> None:
    service = {"buffer_before_minutes": 5, "fulfillment": {"team": "both"}, "seats": 2}
    document = a_document(
        lambda one: one["services"][0].update(service),
        adding("bookings", BOOKING | {"party_size": 2, "status": "canceled"}),
    )
    (booking,) = loaded(document).bookings
    assert booking.end - booking.start == 30 * 60
    assert (booking.organization, booking.service, booking.host) == ("one", "cut", "ann")
    assert (booking.team, booking.buffer_before, booking.buffer_after) == ("both", 300, 0)
    assert (booking.status, booking.party_size) == ("canceled", 2)
    assert booking.timezone == "Europe/Berlin"
    assert booking.created_at < booking.start


def test_a_key_without_id_gets_one_that_does_not_depend_on_its_position(loaded: Loaded) -> None:
    alone = loaded(a_document()).keys[0].record.id
    another = {"kind": "platform", "label": "Office", "value": KEY + "2"}
    second = loaded(a_document(lambda one: one["keys"].insert(0, another))).keys[1].record.id
    assert alone == second
    assert alone.startswith("key_")


def test_a_key_can_be_expired_or_revoked(loaded: Loaded) -> None:
    expired = setting("keys.0.expires_at", "2025-01-31T00:00:00Z")
    (key,) = loaded(a_document(expired)).keys
    with pytest.raises(Refused, match="expired_key"):
        key.record.authenticate(parse_instant("2025-01-31T00:00:00Z"))
    key.record.authenticate(parse_instant("2025-01-30T23:59:59Z"))


def test_times_need_no_quotes(loaded: Loaded) -> None:
    text = yaml.safe_dump(a_document(setting("keys.0.created_at", "2025-02-03T04:05:06Z")))
    assert "'2025-02-03T04:05:06Z'" in text
    (key,) = loaded(text.replace("'2025-02-03T04:05:06Z'", "2025-02-03T04:05:06Z")).keys
    assert render_instant(key.record.created_at) == "2025-02-03T04:05:06Z"


def test_anchors_and_merges_are_understood(loaded: Loaded) -> None:
    text = yaml.safe_dump(a_document()) + "\nbooking_ids: &ids [book_000000009]\n"
    assert loaded(text).booking_ids == ("book_000000009",)
    merged = text.replace("branding:\n", "branding:\n    <<: {logo: null, company_name: Base}\n")
    assert loaded(merged).organizations["one"].branding.company_name == "One"


# --- mistakes


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            setting("services.0.duration_minutes", 0),
            ".services[0].duration_minutes: 0 is less than the minimum of 1",
        ),
        (
            setting("services.0.duration_minutes", "an hour"),
            '.services[0].duration_minutes: must be a whole number, not "an hour"',
        ),
        (setting("name", True), ".name: must be text, not true: put it in quotes"),
        (setting("hours", None), ".hours: must be a mapping, not empty"),
        (
            lambda one: one.update(time_zone=one.pop("timezone")),
            ': "time_zone" is unknown; did you mean "timezone"?',
        ),
        (lambda one: one.pop("timezone"), ": timezone is missing"),
        (setting("nonsense", 1), ': "nonsense" is unknown'),
        (
            setting("hours.moonday", ["09:00-17:00"]),
            '.hours: "moonday" is unknown; did you mean "monday"?',
        ),
        (
            setting("hours.monday", ["9-17"]),
            '.hours.monday[0]: must be two times of day such as "09:00-17:00", not "9-17"',
        ),
        (
            setting("hours.monday", ["17:00-09:00"]),
            '.hours.monday[0]: "17:00-09:00" must end after it begins',
        ),
        (
            setting("hours.friday", ["09:00-12:00", "11:00-17:00"]),
            ".hours.friday: the openings of a day must be in order and must not overlap",
        ),
        (
            setting("timezone", "Europe/Berlim"),
            '.timezone: "Europe/Berlim" is not in the IANA time zone database; did you mean "Europe/Berlin"?',
        ),
        (
            adding("hosts", {"id": "ann", "name": "Another"}),
            '.hosts[2].id: "ann" is already taken by organizations[0].hosts[0].id',
        ),
        (
            adding("teams", {"id": "both", "name": "Again", "members": ["ann"]}),
            '.teams[1].id: "both" is already taken by organizations[0].teams[0].id',
        ),
        (
            setting("teams.0.members", ["ann", "bobb"]),
            '.teams[0].members[1]: the organization has no host "bobb"; did you mean "bob"?',
        ),
        (
            adding("services", SERVICE),
            '.services[1].key: "cut" is already taken by organizations[0].services[0].key',
        ),
        (
            adding("services", SERVICE | {"key": "other", "slug": "cut"}),
            '.services[1].slug: "cut" is already taken by organizations[0].services[0].key',
        ),
        (
            setting("services.0.fulfillment", {"host": "eve"}),
            '.services[0].fulfillment.host: the organization has no host "eve"',
        ),
        (
            setting("services.0.fulfillment", {"team": "bot"}),
            '.services[0].fulfillment.team: the organization has no team "bot"; did you mean "both"?',
        ),
        (
            setting("services.0.fulfillment", "ann"),
            '.services[0].fulfillment: must be any, {host: …} or {team: …}, not "ann"',
        ),
        (
            setting("services.0.fulfillment", {}),
            ".services[0].fulfillment: must be any, {host: …} or {team: …}",
        ),
        (
            setting("services.0.currency", "Dollars"),
            '.services[0].currency: must be an ISO 4217 code such as "USD", not "Dollars"',
        ),
        (
            setting("branding.logo", "logo.png"),
            '.branding.logo: must be a URL, not "logo.png"',
        ),
        (
            setting("services.0.location.type", "zoom"),
            '.services[0].location.type: must be one of onsite, phone, meet_url, custom, not "zoom"',
        ),
        (
            setting("keys.0.created_at", "yesterday"),
            ".keys[0].created_at: must be an RFC 3339 time with its offset, "
            'such as "2025-01-31T00:00:00Z", not "yesterday"',
        ),
        (
            setting("keys.0.expires_at", "2016-12-31T23:59:60Z"),
            ".keys[0].expires_at: second must be in 0..59",
        ),
        (
            setting("keys.0.created_at", "1969-12-31T23:59:59Z"),
            '.keys[0].created_at: "1969-12-31T23:59:59Z" lies outside the years 1970 to 9998',
        ),
        (
            setting("keys.0.value", KEY),
            '.keys[0].value: must be "kord_test_" and 32 letters or digits, not what stands there',
        ),
        (
            adding("keys", {"kind": "platform", "label": "Twice", "value": KEY + "1"}),
            ".keys[1].value: this key is already taken by organizations[0].keys[0].value",
        ),
        (
            adding("bookings", BOOKING | {"service": "cutt"}),
            '.bookings[0].service: the organization has no service "cutt"; did you mean "cut"?',
        ),
        (
            adding("bookings", BOOKING | {"host": "eve"}),
            '.bookings[0].host: the organization has no host "eve"',
        ),
        (
            lambda one: (
                setting("services.0.fulfillment", {"host": "bob"})(one),
                adding("bookings", BOOKING)(one),
            ),
            '.bookings[0].host: "ann" does not take "cut"',
        ),
        (
            adding("bookings", BOOKING | {"party_size": 2}),
            '.bookings[0].party_size: "cut" has no more seats than 1',
        ),
        (
            adding("bookings", BOOKING | {"contact": {"name": "Eve"}}),
            ".bookings[0].contact: must be reachable: give email, phone or both",
        ),
        (
            adding("bookings", BOOKING | {"contact": {"name": "Eve", "phone": "0123"}}),
            '.bookings[0].contact.phone: must be a number such as "+15551234567", not what stands there',
        ),
        (
            adding("bookings", BOOKING | {"timezone": "Mars"}),
            '.bookings[0].timezone: "Mars" is not in the IANA time zone database',
        ),
    ],
)
def test_a_mistake_is_one_sentence(change: Change, sentence: str, complaint: Complaint) -> None:
    assert complaint(a_document(change)) == f"my.yaml: organizations[0]{sentence}"


@pytest.mark.parametrize("name", ["Europe", "../zone", "/etc/hostname", "Mars/Olympus\0Mons"])
def test_a_time_zone_is_looked_for_in_the_database_only(name: str, complaint: Complaint) -> None:
    assert " is not in the IANA time zone database" in complaint(a_document(setting("timezone", name)))


def test_no_message_repeats_a_key_or_how_to_reach_somebody(complaint: Complaint) -> None:
    secret = "kord_live_too-short"
    assert secret not in complaint(a_document(setting("keys.0.value", secret)))
    assert "12345" not in complaint(a_document(setting("keys.0.value", 12345)))
    contact = {"name": "Eve", "email": "eve-at-example.com"}
    assert "eve-at" not in complaint(a_document(adding("bookings", BOOKING | {"contact": contact})))


def test_organizations_must_differ_in_id_and_slug(complaint: Complaint) -> None:
    document = a_document()
    other = an_organization("two") | {"keys": []}
    document["organizations"].append(other | {"id": "org_one"})
    assert complaint(document).endswith('organizations[1].id: "org_one" is already taken by organizations[0].id')
    document["organizations"][1] = other | {"slug": "one"}
    assert complaint(document).endswith('organizations[1].slug: "one" is already taken by organizations[0].slug')


def test_a_key_value_belongs_to_one_organization_only(complaint: Complaint) -> None:
    document = a_document()
    document["organizations"].append(an_organization("two"))
    assert complaint(document) == (
        "my.yaml: organizations[1].keys[0].value: this key is already taken by organizations[0].keys[0].value"
    )


def test_a_booking_id_is_given_once(complaint: Complaint) -> None:
    document = a_document(adding("bookings", BOOKING)) | {"booking_ids": ["book_000000001"]}
    assert complaint(document) == (
        'my.yaml: booking_ids[0]: "book_000000001" is already taken by organizations[0].bookings[0].id'
    )


def test_hosts_of_different_organizations_may_share_an_id(loaded: Loaded) -> None:
    document = a_document()
    document["organizations"].append(an_organization("two") | {"keys": []})
    assert len(loaded(document).organizations) == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "must be a mapping, not empty"),
        ("name: my\nslug: a\nname: mine\n", 'line 3: "name" is given twice, first on line 1'),
        ("name: [my\n", "line 2: did not find expected ',' or ']'"),
        ("name: *nobody\n", "line 1: found undefined alias"),
        ("name: my\non: true\n", "line 2: the name 'on' is not text: put it in quotes"),
        ("name: !!python/name:os.system\n", "line 1: the tag tag:yaml.org,2002:python/name"),
        ("name: &a [*a]\n", "line 1: found unconstructable recursive node"),
        ("name: .nan\n", "line 1: .nan is not a number in JSON"),
        ("name: 123456789012345678\n", "line 1: 123456789012345678 is too large for JSON"),
        ("name: one\n---\nname: two\n", "line 2: but found another document"),
        ("name: \x01\n", "not YAML: unacceptable character"),
        ("[" * 2000 + "]" * 2000, "nested too deeply"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(text: str, sentence: str, complaint: Complaint) -> None:
    assert complaint(text).startswith(f"my.yaml: {sentence}")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"^nowhere\.yml: cannot be read: No such file or directory$"):
        load("nowhere.yml", seed=None)


def test_an_unknown_dataset_names_the_shipped_ones() -> None:
    with pytest.raises(DatasetError) as caught:
        load("acme-saloon", seed=None)
    assert str(caught.value) == (
        'there is no dataset "acme-saloon"; did you mean "acme-salon"?; '
        "shipped: acme-salon, clinic, dst-salon, kolkata-studio, night-desk, yoga-class; "
        "or give a .yaml file, or generated:orgs=50,services=20"
    )


def test_a_long_wrong_value_is_cut(complaint: Complaint) -> None:
    document = a_document(adding("bookings", BOOKING | {"notes": "n" * 2001}))
    message = complaint(document)
    assert "bookings[0].notes: must be at most 2000 characters" in message
    assert len(message) < 200
