"""Certificates for a mock that answers by https: the user's own, or one that is made for as long as the mock runs."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WILDCARDS = ("0.0.0.0", "::")


class UnusableTlsError(Exception):
    """One sentence."""


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files. `authority` is what clients must trust, where the certificate was made here; its key is nowhere.

    Raises UnusableTlsError.
    """

    certificate: Path
    key: Path
    authority: Path | None = None
    maker: int = 0  # the process that made them

    def __post_init__(self) -> None:
        import ssl

        for file in (self.certificate, self.key):
            try:
                file.read_bytes()
            except OSError as error:
                raise UnusableTlsError(f"{file} cannot be read: {error.strerror}") from error
        try:
            # Asked for a password, it would wait at the terminal.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.certificate, self.key, lambda: "")
        except (ssl.SSLError, ValueError) as error:
            why = "PEM files that belong together, the key without a password"
            raise UnusableTlsError(f"{self.certificate} and {self.key} must be {why}") from error

    @classmethod
    def chosen(cls, host: str, made: bool, certificate: Path | None, key: Path | None) -> "Tls | None":
        """By the flags. Raises UnusableTlsError."""
        if made and (certificate or key):
            raise UnusableTlsError(
                "--tls makes a certificate, --tls-cert and --tls-key bring one: give one or the other"
            )
        if certificate and key:
            return cls(certificate, key)
        if certificate or key:
            raise UnusableTlsError("--tls-cert and --tls-key belong together")
        return cls.made(host) if made else None

    @classmethod
    def made(cls, host: str) -> "Tls":
        """For `host` and the names of this machine. Raises ModuleNotFoundError where trustme is not installed."""
        import tempfile

        import trustme

        names = dict.fromkeys(("localhost", "127.0.0.1", "::1", socket.gethostname(), host))
        authority: Any = trustme.CA(organization_name="kordkit")
        issued = authority.issue_cert(*(name for name in names if name not in WILDCARDS))
        folder = Path(tempfile.mkdtemp(prefix="kordkit-tls-"))  # for its owner alone
        certificate, key, trusted = (folder / name for name in ("certificate.pem", "key.pem", "authority.pem"))
        certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        key.write_bytes(issued.private_key_pem.bytes())
        trusted.write_bytes(authority.cert_pem.bytes())
        return cls(certificate, key, trusted, os.getpid())

    def remove(self) -> None:
        """What was made; a worker leaves it to its parent."""
        if os.getpid() == self.maker:
            import shutil

            shutil.rmtree(self.certificate.parent, ignore_errors=True)
