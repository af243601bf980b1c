"""Where a request comes from, as what is tried too often is counted against."""

import ipaddress

from flask import request


def address() -> str:
    """The network of the visitor: an IPv4 address, of IPv6 the /64, which is one household."""
    try:
        found = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return ""
    return str(ipaddress.ip_network((found, 64 if found.version == 6 else 32), strict=False))
