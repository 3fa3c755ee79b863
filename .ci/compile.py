"""Compiles what each request meets, where a wheel is built with HATCH_BUILD_HOOKS_ENABLE=1.

mypyc makes an extension module of every file that `modules` in pyproject.toml names, and the wheel holds it beside its
source. In the checkout nothing is left, where it would go before sources that are edited.
"""

from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# Whether types are right is for `make types` to say, with all that the packages import: a build has none of it.
MYPY = ("--config-file=", "--ignore-missing-imports")


class CompileHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raises SystemExit where that cannot be done."""
        if version == "editable":
            return
        self._folder = TemporaryDirectory()
        built = Path(self._folder.name, "built")
        with chdir(self.root):
            _compile(sorted(_files(self.config["modules"])), built)
        build_data["force_include"] |= {str(path): str(path.relative_to(built)) for path in built.rglob("*.*")}
        build_data |= {"pure_python": False, "infer_tag": True}

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            self._folder.cleanup()


def _files(patterns: list[str]) -> set[str]:
    """Raises ValueError for a pattern of no file."""
    files = set()
    for pattern in patterns:
        found = {str(path) for path in Path().glob(pattern) if path.name != "__init__.py"}
        if not found:
            raise ValueError(f"there is no {pattern} to compile")
        files |= found
    return files


def _compile(files: list[str], built: Path) -> None:
    """Raises SystemExit where there is no compiler of C, or Python's headers are missing."""
    from mypyc.build import mypycify
    from setuptools import Distribution
    from setuptools.errors import BaseError, CompileError

    generated, remembered = str(built.parent / "generated"), f"--cache-dir={built.parent / 'types'}"
    modules = mypycify([*MYPY, remembered, *files], opt_level="2", debug_level="0", target_dir=generated)
    command: Any = Distribution({"name": "kordkit", "ext_modules": modules}).get_command_obj("build_ext")
    command.build_lib, command.build_temp = str(built), generated
    command.ensure_finalized()
    try:
        command.run()
    except (BaseError, CompileError) as error:
        way_out = "install gcc and python3-dev, or what they are called here, or leave HATCH_BUILD_HOOKS_ENABLE away"
        raise SystemExit(f"kordkit cannot be compiled here: {error}; {way_out}") from error
