import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import kordkit


@pytest.fixture
def run() -> CliRunner:
    return CliRunner()


@pytest.fixture
def front_door(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[click.Group]:
    """A front door with commands of our own, one of which needs a module that is not there."""
    (tmp_path / "stand_in.py").write_text(
        "import click\n"
        "@click.command\n"
        "@click.option('-p', '--port', 'number', type=int, default=1)\n"
        "@click.option('--ready-file')\n"
        "@click.option('--key', envvar='KORDLESS_API_KEY')\n"
        "@click.option('--only', multiple=True)\n"
        "@click.option('--freeze', is_flag=True)\n"
        "def show(**given): click.echo(sorted(given.items()))\n"
    )
    (tmp_path / "wants_locust.py").write_text("import locust\n")
    (tmp_path / "wants_yaml.py").write_text("import yaml\n")
    (tmp_path / "has_a_mistake.py").write_text("import no_such_module_anywhere\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    targets = ["stand_in:show", "wants_locust:command", "wants_yaml:command", "has_a_mistake:x"]
    yield kordkit.FrontDoor(
        name="kordkit",
        entries={
            target.partition(":")[0].replace("_", "-"): kordkit.Entry(target, "A stand-in.") for target in targets
        },
    )
    for target in targets:
        sys.modules.pop(target.partition(":")[0], None)


def test_the_help_lists_every_command_and_imports_none() -> None:
    script = (
        "import sys, kordkit\n"
        "try: kordkit.main()\n"
        "except SystemExit as end: assert end.code == 0\n"
        "print('loaded:', {'flask', 'mockserver', 'contracts', 'rich', 'yaml'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", script, "--help"], capture_output=True, text=True, check=True)
    assert "loaded: set()" in result.stdout
    for name, entry in kordkit.COMMANDS.items():
        assert name in result.stdout
        assert entry.summary in result.stdout


def test_the_version_is_the_one_of_the_distribution(run: CliRunner) -> None:
    result = run.invoke(kordkit.cli, ["--version"])
    assert result.output == f"kordkit {metadata.version('kordkit')}\n"


def test_an_unknown_command_is_a_usage_error_with_a_suggestion(run: CliRunner) -> None:
    result = run.invoke(kordkit.cli, ["mok"])
    assert result.exit_code == 2
    assert "mock" in result.output


@pytest.mark.parametrize("name", kordkit.COMMANDS)
def test_every_command_loads_and_every_flag_has_its_variable(name: str) -> None:
    command = kordkit.cli.get_command(click.Context(kordkit.cli), name)
    assert isinstance(command, click.Command)
    for option in command.params:
        if isinstance(option, click.Option):
            flag = max(option.opts, key=len)
            variable = "KORDKIT_" + flag.removeprefix("--").replace("-", "_").upper()
            assert variable in (option.envvar or ()), flag


def test_flags_are_read_from_variables_named_after_the_flag(run: CliRunner, front_door: click.Group) -> None:
    variables = {
        "KORDKIT_PORT": "4021",
        "KORDKIT_READY_FILE": "ready.json",
        "KORDKIT_ONLY": "auth limits",
        "KORDKIT_FREEZE": "1",
        "KORDKIT_KEY": "second",
        "KORDLESS_API_KEY": "first",
    }
    result = run.invoke(front_door, ["stand-in"], env=variables)
    assert result.exit_code == 0, result.output
    assert "('number', 4021)" in result.output
    assert "('ready_file', 'ready.json')" in result.output
    assert "('only', ('auth', 'limits'))" in result.output
    assert "('freeze', True)" in result.output
    assert "('key', 'first')" in result.output


def test_the_command_line_outranks_the_variable(run: CliRunner, front_door: click.Group) -> None:
    result = run.invoke(front_door, ["stand-in", "-p", "0"], env={"KORDKIT_PORT": "4021"})
    assert "('number', 0)" in result.output


def test_a_malformed_variable_is_a_usage_error(run: CliRunner, front_door: click.Group) -> None:
    result = run.invoke(front_door, ["stand-in"], env={"KORDKIT_PORT": "many"})
    assert result.exit_code == 2
    assert "'many' is not a valid integer" in result.output


@pytest.mark.parametrize(
    ("module", "command", "line"),
    [
        ("locust", "wants-locust", "pip install 'kordkit[load]', or pip install -e '.[load]' in a checkout"),
        ("yaml", "wants-yaml", "pip install kordkit, or pip install -e . in a checkout"),
    ],
)
def test_what_is_missing_is_answered_with_the_line_to_type(
    run: CliRunner,
    front_door: click.Group,
    monkeypatch: pytest.MonkeyPatch,
    module: str,
    command: str,
    line: str,
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    result = run.invoke(front_door, [command])
    assert result.exit_code == 2
    assert result.output == f"Error: {module} is not installed: {line}\n"


@pytest.mark.parametrize("name", ["check", "load"])
def test_of_several_extras_that_bring_it_that_of_the_command_is_named(
    run: CliRunner, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for module in ("requests", "schemathesis", "locust", "numpy"):
        monkeypatch.setitem(sys.modules, module, None)
    for module in list(sys.modules):
        if module.partition(".")[0] in kordkit.PACKAGES:
            monkeypatch.delitem(sys.modules, module)
    result = run.invoke(kordkit.cli, [name, "http://127.0.0.1:9"])
    assert result.exit_code == 2
    line = f"pip install 'kordkit[{name}]', or pip install -e '.[{name}]' in a checkout\n"
    assert result.output == f"Error: requests is not installed: {line}"


def test_without_what_reads_requirements_the_base_is_to_be_installed(
    run: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "packaging.requirements", None)
    result = run.invoke(kordkit.cli, ["doctor"])
    assert result.exit_code == 2
    line = "pip install kordkit, or pip install -e . in a checkout\n"
    assert result.output == f"Error: packaging.requirements is not installed: {line}"


def test_no_extra_is_offered_that_neither_a_command_nor_a_flag_needs() -> None:
    wanted = {entry.extra for entry in kordkit.COMMANDS.values()} | {
        "postgres",
        "tls",
    }  # for --state postgresql://… and --tls
    assert {wish.extra for wish in kordkit.requirements()} == wanted


def test_a_state_on_postgresql_wants_its_extra(run: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "mockserver.storage.sql.postgresql", raising=False)
    result = run.invoke(kordkit.cli, ["mock", "--port", "0", "--state", "postgresql://kordkit@127.0.0.1:9/kordkit"])
    assert result.exit_code == 2
    line = "pip install 'kordkit[postgres]', or pip install -e '.[postgres]' in a checkout\n"
    assert result.output == f"Error: psycopg is not installed: {line}"


def test_a_missing_module_nobody_asked_for_keeps_its_stack_trace(run: CliRunner, front_door: click.Group) -> None:
    result = run.invoke(front_door, ["has-a-mistake"])
    assert isinstance(result.exception, ModuleNotFoundError)


def test_the_doctor_names_every_part_and_is_content(run: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kordkit, "collisions", list)
    result = run.invoke(kordkit.cli, ["doctor"])
    assert result.exit_code == 0, result.output
    for wish in kordkit.requirements():
        assert wish.distribution in result.output
        assert metadata.version(wish.distribution) in result.output


def test_the_doctor_finds_a_missing_and_a_broken_base_dependency(
    run: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    wishes = [
        kordkit.Requirement("no-such-distribution", "", ""),
        kordkit.Requirement("granian", "<2.8", ""),
    ]
    monkeypatch.setattr(kordkit, "requirements", lambda: iter(wishes))
    result = run.invoke(kordkit.cli, ["doctor"])
    assert result.exit_code == 1
    assert "no-such-distribution, granian: pip install kordkit" in result.output
    assert "needs <2.8" in result.output


def test_a_missing_extra_is_named_but_no_trouble(run: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    wishes = [kordkit.Requirement("no-such-distribution", "", "load")]
    monkeypatch.setattr(kordkit, "requirements", lambda: iter(wishes))
    monkeypatch.setattr(kordkit, "collisions", list)
    result = run.invoke(kordkit.cli, ["doctor"])
    assert result.exit_code == 0
    assert "no-such-distribution: pip install 'kordkit[load]'" in result.output


def test_the_doctor_finds_distributions_that_claim_our_package_names(
    run: CliRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    claims = {"mockserver-client": "mockserver", "PyContracts": "contracts"}
    for distribution, package in claims.items():
        info = tmp_path / f"{distribution.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (info / "top_level.txt").write_text(f"{package}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    result = run.invoke(kordkit.cli, ["doctor"])
    assert result.exit_code == 1
    assert "mockserver-client claims the package name 'mockserver'" in result.output
    assert "PyContracts claims the package name 'contracts'" in result.output


def test_the_doctor_finds_a_folder_that_stands_before_a_package_of_ours(
    run: CliRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "contracts", raising=False)
    result = run.invoke(kordkit.cli, ["doctor"])
    assert result.exit_code == 1
    assert f"{tmp_path} claims the package name 'contracts'" in result.output


def test_the_doctor_finds_a_python_that_is_too_old(run: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.python_version", lambda: "3.10.14")
    result = run.invoke(kordkit.cli, ["doctor"])
    assert result.exit_code == 1
    assert "Python: install kordkit for a Python >=3.11" in result.output


def test_the_doctor_says_what_was_tested_in_other_versions(
    run: CliRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(kordkit, "collisions", list)
    assert "tested with" not in run.invoke(kordkit.cli, ["doctor"]).output

    pins = tmp_path / "constraints.txt"
    pins.write_text(f"click=={metadata.version('click')}\nFlask==0.1\nno-such-one==1.0\n")
    monkeypatch.setattr("contracts.versions.IN_CHECKOUT", pins)
    result = run.invoke(kordkit.cli, ["doctor"])
    assert result.exit_code == 0
    assert "tested with other versions; if one of yours gives trouble: pip install flask==0.1\n" in result.output
    assert json.loads(run.invoke(kordkit.cli, ["doctor", "--json"]).output)["tested"] == ["flask==0.1"]


def test_the_doctor_tells_programs_the_same(run: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kordkit, "collisions", list)
    monkeypatch.setattr(kordkit, "requirements", lambda: iter([kordkit.Requirement("no-such-one", "", "load")]))
    told = json.loads(run.invoke(kordkit.cli, ["doctor", "--json"]).output)
    assert (told["well"], told["collisions"]) == (True, [])
    assert [part["name"] for part in told["parts"]] == ["kordkit", "Python", "no-such-one"]
    assert told["parts"][2]["verdict"] == "missing"
    assert "kordkit[load]" in told["parts"][2]["way_out"]

    monkeypatch.setattr(kordkit, "collisions", lambda: [("PyContracts", "contracts")])
    result = run.invoke(kordkit.cli, ["doctor", "--json"])
    assert (result.exit_code, json.loads(result.output)["well"]) == (1, False)
    assert json.loads(result.output)["collisions"] == [{"claimed_by": "PyContracts", "package": "contracts"}]


@pytest.mark.parametrize(
    ("bounds", "version", "admitted"),
    [
        (">=2.8,<2.9", "2.8.7", True),
        (">=2.8,<2.9", "2.9.0", False),
        (">=2.8,<2.9", "2.7.9", False),
        (">=3.2", "3.10", True),
        (">=2.8,<2.9,!=2.8.3", "2.8.3", False),
        (">=2.8,<2.9", "2.9.0rc1", False),
        ("~=2.8", "2.9", True),
        ("", "2026.6", True),
    ],
)
def test_bounds_are_compared_number_by_number(bounds: str, version: str, admitted: bool) -> None:
    assert kordkit.Requirement("granian", bounds, "").admits(version) is admitted
