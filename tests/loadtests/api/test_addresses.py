"""A server on this machine can be asked from two addresses, and only for the limiter it is."""

import socket
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from contracts.spec.contract import Contract
from loadtests.api import addresses
from loadtests.api.addresses import second_client
from loadtests.api.endpoint import Endpoint
from loadtests.api.fakes import Data
from loadtests.api.target import Organization, Target
from loadtests.probe.targets import targets

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.2 has to be set up first")


def endpoint(port: int, host: str = "127.0.0.1") -> Endpoint:
    target = Target(f"http://{host}:{port}", (Organization("acme", keys=("kord_test_x",)),))
    return Endpoint.of(target, Contract.load())


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def port_of(server: socket.socket) -> int:
    return int(server.getsockname()[1])


@on_linux
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_server_on_this_machine_is_reached_from_another_address(listening: socket.socket, host: str) -> None:
    assert second_client(endpoint(port_of(listening), host)) == {"client 2": "127.0.0.2"}
    connection, (address, _) = listening.accept()
    connection.close()
    assert address == "127.0.0.2"


def test_where_the_address_is_not_this_machines_there_is_one_client(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "SECOND", "192.0.2.1")
    assert second_client(endpoint(port_of(listening))) == {}


def test_where_nobody_answers_there_is_one_client(listening: socket.socket) -> None:
    port = port_of(listening)
    listening.close()
    assert second_client(endpoint(port)) == {}


def test_a_server_on_another_machine_is_not_even_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", None)
    assert second_client(endpoint(80, "192.0.2.1")) == {}


def test_two_clients_never_ask_for_the_same_number_and_one_alone_asks_as_ever() -> None:
    contract, data = Contract.load(), Data(7, "run")
    one = endpoint(80)
    two = replace(one, sources={"client 2": "127.0.0.2"})
    (alone,), askers = (
        next(target.askers for target in targets(contract, each, data) if target.policy == "self-service")
        for each in (one, two)
    )
    assert [asker.keys for asker in askers] == [("client",), ("client 2",)]
    assert askers[0] == alone
    assert len({*askers[0].subjects, *askers[1].subjects}) == 400
    verified = next(target for target in targets(contract, two, data) if target.policy == "verification")
    assert {asker.keys for asker in verified.askers} == {("client",)}, "who asks is not what it counts by"
    assert not {subject for asker in verified.askers for subject in asker.subjects} & set(askers[1].subjects)
