"""Work that outlives the request that asked for it: articles that are taken in or erased, by a process of its own."""
