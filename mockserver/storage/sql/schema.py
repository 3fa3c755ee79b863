"""The tables. Who changes them writes a migration (`migrations.py`)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
)

METADATA = MetaData()
_C = String(collation="C").with_variant(String(), "sqlite")  # as Python compares


def _table(name: str, *parts: Column[object] | CheckConstraint | Index | PrimaryKeyConstraint) -> Table:
    return Table(f"kordkit_{name}", METADATA, *parts, sqlite_with_rowid=False)


# Of these tables; one row.
VERSIONS = _table("version", Column("version", Integer, primary_key=True))

# What everybody goes by, and caches; `version` counts the changes.
SHARED = _table(
    "shared",
    Column("name", _C, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("value", String, nullable=True),
)

BOOKINGS = _table(
    "bookings",
    Column("id", _C, primary_key=True),
    Column("organization", _C, nullable=False),
    Column("service", _C, nullable=False),
    Column("host", _C, nullable=False),
    Column("team", _C, nullable=True),
    Column("status", _C, nullable=False),
    Column("starts", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("party_size", BigInteger, nullable=False),
    Column("buffer_before", BigInteger, nullable=False),
    Column("buffer_after", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    # Time zone, name, e-mail, phone, notes, as JSON: no query asks for them, and clients may write any character,
    # of which PostgreSQL's texts do not have all.
    Column("details", LargeBinary, nullable=False),
    Index("kordkit_bookings_of_organization", "organization", "starts", "id"),
)

# What active bookings take of hosts: those with the same times and buffers are one row, however many they are.
PLACES = _table(
    "places",
    Column("organization", _C, nullable=False),
    Column("host", _C, nullable=False),
    Column("starts", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("service", _C, nullable=False),
    Column("buffer_before", BigInteger, nullable=False),
    Column("buffer_after", BigInteger, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("seats", BigInteger, nullable=False),
    Column("bookings", BigInteger, nullable=False),
    PrimaryKeyConstraint("organization", "host", "starts", "ends", "service", "buffer_before", "buffer_after"),
    CheckConstraint("seats >= 0 AND bookings >= 0", name="kordkit_places_never_below_none"),
    Index("kordkit_places_by_length", "length"),
)

COUNTERS = _table(
    "counters",
    Column("policy", _C, nullable=False),
    Column("subject", _C, nullable=False),
    Column("touched", BigInteger, nullable=False),
    Column("numbers", String, nullable=False),  # JSON
    PrimaryKeyConstraint("policy", "subject"),
    Index("kordkit_counters_by_touch", "policy", "touched"),
)

# `ticket` tells one claim of a key from another; `claimed` is when, by the server's clock, in seconds.
REPLAYS = _table(
    "replays",
    Column("scope", _C, nullable=False),
    Column("key", _C, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("arrived", BigInteger, nullable=False),
    Column("ticket", _C, nullable=True),
    Column("claimed", BigInteger, nullable=True),
    Column("status", Integer, nullable=True),
    Column("headers", String, nullable=True),  # JSON
    Column("body", LargeBinary, nullable=True),
    PrimaryKeyConstraint("scope", "key"),
    Index("kordkit_replays_by_arrival", "arrived"),
)

KEYS = _table(
    "keys",
    Column("id", _C, primary_key=True),
    Column("place", BigInteger, nullable=False),
    Column("organization", _C, nullable=False),
    Column("kind", _C, nullable=False),
    Column("label", LargeBinary, nullable=False),  # UTF-8, with every character there is
    Column("environment", _C, nullable=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("end", _C, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=True),
    Column("revoked", Boolean, nullable=False),
    Column("last_used", BigInteger, nullable=True),
)

FAULTS = _table(
    "faults",
    Column("id", _C, primary_key=True),
    Column("place", BigInteger, nullable=False),
    Column("rule", LargeBinary, nullable=False),  # JSON
    Column("matched", BigInteger, nullable=False),
    Column("fired", BigInteger, nullable=False),
)

WEBHOOKS = _table(
    "webhooks",
    Column("id", _C, primary_key=True),
    Column("place", BigInteger, nullable=False),
    Column("organization", _C, nullable=False),
    Column("url", String, nullable=False),
    Column("events", String, nullable=False),  # JSON
    Column("secret", String, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

# `due` is null when a delivery is settled; `claimed_until` is by the server's clock, in seconds.
DELIVERIES = _table(
    "deliveries",
    Column("id", _C, primary_key=True),
    Column("webhook", _C, nullable=False),
    Column("booking", _C, nullable=False),
    Column("event", String, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=True),
    Column("delivered", Boolean, nullable=False),
    Column("tries", BigInteger, nullable=False),
    Column("attempts", LargeBinary, nullable=False),  # JSON
    Column("claimed_until", BigInteger, nullable=True),
    Index("kordkit_deliveries_by_due", "webhook", "due"),
    Index("kordkit_deliveries_of_booking", "webhook", "booking", "sequence"),
    Index("kordkit_deliveries_by_creation", "created_at"),
)
