"""Who sent a request, and what of the service is theirs: every handler is given one."""

from typing import Any, Literal, cast

from litestar import Request
from msgspec import Struct

from embeddings.errors import CollectionNotFound
from service.errors import ScopeMissing

Scope = Literal["ask", "ingest", "admin"]
"""What a key is for: to ask and read; to bring articles and take them out; all else, and these too."""


class Caller(Struct, frozen=True, kw_only=True):
    """An API key; or anybody, where the service has none."""

    key_id: str | None = None
    """None where the service has no keys."""
    scopes: frozenset[Scope] = frozenset(("ask", "ingest", "admin"))
    collections: frozenset[str] | None = None
    """None for all."""

    def require(self, scope: Scope) -> None:
        """Raise ScopeMissing unless the caller may do what the scope stands for."""
        if scope not in self.scopes and "admin" not in self.scopes:
            raise ScopeMissing(scope)

    def admits(self, collection: str) -> bool:
        """Tell whether a collection is the caller's to know of."""
        return self.collections is None or collection in self.collections

    def admitted(self, collection: str) -> str:
        """Give the name back; raises CollectionNotFound for one of others, as for one that is not there."""
        if not self.admits(collection):
            raise CollectionNotFound(f"there is no collection {collection!r} for this caller")
        return collection

    def default(self, collection: str) -> str:
        """Give the collection that is meant where none is named: the service's own, else the caller's only one."""
        if self.admits(collection) or self.collections is None or len(self.collections) != 1:
            return collection
        return next(iter(self.collections))


ANYBODY = Caller()


def caller_of(request: Request[Any, Any, Any]) -> Caller:
    """Tell who sent a request; the middleware found out."""
    return cast(Caller, request.scope["state"]["caller"])
