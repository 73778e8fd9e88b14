"""Where articles differ: what one says of a thing, and what another says of the same thing."""
