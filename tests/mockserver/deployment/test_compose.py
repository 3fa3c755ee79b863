"""The compose file starts what nginx.conf looks for, with flags that there are."""

import re

import yaml

from mockserver.cli import mock
from tests.mockserver.deployment.services import SITE

COMPOSE = yaml.safe_load(SITE.with_name("compose.yaml").read_text())
MOCKS = {name: service for name, service in COMPOSE["services"].items() if name.startswith("mock")}


def test_there_are_three_mocks_where_nginx_looks_for_them() -> None:
    ports = [service["command"][1] for service in MOCKS.values()]
    assert ports == re.findall(r"server 127\.0\.0\.1:(\d+);", SITE.read_text())
    assert len(ports) == 3
    assert {service["network_mode"] for service in MOCKS.values()} == {"service:nginx"}
    [published] = COMPOSE["services"]["nginx"]["ports"]
    assert f"listen {published.rpartition(':')[2]};" in SITE.read_text()


def test_every_flag_is_one_of_the_mock() -> None:
    options = {option for parameter in mock.params for option in parameter.opts}
    for service in MOCKS.values():
        given = service["command"][::2] + [
            "--" + name.removeprefix("KORDKIT_").lower().replace("_", "-") for name in service["environment"]
        ]
        assert set(given) <= options, set(given) - options


def test_its_token_is_not_written_down() -> None:
    assert all(service["environment"]["KORDKIT_ADMIN_TOKEN"].startswith("${") for service in MOCKS.values())
