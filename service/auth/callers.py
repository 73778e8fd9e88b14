"""Who sent a request, and what of the service is theirs: every handler is given one."""

from typing import TYPE_CHECKING, Any, Literal, cast

from msgspec import Struct

from embeddings.errors import CollectionNotFound
from service.errors import CollectionNeeded, ScopeMissing

if TYPE_CHECKING:  # `byline keys` needs no web server
    from litestar import Request

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
        """Give the collection that is meant where none is named: the service's own, else the caller's only one.

        Raises CollectionNeeded where it may be one of several.
        """
        if self.collections is None or collection in self.collections:
            return collection
        if len(self.collections) != 1:
            raise CollectionNeeded(self.collections)
        return next(iter(self.collections))

    def require_all_collections(self) -> None:
        """Raise ScopeMissing unless all collections are the caller's: for what is told of all of them together."""
        if self.collections is not None:
            raise ScopeMissing("admin of all collections")


ANYBODY = Caller()
NOBODY = Caller(scopes=frozenset(), collections=frozenset())
"""Who reads what is open to all, without having been asked for a key."""


def caller_of(request: "Request[Any, Any, Any]") -> Caller:
    """Tell who sent a request; the middleware found out."""
    return cast(Caller, request.scope["state"]["caller"])
