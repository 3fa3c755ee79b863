"""Where what stands below the mock's origin."""

API_PREFIX = "/api/"
CONTROL_PREFIX = "/_mock"
DASHBOARD_PREFIX = f"{CONTROL_PREFIX}/dashboard"
SIGN_IN = f"{DASHBOARD_PREFIX}/sign-in"
WORLDS_PREFIX = "/w/"
INVITES_PREFIX = "/calendar/"


def invite_url(base_url: str, booking_id: str) -> str:
    """Where a program of calendars gets the booking."""
    return f"{base_url}{INVITES_PREFIX}{booking_id}.ics"


def is_api(path: str) -> bool:
    """Of the mock's own world, or of one beside it."""
    if path.startswith(WORLDS_PREFIX):
        _, slash, rest = path.removeprefix(WORLDS_PREFIX).partition("/")
        path = slash + rest
    return path.startswith(API_PREFIX)


def is_control(path: str) -> bool:
    return path == CONTROL_PREFIX or path.startswith(CONTROL_PREFIX + "/")


def is_dashboard(path: str) -> bool:
    return path.startswith(DASHBOARD_PREFIX + "/")
