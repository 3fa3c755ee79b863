"""Where what stands below the mock's origin."""

API_PREFIX = "/api/"
CONTROL_PREFIX = "/_mock"
WORLDS_PREFIX = "/w/"


def is_control(path: str) -> bool:
    return path == CONTROL_PREFIX or path.startswith(CONTROL_PREFIX + "/")
