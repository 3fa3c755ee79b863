"""Flags in a file: which file, whose flags, who goes first, and one sentence for each mistake."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

import kordkit
from contracts.configuration import SECTION_OF, SECTIONS, defaults, is_secret

Ran = Callable[..., dict[str, Any]]
KEY = "kord_test_1234567890"


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ran:
    """What a command was called with, in a folder with a kordkit.toml, or a file of another name."""
    monkeypatch.chdir(tmp_path)

    def called(text: str, *words: str, name: str = "kordkit.toml", **variables: str) -> dict[str, Any]:
        (tmp_path / name).write_text(text)
        command = kordkit.cli.get_command(click.Context(kordkit.cli, resilient_parsing=True), words[0])
        seen: dict[str, Any] = {}
        with monkeypatch.context() as patch:
            patch.setattr(command, "callback", lambda *_, **flags: seen.update(flags))
            result = CliRunner().invoke(kordkit.cli, words, env=variables)
        assert result.exit_code == 0, result.output
        return seen

    return called


def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, *words: str, **variables: str) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kordkit.toml").write_text(text)
    result = CliRunner().invoke(kordkit.cli, words, env=variables)
    assert result.exit_code == 2, result.output
    return result.output.splitlines()[-1].removeprefix("Error: ")


def test_flags_are_read_from_a_kordkit_toml(ran: Ran) -> None:
    text = '[mock]\nport = 4021\nfreeze = true\nlimits = "off"\nfault = ["flaky", "outage"]\noverlay = "one.yaml"\n'
    seen = ran(text, "mock")
    assert (seen["port"], seen["freeze"], seen["limits"]) == (4021, True, "off")
    assert list(seen["faults"]) == ["flaky", "outage"]
    assert list(seen["overlays"]) == [Path("one.yaml")]


def test_flags_are_read_from_a_pyproject_unless_there_is_a_kordkit_toml(ran: Ran) -> None:
    project = '[project]\nname = "kordkit-user"\n[tool.kordkit.check]\nseed = 3\nonly = ["auth"]\n'
    assert ran(project, "check", "http://x", name="pyproject.toml")["seed"] == 3
    assert ran("[check]\nseed = 4\n", "check", "http://x")["seed"] == 4
    seen = ran(
        '[tool.other]\nkordkit = "is not a table of ours"\n', "load", "browse", "http://x", name="pyproject.toml"
    )
    assert seen["url"] == "http://x"


def test_variables_go_before_the_file_and_the_command_line_before_both(ran: Ran) -> None:
    text = "[mock]\nport = 4021\njournal = 1\nfreeze = true\n"
    seen = ran(text, "mock", "--journal", "3", KORDKIT_PORT="4022", KORDKIT_JOURNAL="2")
    assert (seen["port"], seen["journal"], seen["freeze"]) == (4022, 3, True)


def test_a_run_takes_the_flags_of_the_mock_but_not_its_port(ran: Ran) -> None:
    text = '[mock]\nport = 4021\nready-file = "mine.json"\nseed = 7\n'
    seen = ran(text, "run", "--", "true")
    assert (seen["port"], seen["ready_file"], seen["seed"]) == (0, None, 7)


def test_secrets_and_other_values_come_from_variables(ran: Ran) -> None:
    text = '[check]\nkey = "${STAGING_KEY}"\norg = "${TEAM}-salon"\n'
    seen = ran(text, "check", "http://x", STAGING_KEY=KEY, TEAM="acme")
    assert (seen["key"], seen["org"]) == (KEY, "acme-salon")
    seen = ran('[load]\nkey = ["${ONE}", "${TWO}"]\n', "load", "browse", "http://x", ONE="first", TWO="second")
    assert list(seen["keys"]) == ["first", "second"]


def test_a_variable_is_asked_for_only_where_its_value_is_wanted(ran: Ran) -> None:
    text = '[check]\nkey = "${NOT_SET}"\n'
    assert ran(text, "check", "http://x", "--key", KEY)["key"] == KEY
    assert ran(text, "check", "--help") == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[mock]\nprot = 1\n", "kordkit.toml: mock has no flag prot; did you mean port?"),
        (
            "[mok]\nport = 1\n",
            "kordkit.toml: mok is no command whose flags stand in a file; those of mock, check, load do",
        ),
        ("mock = 1\n", "kordkit.toml: mock must be a table of flags"),
        ("[mock]\nport = [1]\n", "kordkit.toml: mock.port takes one value, not a list"),
        ("[mock]\nport = 70000\n", "kordkit.toml: mock.port: 70000 is not in the range 0<=x<=65535."),
        ('[mock]\nlimits = "of"\n', "kordkit.toml: mock.limits: 'of' is not one of 'on', 'off'."),
        ("[mock]\nlimits = true\n", "kordkit.toml: mock.limits must be a text or a number"),
        ('[mock]\nfreeze = "yes"\n', "kordkit.toml: mock.freeze must be true or false"),
        (
            '[mock]\nadmin-token = "abc"\n',
            "kordkit.toml: mock.admin-token is a secret, which stands in no file: "
            'write "${KORDKIT_ADMIN_TOKEN}", and set that',
        ),
        ('[mock]\nadmin-token = "a${B}"\n', "kordkit.toml: mock.admin-token is a secret"),
        ('[mock]\nnow = "${NOT_SET}"\n', "kordkit.toml: mock.now names the variable NOT_SET, which is not set"),
        ("[mock\n", "kordkit.toml: this is no TOML"),
    ],
)
def test_every_mistake_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, sentence: str
) -> None:
    assert refused(tmp_path, monkeypatch, text, "mock", "--port", "0").startswith(sentence)


def test_what_no_flag_stands_for_in_a_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "kordkit.toml").write_text("[mock\n")
    for name in kordkit.COMMANDS.keys() - set(SECTIONS) - set(SECTION_OF):
        assert defaults(name, click.Command(name), tmp_path) == {}


@pytest.mark.parametrize("name", SECTIONS)
def test_every_flag_that_is_called_a_key_a_secret_or_a_token_is_one(name: str) -> None:
    command = kordkit.cli.get_command(click.Context(kordkit.cli, resilient_parsing=True), name)
    assert command is not None
    secret = {"admin-token", "expired-key", "key", "other-key", "platform-key", "revoked-key"}
    flags = {max(each.opts, key=len).lstrip("-"): each for each in command.params}
    assert {flag for flag, parameter in flags.items() if is_secret(parameter)} == secret & flags.keys()
