"""What the mocks of these tests begin with: one organization, and limits that are counted and never reached."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.mockserver.deployment.clients import KEY

NOW = "2025-12-01T08:00:00Z"  # a Monday
SEATS = {"cut": 1, "class": 12}
KEY_ID, PLATFORM_KEY_ID = "key_public", "key_platform"
PLATFORM_KEY = "kord_test_" + "Office".ljust(32, "0")

UNLIMITED = {
    "overlay": "1.0.0",
    "info": {"title": "Limits that are counted and never reached", "version": "1"},
    "actions": [
        {"target": f"$['x-rate-limits'].policies['{policy}']", "update": {"limit": 10_000_000}}
        for policy in ("public-general", "creation", "self-service")
    ],
}


def flags(folder: Path, seats: Mapping[str, int] = SEATS, *, unlimited: bool = True) -> list[str]:
    """Of a mock of the studio, its clock frozen; the files it needs are written into the folder."""
    data, overlay = folder / "studio.yaml", folder / "unlimited.yaml"
    data.write_text(yaml.safe_dump({"name": "studio", "organizations": [_studio({**SEATS, **seats})]}))
    overlay.write_text(yaml.safe_dump(UNLIMITED))
    return ["--data", str(data), *(["--overlay", str(overlay)] if unlimited else []), "--now", NOW, "--freeze"]


def _studio(seats: Mapping[str, int]) -> dict[str, Any]:
    return {
        "id": "org_studio",
        "slug": "studio",
        "name": "Studio",
        "branding": {"primary_color": "#000000", "company_name": "Studio"},
        "timezone": "UTC",
        "hours": {day: ["09:00-17:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")},
        "hosts": [{"id": f"host_{name}", "name": name} for name in ("ana", "ben", "eve")],
        "teams": [{"id": "team_cut", "name": "Cut", "members": ["host_ana", "host_ben"]}],
        "services": [
            {
                "key": service,
                "name": service,
                "duration_minutes": 30,
                "booking_window_days": 60,
                "seats": count,
                "location": {"type": "onsite", "value": "Main Street 1"},
                "fulfillment": {"team": "team_cut"} if service == "cut" else {"host": "host_eve"},
            }
            for service, count in seats.items()
        ],
        "keys": [
            {"id": KEY_ID, "kind": "public", "label": "Tests", "value": KEY},
            {"id": PLATFORM_KEY_ID, "kind": "platform", "label": "Tests", "value": PLATFORM_KEY},
        ],
    }
