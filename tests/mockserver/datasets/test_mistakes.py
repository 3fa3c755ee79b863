"""How a mistake in a dataset file is told."""

from pathlib import Path

import pytest

from mockserver.datasets.loader import DatasetError
from mockserver.wiring import load_dataset as load
from tests.mockserver.datasets.documents import (
    BOOKING,
    KEY,
    SERVICE,
    Change,
    Complaint,
    Loaded,
    a_document,
    adding,
    an_organization,
    setting,
)


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
