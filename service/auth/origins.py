"""Which web pages may call the service, and what a browser could be made to do to one that has no API keys."""

import ipaddress
from urllib.parse import urlsplit

from litestar.config.cors import CORSConfig
from litestar.datastructures import Headers
from litestar.types import HTTPScope

from service.errors import HostRefused, OriginRefused
from service.settings import Settings

_SENT = ["Authorization", "X-API-Key", "Content-Type", "Idempotency-Key", "Last-Event-ID", "X-Request-ID"]
_SENT += ["MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"]
_SHOWN = ["X-Request-ID", "Retry-After", "Location", "Idempotency-Replayed"]
_SHOWN += ["RateLimit", "RateLimit-Policy", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]
_READING = ("GET", "HEAD", "OPTIONS")
_SIMPLE = ("", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded")
"""What a page may send to anywhere unasked; of all else the browser first asks whether CORS allows it."""


def cors(settings: Settings) -> CORSConfig | None:
    """Let pages of the origins in the settings call the service; a key travels in a header, so without cookies."""
    if not settings.cors:
        return None
    return CORSConfig(allow_origins=list(settings.cors), allow_headers=_SENT, expose_headers=_SHOWN)


class Origins:
    """Guards a service without API keys, which trusts whoever reaches it, from pages in the browsers of those."""

    def __init__(self, settings: Settings) -> None:
        public = urlsplit(settings.public_url or "")
        self._public_host = public.hostname
        self._public_origin = f"{public.scheme}://{public.netloc}"
        self._cors = cors(settings)

    def check(self, scope: HTTPScope) -> None:
        """Raise HostRefused or OriginRefused for a request that a page of another site may have made."""
        headers = Headers.from_scope(scope)
        host = headers.get("host", "")
        if _is_loopback(scope["server"]) and not self._is_ours(host):
            raise HostRefused
        if scope["method"] not in _READING and _kind(headers) in _SIMPLE:
            self.check_page(scope)

    def check_page(self, scope: HTTPScope) -> None:
        """Raise OriginRefused for a request that says it comes from a page of another site that is not allowed."""
        headers = Headers.from_scope(scope)
        if not self._may_send(headers, headers.get("host", "")):
            raise OriginRefused

    def _is_ours(self, host: str) -> bool:
        """Tell whether a name can stand for this machine alone.

        A name with a dot is anybody's, who may let it point here once his page is loaded (DNS rebinding).
        """
        name = _name(host)
        return "." not in name or name.endswith(".localhost") or name == self._public_host or _is_address(name)

    def _may_send(self, headers: Headers, host: str) -> bool:
        """Tell whether it comes from a page of our own or an allowed one, or from no page at all."""
        origin = headers.get("origin")
        if origin is None or headers.get("sec-fetch-site") in ("same-origin", "none"):
            return True
        if origin.partition("://")[2] == host or origin == self._public_origin:
            return True
        return self._cors is not None and self._cors.is_origin_allowed(origin)


def _kind(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _name(host: str) -> str:
    """Take the port off a Host header."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:  # brackets around what is no address
        return host


def _is_loopback(server: tuple[str, int | None] | None) -> bool:
    return server is not None and _is_address(server[0]) and _address(server[0]).is_loopback


def _address(written: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(written)
    return getattr(address, "ipv4_mapped", None) or address


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
