import pytest

from contracts.rules.http.errors import mentions


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("starts_at is required", "starts_at"),
        ("`starts_at`, please", "starts_at"),
        ("query.from: Field required", "from"),
        ("body.contact.email is not an address", "contact.email"),
    ],
)
def test_a_sentence_mentions_a_field_by_its_name_as_a_word(sentence: str, name: str) -> None:
    assert mentions(sentence, name)


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("restart_at is unknown", "start_at"),
        ("starts_at_once is unknown", "starts_at"),
        ("contact_email is wrong", "contact.email"),
        ("", "from"),
    ],
)
def test_part_of_a_longer_name_is_no_mention(sentence: str, name: str) -> None:
    assert not mentions(sentence, name)
