"""The mock inside Python tests (docs/python.md): fixtures for pytest, a server in a thread, an app without a socket.

    pytest_plugins = ["mockserver.testing"]

PYTEST_DONT_REWRITE
"""

from mockserver.settings import Settings
from mockserver.testing.control import ControlError
from mockserver.testing.credentials import Credentials
from mockserver.testing.mocks import App, KordlessMock, Mock, World, moment

__all__ = ["App", "ControlError", "Credentials", "KordlessMock", "Mock", "Settings", "World", "moment"]

pytest_plugins = ["mockserver.testing.fixtures"]
