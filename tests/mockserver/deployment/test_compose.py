"""The compose file starts what nginx.conf looks for, with flags that there are. It is read here, not started."""

import re
import tomllib

import pytest
import yaml
from sqlalchemy.engine import make_url

from contracts.configuration import name_variables
from mockserver.cli import mock
from tests.mock_process import ROOT
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


def test_the_mock_takes_what_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    name_variables(mock)
    for service in MOCKS.values():
        for name, value in service["environment"].items():
            monkeypatch.setenv(name, "a-token" if name == "KORDKIT_ADMIN_TOKEN" else value)
        taken = mock.make_context("mock", list(service["command"])).params
        assert (taken["port"], taken["trust_proxy"]) == (int(service["command"][1]), 1)
        assert (taken["state"], taken["admin_token"]) == (service["environment"]["KORDKIT_STATE"], "a-token")


def test_it_says_nothing_that_compose_does_not_know() -> None:
    """Names of the Compose Specification, as many of them as there are here."""
    assert {name for name in COMPOSE if not name.startswith("x-")} == {"services", "volumes"}
    of_services = {
        *("build", "command", "depends_on", "environment", "healthcheck", "image", "network_mode", "networks"),
        *("ports", "restart", "volumes"),
    }
    for service in COMPOSE["services"].values():
        assert service.keys() <= of_services
        assert ("image" in service) != ("build" in service)
        assert not {"networks", "network_mode"} <= service.keys()
        assert service.get("build", {}).keys() <= {"context", "dockerfile_inline"}
        assert service.get("healthcheck", {}).keys() <= {"test", "interval", "retries"}


def test_its_parts_find_each_other() -> None:
    services, database = COMPOSE["services"], COMPOSE["services"]["postgres"]
    for service in MOCKS.values():
        for name, wanted in service["depends_on"].items():
            assert wanted["condition"] == ("service_healthy" if "healthcheck" in services[name] else "service_started")
        url = make_url(service["environment"]["KORDKIT_STATE"])
        made = [database["environment"][f"POSTGRES_{what}"] for what in ("USER", "PASSWORD", "DB")]
        assert (services[url.host], [url.username, url.password, url.database]) == (database, made)
    assert database["volumes"][0].partition(":")[0] in COMPOSE["volumes"]
    assert (SITE.parent / services["nginx"]["volumes"][0].partition(":")[0]) == SITE


def test_what_it_installs_is_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for service in MOCKS.values():
        assert (SITE.parent / service["build"]["context"]).resolve() == ROOT
        image = service["build"]["dockerfile_inline"]
        assert re.findall(r"/kordkit\[(\w+)\]", image) == ["postgres"]
        assert "postgres" in project["optional-dependencies"]
        assert re.findall(r'ENTRYPOINT \["(\w+)", "mock"\]', image) == [*project["scripts"]]
        assert (ROOT / "constraints.txt").exists()


def test_its_token_is_not_written_down() -> None:
    assert all(service["environment"]["KORDKIT_ADMIN_TOKEN"].startswith("${") for service in MOCKS.values())
