"""Addresses: which may be shown as a link, and which are the same article."""

import re
from urllib.parse import SplitResult, unquote_plus, urlsplit, urlunsplit

_FORBIDDEN = re.compile(r"[\s\x00-\x1f\x7f<>\"\\^`{|}]")
_TRACKING = re.compile(
    r"utm_.*|hsa_.*|pk_.*|mtm_.*|(fb|g|d|ms|y|tw|tt|irg)clid|gclsrc|[gw]braid|_ga|_gl|igsh(id)?|mc_[ce]id|mkt_tok"
    r"|_hs(enc|mi)|cmp(id)?|ns_(campaign|mchannel|source|linkname|fee)|__twitter_impression",
    re.IGNORECASE,
)
_DEFAULT_PORT = {"http": 80, "https": 443}


def web_address(value: str) -> str | None:
    """The address without surrounding blanks if it is safe to be shown as a link, else None.

    Only http and https, with a host, and without a user name, which makes an address look like another's.
    """
    value = value.strip()
    return value if _split(value) else None


def canonical(url: str) -> str:
    """The form in which two addresses of one article are equal. Expects what `web_address` lets through."""
    parts = _split(url)
    if parts is None:
        raise ValueError(f"not a web address: {url!r}")
    host = (parts.hostname or "").rstrip(".")
    host = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, _DEFAULT_PORT[parts.scheme]) else f":{parts.port}"
    return urlunsplit((parts.scheme, host + port, parts.path or "/", _kept(parts.query), ""))


def _split(value: str) -> SplitResult | None:
    if _FORBIDDEN.search(value):
        return None
    try:
        parts = urlsplit(value)
        _ = parts.port  # raises for a port that is no number or too high
    except ValueError:
        return None
    host = (parts.hostname or "").strip(".")
    return parts if parts.scheme in _DEFAULT_PORT and host and "@" not in parts.netloc else None


def _kept(query: str) -> str:
    pairs = (pair for pair in query.split("&") if pair)
    return "&".join(pair for pair in pairs if not _TRACKING.fullmatch(unquote_plus(pair.partition("=")[0])))
