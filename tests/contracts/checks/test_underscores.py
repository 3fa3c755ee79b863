"""A server that takes a header's underscores for dashes, as programs behind CGI and its heirs do."""

from pathlib import Path
from typing import Any

from tests.contracts.checks.in_process import checked


def test_a_key_in_a_header_with_underscores_is_found_to_be_read(tmp_path: Path) -> None:
    def as_cgi(app: Any) -> Any:
        def folded(environ: dict[str, Any], start_response: Any) -> Any:
            for name in [name for name in environ if name.startswith("left out: ")]:
                environ.setdefault(f"HTTP_{name.removeprefix('left out: ').upper()}", environ[name])
            return app(environ, start_response)

        return folded

    assert checked(tmp_path / "ledger.jsonl", only=["auth"], around=as_cgi).broken == {"auth.other-headers"}
