"""The HTTP handlers, one file a resource, and what requests and problems look like on the wire."""
