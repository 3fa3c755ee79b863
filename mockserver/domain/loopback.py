"""Which hosts are this machine's own."""

from ipaddress import ip_address


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is this machine's own."""
    if not host:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
