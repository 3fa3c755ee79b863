"""What a dataset file may say."""

import pytest
import yaml

from mockserver.domain.errors import Refused
from mockserver.domain.hours import Opening
from mockserver.domain.instants import parse_instant, render_instant
from mockserver.domain.services import Fulfillment
from tests.mockserver.datasets.documents import (
    BOOKING,
    KEY,
    SERVICE,
    Loaded,
    a_document,
    adding,
    an_organization,
    setting,
)


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
