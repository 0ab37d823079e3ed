"""Web servers: what they serve to a stranger."""
